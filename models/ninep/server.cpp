// SPDX-License-Identifier: Apache-2.0
#include "ninep/server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringside::ninep {

namespace {

/// What a reply takes, as far as its type tells. Looked at before a request is performed, so that
/// one without room for its answer has no effect.
std::size_t reply_bytes(Message type) {
  switch (type) {
    case Message::StatFs:
      return kHeaderBytes + 60;
    case Message::GetAttributes:
      return kHeaderBytes + 153;
    case Message::LinuxOpen:
    case Message::LinuxCreate:
    case Message::Open:
    case Message::Create:
      return kHeaderBytes + kQidBytes + 4;
    case Message::Symlink:
    case Message::MakeNode:
    case Message::MakeDirectory:
    case Message::Attach:
      return kHeaderBytes + kQidBytes;
    case Message::XattrWalk:
      return kHeaderBytes + 8;
    case Message::Read:
    case Message::ReadDirectory:
    case Message::Write:
      return kDataHeaderBytes;
    case Message::Lock:
      return kHeaderBytes + 1;
    default:
      return kHeaderBytes;
  }
}

}  // namespace

int check_name(std::string_view name) {
  if (name.empty() || name == ".") return ENOENT;
  if (name.find('/') != name.npos || name.find('\0') != name.npos) return EINVAL;
  return name.size() > kMaxName ? ENAMETOOLONG : 0;
}

int check_new_name(std::string_view name) {
  if (name == "." || name == "..") return EEXIST;
  return check_name(name);
}

int check_target(std::string_view target) {
  if (target.empty()) return ENOENT;
  if (target.find('\0') != target.npos) return EINVAL;
  return target.size() > kMaxPath ? ENAMETOOLONG : 0;
}

Server::Server(Tree& tree, const Limits& limits)
    : tree_(tree),
      limits_(limits),
      message_(limits.message),
      fids_(limits.fids),
      locks_(limits.locks) {}

void Server::reset() {
  fids_.for_each([this](std::uint32_t number, Fid& fid) { let_go(number, fid); });
  fids_.clear();
  locks_.clear();
  dialect_ = Dialect::None;
  message_ = limits_.message;
}

std::size_t Server::answer(const std::uint8_t* request, std::size_t bytes, std::uint8_t* reply,
                           std::size_t room) {
  Reader in(request, bytes);
  const std::uint32_t size = in.u32();
  const std::uint8_t type = in.u8();
  const std::uint16_t tag = in.u16();
  Writer out(reply, std::min<std::size_t>(room, message_));
  out.u32(0);
  out.u8(type + 1u);
  out.u16(tag);
  const auto message = static_cast<Message>(type);
  if (size < kHeaderBytes || size > bytes)
    last_error_ = EBADMSG;
  else if (room < reply_bytes(message))
    last_error_ = EMSGSIZE;
  else
    last_error_ = perform(message, in, out);
  if (last_error_ == 0 && !out.ok()) last_error_ = EMSGSIZE;
  if (last_error_ != 0) {
    out.rewind(0);
    out.u32(0);
    const Message error = dialect_ == Dialect::Linux ? Message::LinuxError : Message::Error;
    out.u8(static_cast<unsigned>(error) + 1);
    out.u16(tag);
    put_error(last_error_, out);
  }
  if (!out.ok()) return 0;
  out.patch(0, out.size(), 4);
  return out.size();
}

void Server::put_error(int error, Writer& out) const {
  if (dialect_ == Dialect::Linux) return out.u32(static_cast<std::uint32_t>(error));
  const char* text = strerrordesc_np(error);
  out.text(text ? text : "unknown error");
  if (dialect_ == Dialect::Unix) out.u32(static_cast<std::uint32_t>(error));
}

int Server::perform(Message type, Reader& in, Writer& out) {
  if (type == Message::Version) return version(in, out);
  if (dialect_ == Dialect::None) return EPROTO;
  switch (type) {
    case Message::Authenticate:
      return EOPNOTSUPP;  // nobody needs to: whoever has the device may use it
    case Message::Attach:
      return attach(in, out);
    case Message::Flush:
      in.u16();
      return in.ok() ? 0 : EBADMSG;
    case Message::Walk:
      return walk(in, out);
    case Message::Read:
      return read(in, out);
    case Message::Write:
      return write(in, out);
    case Message::Clunk:
      return clunk(in);
    case Message::Remove:
      return remove(in);
    default:
      return dialect_ == Dialect::Linux ? perform_linux(type, in, out)
                                        : perform_plain(type, in, out);
  }
}

int Server::perform_plain(Message type, Reader& in, Writer& out) {
  switch (type) {
    case Message::Open:
      return open(in, out);
    case Message::Create:
      return create(in, out);
    case Message::Stat:
      return stat(in, out);
    case Message::WriteStat:
      return write_stat(in);
    default:
      return EOPNOTSUPP;
  }
}

int Server::perform_linux(Message type, Reader& in, Writer& out) {
  switch (type) {
    case Message::StatFs:
      return stat_fs(in, out);
    case Message::LinuxOpen:
      return linux_open(in, out);
    case Message::LinuxCreate:
      return linux_create(in, out);
    case Message::Symlink:
    case Message::MakeNode:
    case Message::MakeDirectory:
      return make(type, in, out);
    case Message::Rename:
      return rename(in);
    case Message::ReadLink:
      return read_link(in, out);
    case Message::GetAttributes:
      return get_attributes(in, out);
    case Message::SetAttributes:
      return set_attributes(in);
    case Message::XattrWalk:
      return xattr_walk(in, out);
    case Message::XattrCreate:
      return xattr_create(in);
    case Message::ReadDirectory:
      return read_directory(in, out);
    case Message::Sync:
      return sync(in);
    case Message::Lock:
      return lock(in, out);
    case Message::GetLock:
      return get_lock(in, out);
    case Message::Link:
      return link(in);
    case Message::RenameAt:
      return rename_at(in);
    case Message::UnlinkAt:
      return unlink_at(in);
    default:
      return EOPNOTSUPP;
  }
}

// ---- session

int Server::version(Reader& in, Writer& out) {
  const std::uint32_t wanted = in.u32();
  const std::string_view name = in.text();
  if (!in.ok()) return EBADMSG;
  reset();
  if (wanted < kMinMessage) return EMSGSIZE;
  std::string_view chosen = "unknown";
  if (name == "9P2000.L") {
    dialect_ = Dialect::Linux;
    chosen = "9P2000.L";
  } else if (name == "9P2000.u") {
    dialect_ = Dialect::Unix;
    chosen = "9P2000.u";
  } else if (name == "9P2000" || name.substr(0, 7) == "9P2000.") {
    // A dialect that we do not know has the plain one below it (version(5)).
    dialect_ = Dialect::Plain;
    chosen = "9P2000";
  }
  message_ = std::min(wanted, limits_.message);
  out.u32(message_);
  out.text(chosen);
  return 0;
}

int Server::attach(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  in.u32();   // afid: there is no authentication, so it has no meaning
  in.text();  // uname
  in.text();  // aname: there is one tree only, so it has no meaning either (as in QEMU)
  const std::uint32_t uid = dialect_ == Dialect::Plain ? kNoId : in.u32();
  if (!in.ok()) return EBADMSG;
  if (find(number)) return EINVAL;
  if (fids_.full()) return ENFILE;
  Tree::Node node = 0;
  if (const int error = tree_.root(node)) return error;
  Qid qid;
  if (const int error = qid_of(node, qid)) {
    tree_.release(node);
    return error;
  }
  Fid& fid = fids_.add(number);
  fid.node = node;
  fid.uid = uid;
  fid.directory = true;
  out.qid(qid);
  return 0;
}

int Server::walk(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32(), new_number = in.u32();
  const unsigned names = in.u16();
  if (!in.ok()) return EBADMSG;
  Fid* from = find_file(number);
  if (!from) return EBADF;
  if (names > kMaxWalk) return EINVAL;
  const bool same = number == new_number;
  if (same ? from->state == Fid::State::Open : find(new_number) != nullptr) return EINVAL;
  if (!same && fids_.full()) return ENFILE;
  if (out.room() < 2 + names * kQidBytes) return EMSGSIZE;
  Tree::Node found = 0;
  unsigned walked = 0;
  out.u16(0);
  if (const int error = walk_names(from->node, names, in, out, found, walked)) {
    if (walked == 0 || error == EBADMSG) return error;
    out.patch(kHeaderBytes, walked, 2);  // as far as it went; no new fid (walk(5))
    return 0;
  }
  out.patch(kHeaderBytes, walked, 2);
  Attributes attributes;
  if (const int error = tree_.attributes(found, attributes)) {
    tree_.release(found);
    return error;
  }
  const std::uint32_t uid = from->uid;
  if (same) tree_.release(from->node);
  Fid& to = same ? *from : fids_.add(new_number);
  to.node = found;
  to.uid = uid;
  to.directory = (attributes.qid.type & kQidDirectory) != 0;
  return 0;
}

int Server::walk_names(Tree::Node from, unsigned names, Reader& in, Writer& out, Tree::Node& found,
                       unsigned& walked) {
  if (const int error = tree_.clone(from, found)) return error;
  for (; walked < names; ++walked) {
    const std::string_view name = in.text();
    int error = in.ok() ? check_name(name) : EBADMSG;
    Tree::Node next = 0;
    if (error == 0)
      error = name == ".." ? tree_.parent(found, next) : tree_.walk(found, name, next);
    Qid qid;
    if (error == 0) {
      tree_.release(found);
      found = next;
      error = qid_of(found, qid);
    }
    if (error != 0) {
      tree_.release(found);
      return error;
    }
    out.qid(qid);
  }
  return 0;
}

// ---- data

int Server::read(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::uint64_t offset = in.u64();
  std::uint32_t count = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid) return EBADF;
  out.u32(0);
  // What does not fit is not read: a reply may be shorter than asked.
  count = static_cast<std::uint32_t>(std::min<std::size_t>(count, out.room()));
  std::size_t done = 0;
  if (fid->state == Fid::State::ReadXattr) {
    const XattrBuffer& buffer = buffers_[fid->buffer];
    if (offset < buffer.data.size()) {
      done = std::min<std::size_t>(count, buffer.data.size() - static_cast<std::size_t>(offset));
      std::memcpy(out.bytes(done), buffer.data.data() + offset, done);
    }
  } else if (!fid->can_read) {
    return EBADF;
  } else if (fid->directory) {
    if (dialect_ == Dialect::Linux) return EISDIR;
    return read_stats(*fid, offset, count, out);
  } else {
    const std::size_t start = out.size();
    std::uint8_t* to = out.bytes(count);
    if (const int error = tree_.read(fid->node, offset, to, count, done)) return error;
    out.rewind(start + done);
  }
  out.patch(kHeaderBytes, done, 4);
  return 0;
}

int Server::write(Reader& in, Writer& out) {
  const std::uint32_t number = in.u32();
  const std::uint64_t offset = in.u64();
  const std::uint32_t count = in.u32();
  const std::uint8_t* data = in.bytes(count);
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid) return EBADF;
  std::size_t done = 0;
  if (fid->state == Fid::State::WriteXattr) {
    XattrBuffer& buffer = buffers_[fid->buffer];
    // In order and without gaps, as every client does it: nothing is set by halves.
    if (offset != buffer.filled || count > buffer.data.size() - buffer.filled) return EINVAL;
    std::memcpy(buffer.data.data() + buffer.filled, data, count);
    buffer.filled += count;
    done = count;
  } else if (!fid->can_write) {
    return EBADF;
  } else if (const int error = tree_.write(fid->node, offset, data, count, done)) {
    return error;
  }
  out.u32(static_cast<std::uint32_t>(done));
  return 0;
}

// ---- the end of a fid

int Server::clunk(Reader& in) {
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid) return EBADF;
  // The fid is gone whatever becomes of its last wish (clunk(5)).
  int error = 0;
  if (fid->state == Fid::State::WriteXattr) error = commit_xattr(*fid);
  if (fid->remove_on_close) error = tree_.remove(fid->node);
  let_go(number, *fid);
  fids_.remove(number);
  return error;
}

int Server::remove(Reader& in) {
  const std::uint32_t number = in.u32();
  if (!in.ok()) return EBADMSG;
  Fid* fid = find(number);
  if (!fid) return EBADF;
  const bool file = fid->state == Fid::State::Plain || fid->state == Fid::State::Open;
  const int error = file ? tree_.remove(fid->node) : EINVAL;
  let_go(number, *fid);
  fids_.remove(number);
  return error;
}

int Server::commit_xattr(const Fid& fid) {
  const XattrBuffer& buffer = buffers_[fid.buffer];
  if (buffer.filled != buffer.data.size()) return EINVAL;
  const std::string_view name(buffer.name, buffer.name_bytes);
  constexpr int kReplace = 2;
  // How Linux removes one; it cannot be told from replacing it with nothing.
  if (buffer.data.empty() && buffer.flags == kReplace) return tree_.remove_xattr(fid.node, name);
  return tree_.set_xattr(fid.node, name, buffer.data.data(), buffer.data.size(), buffer.flags);
}

// ---- fids

Fid* Server::find_file(std::uint32_t number) {
  Fid* fid = find(number);
  if (!fid || fid->state == Fid::State::ReadXattr || fid->state == Fid::State::WriteXattr)
    return nullptr;
  return fid;
}

void Server::opened(Fid& fid, std::uint32_t flags) {
  const std::uint32_t access = flags & kAccessMask;
  fid.state = Fid::State::Open;
  fid.can_read = access != kWriteOnly;
  fid.can_write = access != kReadOnly;
  fid.position = 0;
  fid.cookie = 0;
  ++open_;
}

int Server::qid_of(Tree::Node node, Qid& qid) {
  Attributes attributes;
  const int error = tree_.attributes(node, attributes);
  qid = attributes.qid;
  return error;
}

void Server::let_go(std::uint32_t number, Fid& fid) {
  if (fid.state == Fid::State::Open) {
    --open_;
    locks_.drop(number);
  }
  if (fid.state == Fid::State::ReadXattr || fid.state == Fid::State::WriteXattr)
    buffers_[fid.buffer].used = false;
  tree_.release(fid.node);
}

/// kXattrBuffers if none is free.
std::size_t Server::take_buffer() {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i].used) continue;
    buffers_[i].used = true;
    buffers_[i].filled = 0;
    return i;
  }
  return kXattrBuffers;
}

}  // namespace ringside::ninep
