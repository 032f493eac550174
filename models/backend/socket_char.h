// SPDX-License-Identifier: Apache-2.0
// Byte streams over sockets: one client at a time, or a connection to a server.
#pragma once

#include <memory>
#include <string>

#include "backend/connection.h"
#include "backend/host_char.h"

namespace ringside::backend {

class SocketChar : public HostChar {
 public:
  SocketChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : HostChar(name, context) {}
  ~SocketChar() override;

  enum class Mode { Listen, Connect };
  Choice<Mode> mode{this,
                    "mode",
                    {{"listen", Mode::Listen}, {"connect", Mode::Connect}},
                    Mode::Listen,
                    "wait for a client, or connect to a server"};
  Param<sc_core::sc_time> retry{this, "retry", sc_core::sc_time(1, sc_core::SC_SEC),
                                "host time between attempts to connect; 0 for one attempt"};

  /// The listening descriptor, for tests.
  int listener() const { return connection_ ? connection_->listener() : -1; }

 private:
  virtual SocketAddress address() const = 0;
  void start() override;
  void close_host() override;
  void io_hung_up() override;

  std::unique_ptr<Connection> connection_;
};

class UnixChar final : public SocketChar {
 public:
  UnixChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : SocketChar(name, context) {}
  Param<FilePath> path{this, "path", required, "socket file"};

 private:
  SocketAddress address() const override { return SocketAddress::unix_path(path->path); }
};

class TcpChar final : public SocketChar {
 public:
  TcpChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : SocketChar(name, context) {}
  Param<std::string> host{this, "host", "127.0.0.1", "address"};
  Param<unsigned> port{this, "port", required, Range<unsigned>{0, 65535},
                       "port; 0: any that is free"};

 private:
  SocketAddress address() const override {
    return SocketAddress::tcp(host, static_cast<std::uint16_t>(port));
  }
};

}  // namespace ringside::backend
