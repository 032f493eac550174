// SPDX-License-Identifier: Apache-2.0
#include "backend/socket_char.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside::backend {

SocketChar::~SocketChar() = default;

void SocketChar::start() {
  if (platform().host().replaying()) return;  // the recording holds what the peer sent
  connection_ = std::make_unique<Connection>(reactor(), [this](int fd) { io_connect(fd, fd); });
  const bool listens = mode == Mode::Listen;
  const int retry_ms = static_cast<int>(std::min(retry->to_seconds() * 1000, 3600e3));
  connection_->open(listens ? Connection::Role::Listen : Connection::Role::Connect, address(),
                    retry_ms);
  if (listens && !address().is_unix())
    fmt::print(stderr, "{} listens on port {}\n", label(), local_port(connection_->listener()));
  set_live(true);
  reactor().run([this] { connection_->begin(); });
}

void SocketChar::close_host() {
  if (connection_) connection_->close();
}

void SocketChar::io_hung_up() {
  io_disconnect();
  connection_->peer_gone();
  post(Event::Closed);
}

}  // namespace ringside::backend
