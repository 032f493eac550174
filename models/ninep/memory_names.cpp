// SPDX-License-Identifier: Apache-2.0
// Names of a tree in memory, extended attributes, and the folder that it is a copy of.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kit/platform.h"
#include "ninep/memory.h"

namespace ringside::ninep {

// ---- the copy

/// Whatever is wrong refuses the platform: half a copy would be a surprise.
void Memory::copy(const std::string& folder, std::uint64_t into, unsigned depth) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    names.push_back(at->path().filename().string());
  if (error)
    throw ConfigError(from.where(),
                      fmt::format("cannot read the folder '{}': {}", folder, error.message()));
  std::sort(names.begin(), names.end());  // the host's order is nobody's
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    const std::string problem = copy_entry(path, name, into, depth);
    if (!problem.empty())
      throw ConfigError(from.where(), fmt::format("cannot copy '{}': {}", path, problem));
  }
}

std::string Memory::copy_entry(const std::string& path, const std::string& name, std::uint64_t into,
                               unsigned depth) {
  constexpr unsigned kMostDepth = 100;
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return std::strerror(errno);
  Creation what;
  what.mode = info.st_mode;
  what.uid = what.gid = 0;
  std::string target;
  if (S_ISLNK(info.st_mode)) {
    std::error_code error;
    target = std::filesystem::read_symlink(path, error).string();
    if (error) return error.message();
    what.target = target;
  } else if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
    return "it is neither a file, a directory nor a symbolic link";
  }
  std::uint64_t number = 0;
  if (const int error = add(into, name, what, number)) return std::strerror(error);
  if (S_ISDIR(info.st_mode)) {
    if (depth == kMostDepth) return "directories are nested too deeply";
    copy(path, number, depth + 1);
  } else if (S_ISREG(info.st_mode)) {
    Inode& file = *find(number);
    if (const int error = resize(file, static_cast<std::uint64_t>(info.st_size)))
      return fmt::format("{} ('size' is {})", std::strerror(error), format_size(size));
    std::ifstream in(path, std::ios::binary);
    if (!in.read(reinterpret_cast<char*>(file.data.data()), info.st_size))
      return "it cannot be read";
  }
  return "";
}

// ---- names

int Memory::add(std::uint64_t directory, std::string_view name, const Creation& what,
                std::uint64_t& number) {
  const Inode* above = find(directory);
  if (!S_ISDIR(above->mode)) return ENOTDIR;
  if (above->links == 0) return ENOENT;  // it has been removed
  if (above->names.count(name) != 0) return EEXIST;
  if (inodes_.size() >= files || names_ >= files || !take(what.target.size())) return ENOSPC;
  auto file = std::make_unique<Inode>();
  file->mode = what.mode;
  file->uid = what.uid == kNoId ? 0 : what.uid;
  file->gid = what.gid == kNoId ? 0 : what.gid;
  if (S_ISCHR(what.mode) || S_ISBLK(what.mode)) file->device = makedev(what.major, what.minor);
  file->data.assign(what.target.begin(), what.target.end());
  file->accessed = file->modified = file->changed = file->born = now();
  number = ++last_inode_;
  inodes_[number] = std::move(file);
  add_name(directory, name, number);
  return 0;
}

void Memory::add_name(std::uint64_t directory, std::string_view name, std::uint64_t number) {
  Inode &above = *find(directory), &file = *find(number);
  const std::uint64_t cookie = ++above.last_cookie;
  above.names.emplace(name, Link{number, cookie});
  above.order.emplace(cookie, name);
  ++file.links;
  ++names_;
  if (S_ISDIR(file.mode)) {
    file.above = directory;
    ++above.below;
  }
  touched(above);
  file.changed = now();
}

void Memory::remove_name(std::uint64_t directory, std::string_view name) {
  Inode& above = *find(directory);
  const auto found = above.names.find(name);
  const Link link = found->second;
  Inode& file = *find(link.inode);
  if (S_ISDIR(file.mode)) --above.below;
  --file.links;
  --names_;
  file.changed = now();
  above.order.erase(link.cookie);
  above.names.erase(found);
  touched(above);
}

/// A name of a node, in the directory where it was found.
int Memory::find_name(Node node, std::uint64_t& directory, std::string& name) {
  const Held& held = nodes_[node];
  const Inode& file = inode(node);
  directory = S_ISDIR(file.mode) ? file.above : held.directory;
  const Inode* above = find(directory);
  if (!above || file.links == 0) return ESTALE;
  for (const auto& [text, link] : above->names) {
    if (link.inode != held.inode) continue;
    name = text;
    return 0;
  }
  return ESTALE;
}

int Memory::create(Node directory, std::string_view name, const Creation& what, std::uint32_t flags,
                   Node& out) {
  const std::uint64_t in = nodes_[directory].inode;
  std::uint64_t number = 0;
  const int error = add(in, name, what, number);
  if (error == EEXIST && (flags & kExclusive) == 0) {
    number = find(in)->names.find(name)->second.inode;
    if (!S_ISREG(find(number)->mode)) return EEXIST;
  } else if (error != 0) {
    return error;
  }
  keep(number, in, out);
  return open(out, flags & ~kDirectory);
}

int Memory::make(Node directory, std::string_view name, const Creation& what, Node& out) {
  const std::uint64_t in = nodes_[directory].inode;
  std::uint64_t number = 0;
  if (const int error = add(in, name, what, number)) return error;
  keep(number, in, out);
  return 0;
}

int Memory::link(Node directory, std::string_view name, Node target) {
  const Inode &above = inode(directory), &file = inode(target);
  if (!S_ISDIR(above.mode)) return ENOTDIR;
  if (S_ISDIR(file.mode)) return EPERM;
  if (above.names.count(name) != 0) return EEXIST;
  if (above.links == 0 || file.links == 0) return ENOENT;
  if (names_ >= files) return ENOSPC;
  add_name(nodes_[directory].inode, name, nodes_[target].inode);
  return 0;
}

bool Memory::is_below(std::uint64_t directory, std::uint64_t top) {
  for (; directory != kRoot; directory = find(directory)->above)
    if (directory == top) return true;
  return top == kRoot;
}

int Memory::may_replace(const Inode& moved, const Inode& replaced) const {
  if (!S_ISDIR(replaced.mode)) return S_ISDIR(moved.mode) ? ENOTDIR : 0;
  if (!S_ISDIR(moved.mode)) return EISDIR;
  return replaced.names.empty() ? 0 : ENOTEMPTY;
}

int Memory::rename_in(std::uint64_t from_directory, std::string_view name, std::uint64_t to,
                      std::string_view new_name) {
  const Inode &source = *find(from_directory), &destination = *find(to);
  if (!S_ISDIR(source.mode) || !S_ISDIR(destination.mode)) return ENOTDIR;
  const auto found = source.names.find(name);
  if (found == source.names.end()) return ENOENT;
  if (destination.links == 0) return ENOENT;
  const std::uint64_t number = found->second.inode;
  const Inode& file = *find(number);
  if (S_ISDIR(file.mode) && is_below(to, number)) return EINVAL;
  const auto there = destination.names.find(new_name);
  if (there != destination.names.end()) {
    const std::uint64_t replaced = there->second.inode;
    if (replaced == number) return 0;  // two names of one file: nothing happens, as rename(2)
    if (const int error = may_replace(file, *find(replaced))) return error;
    remove_name(to, new_name);
    drop(replaced);
  }
  // The new name first: the file must not be without one.
  const std::string before(name);
  add_name(to, new_name, number);
  remove_name(from_directory, before);
  return 0;
}

int Memory::rename(Node from_node, std::string_view name, Node to, std::string_view new_name) {
  return rename_in(nodes_[from_node].inode, name, nodes_[to].inode, new_name);
}

int Memory::move(Node node, Node to, std::string_view new_name) {
  if (nodes_[node].inode == kRoot) return EBUSY;
  std::uint64_t directory = 0;
  std::string name;
  if (const int error = find_name(node, directory, name)) return error;
  const std::uint64_t destination = nodes_[to].inode;
  if (const int error = rename_in(directory, name, destination, new_name)) return error;
  nodes_[node].directory = destination;
  return 0;
}

int Memory::unlink(Node directory, std::string_view name, bool is_directory) {
  const Inode& above = inode(directory);
  if (!S_ISDIR(above.mode)) return ENOTDIR;
  const auto found = above.names.find(name);
  if (found == above.names.end()) return ENOENT;
  const std::uint64_t number = found->second.inode;
  const Inode& file = *find(number);
  if (S_ISDIR(file.mode) != is_directory) return is_directory ? ENOTDIR : EISDIR;
  if (!file.names.empty()) return ENOTEMPTY;
  remove_name(nodes_[directory].inode, name);
  drop(number);
  return 0;
}

int Memory::remove(Node node) {
  if (nodes_[node].inode == kRoot) return EBUSY;
  std::uint64_t directory = 0;
  std::string name;
  if (const int error = find_name(node, directory, name)) return error;
  if (!inode(node).names.empty()) return ENOTEMPTY;
  remove_name(directory, name);
  return 0;
}

// ---- extended attributes

int Memory::xattr_size(Node node, std::string_view name, std::size_t& bytes) {
  const Inode& file = inode(node);
  bytes = 0;
  if (name.empty()) {
    for (const auto& entry : file.xattrs) bytes += entry.first.size() + 1;
    return 0;
  }
  const auto found = file.xattrs.find(name);
  if (found == file.xattrs.end()) return ENODATA;
  bytes = found->second.size();
  return 0;
}

int Memory::get_xattr(Node node, std::string_view name, void* to, std::size_t room,
                      std::size_t& bytes) {
  if (const int error = xattr_size(node, name, bytes)) return error;
  if (bytes > room) return ERANGE;
  const Inode& file = inode(node);
  auto* out = static_cast<char*>(to);
  if (!name.empty()) {
    const Bytes& value = file.xattrs.find(name)->second;
    std::copy(value.begin(), value.end(), out);
    return 0;
  }
  for (const auto& entry : file.xattrs) {
    std::memcpy(out, entry.first.c_str(), entry.first.size() + 1);
    out += entry.first.size() + 1;
  }
  return 0;
}

int Memory::set_xattr(Node node, std::string_view name, const void* data, std::size_t bytes,
                      int flags) {
  constexpr int kCreate = 1, kReplace = 2;
  constexpr std::size_t kMostNames = 64 << 10;  // what a list of them may take
  Inode& file = inode(node);
  const auto found = file.xattrs.find(name);
  if (found != file.xattrs.end() && (flags & kCreate) != 0) return EEXIST;
  if (found == file.xattrs.end() && (flags & kReplace) != 0) return ENODATA;
  const std::size_t before = found == file.xattrs.end() ? 0 : name.size() + found->second.size();
  std::size_t names = 0;
  xattr_size(node, "", names);
  if (before == 0 && names + name.size() + 1 > kMostNames) return ENOSPC;
  used_ -= before;
  if (!take(name.size() + bytes)) {
    used_ += before;
    return ENOSPC;
  }
  const auto* from_bytes = static_cast<const std::uint8_t*>(data);
  file.xattrs[std::string(name)].assign(from_bytes, from_bytes + bytes);
  file.changed = now();
  return 0;
}

int Memory::remove_xattr(Node node, std::string_view name) {
  Inode& file = inode(node);
  const auto found = file.xattrs.find(name);
  if (found == file.xattrs.end()) return ENODATA;
  used_ -= name.size() + found->second.size();
  file.xattrs.erase(found);
  file.changed = now();
  return 0;
}

}  // namespace ringside::ninep
