// SPDX-License-Identifier: Apache-2.0
// A folder of the host as a tree.
//
// A node is an O_PATH descriptor: it stays the same file whatever becomes of names. Names are
// looked up one at a time in such a descriptor and symbolic links are never followed, so there is
// no path that a guest could bend, and nothing outside the folder that it could name. Only what is
// a regular file or a directory is ever opened.
#pragma once

#include <string>
#include <vector>

#include "kit/command.h"
#include "ninep/id_map.h"
#include "ninep/qid_map.h"
#include "ninep/tree.h"

namespace ringside::ninep {

enum class SecurityModel { Passthrough, Mapped, None };
enum class MultiDevices { Remap, Warn, Forbid };

class Folder final : public Tree {
 public:
  Folder(const sc_core::sc_module_name& name, const ModelContext& context);
  ~Folder() override;
  void resolve() override;

  int root(Node& out) override;
  int walk(Node from, std::string_view name, Node& out) override;
  int parent(Node of, Node& out) override;
  int clone(Node from, Node& out) override;
  void release(Node node) override;
  int attributes(Node node, Attributes& out) override;
  int change(Node node, const Changes& changes) override;
  int file_system(Node node, FileSystem& out) override;
  int name(Node node, char* to, std::size_t room, std::size_t& bytes) override;
  int read_link(Node node, char* to, std::size_t room, std::size_t& bytes) override;
  int open(Node node, std::uint32_t flags) override;
  int read(Node node, std::uint64_t offset, void* to, std::size_t room,
           std::size_t& bytes) override;
  int write(Node node, std::uint64_t offset, const void* from, std::size_t room,
            std::size_t& bytes) override;
  int list(Node directory, std::uint64_t cookie, EntrySink& sink) override;
  int sync(Node node, bool data_only) override;
  int create(Node directory, std::string_view name, const Creation& what, std::uint32_t flags,
             Node& out) override;
  int make(Node directory, std::string_view name, const Creation& what, Node& out) override;
  int link(Node directory, std::string_view name, Node target) override;
  int rename(Node from, std::string_view name, Node to, std::string_view new_name) override;
  int move(Node node, Node to, std::string_view new_name) override;
  int unlink(Node directory, std::string_view name, bool is_directory) override;
  int remove(Node node) override;
  int xattr_size(Node node, std::string_view name, std::size_t& bytes) override;
  int get_xattr(Node node, std::string_view name, void* to, std::size_t room,
                std::size_t& bytes) override;
  int set_xattr(Node node, std::string_view name, const void* from, std::size_t bytes,
                int flags) override;
  int remove_xattr(Node node, std::string_view name) override;

  /// Descriptors of the host that stand for nodes now, and nodes that have none at the moment.
  std::size_t descriptors() const { return descriptors_; }
  std::size_t parked() const { return parked_; }

  Param<FilePath> path{this, "path", required, "the folder; may itself be a symbolic link"};
  Param<bool> read_only{this, "read_only", false, "refuse everything that would change it"};
  Choice<SecurityModel> security_model{
      this,
      "security_model",
      {{"passthrough", SecurityModel::Passthrough},
       {"mapped-xattr", SecurityModel::Mapped},
       {"none", SecurityModel::None}},
      SecurityModel::None,
      "owners, modes and special files: on the host's files themselves (passthrough), in their "
      "extended attributes, as QEMU does it (mapped-xattr), or as far as allowed (none)"};
  Choice<MultiDevices> multidevs{
      this,
      "multidevs",
      {{"remap", MultiDevices::Remap},
       {"warn", MultiDevices::Warn},
       {"forbid", MultiDevices::Forbid}},
      MultiDevices::Remap,
      "file systems mounted below: inode numbers made unique, a warning, or out of reach"};
  Param<std::vector<std::string>> uid_map{this, "uid_map", std::vector<std::string>{},
                                          "users as 'guest:host:count'; empty: the same numbers"};
  Param<std::vector<std::string>> gid_map{this, "gid_map", std::vector<std::string>{},
                                          "groups as 'guest:host:count'; empty: the same numbers"};
  Param<unsigned> host_files{
      this, "host_files", 4096, Range<unsigned>{64, 1u << 20},
      "descriptors of the host for files that the guest knows; those beyond are found by name"};
  Command<bool> set_read_only{this,
                              "set_read_only",
                              {{"on", "whether changes are refused from now on"}},
                              "refuses or allows changes, also through files that are open",
                              [this](bool on) { read_only.set(on); }};

 private:
  static constexpr Node kNone = 0xffffffff;
  struct Held {
    bool used = false;
    bool is_root = false;
    bool recent = false;          // used since the hand came by
    int fd = -1;                  // O_PATH; -1 while it is parked
    int file = -1;                // opened
    std::uint64_t operation = 0;  // the latest that needed `fd`
    std::uint64_t device = 0;     // while it is parked: what has to be found,
    std::uint64_t inode = 0;
    std::string place;  // and where, from the root on
  };
  /// Where a node is: a name in a directory that has been opened for it.
  struct Place {
    ~Place();
    int directory = -1;
    char name[kMaxName + 1] = {};
  };

  // folder_nodes.cpp: nodes and descriptors
  void open_root();
  /// The O_PATH descriptor of a node, or a negative errno.
  int descriptor(Node node);
  int find_again(Held& held);
  /// Makes a node of an O_PATH descriptor, which belongs to it from then on, also on failure.
  int keep(int fd, Node& out);
  void make_room();
  bool park(Held& held);
  /// Parked nodes below a name that has changed.
  void moved(int from, const char* name, int to, const char* new_name);
  int look_up(int directory, const char* name) const;
  int walk_down(std::string_view place, bool directories_only) const;
  int path_of(int fd, char* to, std::size_t room, std::size_t& bytes) const;
  int locate(int fd, Place& place) const;
  void close_listing(Node node);

  // folder.cpp
  int open_descriptor(int fd, std::uint32_t flags, int& file);
  int create_existing(int directory, const char* name, std::uint32_t flags, Node& out);
  int set_owner(int fd, const Creation& what);
  int make_host_file(int directory, const char* name, const Creation& what);
  int make_mapped_file(int directory, const char* name, const Creation& what);
  int change_owner(int fd, std::uint32_t uid, std::uint32_t gid);
  int change_mode(int fd, std::uint32_t mode);
  int change_size(const Held& held, int fd, std::uint64_t size);
  int attributes_of(int fd, Attributes& out);
  int qid_path(std::uint64_t device, std::uint64_t inode, std::uint64_t& out);
  bool mapped() const { return security_model == SecurityModel::Mapped; }

  // folder_mapped.cpp: what mapped-xattr keeps in extended attributes
  void read_mapped(int fd, Attributes& out) const;
  int write_mapped(int fd, const Creation& what) const;
  /// The host's name of an attribute; false if guests have no business with it.
  bool host_xattr(std::string_view name, char* to, std::size_t room) const;
  bool guest_xattr(std::string_view name, std::string_view& out) const;
  int list_xattrs(int fd);

  int root_ = -1;
  std::uint64_t root_device_ = 0;
  IdMap users_;
  IdMap groups_;
  QidMap qids_;
  bool warned_ = false;

  std::vector<Held> nodes_;
  std::vector<Node> free_;
  std::size_t descriptors_ = 0;
  std::size_t parked_ = 0;
  std::size_t hand_ = 0;  // of the clock that finds nodes to park
  std::uint64_t operation_ = 0;

  // The part of a directory that the host gave last: a client reads it in several steps.
  Node listed_ = kNone;
  std::vector<char> listing_;
  std::size_t listing_bytes_ = 0;
  std::size_t listing_at_ = 0;
  std::uint64_t listing_cookie_ = 0;  // of listing_at_

  std::vector<char> xattrs_;  // names, NUL after each
};

}  // namespace ringside::ninep
