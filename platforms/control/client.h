// SPDX-License-Identifier: Apache-2.0
// The other end of a control socket, for `ringside ctl`.
#pragma once

#include <optional>
#include <string>

#include "control/address.h"
#include "control/protocol.h"

namespace ringside::control {

/// The simulator has gone, or says what no simulator says.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Client {
 public:
  /// Throws ConnectionError.
  explicit Client(const Address& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The result; throws CommandError for a refusal, ConnectionError otherwise. Events that come
  /// meanwhile are dropped.
  Json call(const std::string& model, const std::string& command, const Json& arguments = {});
  /// The next event's line; nothing at the end of the connection.
  std::optional<std::string> next_event();

 private:
  void send_line(const std::string& line);
  /// False at the end of the connection.
  bool read_line(std::string& line);

  int fd_ = -1;
  std::string in_;
};

}  // namespace ringside::control
