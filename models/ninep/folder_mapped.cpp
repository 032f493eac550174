// SPDX-License-Identifier: Apache-2.0
// Extended attributes, and what `mapped-xattr` keeps in them, under the names and in the format
// that QEMU uses: a folder can go from one to the other.
//
//   user.virtfs.uid, .gid, .mode   u32; the mode with its type
//   user.virtfs.rdev               u64
//   user.virtfs.system.posix_acl_access, _default
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ninep/folder.h"
#include "ninep/host_name.h"

namespace ringside::ninep {

namespace {

constexpr std::string_view kUser = "user.";
constexpr std::string_view kVirtfs = "user.virtfs.";
constexpr std::string_view kAcl = "system.posix_acl_";
constexpr std::size_t kHostName = kVirtfs.size() + kMaxName;
constexpr std::size_t kMostNames = 64 << 10;

bool starts(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

template <typename T>
bool get_number(const char* path, const char* name, T& value) {
  return getxattr(path, name, &value, sizeof value) == sizeof value;
}

template <typename T>
int set_number(const char* path, const char* name, T value) {
  return setxattr(path, name, &value, sizeof value, 0) == 0 ? 0 : errno;
}

}  // namespace

void Folder::read_mapped(int fd, Attributes& out) const {
  const std::uint32_t host = out.mode & S_IFMT;
  if (host != S_IFREG && host != S_IFDIR) return;  // others can't have such attributes
  const DescriptorPath path(fd);
  std::uint32_t mode = 0;
  get_number(path, "user.virtfs.uid", out.uid);
  get_number(path, "user.virtfs.gid", out.gid);
  if (!get_number(path, "user.virtfs.mode", mode)) return;
  const std::uint32_t format = mode & S_IFMT;
  // Only what is a file here can stand for something else.
  const bool stands = host == S_IFREG && format != S_IFDIR && format != 0;
  out.mode = (mode & 07777) | (stands ? format : host);
  if (stands && (format == S_IFCHR || format == S_IFBLK))
    get_number(path, "user.virtfs.rdev", out.device);
}

/// Mode, and owners unless they are kNoId.
int Folder::write_mapped(int fd, const Creation& what) const {
  const DescriptorPath path(fd);
  int error = set_number(path, "user.virtfs.mode", what.mode);
  if (error == 0 && what.uid != kNoId) error = set_number(path, "user.virtfs.uid", what.uid);
  if (error == 0 && what.gid != kNoId) error = set_number(path, "user.virtfs.gid", what.gid);
  if (error == 0 && what.major + what.minor != 0)
    error = set_number<std::uint64_t>(path, "user.virtfs.rdev", makedev(what.major, what.minor));
  return error;
}

// ---- names of attributes

bool Folder::host_xattr(std::string_view name, char* to, std::size_t room) const {
  std::string_view prefix;
  if (mapped()) {
    if (starts(name, kVirtfs)) return false;
    if (starts(name, kAcl))
      prefix = kVirtfs;
    else if (!starts(name, kUser))
      return false;
  } else if (security_model == SecurityModel::None && !starts(name, kUser) && !starts(name, kAcl)) {
    return false;  // capabilities and labels of the host
  }
  if (prefix.size() + name.size() >= room) return false;
  to = std::copy(prefix.begin(), prefix.end(), to);
  to = std::copy(name.begin(), name.end(), to);
  *to = '\0';
  return true;
}

bool Folder::guest_xattr(std::string_view name, std::string_view& out) const {
  out = name;
  if (mapped() && starts(name, kVirtfs)) {
    out = name.substr(kVirtfs.size());
    return starts(out, kAcl);
  }
  char host[kHostName + 1];
  return host_xattr(name, host, sizeof host);
}

/// Fills xattrs_ with the names that the guest may see.
int Folder::list_xattrs(int fd) {
  xattrs_.resize(kMostNames);
  const ssize_t got = listxattr(DescriptorPath(fd), xattrs_.data(), kMostNames);
  if (got < 0 && errno != EOPNOTSUPP) return errno;
  std::size_t kept = 0;
  for (ssize_t at = 0; at < got;) {
    const std::string_view name(xattrs_.data() + at);
    at += static_cast<ssize_t>(name.size()) + 1;
    std::string_view shown;
    if (!guest_xattr(name, shown)) continue;
    const std::size_t bytes = shown.size() + 1;
    std::memmove(xattrs_.data() + kept, shown.data(), bytes);
    kept += bytes;
  }
  xattrs_.resize(kept);
  return 0;
}

// ---- what the server asks for

int Folder::xattr_size(Node node, std::string_view name, std::size_t& bytes) {
  ++operation_;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  if (name.empty()) {
    const int error = list_xattrs(fd);
    bytes = xattrs_.size();
    return error;
  }
  char host[kHostName + 1];
  if (!host_xattr(name, host, sizeof host)) return ENODATA;
  const ssize_t got = getxattr(DescriptorPath(fd), host, nullptr, 0);
  if (got < 0) return errno;
  bytes = static_cast<std::size_t>(got);
  return 0;
}

int Folder::get_xattr(Node node, std::string_view name, void* to, std::size_t room,
                      std::size_t& bytes) {
  ++operation_;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  if (name.empty()) {
    if (const int error = list_xattrs(fd)) return error;
    if (xattrs_.size() > room) return ERANGE;
    bytes = xattrs_.size();
    std::memcpy(to, xattrs_.data(), bytes);
    return 0;
  }
  char host[kHostName + 1];
  if (!host_xattr(name, host, sizeof host)) return ENODATA;
  const ssize_t got = getxattr(DescriptorPath(fd), host, to, room);
  if (got < 0) return errno;
  bytes = static_cast<std::size_t>(got);
  return 0;
}

int Folder::set_xattr(Node node, std::string_view name, const void* from, std::size_t bytes,
                      int flags) {
  ++operation_;
  if (read_only) return EROFS;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  char host[kHostName + 1];
  if (!host_xattr(name, host, sizeof host)) return EOPNOTSUPP;
  return setxattr(DescriptorPath(fd), host, from, bytes, flags) == 0 ? 0 : errno;
}

int Folder::remove_xattr(Node node, std::string_view name) {
  ++operation_;
  if (read_only) return EROFS;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  char host[kHostName + 1];
  if (!host_xattr(name, host, sizeof host)) return EOPNOTSUPP;
  return removexattr(DescriptorPath(fd), host) == 0 ? 0 : errno;
}

}  // namespace ringside::ninep
