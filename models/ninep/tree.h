// SPDX-License-Identifier: Apache-2.0
// What a 9P server serves: a tree of files. Knows no message and no dialect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kit/model.h"
#include "ninep/message.h"

namespace ringside::ninep {

struct Time {
  std::uint64_t seconds = 0;  ///< since 1970
  std::uint64_t nanoseconds = 0;
};

/// What there is to know of a file. Ids are the guest's.
struct Attributes {
  Qid qid;
  std::uint32_t mode = 0;  ///< as st_mode on Linux: type and permissions
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t links = 1;
  std::uint64_t device = 0;  ///< st_rdev: minor 7:0, major 19:8, minor's high bits 31:20
  std::uint64_t size = 0;
  std::uint64_t block_size = 4096;
  std::uint64_t blocks = 0;  ///< of 512 bytes
  Time accessed;
  Time modified;
  Time changed;
  Time born;
  bool has_birth = false;
};

/// Which attributes to set (SetBit), and to what.
struct Changes {
  std::uint32_t valid = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = kNoId;
  std::uint32_t gid = kNoId;
  std::uint64_t size = 0;
  Time accessed;
  Time modified;
};

/// What a new file is to be. kNoId leaves an id to the tree.
struct Creation {
  std::uint32_t mode = 0;  ///< type and permissions
  std::uint32_t uid = kNoId;
  std::uint32_t gid = kNoId;
  std::uint32_t major = 0;  ///< of device nodes
  std::uint32_t minor = 0;
  std::string_view target;  ///< of symbolic links
};

struct FileSystem {
  std::uint64_t block_size = 4096;
  std::uint64_t blocks = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;
  std::uint64_t files = 0;
  std::uint64_t free_files = 0;
  std::uint64_t id = 0;
  std::uint32_t name_bytes = kMaxName;
};

/// One name in a directory.
struct Entry {
  std::string_view name;
  Qid qid;
  std::uint8_t type = 0;     ///< DT_DIR and so on; 0 if not known
  std::uint64_t cookie = 0;  ///< where to go on after it
};

class EntrySink {
 public:
  virtual ~EntrySink() = default;
  /// False: no room for it, stop.
  virtual bool take(const Entry& entry) = 0;
};

/// Calls answer at once and give 0 or an errno of Linux. Names have been checked: 1 to 255 bytes,
/// no
/// '/', no NUL, neither "." nor "..". A node is a place in the tree that somebody holds; it stays
/// what it is whatever happens to its name, and has to be released.
class Tree : public Model {
 public:
  static constexpr const char* kind = "9p";
  static constexpr const char* kind_doc = "a tree of files that a 9P server serves";
  using Node = std::uint32_t;
  using Model::Model;

  // ---- nodes
  virtual int root(Node& out) = 0;
  virtual int walk(Node from, std::string_view name, Node& out) = 0;
  /// The directory that the node is in; the root's is the root.
  virtual int parent(Node of, Node& out) = 0;
  virtual int clone(Node from, Node& out) = 0;
  /// Closes it, if it is open.
  virtual void release(Node node) = 0;

  // ---- attributes
  virtual int attributes(Node node, Attributes& out) = 0;
  virtual int change(Node node, const Changes& changes) = 0;
  virtual int file_system(Node node, FileSystem& out) = 0;
  /// The name under which the node is in its directory, at most `room` bytes; of the root "/".
  virtual int name(Node node, char* to, std::size_t room, std::size_t& bytes) = 0;
  /// The target of a symbolic link, at most `room` bytes.
  virtual int read_link(Node node, char* to, std::size_t room, std::size_t& bytes) = 0;

  // ---- contents; `flags` are OpenFlags
  /// Only files and directories can be opened, and a node only once.
  virtual int open(Node node, std::uint32_t flags) = 0;
  virtual int read(Node node, std::uint64_t offset, void* to, std::size_t room,
                   std::size_t& bytes) = 0;
  virtual int write(Node node, std::uint64_t offset, const void* from, std::size_t room,
                    std::size_t& bytes) = 0;
  /// Entries behind `cookie` (0: from the start), "." and ".." among them, until the sink is full.
  virtual int list(Node directory, std::uint64_t cookie, EntrySink& sink) = 0;
  virtual int sync(Node node, bool data_only) = 0;

  // ---- names
  /// A regular file, opened; an existing one is opened too unless kExclusive is set.
  virtual int create(Node directory, std::string_view name, const Creation& what,
                     std::uint32_t flags, Node& out) = 0;
  /// Anything else: directory, symbolic link, device, pipe, socket, and regular files not opened.
  virtual int make(Node directory, std::string_view name, const Creation& what, Node& out) = 0;
  virtual int link(Node directory, std::string_view name, Node target) = 0;
  virtual int rename(Node from, std::string_view name, Node to, std::string_view new_name) = 0;
  /// Moves a node under whatever name it has; `to` may be its own directory.
  virtual int move(Node node, Node to, std::string_view new_name) = 0;
  virtual int unlink(Node directory, std::string_view name, bool is_directory) = 0;
  /// Removes a node under whatever name it has.
  virtual int remove(Node node) = 0;

  // ---- extended attributes; an empty name in get_xattr() lists the names, NUL after each
  virtual int xattr_size(Node node, std::string_view name, std::size_t& bytes) = 0;
  virtual int get_xattr(Node node, std::string_view name, void* to, std::size_t room,
                        std::size_t& bytes) = 0;
  /// `flags`: 1 create, 2 replace, as in setxattr(2).
  virtual int set_xattr(Node node, std::string_view name, const void* from, std::size_t bytes,
                        int flags) = 0;
  virtual int remove_xattr(Node node, std::string_view name) = 0;
};

}  // namespace ringside::ninep
