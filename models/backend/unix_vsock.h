// SPDX-License-Identifier: Apache-2.0
// Ports of guest and host as local sockets, in the way that Firecracker and Cloud Hypervisor have
// made common.
//
//   host to guest   connect to PATH, send "CONNECT 1234\n", read "OK 1073741824\n"; or, if nobody
//                   listens there, the socket is closed
//   guest to host   a connection to port 1234 of the host goes to a server on PATH_1234
//   seqpacket       the same with sockets of type SOCK_SEQPACKET at PATH.seq and PATH_1234.seq,
//   where
//                   the line is a message, too
#pragma once

#include <memory>

#include "backend/reactor.h"
#include "backend/vsock_backend.h"
#include "kit/host.h"

namespace ringside::backend {

class VsockSockets;

class UnixVsock final : public VsockBackend {
 public:
  UnixVsock(const sc_core::sc_module_name& name, const ModelContext& context);
  ~UnixVsock() override;

  bool connect(Id id, VsockType type, std::uint32_t host_port, std::uint32_t guest_port) override;
  void accept(Id id, std::uint32_t host_port) override;
  void write(Id id, const std::uint8_t* data, std::size_t bytes, VsockBoundary end) override;
  void consumed(Id id, std::size_t bytes) override;
  void shutdown(Id id, VsockShutdown what) override;
  void close(Id id) override;
  void finish() override;

  Param<FilePath> path{this, "path", required, "socket that clients of the host connect to"};
  Param<bool> seqpacket{this, "seqpacket", true, "listen on PATH.seq, too"};
  Param<unsigned> max_clients{this, "max_clients", 1024, Range<unsigned>{1, 65536},
                              "connections of clients at once; further ones wait"};
  Param<sc_core::sc_time> handshake{this, "handshake", sc_core::sc_time(10, sc_core::SC_SEC),
                                    "host time that a client has to say which port it wants"};

 private:
  void start_of_simulation() override;
  void handle(const HostInput::Bytes& message);
  template <typename F>
  void in_reactor(F task);

  HostInput host_{this, "host"};
  std::shared_ptr<Reactor> reactor_;
  std::unique_ptr<VsockSockets> sockets_;
  std::size_t delivered_ = 0;  // and not reported
};

}  // namespace ringside::backend
