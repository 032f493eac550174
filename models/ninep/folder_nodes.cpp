// SPDX-License-Identifier: Apache-2.0
// Nodes and the descriptors that stand for them. If there are more nodes than descriptors, those
// that have not been used for a while are parked: the host is asked for their path, and they are
// looked up again, name by name from the root, when they are needed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "kit/platform.h"
#include "ninep/folder.h"
#include "ninep/host_name.h"

namespace ringside::ninep {

Folder::Place::~Place() {
  if (directory >= 0) close(directory);
}

void Folder::open_root() {
  const std::string& file = path->path;
  root_ = ::open(file.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root_ < 0)
    throw ConfigError(path.where(),
                      fmt::format("cannot open the folder '{}': {}", file, std::strerror(errno)));
  struct stat info {};
  if (fstat(root_, &info) == 0) root_device_ = info.st_dev;
  qids_ = QidMap(root_device_);
}

void Folder::resolve() {
  if (platform().describing()) return;
  // Descriptors for the nodes, as many for open files, and some for everybody else.
  const rlim_t wanted = rlim_t{2} * host_files.get() + 512;
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted)
    host_files.set(static_cast<unsigned>(std::max<rlim_t>(64, limit.rlim_cur / 4)));
}

Folder::~Folder() {
  for (Held& held : nodes_) {
    if (held.file >= 0) close(held.file);
    if (held.fd >= 0 && !held.is_root) close(held.fd);
  }
  if (root_ >= 0) close(root_);
}

int Folder::keep(int fd, Node& out) {
  if (fd < 0) return errno;
  if (fd != root_ && descriptors_ >= host_files) make_room();
  if (free_.empty()) {
    free_.push_back(static_cast<Node>(nodes_.size()));
    nodes_.emplace_back();
  }
  out = free_.back();
  free_.pop_back();
  Held& held = nodes_[out];
  held.used = true;
  held.is_root = fd == root_;
  held.recent = true;
  held.fd = fd;
  held.operation = operation_;
  if (!held.is_root) ++descriptors_;
  return 0;
}

int Folder::root(Node& out) {
  ++operation_;
  return keep(root_, out);
}

void Folder::release(Node node) {
  Held& held = nodes_[node];
  close_listing(node);
  if (held.file >= 0) close(held.file);
  if (held.fd >= 0 && !held.is_root) {
    close(held.fd);
    --descriptors_;
  }
  if (held.fd < 0) --parked_;
  held.used = false;
  held.fd = held.file = -1;
  free_.push_back(node);
}

int Folder::descriptor(Node node) {
  Held& held = nodes_[node];
  held.recent = true;
  held.operation = operation_;
  return held.fd >= 0 ? held.fd : find_again(held);
}

int Folder::clone(Node from, Node& out) {
  ++operation_;
  const int fd = descriptor(from);
  if (fd < 0) return -fd;
  return keep(fd == root_ ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0), out);
}

int Folder::look_up(int directory, const char* name) const {
  return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int Folder::walk(Node from, std::string_view name, Node& out) {
  ++operation_;
  const int directory = descriptor(from);
  if (directory < 0) return -directory;
  const int fd = look_up(directory, Terminated<kMaxName>(name));
  if (fd < 0) return errno;
  struct stat info {};
  if (multidevs != MultiDevices::Remap && fstat(fd, &info) == 0 && info.st_dev != root_device_) {
    if (multidevs == MultiDevices::Forbid) {
      close(fd);
      return ENODEV;
    }
    if (!warned_)
      SC_REPORT_WARNING(label().c_str(),
                        "another file system is mounted in the folder: inode numbers are not "
                        "unique for the guest ('multidevs: remap' makes them so)");
    warned_ = true;
  }
  return keep(fd, out);
}

int Folder::parent(Node of, Node& out) {
  ++operation_;
  const int fd = descriptor(of);
  if (fd < 0) return -fd;
  if (fd == root_) return keep(root_, out);
  Place place;
  if (const int error = locate(fd, place)) return error;
  struct stat found {
  }, top{};
  if (fstat(place.directory, &found) != 0 || fstat(root_, &top) != 0) return errno;
  if (found.st_ino == top.st_ino && found.st_dev == top.st_dev) return keep(root_, out);
  return keep(fcntl(place.directory, F_DUPFD_CLOEXEC, 0), out);
}

int Folder::name(Node node, char* to, std::size_t room, std::size_t& bytes) {
  ++operation_;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  char path[PATH_MAX];
  std::string_view text = "/";
  if (fd != root_) {
    std::size_t length = 0;
    if (const int error = path_of(fd, path, sizeof path, length)) return error;
    text = {path, length};
    text.remove_prefix(std::min(text.rfind('/') + 1, text.size()));
  }
  bytes = std::min(room, text.size());
  std::memcpy(to, text.data(), bytes);
  return 0;
}

// ---- where a node is

/// The path from the root to a descriptor, as the host has it at this moment. Only a hint: whoever
/// uses it walks down from the root and looks whether it leads to the same file.
int Folder::path_of(int fd, char* to, std::size_t room, std::size_t& bytes) const {
  char top[PATH_MAX];
  const ssize_t top_bytes = readlink(DescriptorPath(root_), top, sizeof top);
  const ssize_t got = readlink(DescriptorPath(fd), to, room);
  if (top_bytes < 0 || got < 0) return errno;
  if (static_cast<std::size_t>(got) == room || static_cast<std::size_t>(top_bytes) == sizeof top)
    return ENAMETOOLONG;
  std::string_view prefix(top, static_cast<std::size_t>(top_bytes));
  const std::string_view text(to, static_cast<std::size_t>(got));
  if (prefix == "/") prefix = "";
  if (text.size() <= prefix.size() + 1 || text.substr(0, prefix.size()) != prefix ||
      text[prefix.size()] != '/')
    return ESTALE;  // somebody on the host has moved it out of the folder
  bytes = text.size() - prefix.size() - 1;
  std::memmove(to, to + prefix.size() + 1, bytes);
  return 0;
}

/// A new O_PATH descriptor of what is at a path below the root, or a negative errno. Never follows
/// a symbolic link and never goes up.
int Folder::walk_down(std::string_view place, bool directories_only) const {
  int at = fcntl(root_, F_DUPFD_CLOEXEC, 0);
  while (at >= 0 && !place.empty()) {
    const std::size_t end = std::min(place.find('/'), place.size());
    const std::string_view part = place.substr(0, end);
    place.remove_prefix(std::min(end + 1, place.size()));
    const bool usable = part.size() <= kMaxName && part != ".." && part != "." && !part.empty();
    const int flags = !place.empty() || directories_only ? O_DIRECTORY : 0;
    const int next =
        usable ? openat(at, Terminated<kMaxName>(part), O_PATH | O_NOFOLLOW | O_CLOEXEC | flags)
               : -1;
    const int error = usable ? errno : ESTALE;
    close(at);
    if (next < 0) return -error;
    at = next;
  }
  return at < 0 ? -errno : at;
}

int Folder::locate(int fd, Place& place) const {
  char text[PATH_MAX];
  std::size_t bytes = 0;
  if (const int error = path_of(fd, text, sizeof text, bytes)) return error;
  const std::string_view whole(text, bytes);
  const std::size_t slash = whole.rfind('/');
  const std::string_view last = slash == whole.npos ? whole : whole.substr(slash + 1);
  if (last.empty() || last.size() > kMaxName) return ESTALE;
  place.directory =
      walk_down(slash == whole.npos ? std::string_view() : whole.substr(0, slash), true);
  if (place.directory < 0) return -place.directory;
  std::memcpy(place.name, last.data(), last.size());
  place.name[last.size()] = '\0';
  struct stat is {
  }, found{};
  if (fstat(fd, &is) != 0) return errno;
  if (fstatat(place.directory, place.name, &found, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  return is.st_ino == found.st_ino && is.st_dev == found.st_dev ? 0 : ESTALE;
}

// ---- parking

void Folder::make_room() {
  // Two rounds: the first may only find out what is in use.
  for (std::size_t steps = 2 * nodes_.size(); steps != 0; --steps) {
    hand_ = (hand_ + 1) % nodes_.size();
    Held& held = nodes_[hand_];
    const bool idle =
        held.used && !held.is_root && held.fd >= 0 && held.file < 0 && held.operation != operation_;
    if (!idle) continue;
    if (held.recent)
      held.recent = false;
    else if (park(held))
      return;
  }
}

bool Folder::park(Held& held) {
  char text[PATH_MAX];
  std::size_t bytes = 0;
  struct stat info {};
  if (path_of(held.fd, text, sizeof text, bytes) != 0 || fstat(held.fd, &info) != 0) return false;
  // What has no name any more cannot be found again.
  if (info.st_nlink == 0) return false;
  held.place.assign(text, bytes);
  held.device = info.st_dev;
  held.inode = info.st_ino;
  close(held.fd);
  held.fd = -1;
  --descriptors_;
  ++parked_;
  return true;
}

int Folder::find_again(Held& held) {
  if (descriptors_ >= host_files) make_room();
  const int fd = walk_down(held.place, false);
  if (fd < 0) return fd == -ENOENT ? -ESTALE : fd;
  struct stat info {};
  if (fstat(fd, &info) != 0 || info.st_dev != held.device || info.st_ino != held.inode) {
    close(fd);
    return -ESTALE;
  }
  held.fd = fd;
  ++descriptors_;
  --parked_;
  return fd;
}

void Folder::moved(int from, const char* name, int to, const char* new_name) {
  if (parked_ == 0) return;
  char text[PATH_MAX];
  const auto place_of = [&](int directory, const char* last) {
    std::size_t bytes = 0;
    std::string place;
    if (directory != root_ && path_of(directory, text, sizeof text, bytes) == 0)
      place.assign(text, bytes).push_back('/');
    return place + last;
  };
  const std::string before = place_of(from, name), after = place_of(to, new_name);
  for (Held& held : nodes_) {
    if (!held.used || held.fd >= 0 || held.place.compare(0, before.size(), before) != 0) continue;
    if (held.place.size() == before.size() || held.place[before.size()] == '/')
      held.place.replace(0, before.size(), after);
  }
}

}  // namespace ringside::ninep
