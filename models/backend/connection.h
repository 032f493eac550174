// SPDX-License-Identifier: Apache-2.0
// One peer at a time on a socket: waits for a client, or connects and tries again. Lives in the
// reactor's thread.
#pragma once

#include <functional>

#include "backend/host_socket.h"
#include "backend/reactor.h"

namespace ringside::backend {

class Connection {
 public:
  enum class Role { Listen, Connect };

  /// `on_peer` gets the descriptor of a new peer; the owner closes nothing, but calls peer_gone().
  Connection(Reactor& reactor, std::function<void(int fd)> on_peer)
      : reactor_(reactor), on_peer_(std::move(on_peer)) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// From any thread, before the rest: opens what can fail. Throws std::runtime_error.
  void open(Role role, const SocketAddress& address, int retry_ms);
  /// Starts to wait or to connect.
  void begin();
  /// The peer has gone: closes its descriptor, and waits for the next.
  void peer_gone();
  void close();
  /// The listening socket, or -1.
  int listener() const { return listener_; }

 private:
  void wait_for_client();
  void try_connect();
  void retry_later();
  void connected(short events);

  Reactor& reactor_;
  std::function<void(int)> on_peer_;
  Role role_ = Role::Listen;
  SocketAddress address_;
  int retry_ms_ = 1000;
  int listener_ = -1;
  int connecting_ = -1;
  int peer_ = -1;
  /// Timers can't be taken back, so they ask whether their owner is still there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ringside::backend
