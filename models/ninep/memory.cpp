// SPDX-License-Identifier: Apache-2.0
#include "ninep/memory.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kit/platform.h"

namespace ringside::ninep {

Memory::Memory(const sc_core::sc_module_name& name, const ModelContext& context)
    : Tree(name, context) {
  auto top = std::make_unique<Inode>();
  top->mode = S_IFDIR | 0777;
  top->links = 1;
  top->above = kRoot;
  top->accessed = top->modified = top->changed = top->born = Time{start, 0};
  inodes_[kRoot] = std::move(top);
  last_inode_ = kRoot;
  if (from.given() && !platform().describing()) copy(from->path, kRoot, 0);
}

// ---- nodes

Memory::Inode* Memory::find(std::uint64_t number) {
  const auto found = inodes_.find(number);
  return found == inodes_.end() ? nullptr : found->second.get();
}

void Memory::keep(std::uint64_t number, std::uint64_t directory, Node& out) {
  if (free_.empty()) {
    free_.push_back(static_cast<Node>(nodes_.size()));
    nodes_.emplace_back();
  }
  out = free_.back();
  free_.pop_back();
  nodes_[out] = {number, directory, false};
  ++find(number)->nodes;
}

/// Forgets a file that has neither a name nor somebody who holds it.
void Memory::drop(std::uint64_t number) {
  Inode* file = find(number);
  if (!file || file->links != 0 || file->nodes != 0) return;
  used_ -= file->data.size();
  for (const auto& [name, value] : file->xattrs) used_ -= name.size() + value.size();
  inodes_.erase(number);
}

int Memory::root(Node& out) {
  keep(kRoot, kRoot, out);
  return 0;
}

int Memory::walk(Node from_node, std::string_view name, Node& out) {
  const Inode& directory = inode(from_node);
  if (!S_ISDIR(directory.mode)) return ENOTDIR;
  const auto found = directory.names.find(name);
  if (found == directory.names.end()) return ENOENT;
  keep(found->second.inode, nodes_[from_node].inode, out);
  return 0;
}

int Memory::parent(Node of, Node& out) {
  const Inode& file = inode(of);
  const std::uint64_t above = S_ISDIR(file.mode) ? file.above : nodes_[of].directory;
  const Inode* directory = find(above);
  if (!directory) return ESTALE;
  keep(above, directory->above, out);
  return 0;
}

int Memory::clone(Node from_node, Node& out) {
  const Held held = nodes_[from_node];
  keep(held.inode, held.directory, out);
  return 0;
}

void Memory::release(Node node) {
  const std::uint64_t number = nodes_[node].inode;
  --inode(node).nodes;
  free_.push_back(node);
  drop(number);
}

// ---- attributes

Time Memory::now() const {
  const std::uint64_t second = sc_core::sc_time(1, sc_core::SC_SEC).value();
  const std::uint64_t time = sc_core::sc_time_stamp().value();
  return {start + time / second, time % second / (second / 1000000000)};
}

/// Its contents have changed.
void Memory::touched(Inode& file) {
  file.modified = file.changed = now();
  ++file.version;
}

/// Room for so many more bytes.
bool Memory::take(std::uint64_t bytes) {
  if (bytes > size->bytes - std::min(used_, size->bytes)) return false;
  used_ += bytes;
  return true;
}

int Memory::resize(Inode& file, std::uint64_t bytes) {
  const std::uint64_t before = file.data.size();
  if (bytes > before && !take(bytes - before)) return ENOSPC;
  if (bytes < before) used_ -= before - bytes;
  file.data.resize(static_cast<std::size_t>(bytes));
  return 0;
}

Qid Memory::qid_of(std::uint64_t number, const Inode& file) const {
  Qid qid;
  if (S_ISDIR(file.mode)) qid.type = kQidDirectory;
  if (S_ISLNK(file.mode)) qid.type = kQidSymlink;
  qid.version = static_cast<std::uint32_t>(file.version);
  qid.path = number;
  return qid;
}

int Memory::attributes(Node node, Attributes& out) {
  const Inode& file = inode(node);
  out.qid = qid_of(nodes_[node].inode, file);
  out.mode = file.mode;
  out.uid = file.uid;
  out.gid = file.gid;
  out.links = S_ISDIR(file.mode) && file.links != 0 ? 2 + file.below : file.links;
  out.device = file.device;
  out.size = S_ISDIR(file.mode) ? file.names.size() : file.data.size();
  out.blocks = (file.data.size() + 511) / 512;
  out.accessed = file.accessed;
  out.modified = file.modified;
  out.changed = file.changed;
  out.born = file.born;
  out.has_birth = true;
  return 0;
}

int Memory::change(Node node, const Changes& changes) {
  Inode& file = inode(node);
  const std::uint32_t valid = changes.valid;
  if ((valid & kSetSize) != 0) {
    if (S_ISDIR(file.mode)) return EISDIR;
    if (!S_ISREG(file.mode)) return EINVAL;
    if (const int error = resize(file, changes.size)) return error;
    touched(file);
  }
  if ((valid & kSetMode) != 0) file.mode = (file.mode & S_IFMT) | (changes.mode & 07777);
  if ((valid & kSetUid) != 0 && changes.uid != kNoId) file.uid = changes.uid;
  if ((valid & kSetGid) != 0 && changes.gid != kNoId) file.gid = changes.gid;
  const Time time = now();
  if ((valid & kSetAccess) != 0)
    file.accessed = (valid & kGivenAccess) != 0 ? changes.accessed : time;
  if ((valid & kSetModify) != 0) {
    file.modified = (valid & kGivenModify) != 0 ? changes.modified : time;
    ++file.version;
  }
  file.changed = time;
  return 0;
}

int Memory::file_system(Node, FileSystem& out) {
  out.blocks = size->bytes / out.block_size;
  out.free = out.available = (size->bytes - std::min(used_, size->bytes)) / out.block_size;
  out.files = files;
  out.free_files = files - std::min<std::size_t>(files, inodes_.size());
  return 0;
}

int Memory::name(Node node, char* to, std::size_t room, std::size_t& bytes) {
  std::string text = "/";
  std::uint64_t directory = 0;
  if (nodes_[node].inode != kRoot)
    if (const int error = find_name(node, directory, text)) return error;
  bytes = std::min(room, text.size());
  std::memcpy(to, text.data(), bytes);
  return 0;
}

int Memory::read_link(Node node, char* to, std::size_t room, std::size_t& bytes) {
  const Inode& file = inode(node);
  if (!S_ISLNK(file.mode)) return EINVAL;
  bytes = std::min(room, file.data.size());
  std::copy_n(file.data.begin(), bytes, to);
  return 0;
}

// ---- contents

int Memory::open(Node node, std::uint32_t flags) {
  Inode& file = inode(node);
  if (S_ISLNK(file.mode)) return ELOOP;
  const bool changes = (flags & kAccessMask) != kReadOnly || (flags & kTruncate) != 0;
  if (S_ISDIR(file.mode)) return changes ? EISDIR : 0;
  if (!S_ISREG(file.mode)) return ENXIO;
  if ((flags & kDirectory) != 0) return ENOTDIR;
  if ((flags & kTruncate) != 0) {
    resize(file, 0);
    touched(file);
  }
  nodes_[node].append = (flags & kAppend) != 0;
  return 0;
}

int Memory::read(Node node, std::uint64_t offset, void* to, std::size_t room, std::size_t& bytes) {
  Inode& file = inode(node);
  bytes = 0;
  if (offset < file.data.size()) {
    bytes = std::min<std::size_t>(room, file.data.size() - static_cast<std::size_t>(offset));
    std::memcpy(to, file.data.data() + offset, bytes);
  }
  file.accessed = now();
  return 0;
}

int Memory::write(Node node, std::uint64_t offset, const void* data, std::size_t room,
                  std::size_t& bytes) {
  Inode& file = inode(node);
  if (nodes_[node].append) offset = file.data.size();
  if (offset > ~std::uint64_t{0} - room) return EFBIG;
  if (offset + room > file.data.size() && room != 0)
    if (const int error = resize(file, offset + room)) return error;
  if (room != 0) std::memcpy(file.data.data() + offset, data, room);
  touched(file);
  bytes = room;
  return 0;
}

int Memory::list(Node node, std::uint64_t cookie, EntrySink& sink) {
  const Inode& directory = inode(node);
  const auto give = [&](std::uint64_t number, std::string_view name, std::uint64_t place) {
    const Inode* file = find(number);
    Entry entry;
    entry.name = name;
    entry.cookie = place;
    if (file) {
      entry.qid = qid_of(number, *file);
      entry.type = static_cast<std::uint8_t>((file->mode & S_IFMT) >> 12);
    }
    return sink.take(entry);
  };
  if (cookie < 1 && !give(nodes_[node].inode, ".", 1)) return 0;
  if (cookie < 2 && !give(directory.above, "..", 2)) return 0;
  for (auto at = directory.order.upper_bound(std::max<std::uint64_t>(cookie, 2));
       at != directory.order.end(); ++at)
    if (!give(directory.names.find(at->second)->second.inode, at->second, at->first)) return 0;
  return 0;
}

}  // namespace ringside::ninep
