// SPDX-License-Identifier: Apache-2.0
// 9P2000.L: what Linux's own calls need, one message each.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ninep/server.h"

namespace ringside::ninep {

// ---- open and create

int Server::linux_open(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32(), flags = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (fid->state == Fid::State::Open || (flags & kAccessMask) == kAccessMask) return EINVAL;
  if (const int error = may_open()) return error;
  if (const int error = tree_.open(fid->node, flags)) return error;
  opened(*fid, flags);
  Qid qid;
  if (const int error = qid_of(fid->node, qid)) return error;
  out.qid(qid);
  out.u32(io_unit());
  return 0;
}

int Server::linux_create(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::string_view name = in.text();
  const std::uint32_t flags = in.u32(), mode = in.u32(), gid = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (fid->state == Fid::State::Open || (flags & kAccessMask) == kAccessMask) return EINVAL;
  if (const int error = check_new_name(name)) return error;
  if (const int error = may_open()) return error;
  Creation what;
  what.mode = S_IFREG | (mode & 07777);
  what.uid = fid->uid;
  what.gid = gid;
  Tree::Node made = 0;
  if (const int error = tree_.create(fid->node, name, what, flags, made)) return error;
  // The fid that named the directory names the new file now.
  tree_.release(fid->node);
  fid->node = made;
  fid->directory = false;
  opened(*fid, flags);
  Qid qid;
  if (const int error = qid_of(made, qid)) return error;
  out.qid(qid);
  out.u32(io_unit());
  return 0;
}

int Server::make(Message type, Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::string_view name = in.text();
  Creation what;
  if (type == Message::Symlink) {
    what.target = in.text();
    what.mode = S_IFLNK | 0777;
  } else {
    what.mode = in.u32();
  }
  if (type == Message::MakeNode) {
    what.major = in.u32();
    what.minor = in.u32();
  }
  what.gid = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  what.uid = fid->uid;
  if (const int error = check_new_name(name)) return error;
  if (type == Message::Symlink) {
    if (const int error = check_target(what.target)) return error;
  } else if (type == Message::MakeDirectory) {
    what.mode = S_IFDIR | (what.mode & 07777);
  } else {
    const std::uint32_t format = what.mode & S_IFMT;
    if (format == 0) what.mode |= S_IFREG;
    if (format == S_IFDIR || format == S_IFLNK) return EINVAL;
  }
  Tree::Node made = 0;
  if (const int error = tree_.make(fid->node, name, what, made)) return error;
  Qid qid;
  const int error = qid_of(made, qid);
  tree_.release(made);
  if (error == 0) out.qid(qid);
  return error;
}

// ---- attributes

int Server::get_attributes(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::uint64_t wanted = in.u64();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  Attributes is;
  if (const int error = tree_.attributes(fid->node, is)) return error;
  const bool birth = is.has_birth && (wanted & kAttributesBirth) != 0;
  out.u64(kAttributesBasic | (birth ? kAttributesBirth : 0));
  out.qid(is.qid);
  out.u32(is.mode);
  out.u32(is.uid);
  out.u32(is.gid);
  out.u64(is.links);
  out.u64(is.device);
  out.u64(is.size);
  out.u64(is.block_size);
  out.u64(is.blocks);
  for (const Time& time : {is.accessed, is.modified, is.changed, birth ? is.born : Time()}) {
    out.u64(time.seconds);
    out.u64(time.nanoseconds);
  }
  out.u64(0);  // gen and data_version: not known
  out.u64(0);
  return 0;
}

int Server::set_attributes(Reader& in) {
  const std::uint32_t number = in.u32();
  Changes changes;
  changes.valid = in.u32();
  changes.mode = in.u32();
  changes.uid = in.u32();
  changes.gid = in.u32();
  changes.size = in.u64();
  for (Time* time : {&changes.accessed, &changes.modified}) {
    time->seconds = in.u64();
    time->nanoseconds = in.u64();
  }
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  return fid ? tree_.change(fid->node, changes) : EBADF;
}

int Server::stat_fs(Reader& in, Writer& out) {
  constexpr std::uint32_t kMagic = 0x01021997;  // what Linux calls this kind of file system
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  FileSystem is;
  if (const int error = tree_.file_system(fid->node, is)) return error;
  out.u32(kMagic);
  out.u32(static_cast<std::uint32_t>(is.block_size));
  for (const std::uint64_t value :
       {is.blocks, is.free, is.available, is.files, is.free_files, is.id})
    out.u64(value);
  out.u32(is.name_bytes);
  return 0;
}

int Server::read_link(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  char target[kMaxPath + 1];
  std::size_t bytes = 0;
  if (const int error = tree_.read_link(fid->node, target, sizeof target, bytes)) return error;
  out.text({target, bytes});
  return 0;
}

int Server::sync(Reader& in) {
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  const bool data_only = in.left() >= 4 && in.u32() != 0;  // younger than the rest of the message
  Fid* fid = find_file(number);
  if (!fid || fid->state != Fid::State::Open) return EBADF;
  return tree_.sync(fid->node, data_only);
}

// ---- directories

namespace {

class LinuxEntries final : public EntrySink {
 public:
  explicit LinuxEntries(Writer& out) : out_(out) {}
  bool take(const Entry& entry) override {
    if (out_.room() < kQidBytes + 8 + 1 + 2 + entry.name.size()) return false;
    out_.qid(entry.qid);
    out_.u64(entry.cookie);
    out_.u8(entry.type);
    out_.text(entry.name);
    any_ = true;
    return true;
  }
  bool any() const { return any_; }

 private:
  Writer& out_;
  bool any_ = false;
};

}  // namespace

int Server::read_directory(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::uint64_t cookie = in.u64();
  const std::uint32_t count = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid || fid->state != Fid::State::Open) return EBADF;
  if (!fid->directory) return ENOTDIR;
  out.u32(0);
  std::uint8_t* data = out.bytes(0);
  Writer entries(data, std::min<std::size_t>(count, out.room()));
  LinuxEntries sink(entries);
  const int error = tree_.list(fid->node, cookie, sink);
  if (error != 0 && !sink.any()) return error;  // else the error comes with the next request
  out.bytes(entries.size());
  out.patch(kHeaderBytes, entries.size(), 4);
  return 0;
}

// ---- locks

int Server::lock(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  LockRange range;
  range.type = in.u8();
  in.u32();  // flags: whoever wants to block asks again (Linux does so)
  range.start = in.u64();
  range.length = in.u64();
  range.process = in.u32();
  range.client = in.text();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid || fid->state != Fid::State::Open) return EBADF;
  Qid qid;
  if (const int error = qid_of(fid->node, qid)) return error;
  const int error = locks_.set(qid.path, number, range);
  if (error != 0 && error != EAGAIN) return error;
  out.u8(error == EAGAIN ? kLockBlocked : kLockDone);
  return 0;
}

int Server::get_lock(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  LockRange range;
  range.type = in.u8();
  range.start = in.u64();
  range.length = in.u64();
  range.process = in.u32();
  range.client = in.text();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid || fid->state != Fid::State::Open) return EBADF;
  Qid qid;
  if (const int error = qid_of(fid->node, qid)) return error;
  if (const int error = locks_.test(qid.path, range)) return error;
  out.u8(range.type);
  out.u64(range.start);
  out.u64(range.length);
  out.u32(range.process);
  out.text(range.client);
  return 0;
}

// ---- names

int Server::link(Reader& in) {
  const std::uint32_t directory = in.u32(), number = in.u32();
  const std::string_view name = in.text();
  if (!in.ok()) return EBADMSG;
  Fid *to = find_file(directory), *fid = find_file(number);
  if (!to || !fid) return EBADF;
  if (const int error = check_new_name(name)) return error;
  return tree_.link(to->node, name, fid->node);
}

int Server::rename(Reader& in) {
  const std::uint32_t number = in.u32(), directory = in.u32();
  const std::string_view name = in.text();
  if (!in.ok()) return EBADMSG;
  Fid *fid = find_file(number), *to = find_file(directory);
  if (!fid || !to) return EBADF;
  if (const int error = check_new_name(name)) return error;
  return tree_.move(fid->node, to->node, name);
}

int Server::rename_at(Reader& in) {
  const std::uint32_t from_number = in.u32();
  const std::string_view name = in.text();
  const std::uint32_t to_number = in.u32();
  const std::string_view new_name = in.text();
  if (!in.ok()) return EBADMSG;
  Fid *from = find_file(from_number), *to = find_file(to_number);
  if (!from || !to) return EBADF;
  if (name == "..") return EBUSY;
  if (const int error = check_name(name)) return error;
  if (const int error = check_new_name(new_name)) return error;
  return tree_.rename(from->node, name, to->node, new_name);
}

int Server::unlink_at(Reader& in) {
  const std::uint32_t number = in.u32();
  const std::string_view name = in.text();
  const std::uint32_t flags = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (name == ".") return EINVAL;  // as rmdir(2)
  if (name == "..") return ENOTEMPTY;
  if (const int error = check_name(name)) return error;
  if ((flags & ~kRemoveDirectory) != 0) return EINVAL;
  return tree_.unlink(fid->node, name, flags != 0);
}

// ---- extended attributes

int Server::xattr_walk(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32(), new_number = in.u32();
  const std::string_view name = in.text();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (find(new_number)) return EINVAL;
  if (fids_.full()) return ENFILE;
  if (name.size() > kMaxName || name.find('\0') != name.npos) return EINVAL;
  std::size_t bytes = 0;
  if (const int error = tree_.xattr_size(fid->node, name, bytes)) return error;
  if (bytes > kMaxXattr) return E2BIG;
  const std::size_t index = take_buffer();
  if (index == kXattrBuffers) return ENFILE;
  XattrBuffer& buffer = buffers_[index];
  buffer.data.resize(bytes);
  std::size_t got = 0;
  int error = bytes == 0 ? 0 : tree_.get_xattr(fid->node, name, buffer.data.data(), bytes, got);
  Tree::Node node = 0;
  if (error == 0) error = tree_.clone(fid->node, node);
  if (error != 0) {
    buffer.used = false;
    return error;
  }
  buffer.data.resize(got);
  const std::uint32_t uid = fid->uid;
  Fid& made = fids_.add(new_number);
  made.node = node;
  made.uid = uid;
  made.state = Fid::State::ReadXattr;
  made.buffer = static_cast<std::uint16_t>(index);
  out.u64(got);
  return 0;
}

int Server::xattr_create(Reader& in) {
  const std::uint32_t number = in.u32();
  const std::string_view name = in.text();
  const std::uint64_t bytes = in.u64();
  const std::uint32_t flags = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find_file(number);
  if (!fid) return EBADF;
  if (fid->state == Fid::State::Open || flags > 3) return EINVAL;
  if (name.empty() || name.find('\0') != name.npos) return EINVAL;
  if (name.size() > kMaxName) return ERANGE;
  if (bytes > kMaxXattr) return E2BIG;
  const std::size_t index = take_buffer();
  if (index == kXattrBuffers) return ENFILE;
  XattrBuffer& buffer = buffers_[index];
  buffer.data.resize(static_cast<std::size_t>(bytes));
  buffer.flags = static_cast<int>(flags);
  buffer.name_bytes = name.size();
  std::memcpy(buffer.name, name.data(), name.size());
  fid->state = Fid::State::WriteXattr;
  fid->buffer = static_cast<std::uint16_t>(index);
  return 0;
}

}  // namespace ringside::ninep
