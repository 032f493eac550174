// SPDX-License-Identifier: Apache-2.0
// Sockets of the host, non-blocking.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace ringside::backend {

/// Where to listen or connect.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  std::string text;  ///< for messages: "tcp:127.0.0.1:4444", "unix:/tmp/x"
  int type = SOCK_STREAM;

  /// Throw std::runtime_error: a path that is too long, a host name that is not known.
  static SocketAddress unix_path(const std::string& path, int type = SOCK_STREAM);
  static SocketAddress tcp(const std::string& host, std::uint16_t port);
  bool is_unix() const { return storage.ss_family == AF_UNIX; }
};

/// A listening socket. A socket file that nobody listens on any more is replaced. Throws
/// std::runtime_error with the reason. `backlog` clients wait for accept_client() at most.
int listen_on(const SocketAddress& address, int backlog = 1);
/// Starts to connect: the socket becomes writable when that has succeeded or failed
/// (connect_result() tells). -1 if it fails at once; errno then says why, EAGAIN that the backlog of a
/// local server is full.
int start_connect(const SocketAddress& address);
/// 0 if connected, else the error.
int connect_result(int fd);
/// The next client, or -1.
int accept_client(int listener);
/// The port that a listening TCP socket has got (for port 0).
std::uint16_t local_port(int fd);

}  // namespace ringside::backend
