// SPDX-License-Identifier: Apache-2.0
#include "ninep/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kit/platform.h"
#include "ninep/folder_dirent.h"
#include "ninep/host_name.h"

namespace ringside::ninep {

namespace {

using Name = Terminated<kMaxName>;
constexpr std::uint32_t kSetIds = S_ISUID | S_ISGID;

int host_flags(std::uint32_t flags) {
  // O_NONBLOCK: whatever else happens, opening must not wait.
  int host = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  host |= (flags & kAccessMask) == kReadOnly    ? O_RDONLY
          : (flags & kAccessMask) == kWriteOnly ? O_WRONLY
                                                : O_RDWR;
  if ((flags & kTruncate) != 0) host |= O_TRUNC;
  if ((flags & kAppend) != 0) host |= O_APPEND;
  if ((flags & kDataSync) != 0) host |= O_DSYNC;
  if ((flags & kFullSync) != 0) host |= O_SYNC;
  return host;
}

bool changes_file(std::uint32_t flags) {
  return (flags & kAccessMask) != kReadOnly || (flags & kTruncate) != 0;
}

int done(int result) {
  return result == 0 ? 0 : errno;
}

}  // namespace

Folder::Folder(const sc_core::sc_module_name& name, const ModelContext& context)
    : Tree(name, context), listing_(32 << 10) {
  const auto ranges = [this](const Param<std::vector<std::string>>& param, IdMap& map) {
    for (const std::string& range : param.get())
      if (!map.add(range))
        diagnostics().error(param.where(),
                            fmt::format("'{}' of {} holds '{}'; expected 'guest:host:count', three "
                                        "numbers",
                                        param.name(), label(), printable(range)));
  };
  ranges(uid_map, users_);
  ranges(gid_map, groups_);
  if (!platform().describing() && path.given()) open_root();
}

// ---- attributes

int Folder::qid_path(std::uint64_t device, std::uint64_t inode, std::uint64_t& out) {
  if (multidevs != MultiDevices::Remap) {
    out = inode;
    return 0;
  }
  return qids_.path(device, inode, out) ? 0 : ENFILE;
}

int Folder::attributes(Node node, Attributes& out) {
  ++operation_;
  const int fd = descriptor(node);
  return fd < 0 ? -fd : attributes_of(fd, out);
}

int Folder::attributes_of(int fd, Attributes& out) {
  struct statx is {};
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &is) != 0) return errno;
  out.mode = is.stx_mode;
  out.uid = users_.to_guest(is.stx_uid);
  out.gid = groups_.to_guest(is.stx_gid);
  out.links = is.stx_nlink;
  out.device = makedev(is.stx_rdev_major, is.stx_rdev_minor);
  out.size = is.stx_size;
  out.block_size = is.stx_blksize;
  out.blocks = is.stx_blocks;
  const auto time = [](const statx_timestamp& from) {
    return Time{static_cast<std::uint64_t>(from.tv_sec), from.tv_nsec};
  };
  out.accessed = time(is.stx_atime);
  out.modified = time(is.stx_mtime);
  out.changed = time(is.stx_ctime);
  out.has_birth = (is.stx_mask & STATX_BTIME) != 0;
  out.born = time(is.stx_btime);
  if (mapped()) read_mapped(fd, out);
  const std::uint32_t format = out.mode & S_IFMT;
  out.qid.type = format == S_IFDIR ? kQidDirectory : format == S_IFLNK ? kQidSymlink : kQidFile;
  out.qid.version =
      static_cast<std::uint32_t>(out.modified.seconds ^ out.modified.nanoseconds ^ out.size << 8);
  return qid_path(makedev(is.stx_dev_major, is.stx_dev_minor), is.stx_ino, out.qid.path);
}

int Folder::change(Node node, const Changes& changes) {
  ++operation_;
  if (read_only) return EROFS;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  // Owners first, because a change of owner takes set-user-id bits away.
  const bool owner = (changes.valid & (kSetUid | kSetGid)) != 0;
  if (owner)
    if (const int error = change_owner(fd, (changes.valid & kSetUid) ? changes.uid : kNoId,
                                       (changes.valid & kSetGid) ? changes.gid : kNoId))
      return error;
  if ((changes.valid & kSetMode) != 0)
    if (const int error = change_mode(fd, changes.mode & 07777)) return error;
  if ((changes.valid & kSetSize) != 0)
    if (const int error = change_size(nodes_[node], fd, changes.size)) return error;
  if ((changes.valid & (kSetAccess | kSetModify)) == 0) return 0;
  struct timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  const auto set = [&](std::size_t i, std::uint32_t bit, std::uint32_t given, const Time& time) {
    if ((changes.valid & bit) == 0) return;
    times[i].tv_nsec = UTIME_NOW;
    if ((changes.valid & given) == 0) return;
    times[i].tv_sec = static_cast<time_t>(time.seconds);
    times[i].tv_nsec = static_cast<long>(time.nanoseconds % 1000000000);
  };
  set(0, kSetAccess, kGivenAccess, changes.accessed);
  set(1, kSetModify, kGivenModify, changes.modified);
  return done(utimensat(AT_FDCWD, DescriptorPath(fd), times, 0));
}

int Folder::change_owner(int fd, std::uint32_t uid, std::uint32_t gid) {
  if (mapped()) {
    Attributes is;
    if (const int error = attributes_of(fd, is)) return error;
    Creation what;
    what.uid = uid;
    what.gid = gid;
    what.mode = is.mode;
    return write_mapped(fd, what);
  }
  std::uint32_t user = 0, group = 0;
  if (!users_.to_host(uid, user) || !groups_.to_host(gid, group)) return EINVAL;
  const int error = done(fchownat(fd, "", user, group, AT_EMPTY_PATH));
  return security_model == SecurityModel::None ? 0 : error;
}

int Folder::change_mode(int fd, std::uint32_t mode) {
  Attributes is;
  if (const int error = attributes_of(fd, is)) return error;
  const std::uint32_t format = is.mode & S_IFMT;
  if (mapped()) {
    Creation what;
    what.mode = format | mode;
    return write_mapped(fd, what);
  }
  if (format == S_IFLNK) return EOPNOTSUPP;
  // A program that runs as its owner must not come out of a guest by accident.
  if (security_model == SecurityModel::None && format != S_IFDIR) mode &= ~kSetIds;
  return done(chmod(DescriptorPath(fd), mode));
}

int Folder::change_size(const Held& held, int fd, std::uint64_t size) {
  Attributes is;
  if (const int error = attributes_of(fd, is)) return error;
  if (S_ISDIR(is.mode)) return EISDIR;
  if (!S_ISREG(is.mode)) return EINVAL;
  const auto length = static_cast<off_t>(size);
  if (length < 0) return EFBIG;
  // What is open for writing may be cut whatever its mode says now.
  if (held.file >= 0 && ftruncate(held.file, length) == 0) return 0;
  return done(truncate(DescriptorPath(fd), length));
}

int Folder::file_system(Node node, FileSystem& out) {
  ++operation_;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  struct statfs is {};
  if (fstatfs(fd, &is) != 0) return errno;
  out.block_size = static_cast<std::uint64_t>(is.f_bsize);
  out.blocks = is.f_blocks;
  out.free = is.f_bfree;
  out.available = is.f_bavail;
  out.files = is.f_files;
  out.free_files = is.f_ffree;
  std::memcpy(&out.id, &is.f_fsid, sizeof out.id);
  out.name_bytes = static_cast<std::uint32_t>(std::min<long>(is.f_namelen, kMaxName));
  return 0;
}

int Folder::read_link(Node node, char* to, std::size_t room, std::size_t& bytes) {
  ++operation_;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  Attributes is;
  if (const int error = attributes_of(fd, is)) return error;
  if (!S_ISLNK(is.mode)) return EINVAL;
  ssize_t got = readlinkat(fd, "", to, room);
  if (got < 0 && mapped()) {  // a file that holds the target
    int file = -1;
    if (const int error = open_descriptor(fd, kReadOnly, file)) return error;
    got = pread(file, to, room, 0);
    close(file);
  }
  if (got < 0) return errno;
  if (static_cast<std::size_t>(got) == room) return ENAMETOOLONG;
  bytes = static_cast<std::size_t>(got);
  return 0;
}

// ---- contents

/// Opens what an O_PATH descriptor stands for, if that is a regular file or a directory: anything
/// else could do things (devices) or wait for somebody (pipes).
int Folder::open_descriptor(int fd, std::uint32_t flags, int& file) {
  struct stat is {};
  if (fstat(fd, &is) != 0) return errno;
  if (S_ISDIR(is.st_mode)) {
    if (changes_file(flags)) return EISDIR;
    file = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } else if (S_ISREG(is.st_mode)) {
    if ((flags & kDirectory) != 0) return ENOTDIR;
    file = ::open(DescriptorPath(fd), host_flags(flags));
  } else {
    return S_ISLNK(is.st_mode) ? ELOOP : ENXIO;
  }
  return file < 0 ? errno : 0;
}

int Folder::open(Node node, std::uint32_t flags) {
  ++operation_;
  if (read_only && changes_file(flags)) return EROFS;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  Attributes is;
  if (const int error = attributes_of(fd, is)) return error;
  if (S_ISLNK(is.mode)) return ELOOP;  // mapped ones are files of the host
  if (!S_ISREG(is.mode) && !S_ISDIR(is.mode)) return ENXIO;
  return open_descriptor(fd, flags, nodes_[node].file);
}

int Folder::read(Node node, std::uint64_t offset, void* to, std::size_t room, std::size_t& bytes) {
  ssize_t got = 0;
  do got = pread(nodes_[node].file, to, room, static_cast<off_t>(offset));
  while (got < 0 && errno == EINTR);
  if (got < 0) return errno;
  bytes = static_cast<std::size_t>(got);
  return 0;
}

int Folder::write(Node node, std::uint64_t offset, const void* from, std::size_t room,
                  std::size_t& bytes) {
  if (read_only) return EROFS;
  ssize_t put = 0;
  do put = pwrite(nodes_[node].file, from, room, static_cast<off_t>(offset));
  while (put < 0 && errno == EINTR);
  if (put < 0) return errno;
  bytes = static_cast<std::size_t>(put);
  return 0;
}

int Folder::sync(Node node, bool data_only) {
  const int file = nodes_[node].file;
  return done(data_only ? fdatasync(file) : fsync(file));
}

void Folder::close_listing(Node node) {
  if (listed_ == node) listed_ = kNone;
}

int Folder::list(Node directory, std::uint64_t cookie, EntrySink& sink) {
  ++operation_;
  const int fd = descriptor(directory);
  if (fd < 0) return -fd;
  const int file = nodes_[directory].file;
  struct stat is {
  }, top{};
  if (fstat(fd, &is) != 0 || (fd == root_ && fstat(root_, &top) != 0)) return errno;
  if (listed_ != directory || cookie == 0 || cookie != listing_cookie_) {
    if (lseek(file, static_cast<off_t>(cookie), SEEK_SET) < 0) return errno;
    listed_ = directory;
    listing_bytes_ = listing_at_ = 0;
    listing_cookie_ = cookie;
  }
  for (;;) {
    if (listing_at_ >= listing_bytes_) {
      const long got = read_entries(file, listing_.data(), listing_.size());
      listing_bytes_ = got > 0 ? static_cast<std::size_t>(got) : 0;
      listing_at_ = 0;
      if (got <= 0) {
        close_listing(directory);
        return got < 0 ? errno : 0;
      }
    }
    HostEntry host;
    if (!parse_entry(listing_.data() + listing_at_, listing_bytes_ - listing_at_, host)) return EIO;
    Entry entry;
    entry.name = host.name;
    entry.cookie = host.cookie;
    entry.type = host.type;
    if (mapped() && host.type == DT_REG) entry.type = DT_UNKNOWN;  // may stand for something else
    entry.qid.type = kQidFile;
    if (host.type == DT_DIR) entry.qid.type = kQidDirectory;
    if (host.type == DT_LNK) entry.qid.type = kQidSymlink;
    // Above the root there is nothing, not even an inode number.
    const bool up = fd == root_ && host.name == "..";
    if (const int error = qid_path(is.st_dev, up ? top.st_ino : host.inode, entry.qid.path))
      return error;
    if (!sink.take(entry)) return 0;
    listing_at_ += host.bytes;
    listing_cookie_ = host.cookie;
  }
}

// ---- names

/// The mode and owner that a new file is to have. (The host's umask does not count.)
int Folder::set_owner(int fd, const Creation& what) {
  if (mapped()) return write_mapped(fd, what);
  if (const int error = change_owner(fd, what.uid, what.gid)) return error;
  return S_ISLNK(what.mode) ? 0 : change_mode(fd, what.mode & 07777);
}

int Folder::create(Node directory, std::string_view name, const Creation& what, std::uint32_t flags,
                   Node& out) {
  ++operation_;
  if (read_only) return EROFS;
  const int in = descriptor(directory);
  if (in < 0) return -in;
  const Name text(name);
  // O_EXCL, so that nothing that exists, a pipe say, is ever opened by its name.
  const int file = openat(in, text, host_flags(flags) | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (file < 0 && errno == EEXIST && (flags & kExclusive) == 0)
    return create_existing(in, text, flags, out);
  if (file < 0) return errno;
  const int fd = ::open(DescriptorPath(file), O_PATH | O_CLOEXEC);
  int error = fd < 0 ? errno : set_owner(fd, what);
  if (error == 0)
    error = keep(fd, out);
  else if (fd >= 0)
    ::close(fd);
  if (error != 0) {
    ::close(file);
    unlinkat(in, text, 0);
    return error;
  }
  nodes_[out].file = file;
  return 0;
}

int Folder::create_existing(int directory, const char* name, std::uint32_t flags, Node& out) {
  const int fd = look_up(directory, name);
  if (fd < 0) return errno;
  Attributes is;
  int file = -1;
  int error = attributes_of(fd, is);
  if (error == 0) error = S_ISREG(is.mode) ? open_descriptor(fd, flags, file) : EEXIST;
  if (error != 0) {
    ::close(fd);
    return error;
  }
  error = keep(fd, out);
  if (error == 0) nodes_[out].file = file;
  return error;
}

int Folder::make(Node directory, std::string_view name, const Creation& what, Node& out) {
  ++operation_;
  if (read_only) return EROFS;
  const int in = descriptor(directory);
  if (in < 0) return -in;
  const Name text(name);
  const bool is_directory = S_ISDIR(what.mode);
  const bool as_file = mapped() && !is_directory;
  if (const int error = as_file ? make_mapped_file(in, text, what) : make_host_file(in, text, what))
    return error;
  const int fd = look_up(in, text);
  if (fd < 0) return errno;
  if (const int error = set_owner(fd, what)) {
    ::close(fd);
    unlinkat(in, text, is_directory ? AT_REMOVEDIR : 0);
    return error;
  }
  return keep(fd, out);
}

int Folder::make_host_file(int directory, const char* name, const Creation& what) {
  const std::uint32_t format = what.mode & S_IFMT;
  if (format == S_IFDIR) return done(mkdirat(directory, name, 0700));
  if (format == S_IFLNK) return done(symlinkat(Terminated<kMaxPath>(what.target), directory, name));
  const bool device = format == S_IFCHR || format == S_IFBLK;
  // A device node would be one of the host.
  if (device && security_model != SecurityModel::Passthrough) return EPERM;
  return done(mknodat(directory, name, format | 0600, makedev(what.major, what.minor)));
}

int Folder::make_mapped_file(int directory, const char* name, const Creation& what) {
  const int file =
      openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int error = 0;
  const std::string_view target = S_ISLNK(what.mode) ? what.target : std::string_view();
  if (!target.empty()) {
    const ssize_t put = ::write(file, target.data(), target.size());
    if (put != static_cast<ssize_t>(target.size())) error = put < 0 ? errno : ENOSPC;
  }
  ::close(file);
  if (error != 0) unlinkat(directory, name, 0);
  return error;
}

int Folder::link(Node directory, std::string_view name, Node target) {
  ++operation_;
  if (read_only) return EROFS;
  const int in = descriptor(directory), fd = descriptor(target);
  if (in < 0 || fd < 0) return in < 0 ? -in : -fd;
  return done(linkat(AT_FDCWD, DescriptorPath(fd), in, Name(name), AT_SYMLINK_FOLLOW));
}

int Folder::rename(Node from, std::string_view name, Node to, std::string_view new_name) {
  ++operation_;
  if (read_only) return EROFS;
  const int source = descriptor(from), destination = descriptor(to);
  if (source < 0 || destination < 0) return source < 0 ? -source : -destination;
  const Name before(name), after(new_name);
  if (renameat(source, before, destination, after) != 0) return errno;
  moved(source, before, destination, after);
  return 0;
}

int Folder::move(Node node, Node to, std::string_view new_name) {
  ++operation_;
  if (read_only) return EROFS;
  const int fd = descriptor(node), destination = descriptor(to);
  if (fd < 0 || destination < 0) return fd < 0 ? -fd : -destination;
  if (fd == root_) return EBUSY;
  Place place;
  if (const int error = locate(fd, place)) return error;
  const Name after(new_name);
  if (renameat(place.directory, place.name, destination, after) != 0) return errno;
  moved(place.directory, place.name, destination, after);
  return 0;
}

int Folder::unlink(Node directory, std::string_view name, bool is_directory) {
  ++operation_;
  if (read_only) return EROFS;
  const int in = descriptor(directory);
  if (in < 0) return -in;
  return done(unlinkat(in, Name(name), is_directory ? AT_REMOVEDIR : 0));
}

int Folder::remove(Node node) {
  ++operation_;
  if (read_only) return EROFS;
  const int fd = descriptor(node);
  if (fd < 0) return -fd;
  if (fd == root_) return EBUSY;
  struct stat is {};
  Place place;
  if (fstat(fd, &is) != 0) return errno;
  if (const int error = locate(fd, place)) return error;
  return done(unlinkat(place.directory, place.name, S_ISDIR(is.st_mode) ? AT_REMOVEDIR : 0));
}

}  // namespace ringside::ninep
