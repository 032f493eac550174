// SPDX-License-Identifier: Apache-2.0
#include "backend/vsock_sockets.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "backend/host_socket.h"

namespace ringside::backend {

namespace {

constexpr const char* kSeqpacketSuffix = ".seq";
constexpr std::size_t kLongestLine = 32;
constexpr int kBacklog = 128;
constexpr std::size_t kPiece = 16 << 10;  // of a stream, in one message
// Drained bytes are told in steps, or when nothing is left.
constexpr std::size_t kStep = VsockBackend::kWindow / 4;
// Hang-ups are reported with any event that is waited for, and this one never comes.
constexpr short kOnlyHangUps = POLLPRI;

void put_le32(std::uint8_t* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> 8 * i);
}

int socket_type(VsockType type) {
  return type == VsockType::Stream ? SOCK_STREAM : SOCK_SEQPACKET;
}

bool temporary(int error) {
  return error == EAGAIN || error == EINTR;
}

/// Events that hold right now.
short poll_now(int fd, short events) {
  pollfd state{fd, events, 0};
  return ::poll(&state, 1, 0) > 0 ? state.revents : short{0};
}

}  // namespace

VsockSockets::VsockSockets(Reactor& reactor, std::string path, const Limits& limits,
                           std::function<bool(Message)> post)
    : reactor_(reactor),
      path_(std::move(path)),
      limits_(limits),
      post_(std::move(post)),
      piece_(VsockBackend::kWindow) {}

void VsockSockets::open(bool seqpacket) {
  listeners_[0] = listen_on(SocketAddress::unix_path(path_), kBacklog);
  if (seqpacket)
    listeners_[1] =
        listen_on(SocketAddress::unix_path(path_ + kSeqpacketSuffix, SOCK_SEQPACKET), kBacklog);
}

void VsockSockets::begin() {
  for (const VsockType type : {VsockType::Stream, VsockType::Seqpacket}) {
    const int fd = listeners_[type == VsockType::Stream ? 0 : 1];
    if (fd >= 0) reactor_.watch(fd, POLLIN, [this, fd, type](short) { accept_clients(fd, type); });
  }
}

void VsockSockets::close_all() {
  *alive_ = false;
  for (const auto& [id, entry] : entries_) release_socket(*entry);
  entries_.clear();
  for (int i = 0; i < 2; ++i) {
    if (listeners_[i] < 0) continue;
    reactor_.unwatch(listeners_[i]);
    ::close(listeners_[i]);
    listeners_[i] = -1;
    unlink((path_ + (i == 0 ? "" : kSeqpacketSuffix)).c_str());
  }
}

void VsockSockets::flush(int milliseconds) {
  constexpr int kTurn = 50;
  for (int waited = 0; waited < milliseconds; waited += kTurn) {
    std::vector<pollfd> waiting;
    for (const auto& [id, entry] : entries_) {
      if (entry->state != State::Open || entry->out.empty()) continue;
      send_output(*entry);
      if (entry->state == State::Open && !entry->out.empty() && !entry->message_open)
        waiting.push_back({entry->fd, POLLOUT, 0});
    }
    if (waiting.empty()) return;
    ::poll(waiting.data(), waiting.size(), kTurn);
  }
}

VsockSockets::Entry* VsockSockets::find(Id id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.get();
}

bool VsockSockets::post(VsockEvent event, Id id, const std::uint8_t* payload, std::size_t bytes) {
  Message message(5 + bytes);
  message[0] = static_cast<std::uint8_t>(event);
  put_le32(&message[1], id);
  if (bytes != 0) memcpy(&message[5], payload, bytes);
  return post_(std::move(message));
}

// ---- clients of the host -------------------------------------------------------------------

unsigned VsockSockets::clients() const {
  return static_cast<unsigned>(
      std::distance(entries_.lower_bound(VsockBackend::kFirstHostId), entries_.end()));
}

void VsockSockets::update_listeners() {
  const bool takes = !paused_ && clients() < limits_.clients;
  for (const int fd : listeners_)
    if (fd >= 0) reactor_.set_events(fd, takes ? POLLIN : 0);
}

void VsockSockets::accept_clients(int listener, VsockType type) {
  while (clients() < limits_.clients) {
    const int fd = accept_client(listener);
    if (fd < 0 && temporary(errno)) break;
    if (fd < 0) {
      // Out of descriptors, say: the listener would be ready for ever.
      paused_ = true;
      reactor_.run_after(100, [this, alive = alive_] {
        if (!*alive) return;
        paused_ = false;
        update_listeners();
      });
      break;
    }
    do {
      next_client_ = std::max(next_client_ + 1, VsockBackend::kFirstHostId);
    } while (find(next_client_));
    auto entry = std::make_unique<Entry>();
    entry->id = next_client_;
    entry->type = type;
    entry->fd = fd;
    watch(*entry);
    entries_[entry->id] = std::move(entry);
    reactor_.run_after(limits_.handshake_ms, [this, alive = alive_, id = next_client_] {
      if (!*alive) return;
      Entry* late = find(id);
      if (late && late->state == State::Handshake) close(id);
    });
  }
  update_listeners();
}

/// Byte by byte, because what follows the line is for the guest. A message is the line as a whole.
void VsockSockets::read_line(Entry& entry) {
  const Id id = entry.id;
  for (;;) {
    char text[kLongestLine];
    const bool stream = entry.type == VsockType::Stream;
    const ssize_t got = ::recv(entry.fd, text, stream ? 1 : sizeof text, 0);
    if (got < 0 && temporary(errno)) return;
    if (got <= 0) return close(id);
    entry.line.append(text, static_cast<std::size_t>(got));
    if (!stream || text[0] == '\n') return understand(entry);
    if (entry.line.size() >= kLongestLine) return close(id);
  }
}

void VsockSockets::understand(Entry& entry) {
  static const std::string kVerb = "CONNECT ";
  std::string text = std::exchange(entry.line, "");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::string digits =
      text.compare(0, kVerb.size(), kVerb) == 0 ? text.substr(kVerb.size()) : "";
  const bool number = !digits.empty() && digits.size() <= 10 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
  const std::uint64_t port = number ? strtoull(digits.c_str(), nullptr, 10) : ~std::uint64_t{0};
  if (port > 0xffffffff) return close(entry.id);
  entry.state = State::Asked;
  update(entry);
  std::uint8_t payload[5] = {static_cast<std::uint8_t>(entry.type)};
  put_le32(payload + 1, static_cast<std::uint32_t>(port));
  post(VsockEvent::Connects, entry.id, payload, sizeof payload);
}

void VsockSockets::accept(Id id, std::uint32_t host_port) {
  Entry* entry = find(id);
  if (!entry || entry->state != State::Asked) return;
  entry->state = State::Open;
  const std::string line = fmt::format("OK {}\n", host_port);
  // Nothing has been sent on this socket before, so there is room.
  if (::send(entry->fd, line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size()))
    return gone(*entry);
  update(*entry);
}

// ---- servers of the host -------------------------------------------------------------------

void VsockSockets::connect(Id id, VsockType type, std::uint32_t host_port) {
  auto entry = std::make_unique<Entry>();
  entry->id = id;
  entry->type = type;
  entry->state = State::Connecting;
  entry->port = host_port;
  Entry& made = *entry;
  entries_[id] = std::move(entry);
  try_connect(made);
}

void VsockSockets::try_connect(Entry& entry) {
  const std::string path = fmt::format("{}_{}{}", path_, entry.port,
                                       entry.type == VsockType::Stream ? "" : kSeqpacketSuffix);
  int fd = -1;
  try {
    fd = start_connect(SocketAddress::unix_path(path, socket_type(entry.type)));
  } catch (const std::runtime_error&) {
    return gone(entry);  // the path is too long for a socket, so nobody listens there
  }
  if (fd < 0 && errno == EAGAIN && ++entry.tries < limits_.connect_tries) {
    reactor_.run_after(limits_.connect_retry_ms, [this, alive = alive_, id = entry.id] {
      if (!*alive) return;
      Entry* again = find(id);
      if (again && again->state == State::Connecting && again->fd < 0) try_connect(*again);
    });
    return;
  }
  if (fd < 0) return gone(entry);
  // A local socket is connected at once or not at all.
  entry.fd = fd;
  entry.state = State::Open;
  watch(entry);
  post(VsockEvent::Accepted, entry.id);
}

// ---- events --------------------------------------------------------------------------------

void VsockSockets::watch(Entry& entry) {
  reactor_.watch(entry.fd, POLLIN, [this, id = entry.id](short seen) { events(id, seen); });
}

void VsockSockets::release_socket(Entry& entry) {
  if (entry.fd < 0) return;
  reactor_.unwatch(entry.fd);
  ::close(entry.fd);
  entry.fd = -1;
}

void VsockSockets::update(Entry& entry) {
  if (entry.fd < 0) return;
  short wanted = 0;
  if (entry.state == State::Handshake) {
    wanted = POLLIN;
  } else if (entry.state == State::Open) {
    if (!entry.read_ended && may_read(entry)) wanted |= POLLIN;
    if (entry.read_ended) wanted |= kOnlyHangUps;
    if (!entry.out.empty() && !(entry.messages.size() == 1 && entry.message_open))
      wanted |= POLLOUT;
  }
  reactor_.set_events(entry.fd, wanted);
}

void VsockSockets::events(Id id, short seen) {
  Entry* entry = find(id);
  if (!entry || entry->fd < 0) return;
  if (entry->state == State::Handshake) return read_line(*entry);
  if (seen & POLLOUT) send_output(*entry);
  if (entry->state != State::Open) return;
  if (entry->read_ended && (seen & (POLLHUP | POLLERR))) return gone(*entry);
  const bool readable = (seen & (POLLIN | POLLHUP | POLLERR)) != 0;
  if (!entry->read_ended && readable && may_read(*entry)) return read(*entry);
  update(*entry);
}

/// The peer has gone altogether, or could never be reached.
void VsockSockets::gone(Entry& entry) {
  if (entry.state == State::Gone) return;
  release_socket(entry);
  entry.state = State::Gone;
  entry.out.clear();
  entry.messages.clear();
  post(VsockEvent::Gone, entry.id);
}

void VsockSockets::close(Id id) {
  Entry* entry = find(id);
  if (!entry) return;
  if (entry->state == State::Open && !entry->out.empty()) send_some(*entry);
  release_socket(*entry);
  entries_.erase(id);
  update_listeners();
}

// ---- input ---------------------------------------------------------------------------------

bool VsockSockets::may_read(const Entry& entry) const {
  return entry.credit != 0 && entry.credit >= entry.next_message &&
         budget_ >= VsockBackend::kWindow + kOverhead;
}

void VsockSockets::read(Entry& entry) {
  const bool stream = entry.type == VsockType::Stream;
  std::size_t most = std::min(entry.credit, kPiece);
  if (!stream) {
    // A message goes as a whole, so its length has to be known first.
    const ssize_t length = ::recv(entry.fd, piece_.data(), 0, MSG_PEEK | MSG_TRUNC);
    if (length > static_cast<ssize_t>(VsockBackend::kWindow)) {
      fmt::print(stderr, "{}: a message of {} bytes is too long for a guest; at most {}\n", path_,
                 length, VsockBackend::kWindow);
      return gone(entry);
    }
    if (length > static_cast<ssize_t>(entry.credit)) {
      // Until the guest has taken enough; what it says meanwhile goes out.
      entry.next_message = static_cast<std::size_t>(length);
      return update(entry);
    }
    entry.next_message = 0;
    most = piece_.size();
  }
  iovec where{piece_.data(), most};
  msghdr header{};
  header.msg_iov = &where;
  header.msg_iovlen = 1;
  const ssize_t got = ::recvmsg(entry.fd, &header, 0);
  if (got < 0 && temporary(errno)) return update(entry);
  if (got < 0) return gone(entry);
  // An empty message looks like the end; it is passed over.
  if (got == 0 && !stream && (poll_now(entry.fd, POLLRDHUP) & (POLLRDHUP | POLLHUP)) == 0)
    return update(entry);
  if (got == 0) return read_end(entry);
  const auto bytes = static_cast<std::size_t>(got);
  entry.credit -= bytes;
  budget_ -= std::min(budget_, bytes + 5 + kOverhead);
  const bool record = !stream && (header.msg_flags & MSG_EOR) != 0;
  post(record ? VsockEvent::Record : VsockEvent::Data, entry.id, piece_.data(), bytes);
  update(entry);
}

void VsockSockets::read_end(Entry& entry) {
  // Half closed, or closed?
  if (poll_now(entry.fd, kOnlyHangUps) & (POLLHUP | POLLERR)) return gone(entry);
  entry.read_ended = true;
  post(VsockEvent::Ended, entry.id);
  update(entry);
}

void VsockSockets::consumed(Id id, std::size_t bytes) {
  Entry* entry = find(id);
  if (!entry) return;
  entry->credit += bytes;
  update(*entry);
}

void VsockSockets::delivered(std::size_t cost) {
  const bool was_short = budget_ < VsockBackend::kWindow + kOverhead;
  budget_ += cost;
  if (!was_short) return;
  for (const auto& [id, entry] : entries_) {
    report_drained(*entry);
    update(*entry);
  }
}

// ---- output --------------------------------------------------------------------------------

void VsockSockets::write(Id id, const std::vector<std::uint8_t>& bytes, VsockBoundary end) {
  Entry* entry = find(id);
  if (!entry || entry->state != State::Open || entry->deaf) return;
  entry->out.put(bytes.data(), bytes.size());
  if (entry->type == VsockType::Seqpacket) {
    if (!entry->message_open) entry->messages.push_back(0);
    entry->messages.back() += static_cast<std::uint32_t>(bytes.size());
    entry->message_open = !end.message;
  }
  send_output(*entry);
  if (entry->state == State::Open) update(*entry);
}

/// Sends one piece, or one message; false if nothing went out.
bool VsockSockets::send_some(Entry& entry) {
  std::size_t bytes = entry.out.size();
  if (entry.type == VsockType::Seqpacket) {
    if (entry.messages.empty() || (entry.messages.size() == 1 && entry.message_open)) return false;
    bytes = entry.messages.front();
  }
  if (bytes == 0) return false;
  const ssize_t put = ::send(entry.fd, entry.out.data(), bytes, MSG_NOSIGNAL);
  if (put <= 0) return false;
  entry.out.drop(static_cast<std::size_t>(put));
  if (entry.type == VsockType::Seqpacket) entry.messages.pop_front();
  entry.drained += static_cast<std::size_t>(put);
  return true;
}

void VsockSockets::send_output(Entry& entry) {
  errno = 0;
  while (!entry.out.empty() && (send_some(entry) || errno == EINTR)) errno = 0;
  const int error = errno;
  if (!entry.out.empty() && error != 0 && !temporary(error)) {
    // Nobody takes it any more. What the peer has sent still counts, and its end is found by
    // reading.
    entry.out.clear();
    entry.messages.clear();
    entry.deaf = true;
    return static_cast<void>(post(VsockEvent::Deaf, entry.id));
  }
  report_drained(entry);
  if (entry.out.empty() && std::exchange(entry.shut_after_output, false))
    ::shutdown(entry.fd, SHUT_WR);
}

void VsockSockets::report_drained(Entry& entry) {
  if (entry.drained == 0 || (entry.drained < kStep && !entry.out.empty())) return;
  if (budget_ < VsockBackend::kWindow + kOverhead) return;  // later, see delivered()
  std::uint8_t bytes[4];
  put_le32(bytes, static_cast<std::uint32_t>(entry.drained));
  entry.drained = 0;
  budget_ -= 5 + sizeof bytes + kOverhead;
  post(VsockEvent::Drained, entry.id, bytes, sizeof bytes);
}

void VsockSockets::shutdown(Id id, VsockShutdown what) {
  Entry* entry = find(id);
  if (!entry || entry->state != State::Open) return;
  if (what.receive) ::shutdown(entry->fd, SHUT_RD);
  if (!what.send) return;
  if (entry->out.empty())
    ::shutdown(entry->fd, SHUT_WR);
  else
    entry->shut_after_output = true;
}

}  // namespace ringside::backend
