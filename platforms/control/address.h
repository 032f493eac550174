// SPDX-License-Identifier: Apache-2.0
// Where a control socket is, and the sockets themselves.
#pragma once

#include <cstdint>
#include <string>

namespace ringside::control {

/// "unix:PATH" (or a path alone), "tcp:PORT", "tcp:HOST:PORT" with a loopback host: nothing on this
/// socket is authenticated, so it does not leave the machine.
struct Address {
  bool is_unix = true;
  std::string path;
  std::uint16_t port = 0;

  /// Throws std::runtime_error if the text is none of these.
  static Address parse(const std::string& text);
  std::string text() const;
};

/// A listening, non-blocking socket. A socket file gets mode 0600; one whose listener has gone is
/// replaced, other files are not. For port 0, `address` learns the port. Throws std::runtime_error.
int listen_at(Address& address);
/// A connected, blocking socket. Throws std::runtime_error.
int connect_to(const Address& address);

}  // namespace ringside::control
