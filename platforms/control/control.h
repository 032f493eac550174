// SPDX-License-Identifier: Apache-2.0
// The control socket of a run: server, controller and the machine's commands together.
#pragma once

#include <memory>
#include <string>

#include "kit/platform.h"

namespace ringside::control {

class Control {
 public:
  /// `address` is where to listen; empty: nowhere, and only recorded commands are served. Throws
  /// std::runtime_error. Lives until the process ends: other threads may be about to call it.
  Control(Platform& platform, const std::string& address);
  ~Control();

  /// "tcp:127.0.0.1:4711", with the port that was chosen; empty if there is no socket.
  std::string address() const;
  /// The run is over: says so to all clients, and closes the socket.
  void close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ringside::control
