// SPDX-License-Identifier: Apache-2.0
// 9P2000 and 9P2000.u: a file is described by one `stat`, and changed by writing one.
//
//   stat   size[2] type[2] dev[4] qid[13] mode[4] atime[4] mtime[4] length[8] name[s] uid[s] gid[s]
//   muid[s] .u     extension[s] n_uid[4] n_gid[4] n_muid[4] more
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "ninep/server.h"

namespace ringside::ninep {

namespace {

struct ModeBit {
  std::uint32_t plain;
  std::uint32_t linux_type;
};
constexpr ModeBit kSpecial[] = {{kPlainDirectory, S_IFDIR}, {kPlainSymlink, S_IFLNK},
                                {kPlainPipe, S_IFIFO},      {kPlainSocket, S_IFSOCK},
                                {kPlainDevice, S_IFCHR},    {kPlainDevice, S_IFBLK}};
constexpr ModeBit kExtra[] = {
    {kPlainSetUid, S_ISUID}, {kPlainSetGid, S_ISGID}, {kPlainSticky, S_ISVTX}};
constexpr std::uint32_t kTypeBits =
    kPlainDirectory | kPlainSymlink | kPlainPipe | kPlainSocket | kPlainDevice | kPlainLink;

std::uint32_t to_plain_mode(std::uint32_t mode, bool unix_extensions) {
  std::uint32_t plain = mode & 0777;
  for (const ModeBit& bit : kSpecial)
    if ((mode & S_IFMT) == bit.linux_type && (unix_extensions || bit.plain == kPlainDirectory))
      plain |= bit.plain;
  for (const ModeBit& bit : kExtra)
    if (unix_extensions && (mode & bit.linux_type) != 0) plain |= bit.plain;
  return plain;
}

/// Permissions only.
std::uint32_t to_linux_mode(std::uint32_t plain, bool unix_extensions) {
  std::uint32_t mode = plain & 0777;
  for (const ModeBit& bit : kExtra)
    if (unix_extensions && (plain & bit.plain) != 0) mode |= bit.linux_type;
  return mode;
}

std::uint32_t to_flags(std::uint8_t mode) {
  const std::uint32_t access = mode & kModeAccess;
  std::uint32_t flags = access == kModeAccess ? static_cast<std::uint32_t>(kReadOnly) : access;
  if ((mode & kModeTruncate) != 0) flags |= kTruncate;
  if ((mode & kModeAppend) != 0) flags |= kAppend;
  return flags;
}

template <typename T>
bool parse(std::string_view text, T& value) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// "b 8 1": type, major, minor.
bool parse_device(std::string_view text, Creation& what) {
  if (text.size() < 5 || text[1] != ' ') return false;
  if (text[0] != 'b' && text[0] != 'c') return false;
  what.mode = (what.mode & 07777) | (text[0] == 'b' ? S_IFBLK : S_IFCHR);
  const std::size_t space = text.find(' ', 2);
  return space != text.npos && parse(text.substr(2, space - 2), what.major) &&
         parse(text.substr(space + 1), what.minor);
}

}  // namespace

// ---- open and create

int Server::open(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::uint8_t mode = in.u8();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (fid->state == Fid::State::Open) return EINVAL;
  if (const int error = may_open()) return error;
  const std::uint32_t flags = to_flags(mode);
  if (const int error = tree_.open(fid->node, flags)) return error;
  opened(*fid, flags);
  fid->remove_on_close = (mode & kModeRemoveOnClose) != 0;
  Qid qid;
  if (const int error = qid_of(fid->node, qid)) return error;
  out.qid(qid);
  out.u32(io_unit());
  return 0;
}

int Server::create(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::string_view name = in.text();
  const std::uint32_t perm = in.u32();
  const std::uint8_t mode = in.u8();
  const std::string_view extension = dialect_ == Dialect::Unix ? in.text() : std::string_view();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (fid->state == Fid::State::Open) return EINVAL;
  if (const int error = check_new_name(name)) return error;
  if (const int error = may_open()) return error;
  const std::uint32_t flags = to_flags(mode);
  const bool unix_extensions = dialect_ == Dialect::Unix;
  if (!unix_extensions && (perm & kTypeBits & ~kPlainDirectory) != 0) return EINVAL;
  const bool directory = (perm & kPlainDirectory) != 0;
  const bool special = (perm & kTypeBits) != 0;
  if (directory && (flags & (kAccessMask | kTruncate)) != 0) return EISDIR;
  Creation what;
  what.mode = S_IFREG | to_linux_mode(perm, unix_extensions);
  what.uid = fid->uid;
  Tree::Node made = 0;
  int error = special ? create_special(*fid, perm, name, extension, made)
                      : tree_.create(fid->node, name, what, flags, made);
  if (error == 0 && directory) {
    error = tree_.open(made, kReadOnly);
    if (error != 0) tree_.release(made);
  }
  if (error != 0) return error;
  tree_.release(fid->node);
  fid->node = made;
  fid->directory = directory;
  if (!special || directory) {  // others name the new file, and that is all
    opened(*fid, flags);
    fid->remove_on_close = (mode & kModeRemoveOnClose) != 0;
  }
  Qid qid;
  if (const int failed = qid_of(made, qid)) return failed;
  out.qid(qid);
  out.u32(io_unit());
  return 0;
}

int Server::create_special(Fid& fid, std::uint32_t perm, std::string_view name,
                           std::string_view extension, Tree::Node& made) {
  Creation what;
  what.uid = fid.uid;
  what.mode = to_linux_mode(perm, dialect_ == Dialect::Unix);
  switch (perm & kTypeBits) {
    case kPlainDirectory:
      what.mode |= S_IFDIR;
      break;
    case kPlainSymlink:
      if (const int error = check_target(extension)) return error;
      what.mode = S_IFLNK | 0777;
      what.target = extension;
      break;
    case kPlainPipe:
      what.mode |= S_IFIFO;
      break;
    case kPlainSocket:
      what.mode |= S_IFSOCK;
      break;
    case kPlainDevice:
      if (!parse_device(extension, what)) return EINVAL;
      break;
    case kPlainLink: {
      std::uint32_t number = 0;
      if (!parse(extension, number)) return EINVAL;
      Fid* target = find_file(number);
      if (!target) return EBADF;
      if (const int error = tree_.link(fid.node, name, target->node)) return error;
      return tree_.walk(fid.node, name, made);
    }
    default:
      return EINVAL;  // two types at once
  }
  return tree_.make(fid.node, name, what, made);
}

// ---- stat

int Server::put_stat(Tree::Node node, std::string_view name, Writer& out) {
  Attributes is;
  if (const int error = tree_.attributes(node, is)) return error;
  const bool unix_extensions = dialect_ == Dialect::Unix;
  const std::uint32_t format = is.mode & S_IFMT;
  const std::size_t start = out.size();
  out.u16(0);
  out.u16(0);
  out.u32(0);
  out.qid(is.qid);
  out.u32(to_plain_mode(is.mode, unix_extensions));
  out.u32(static_cast<std::uint32_t>(is.accessed.seconds));
  out.u32(static_cast<std::uint32_t>(is.modified.seconds));
  out.u64(format == S_IFDIR ? 0 : is.size);
  out.text(name);
  char id[16];
  for (const std::uint32_t value : {is.uid, is.gid, is.uid}) {
    std::snprintf(id, sizeof id, "%u", value);
    out.text(id);
  }
  if (unix_extensions) {
    char text[kMaxPath + 1];
    std::size_t bytes = 0;
    if (format == S_IFLNK) {
      if (const int error = tree_.read_link(node, text, sizeof text, bytes)) return error;
    } else if (format == S_IFCHR || format == S_IFBLK) {
      const auto device = static_cast<dev_t>(is.device);
      bytes = static_cast<std::size_t>(std::snprintf(text, sizeof text, "%c %u %u",
                                                     format == S_IFCHR ? 'c' : 'b', major(device),
                                                     minor(device)));
    } else if (format == S_IFREG || format == S_IFDIR) {
      // What QEMU's server tells and Linux's client looks for.
      bytes = static_cast<std::size_t>(std::snprintf(text, sizeof text, "HARDLINKCOUNT %llu",
                                                     static_cast<unsigned long long>(is.links)));
    }
    out.text({text, bytes});
    out.u32(is.uid);
    out.u32(is.gid);
    out.u32(kNoId);
  }
  if (out.ok()) out.patch(start, out.size() - start - 2, 2);
  return 0;
}

int Server::stat(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  char name[kMaxName + 1];
  std::size_t bytes = 0;
  if (const int error = tree_.name(fid->node, name, kMaxName, bytes)) return error;
  out.u16(0);
  if (const int error = put_stat(fid->node, {name, bytes}, out)) return error;
  if (out.ok()) out.patch(kHeaderBytes, out.size() - kHeaderBytes - 2, 2);
  return 0;
}

namespace {

/// Names of a directory; what is known of them is asked by the server afterwards.
class OneName final : public EntrySink {
 public:
  bool take(const Entry& entry) override {
    if (has_) return false;
    has_ = true;
    bytes_ = std::min(entry.name.size(), sizeof name_);
    std::memcpy(name_, entry.name.data(), bytes_);
    cookie_ = entry.cookie;
    return true;
  }
  bool has() const { return has_; }
  std::string_view name() const { return {name_, bytes_}; }
  std::uint64_t cookie() const { return cookie_; }
  void clear() { has_ = false; }

 private:
  bool has_ = false;
  char name_[kMaxName];
  std::size_t bytes_ = 0;
  std::uint64_t cookie_ = 0;
};

}  // namespace

/// A directory reads as the stats of its entries, whole ones only. It can be read on, or from the
/// start (read(5)).
int Server::read_stats(Fid& fid, std::uint64_t offset, std::uint32_t count, Writer& out) {
  if (offset == 0) {
    fid.position = 0;
    fid.cookie = 0;
  }
  if (offset != fid.position) return EINVAL;
  const std::size_t start = out.size();
  Writer stats(out.bytes(0), std::min<std::size_t>(count, out.room()));
  bool full = false;
  for (;;) {
    OneName entry;
    if (const int error = tree_.list(fid.node, fid.cookie, entry); error != 0 && !entry.has())
      return stats.size() == 0 ? error : 0;
    if (!entry.has()) break;
    Tree::Node node = 0;
    int error = 0;
    if (entry.name() == ".")
      error = tree_.clone(fid.node, node);
    else if (entry.name() == "..")
      error = tree_.parent(fid.node, node);
    else
      error = tree_.walk(fid.node, entry.name(), node);
    const std::size_t before = stats.size();
    if (error == 0) {
      error = put_stat(node, entry.name(), stats);
      tree_.release(node);
    }
    if (!stats.ok()) {
      stats.rewind(before);
      full = true;
      break;
    }
    if (error != 0) stats.rewind(before);  // it has gone meanwhile
    fid.cookie = entry.cookie();
  }
  if (full && stats.size() == 0) return EINVAL;  // not even one fits
  fid.position += stats.size();
  out.rewind(start);
  out.bytes(stats.size());
  out.patch(kHeaderBytes, stats.size(), 4);
  return 0;
}

int Server::write_stat(Reader& in) {
  const std::uint32_t number = in.u32();
  in.u16();  // of the whole
  in.u16();  // of the stat
  in.u16();  // type and dev are the server's
  in.u32();
  in.bytes(kQidBytes);
  const std::uint32_t mode = in.u32(), accessed = in.u32(), modified = in.u32();
  const std::uint64_t length = in.u64();
  const std::string_view name = in.text();
  in.text();  // uid cannot be changed (stat(5)); gid by number only
  in.text();
  in.text();
  Changes changes;
  if (dialect_ == Dialect::Unix) {
    in.text();
    changes.uid = in.u32();
    changes.gid = in.u32();
    in.u32();
  }
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  // All ones and empty text mean: as it is.
  constexpr std::uint32_t kKeep = 0xffffffff;
  if (mode != kKeep) {
    Attributes is;
    if (const int error = tree_.attributes(fid->node, is)) return error;
    const bool unix_extensions = dialect_ == Dialect::Unix;
    if (((mode ^ to_plain_mode(is.mode, unix_extensions)) & kTypeBits) != 0) return EINVAL;
    changes.valid |= kSetMode;
    changes.mode = to_linux_mode(mode, unix_extensions);
  }
  if (accessed != kKeep) changes.valid |= kSetAccess | kGivenAccess;
  if (modified != kKeep) changes.valid |= kSetModify | kGivenModify;
  changes.accessed.seconds = accessed;
  changes.modified.seconds = modified;
  if (changes.uid != kNoId) changes.valid |= kSetUid;
  if (changes.gid != kNoId) changes.valid |= kSetGid;
  if (length != ~std::uint64_t{0}) {
    changes.valid |= kSetSize;
    changes.size = length;
  }
  if (!name.empty())
    if (const int error = check_new_name(name)) return error;
  if (changes.valid == 0 && name.empty())  // nothing to change: make it durable (stat(5))
    return fid->state == Fid::State::Open ? tree_.sync(fid->node, false) : 0;
  if (changes.valid != 0)
    if (const int error = tree_.change(fid->node, changes)) return error;
  if (name.empty()) return 0;
  Tree::Node directory = 0;
  if (const int error = tree_.parent(fid->node, directory)) return error;
  const int error = tree_.move(fid->node, directory, name);
  tree_.release(directory);
  return error;
}

}  // namespace ringside::ninep
