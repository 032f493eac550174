// SPDX-License-Identifier: Apache-2.0
// A tree in memory: empty at the start or a copy of a folder, gone at the end. Nothing in it comes
// from the host while the guest runs, so runs repeat exactly: inode numbers count from 1, times are
// simulated, directories are in order of creation.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ninep/tree.h"

namespace ringside::ninep {

class Memory final : public Tree {
 public:
  Memory(const sc_core::sc_module_name& name, const ModelContext& context);

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
  int sync(Node, bool) override { return 0; }
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

  Param<FilePath> from{this, "from", FilePath{},
                       "folder to copy at the start: files, directories, symbolic links, modes"};
  Param<Size> size{this, "size", Size{256 << 20}, "capacity"};
  Param<unsigned> files{this, "files", 65536, Range<unsigned>{1, 1u << 24},
                        "most files, and most names"};
  Param<std::uint64_t> start{this, "start", 1767225600,
                             "seconds since 1970 at the start of the simulation"};

  /// Bytes in use, and files with the root.
  std::uint64_t used() const { return used_; }
  std::size_t count() const { return inodes_.size(); }

 private:
  static constexpr std::uint64_t kRoot = 1;
  using Bytes = std::vector<std::uint8_t>;
  struct Link {
    std::uint64_t inode;
    std::uint64_t cookie;
  };
  struct Inode {
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t device = 0;
    std::uint64_t links = 0;  // names, without "." and ".."
    std::uint64_t nodes = 0;  // that hold it
    std::uint64_t version = 0;
    Bytes data;  // of files; the target of a symbolic link
    Time accessed, modified, changed, born;
    // Of directories.
    std::uint64_t above = 0;
    std::uint64_t last_cookie = 2;  // 1 and 2 are "." and ".."
    std::uint64_t below = 0;        // directories
    std::map<std::string, Link, std::less<>> names;
    std::map<std::uint64_t, std::string> order;
    std::map<std::string, Bytes, std::less<>> xattrs;
  };
  struct Held {
    std::uint64_t inode = 0;
    std::uint64_t directory = 0;  // where it was found
    bool append = false;
  };

  // memory.cpp
  Inode& inode(Node node) { return *inodes_.at(nodes_[node].inode); }
  Inode* find(std::uint64_t number);
  void keep(std::uint64_t number, std::uint64_t directory, Node& out);
  void drop(std::uint64_t number);
  Time now() const;
  void touched(Inode& file);
  int resize(Inode& file, std::uint64_t bytes);
  bool take(std::uint64_t bytes);
  Qid qid_of(std::uint64_t number, const Inode& file) const;

  // memory_names.cpp
  void copy(const std::string& folder, std::uint64_t into, unsigned depth);
  std::string copy_entry(const std::string& path, const std::string& name, std::uint64_t into,
                         unsigned depth);
  int add(std::uint64_t directory, std::string_view name, const Creation& what,
          std::uint64_t& number);
  void add_name(std::uint64_t directory, std::string_view name, std::uint64_t number);
  void remove_name(std::uint64_t directory, std::string_view name);
  int find_name(Node node, std::uint64_t& directory, std::string& name);
  int rename_in(std::uint64_t from, std::string_view name, std::uint64_t to,
                std::string_view new_name);
  int may_replace(const Inode& moved, const Inode& replaced) const;
  bool is_below(std::uint64_t directory, std::uint64_t top);

  std::map<std::uint64_t, std::unique_ptr<Inode>> inodes_;
  std::uint64_t last_inode_ = 0;
  std::uint64_t used_ = 0;
  std::size_t names_ = 0;
  std::vector<Held> nodes_;
  std::vector<Node> free_;
};

}  // namespace ringside::ninep
