// SPDX-License-Identifier: Apache-2.0
#include "backend/connection.h"

#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

namespace ringside::backend {

void Connection::open(Role role, const SocketAddress& address, int retry_ms) {
  role_ = role;
  address_ = address;
  retry_ms_ = retry_ms;
  if (role == Role::Listen) listener_ = listen_on(address);
}

void Connection::begin() {
  if (role_ == Role::Connect) return try_connect();
  reactor_.watch(listener_, POLLIN, [this](short) { wait_for_client(); });
}

void Connection::wait_for_client() {
  const int fd = accept_client(listener_);
  if (fd < 0) return;
  reactor_.set_events(listener_, 0);  // others wait until this one has gone
  peer_ = fd;
  on_peer_(fd);
}

void Connection::try_connect() {
  connecting_ = start_connect(address_);
  if (connecting_ < 0) return retry_later();
  reactor_.watch(connecting_, POLLOUT, [this](short events) { connected(events); });
}

void Connection::connected(short) {
  const int fd = connecting_;
  connecting_ = -1;
  reactor_.unwatch(fd);
  if (connect_result(fd) != 0) {
    ::close(fd);
    return retry_later();
  }
  peer_ = fd;
  on_peer_(fd);
}

void Connection::retry_later() {
  if (retry_ms_ <= 0) return;
  reactor_.run_after(retry_ms_, [this, alive = alive_] {
    if (*alive) try_connect();
  });
}

void Connection::peer_gone() {
  if (peer_ < 0) return;
  ::close(peer_);
  peer_ = -1;
  if (role_ == Role::Connect) return retry_later();
  reactor_.set_events(listener_, POLLIN);
}

void Connection::close() {
  *alive_ = false;
  for (int* fd : {&listener_, &connecting_, &peer_}) {
    if (*fd < 0) continue;
    reactor_.unwatch(*fd);
    ::close(*fd);
    *fd = -1;
  }
  const auto* name = reinterpret_cast<const sockaddr_un*>(&address_.storage);
  if (role_ == Role::Listen && address_.is_unix() && address_.bytes != 0) unlink(name->sun_path);
  address_.bytes = 0;
}

}  // namespace ringside::backend
