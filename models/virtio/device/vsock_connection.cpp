// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/vsock_connection.h"

#include <algorithm>
#include <utility>

namespace ringside::virtio {

namespace {

// What the host is told of room for it goes in steps, not packet by packet.
constexpr std::size_t kStep = backend::VsockBackend::kWindow / 4;

}  // namespace

// ---- what the host does --------------------------------------------------------------------

void VsockConnection::accepted() {
  if (state_ != State::Connecting) return;
  state_ = State::Open;
  tell_response_ = true;
}

std::size_t VsockConnection::host_data(const std::uint8_t* data, std::size_t bytes,
                                       bool record_end) {
  if (state_ != State::Open || guest_done_.receive || host_done_.send || bytes == 0) return bytes;
  data_.put(data, bytes);
  if (type_ == Type::Seqpacket)
    messages_.push_back({static_cast<std::uint32_t>(bytes), record_end});
  return 0;
}

void VsockConnection::host_drained(std::size_t bytes) {
  receive_.forwarded(static_cast<std::uint32_t>(std::min<std::size_t>(bytes, held())));
  if (state_ == State::Draining && held() == 0) reset();
}

void VsockConnection::host_shutdown(backend::VsockShutdown what) {
  host_done_.receive = host_done_.receive || what.receive;
  host_done_.send = host_done_.send || what.send;
  // What it has not taken it never will.
  if (host_done_.receive) receive_.forwarded(held());
  if (state_ == State::Draining && host_done_.receive) reset();
}

// ---- what the guest does -------------------------------------------------------------------

bool VsockConnection::responded() {
  if (state_ != State::Inviting || tell_request_) return false;
  state_ = State::Open;
  deadline = sc_core::sc_max_time();
  return true;
}

bool VsockConnection::may_receive(std::uint32_t bytes) const {
  // What crosses our SHUTDOWN on its way is nobody's fault.
  const bool open = state_ == State::Open || state_ == State::Closing;
  return open && !tell_response_ && !guest_done_.send && bytes <= receive_.free();
}

bool VsockConnection::received(std::uint32_t bytes) {
  receive_.received(bytes);
  if (state_ == State::Open && !host_done_.receive) return true;
  receive_.forwarded(bytes);
  return false;
}

bool VsockConnection::piece(std::uint32_t bytes, bool ends_message) {
  const bool begun = mid_message_ || bytes != 0;
  mid_message_ = begun && !ends_message;
  return bytes != 0 || (ends_message && begun);
}

void VsockConnection::guest_shutdown(std::uint32_t flags) {
  guest_done_.receive = guest_done_.receive || (flags & kVsockShutdownReceive) != 0;
  guest_done_.send = guest_done_.send || (flags & kVsockShutdownSend) != 0;
  if (guest_done_.receive) {
    unreported_ += data_.size();
    data_.clear();
    messages_.clear();
  }
  if (!guest_done_.both()) return;
  if (state_ != State::Open || held() == 0) return reset();
  state_ = State::Draining;
}

// ---- what the driver is to be told ---------------------------------------------------------

/// Bytes of data that can go now.
std::uint32_t VsockConnection::sendable() const {
  if (state_ != State::Open) return 0;
  return static_cast<std::uint32_t>(std::min<std::size_t>(data_.size(), send_.free()));
}

bool VsockConnection::shutdown_due() const {
  // An end comes after the data before it.
  return state_ == State::Open && data_.empty() &&
         (host_done_.receive != host_done_told_.receive || host_done_.send != host_done_told_.send);
}

bool VsockConnection::packet_due() const {
  if (state_ == State::Reset || tell_request_ || tell_response_) return true;
  if (state_ == State::Connecting || state_ == State::Inviting) return false;
  const bool blocked = state_ == State::Open && !data_.empty() && sendable() == 0;
  return tell_credit_ || receive_.worth_telling() || sendable() != 0 || shutdown_due() ||
         (blocked && !credit_asked_);
}

bool VsockConnection::data_due() const {
  return state_ == State::Open && !tell_response_ && !tell_credit_ && sendable() != 0;
}

const std::uint8_t* VsockConnection::next_packet(std::size_t room, VsockHeader& header) {
  header.type = static_cast<std::uint16_t>(type_);
  header.len = 0;
  header.flags = 0;
  if (state_ == State::Reset) {
    header.op = VsockOp::Rst;
  } else if (tell_request_) {
    tell_request_ = false;
    header.op = VsockOp::Request;
  } else if (tell_response_) {
    tell_response_ = false;
    header.op = VsockOp::Response;
  } else if (tell_credit_) {
    tell_credit_ = false;
    header.op = VsockOp::CreditUpdate;
  } else if (sendable() != 0) {
    header.op = VsockOp::Rw;
    header.len = static_cast<std::uint32_t>(std::min<std::size_t>(sendable(), room));
    if (type_ == Type::Seqpacket) {
      const Message& message = messages_.front();
      header.len = std::min(header.len, message.bytes);
      if (header.len == message.bytes)
        header.flags = kVsockEndOfMessage | (message.record_end ? kVsockEndOfRecord : 0u);
    }
  } else if (shutdown_due()) {
    host_done_told_ = host_done_;
    header.op = VsockOp::Shutdown;
    header.flags = (host_done_.receive ? kVsockShutdownReceive : 0u) |
                   (host_done_.send ? kVsockShutdownSend : 0u);
    if (host_done_.both()) state_ = State::Closing;
  } else if (receive_.worth_telling()) {
    header.op = VsockOp::CreditUpdate;
  } else {
    credit_asked_ = true;
    header.op = VsockOp::CreditRequest;
  }
  header.buf_alloc = receive_.buf_alloc();
  header.fwd_cnt = receive_.tell();
  return data_.data();
}

void VsockConnection::packet_taken(const VsockHeader& header) {
  if (header.op != VsockOp::Rw) return;
  send_.sent(header.len);
  data_.drop(header.len);
  unreported_ += header.len;
  credit_asked_ = false;
  if (type_ != Type::Seqpacket) return;
  messages_.front().bytes -= header.len;
  if (messages_.front().bytes == 0) messages_.pop_front();
}

std::size_t VsockConnection::take_unreported() {
  if (unreported_ < kStep && !data_.empty()) return 0;
  return std::exchange(unreported_, 0);
}

bool VsockConnection::stuck() const {
  // A message is handed over when it is complete, and only then its bytes count as forwarded.
  return type_ == Type::Seqpacket && state_ == State::Open && !messages_.empty() &&
         messages_.front().bytes > send_.buf_alloc();
}

}  // namespace ringside::virtio
