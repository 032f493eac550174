// SPDX-License-Identifier: Apache-2.0
#include "cosim/peer/peer.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <utility>

#include "cosim/peer/refused.h"

namespace ringside::peer {

namespace {

constexpr std::size_t kMaxDescriptors = 64;

}  // namespace

Peer::Peer(HostInput& input, Shape shape, unsigned signals)
    : input_(input), shape_(std::move(shape)), signals_(signals), signal_fds_(signals) {}

Peer::~Peer() {
  close();
}

void Peer::open(backend::Connection::Role role, const backend::SocketAddress& address,
                int retry_ms) {
  reactor_ = backend::Reactor::get();
  connection_ = std::make_unique<backend::Connection>(*reactor_, [this](int fd) { connected(fd); });
  connection_->open(role, address, retry_ms);
  reactor_->run([this] { connection_->begin(); });
}

void Peer::close() {
  if (!reactor_) return;
  reactor_->run_and_wait([this] {
    peer_ = -1;
    for (unsigned index = 0; index < signal_fds_.size(); ++index) forget_signal(index);
    if (connection_) connection_->close();
    // Alarms can't be taken back, so they ask for this.
    *alive_ = false;
  });
  reactor_.reset();
}

// ---- from the simulation ----------------------------------------------------------------------

std::vector<OwnedFd> Peer::take_descriptors() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(descriptors_);
}

void Peer::next() {
  reactor_->run([this] {
    reading_ = true;
    update_events();
  });
}

bool Peer::send(const void* bytes, std::size_t count) {
  const int fd = peer_;
  if (fd < 0) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t done = 0;
  if (unsent_.empty()) {
    const ssize_t sent = ::send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  if (done == count) return true;
  if (count - done > shape_.max_unsent || unsent_.size() > shape_.max_unsent - (count - done))
    return false;
  const auto* const from = static_cast<const std::uint8_t*>(bytes);
  unsent_.insert(unsent_.end(), from + done, from + count);
  reactor_->run([this] { update_events(); });
  return true;
}

void Peer::watch_signal(unsigned index, OwnedFd fd) {
  const auto shared = std::make_shared<OwnedFd>(std::move(fd));
  reactor_->run([this, index, shared] {
    forget_signal(index);
    if (!*shared || peer_ < 0) return;
    signal_fds_[index] = std::move(*shared);
    reactor_->watch(signal_fds_[index].get(), POLLIN,
                    [this, index](short events) { signalled(index, events); });
  });
}

void Peer::alarm_after(int milliseconds) {
  reactor_->run([this, milliseconds] {
    reactor_->run_after(milliseconds, [this, alive = alive_, peer = peers_] {
      if (*alive && peer == peers_ && peer_ >= 0) post(Event::Alarm);
    });
  });
}

void Peer::hang_up(const std::string& why) {
  reactor_->run([this, why] { gone(why); });
}

void Peer::release() {
  reactor_->run([this] { connection_->peer_gone(); });
}

// ---- in the reactor's thread ------------------------------------------------------------------

void Peer::post(Event event, const void* payload, std::size_t bytes) {
  HostInput::Bytes message(1 + bytes);
  message[0] = static_cast<std::uint8_t>(event);
  if (bytes != 0) memcpy(message.data() + 1, payload, bytes);
  // At most one message, one signal per eventfd and one end are under way, so there is room for it.
  input_.post(std::move(message));
}

void Peer::connected(int fd) {
  ++peers_;
  message_.clear();
  have_ = 0;
  arriving_.clear();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    unsent_.clear();
    descriptors_.clear();
  }
  peer_ = fd;
  reading_ = true;
  post(Event::Connected);
  reactor_->watch(fd, POLLIN | POLLRDHUP, [this](short events) { ready(events); });
}

void Peer::gone(const std::string& why) {
  const int fd = peer_.exchange(-1);
  if (fd < 0) return;  // known already
  reactor_->unwatch(fd);
  // It is closed by release(): until then nobody else can get its number.
  shutdown(fd, SHUT_RDWR);
  for (unsigned index = 0; index < signal_fds_.size(); ++index) forget_signal(index);
  arriving_.clear();
  post(Event::Gone, why.data(), why.size());
}

void Peer::update_events() {
  if (peer_ < 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  short events = POLLRDHUP;  // its going is noticed whatever else is waited for
  if (reading_) events |= POLLIN;
  if (!unsent_.empty()) events |= POLLOUT;
  reactor_->set_events(peer_, events);
}

void Peer::flush() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const ssize_t sent = ::send(peer_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
  }
  update_events();
}

void Peer::ready(short events) {
  if (events & POLLOUT) flush();
  if (events & POLLIN) {
    while (peer_ >= 0 && read_piece()) {
    }
    return;
  }
  if (events & ~POLLOUT) gone("");
}

/// Reads what is missing of the header or of the rest, never more: descriptors belong to the
/// message whose first byte they come with. True to go on.
bool Peer::read_piece() {
  const bool in_header = have_ < shape_.header_bytes;
  if (in_header) message_.resize(shape_.header_bytes);  // else it has its full length already
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  iovec part{message_.data() + have_, message_.size() - have_};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * shape_.max_descriptors);
  const ssize_t got = recvmsg(peer_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got < 0) return gone(strerror(errno)), false;

  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      arriving_.emplace_back(fd);
    }
  }
  if (got == 0) return gone(have_ == 0 ? "" : "in the middle of a message"), false;
  if ((message.msg_flags & MSG_CTRUNC) || arriving_.size() > shape_.max_descriptors)
    return gone(fmt::format("a message with more than {} descriptors", shape_.max_descriptors)),
           false;

  have_ += static_cast<std::size_t>(got);
  if (have_ < message_.size()) return true;
  if (in_header) {
    try {
      message_.resize(shape_.message_bytes(message_.data()));
    } catch (const Refused& refused) {
      return gone(refused.what()), false;
    }
    if (have_ < message_.size()) return true;
  }
  message_complete();
  return false;
}

void Peer::message_complete() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    descriptors_ = std::move(arriving_);
  }
  arriving_.clear();
  reading_ = false;
  update_events();
  post(Event::Message, message_.data(), message_.size());
  message_.clear();
  have_ = 0;
}

void Peer::forget_signal(unsigned index) {
  OwnedFd& fd = signal_fds_[index];
  if (!fd) return;
  reactor_->unwatch(fd.get());
  fd.reset();
}

void Peer::signalled(unsigned index, short events) {
  std::uint64_t count = 0;
  iovec part{&count, sizeof count};
  // The descriptor's flags are shared with the peer, which could have this wait.
  const ssize_t got = preadv2(signal_fds_[index].get(), &part, 1, -1, RWF_NOWAIT);
  if (got != sizeof count) {
    if (events & (POLLERR | POLLHUP | POLLNVAL)) forget_signal(index);
    return;
  }
  // While the simulation has not taken the signals before, it will find this one, too.
  if (signals_[index].fetch_add(count) != 0) return;
  const auto number = static_cast<std::uint16_t>(index);
  post(Event::Signal, &number, sizeof number);
}

}  // namespace ringside::peer
