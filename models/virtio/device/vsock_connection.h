// SPDX-License-Identifier: Apache-2.0
// One connection of the socket device (virtio 1.4, sections 5.10.6.3 to 5.10.6.7): its state, its
// credit, and what waits to be told to the driver. Knows no queue and no back end.
//
//   Connecting   the guest has asked, the host has not answered
//   Inviting     the host has asked, the guest has not answered
//   Open         data goes both ways, as far as nobody has shut down
//   Draining     the guest is done; the host has not taken everything yet
//   Closing      the host is done and the guest knows; its RST is waited for
//   Reset        a RST is due, and then the connection is gone
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>

#include "backend/byte_queue.h"
#include "backend/vsock_backend.h"
#include "virtio/device/vsock_credit.h"
#include "virtio/device/vsock_protocol.h"

namespace ringside::virtio {

class VsockConnection {
 public:
  using Id = backend::VsockGuest::Id;
  using Type = backend::VsockType;
  enum class State { Connecting, Inviting, Open, Draining, Closing, Reset };

  /// What identifies it to the guest.
  struct Ports {
    std::uint32_t guest;
    std::uint32_t host;
    bool operator<(const Ports& other) const {
      return guest != other.guest ? guest < other.guest : host < other.host;
    }
  };

  VsockConnection(Id id, Type type, const Ports& ports, State state, std::uint32_t buffer)
      : id_(id), type_(type), ports_(ports), state_(state), receive_(buffer) {
    tell_request_ = state == State::Inviting;
  }

  Id id() const { return id_; }
  Type type() const { return type_; }
  const Ports& ports() const { return ports_; }
  State state() const { return state_; }
  /// Shows a RST and nothing else from now on.
  void reset() {
    state_ = State::Reset;
    deadline = sc_core::sc_max_time();
  }
  /// When it is given up; sc_max_time() for never.
  sc_core::sc_time deadline = sc_core::sc_max_time();

  // ---- what the host does
  /// Somebody listens there.
  void accepted();
  /// Data for the guest; a message of a seqpacket socket is whole. Gives how many bytes will never
  /// reach the guest, because it receives no more.
  std::size_t host_data(const std::uint8_t* data, std::size_t bytes, bool record_end);
  void host_drained(std::size_t bytes);
  void host_shutdown(backend::VsockShutdown what);

  // ---- what the guest does
  /// Credit as any packet tells it; false if it makes no sense.
  bool credit(const VsockHeader& header) { return send_.update(header.buf_alloc, header.fwd_cnt); }
  /// RESPONSE: true if it was waited for.
  bool responded();
  /// RW: true if data of so many bytes is allowed now.
  bool may_receive(std::uint32_t bytes) const;
  /// False if nobody on the host takes it any more: it is dropped, and counts as forwarded.
  bool received(std::uint32_t bytes);
  /// RW of a seqpacket socket: false if it means nothing to the host, because it is empty and ends
  /// no message that has begun. (A socket of the host could not tell an empty message from an end.)
  bool piece(std::uint32_t bytes, bool ends_message);
  void guest_shutdown(std::uint32_t flags);
  void ask_for_credit() { tell_credit_ = true; }
  backend::VsockShutdown guest_done() const { return guest_done_; }

  // ---- what the driver is to be told
  /// True if a packet is due.
  bool packet_due() const;
  /// True if the next packet carries data, for which a buffer needs room.
  bool data_due() const;
  /// Makes the next packet: fills op, len, flags and credit, and gives where its payload is, to be
  /// taken before anything else happens. At most `room` bytes of payload.
  const std::uint8_t* next_packet(std::size_t room, VsockHeader& header);
  /// The payload has been copied.
  void packet_taken(const VsockHeader& header);
  /// How many bytes the host may send again and does not know of; it goes in steps.
  std::size_t take_unreported();
  /// A message that the guest has no room for, whatever it forwards, will never arrive.
  bool stuck() const;
  std::uint32_t held() const { return receive_.held(); }

 private:
  struct Message {
    std::uint32_t bytes;  // left
    bool record_end;
  };

  std::uint32_t sendable() const;
  bool shutdown_due() const;

  Id id_;
  Type type_;
  Ports ports_;
  State state_;
  VsockSendCredit send_;
  VsockReceiveCredit receive_;

  backend::ByteQueue data_;       // for the guest
  std::deque<Message> messages_;  // seqpacket: what data_ is made of
  std::size_t unreported_ = 0;    // taken from data_, and the host does not know

  backend::VsockShutdown guest_done_;
  backend::VsockShutdown host_done_;
  backend::VsockShutdown host_done_told_;
  bool mid_message_ = false;  // the guest has begun one and not ended it
  bool tell_request_ = false;
  bool tell_response_ = false;
  bool tell_credit_ = false;
  bool credit_asked_ = false;  // CREDIT_REQUEST has been sent since the driver had room
};

}  // namespace ringside::virtio
