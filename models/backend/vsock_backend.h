// SPDX-License-Identifier: Apache-2.0
// The host side of a socket device: what listens on, and connects from, context id 2.
//
//   guest connects   connect() -> host_accepted(), or host_gone()
//   host connects    host_connects() -> accept(), or close()
//   data             write() -> host_drained();   host_data() -> consumed()
//   end              shutdown(), host_shutdown(), host_gone() -> close()
//
// A connection has a number. Whatever happens, it ends with close() by the device, and the number
// is not used before. Both directions have flow control: the device hands over no more than its
// credit allows until host_drained() tells that the host has taken it; the host sends no more than
// kWindow bytes beyond what consumed() has told.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kit/model.h"

namespace ringside::backend {

/// Types of sockets, as virtio numbers them (5.10.6.3).
enum class VsockType : std::uint8_t { Stream = 1, Seqpacket = 2 };

/// What follows a piece of data of a seqpacket socket; streams have no boundaries.
struct VsockBoundary {
  bool message = false;  ///< it was the last piece of a message
  bool record = false;   ///< and the message the last of a record (MSG_EOR)
};

/// What a side will not do any more.
struct VsockShutdown {
  bool receive = false;
  bool send = false;
  bool both() const { return receive && send; }
};

/// The device, as its back end sees it. Called in the simulation, from an SC_METHOD: must not wait.
/// A number that the device does not know any more is ignored.
class VsockGuest {
 public:
  using Id = std::uint32_t;
  virtual ~VsockGuest() = default;
  /// Somebody on the host wants to talk to a port of the guest.
  virtual void host_connects(Id id, VsockType type, std::uint32_t guest_port) = 0;
  /// Somebody on the host listens there: the connection is open.
  virtual void host_accepted(Id id) = 0;
  /// Data for the guest. Of a seqpacket socket it is one whole message, of 1 to kWindow bytes.
  virtual void host_data(Id id, const std::uint8_t* data, std::size_t bytes, bool record_end) = 0;
  /// The host has taken so many bytes of what was written.
  virtual void host_drained(Id id, std::size_t bytes) = 0;
  virtual void host_shutdown(Id id, VsockShutdown what) = 0;
  /// Nobody listens there, or the peer has gone.
  virtual void host_gone(Id id) = 0;
};

class VsockBackend : public Model {
 public:
  static constexpr const char* kind = "vsock";
  static constexpr const char* kind_doc = "the host side of a socket device";
  using Id = VsockGuest::Id;

  /// Bytes of one connection on their way to the guest at most.
  static constexpr std::size_t kWindow = 64 << 10;
  /// Numbers of connections that the host made begin here, those of the guest end before.
  static constexpr Id kFirstHostId = 0x80000000;

  VsockBackend(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}

  void attach(VsockGuest& guest) { guest_ = &guest; }

  // None of these calls the guest back before it returns.
  /// The guest wants to talk to a port of the host. False if that can't be, which needs no close().
  virtual bool connect(Id id, VsockType type, std::uint32_t host_port,
                       std::uint32_t guest_port) = 0;
  /// The guest has taken a connection of the host, which appears as this port to the guest.
  virtual void accept(Id id, std::uint32_t host_port) = 0;
  /// Takes all of it.
  virtual void write(Id id, const std::uint8_t* data, std::size_t bytes, VsockBoundary end) = 0;
  /// The guest has taken so many bytes.
  virtual void consumed(Id id, std::size_t bytes) = 0;
  /// What the guest will not do any more; what was written before still goes out.
  virtual void shutdown(Id id, VsockShutdown what) = 0;
  /// Forget the connection; what was written and not drained may be lost.
  virtual void close(Id id) = 0;

 protected:
  VsockGuest* guest_ = nullptr;
};

/// A host where nobody listens.
class NoVsock final : public VsockBackend {
 public:
  NoVsock(const sc_core::sc_module_name& name, const ModelContext& context)
      : VsockBackend(name, context) {}
  bool connect(Id, VsockType, std::uint32_t, std::uint32_t) override { return false; }
  void accept(Id, std::uint32_t) override {}
  void write(Id, const std::uint8_t*, std::size_t, VsockBoundary) override {}
  void consumed(Id, std::size_t) override {}
  void shutdown(Id, VsockShutdown) override {}
  void close(Id) override {}
};

}  // namespace ringside::backend
