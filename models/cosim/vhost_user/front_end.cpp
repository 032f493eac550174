// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/front_end.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <utility>

namespace ringside::vhost {

FrontEnd::FrontEnd(HostInput& input, unsigned queues)
    : input_(input), kicks_(queues), kick_fds_(queues) {}

FrontEnd::~FrontEnd() {
  close();
}

void FrontEnd::open(backend::Connection::Role role, const backend::SocketAddress& address,
                    int retry_ms) {
  reactor_ = backend::Reactor::get();
  connection_ = std::make_unique<backend::Connection>(*reactor_, [this](int fd) { connected(fd); });
  connection_->open(role, address, retry_ms);
  reactor_->run([this] { connection_->begin(); });
}

void FrontEnd::close() {
  if (!reactor_) return;
  reactor_->run_and_wait([this] {
    for (unsigned queue = 0; queue < kick_fds_.size(); ++queue) forget_kick(queue);
    if (connection_) connection_->close();
  });
  reactor_.reset();
}

// ---- from the simulation ----------------------------------------------------------------------

std::vector<OwnedFd> FrontEnd::take_descriptors() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(descriptors_);
}

void FrontEnd::next() {
  reactor_->run([this] {
    if (peer_ >= 0) reactor_->set_events(peer_, POLLIN | POLLRDHUP);
  });
}

bool FrontEnd::send(const void* bytes, std::size_t count) {
  const int fd = peer_;
  if (fd < 0) return false;
  // An honest front end waits for the reply, so there is room for it.
  return ::send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(count);
}

void FrontEnd::watch_kick(unsigned queue, OwnedFd kick) {
  const auto shared = std::make_shared<OwnedFd>(std::move(kick));
  reactor_->run([this, queue, shared] {
    forget_kick(queue);
    if (!*shared || peer_ < 0) return;
    kick_fds_[queue] = std::move(*shared);
    reactor_->watch(kick_fds_[queue].get(), POLLIN,
                    [this, queue](short events) { kicked(queue, events); });
  });
}

void FrontEnd::hang_up(const std::string& why) {
  reactor_->run([this, why] { gone(why); });
}

void FrontEnd::release() {
  reactor_->run([this] { connection_->peer_gone(); });
}

// ---- in the reactor's thread ------------------------------------------------------------------

void FrontEnd::post(Event event, const void* payload, std::size_t bytes) {
  HostInput::Bytes message(1 + bytes);
  message[0] = static_cast<std::uint8_t>(event);
  if (bytes != 0) memcpy(message.data() + 1, payload, bytes);
  // At most one request, one kick per queue and one end are under way, so there is room for it.
  input_.post(std::move(message));
}

void FrontEnd::connected(int fd) {
  request_.clear();
  arriving_.clear();
  peer_ = fd;
  post(Event::Connected);
  reactor_->watch(fd, POLLIN | POLLRDHUP, [this](short events) { readable(events); });
}

void FrontEnd::gone(const std::string& why) {
  const int fd = peer_.exchange(-1);
  if (fd < 0) return;  // known already
  reactor_->unwatch(fd);
  // It is closed by release(): until then nobody else can get its number.
  shutdown(fd, SHUT_RDWR);
  for (unsigned queue = 0; queue < kick_fds_.size(); ++queue) forget_kick(queue);
  arriving_.clear();
  post(Event::Gone, why.data(), why.size());
}

void FrontEnd::readable(short events) {
  if (events & POLLIN) {
    while (peer_ >= 0 && read_piece()) {
    }
    return;
  }
  gone("");
}

/// Reads what is missing of the header or of the payload, never more: descriptors belong to the
/// message whose first byte they come with. True to go on.
bool FrontEnd::read_piece() {
  Header header{};
  const bool in_header = request_.size() < sizeof header;
  if (!in_header) memcpy(&header, request_.data(), sizeof header);
  const std::size_t have = request_.size();
  const std::size_t want = sizeof header + header.bytes - have;  // bytes is 0 until it is known
  std::uint8_t piece[sizeof header + kMaxPayload];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  iovec part{piece, want};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
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
  if (got == 0) return gone(have == 0 ? "" : "in the middle of a message"), false;
  if ((message.msg_flags & MSG_CTRUNC) || arriving_.size() > kMaxDescriptors)
    return gone(fmt::format("a message with more than {} descriptors", kMaxDescriptors)), false;

  request_.insert(request_.end(), piece, piece + got);
  if (request_.size() < sizeof header) return true;
  memcpy(&header, request_.data(), sizeof header);
  if (header.bytes > kMaxPayload)
    return gone(fmt::format("a message {} with a payload of {} bytes; expected at most {}",
                            header.request, header.bytes, kMaxPayload)),
           false;
  if (request_.size() < sizeof header + header.bytes) return true;
  request_complete();
  return false;
}

void FrontEnd::request_complete() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    descriptors_ = std::move(arriving_);
  }
  arriving_.clear();
  // No more until next(), but its going is noticed.
  reactor_->set_events(peer_, POLLRDHUP);
  post(Event::Request, request_.data(), request_.size());
  request_.clear();
}

void FrontEnd::forget_kick(unsigned queue) {
  OwnedFd& kick = kick_fds_[queue];
  if (!kick) return;
  reactor_->unwatch(kick.get());
  kick.reset();
}

void FrontEnd::kicked(unsigned queue, short events) {
  std::uint64_t count = 0;
  iovec part{&count, sizeof count};
  // The descriptor's flags are shared with the front end, which could have this wait.
  const ssize_t got = preadv2(kick_fds_[queue].get(), &part, 1, -1, RWF_NOWAIT);
  if (got != sizeof count) {
    if (events & (POLLERR | POLLHUP | POLLNVAL)) forget_kick(queue);
    return;
  }
  // While the simulation has not taken the kicks before, it will find this one, too.
  if (kicks_[queue].fetch_add(count) != 0) return;
  const auto index = static_cast<std::uint16_t>(queue);
  post(Event::Kick, &index, sizeof index);
}

}  // namespace ringside::vhost
