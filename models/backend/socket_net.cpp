// SPDX-License-Identifier: Apache-2.0
#include "backend/socket_net.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside::backend {

SocketNet::~SocketNet() = default;

void SocketNet::resolve() {
  if (path->path.empty() == (port != 0)) return;
  diagnostics().error(node().where(),
                      fmt::format("{} has {}; expected either of 'path' and 'port'", label(),
                                  port != 0 ? "both a path and a port" : "neither path nor port"));
}

void SocketNet::start() {
  const SocketAddress address = path->path.empty()
                                    ? SocketAddress::tcp(host, static_cast<std::uint16_t>(port))
                                    : SocketAddress::unix_path(path->path);
  connection_ = std::make_unique<Connection>(reactor(), [this](int fd) { io_connected(fd); });
  connection_->open(mode == Mode::Listen ? Connection::Role::Listen : Connection::Role::Connect,
                    address, static_cast<int>(std::min(retry->to_seconds() * 1000, 3600e3)));
  set_link(false);
  set_live();
  reactor().run([this] { connection_->begin(); });
}

void SocketNet::close_host() {
  if (peer_ >= 0) reactor().unwatch(peer_);
  peer_ = -1;
  if (connection_) connection_->close();
}

void SocketNet::io_connected(int fd) {
  peer_ = fd;
  in_.clear();
  out_.clear();
  sent_ = 0;
  reactor().watch(fd, POLLIN, [this](short events) { io_events(events); });
  io_link(true);
}

void SocketNet::io_gone() {
  if (peer_ < 0) return;
  reactor().unwatch(peer_);
  peer_ = -1;
  io_link(false);
  connection_->peer_gone();
}

void SocketNet::io_events(short events) {
  if (events & POLLOUT) io_write();
  if (peer_ >= 0 && (events & (POLLIN | POLLHUP | POLLERR))) io_read();
}

void SocketNet::io_read() {
  std::uint8_t piece[65536];
  const ssize_t got = ::read(peer_, piece, sizeof piece);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return io_gone();
  in_.insert(in_.end(), piece, piece + got);
  const bool sane = io_take_frames();
  io_flush();
  if (!sane) io_gone();  // whatever it is, it does not speak this protocol
}

bool SocketNet::io_take_frames() {
  std::size_t at = 0;
  while (in_.size() - at >= 4) {
    const std::size_t bytes = static_cast<std::size_t>(in_[at]) << 24 | in_[at + 1] << 16 |
                              in_[at + 2] << 8 | in_[at + 3];
    if (bytes > kMaxFrame) return false;
    if (in_.size() - at - 4 < bytes) break;
    io_received(in_.data() + at + 4, bytes);
    at += 4 + bytes;
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

void SocketNet::io_send(const std::uint8_t* frame, std::size_t bytes) {
  if (peer_ < 0 || out_.size() - sent_ + bytes > kMaxOutput) return;
  for (int shift = 24; shift >= 0; shift -= 8)
    out_.push_back(static_cast<std::uint8_t>(bytes >> shift));
  out_.insert(out_.end(), frame, frame + bytes);
  io_write();
}

void SocketNet::io_write() {
  while (sent_ < out_.size()) {
    const ssize_t put =
        ::send(peer_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) break;
    if (put <= 0) return io_gone();
    sent_ += static_cast<std::size_t>(put);
  }
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent_));
  sent_ = 0;
  reactor().set_events(peer_, static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT)));
}

}  // namespace ringside::backend
