// SPDX-License-Identifier: Apache-2.0
// A TAP interface of the host: the guest is a station on a network of the host's kernel.
#pragma once

#include <string>

#include "backend/host_net.h"

namespace ringside::backend {

/// Needs the right to open the interface: CAP_NET_ADMIN, or an interface made for the user
/// beforehand ("ip tuntap add NAME mode tap user USER").
class TapNet final : public HostNet {
 public:
  TapNet(const sc_core::sc_module_name& name, const ModelContext& context)
      : HostNet(name, context) {}

  Param<std::string> interface { this, "interface", required, "name of the interface" };

 private:
  void start() override;
  void close_host() override;
  void io_send(const std::uint8_t* frame, std::size_t bytes) override;
  void io_read();

  int fd_ = -1;
};

}  // namespace ringside::backend
