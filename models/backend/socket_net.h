// SPDX-License-Identifier: Apache-2.0
// A cable between two processes: frames over a stream socket, each behind its length (4 bytes, most
// significant first), as QEMU's "stream" and "socket" networks have them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/connection.h"
#include "backend/host_net.h"

namespace ringside::backend {

/// The link is up while the other process is connected.
class SocketNet final : public HostNet {
 public:
  SocketNet(const sc_core::sc_module_name& name, const ModelContext& context)
      : HostNet(name, context) {}
  ~SocketNet() override;
  void resolve() override;

  Param<FilePath> path{this, "path", FilePath{}, "local socket; else 'port'"};
  Param<std::string> host{this, "host", "127.0.0.1", "address, with 'port'"};
  Param<unsigned> port{this, "port", 0, Range<unsigned>{0, 65535}, "TCP port"};
  enum class Mode { Listen, Connect };
  Choice<Mode> mode{this,
                    "mode",
                    {{"listen", Mode::Listen}, {"connect", Mode::Connect}},
                    Mode::Listen,
                    "wait for the other process, or connect to it"};
  Param<sc_core::sc_time> retry{this, "retry", sc_core::sc_time(1, sc_core::SC_SEC),
                                "host time between attempts to connect; 0 for one attempt"};

 private:
  /// Output that waits for the other process at most; frames beyond are lost.
  static constexpr std::size_t kMaxOutput = 1 << 20;

  void start() override;
  void close_host() override;
  void io_send(const std::uint8_t* frame, std::size_t bytes) override;
  void io_connected(int fd);
  void io_events(short events);
  void io_read();
  bool io_take_frames();
  void io_write();
  void io_gone();

  std::unique_ptr<Connection> connection_;
  int peer_ = -1;
  std::vector<std::uint8_t> in_;
  std::vector<std::uint8_t> out_;
  std::size_t sent_ = 0;  // of out_
};

}  // namespace ringside::backend
