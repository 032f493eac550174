// SPDX-License-Identifier: Apache-2.0
// What the socket device does with packets of the driver.
#include "virtio/device/vsock.h"

namespace ringside::virtio {

/// Types that have been negotiated (5.10.3.2). Without NO_IMPLIED_STREAM streams are always there.
bool Vsock::type_in_use(std::uint16_t type) const {
  switch (static_cast<backend::VsockType>(type)) {
    case backend::VsockType::Stream:
      return has(kVsockStream) || !has(kVsockNoImpliedStream);
    case backend::VsockType::Seqpacket:
      return has(kVsockSeqpacket);
  }
  return false;
}

/// A RST for what is no connection. Never in answer to a RST, or both sides would go on for ever.
void Vsock::refuse(const VsockHeader& header) {
  if (header.op == VsockOp::Rst) return;
  VsockHeader reply;
  reply.src_cid = header.dst_cid;
  reply.dst_cid = header.src_cid;
  reply.src_port = header.dst_port;
  reply.dst_port = header.src_port;
  reply.type = header.type;
  reply.op = VsockOp::Rst;
  strays_.push_back(reply);
  queue(kRx).poke();
}

void Vsock::handle(const VsockHeader& header) {
  if (header.src_cid != guest_cid || header.dst_cid != kVsockHostCid || !type_in_use(header.type)) {
    ++bad_packets;
    return refuse(header);
  }
  const auto found = connections_.find({header.src_port, header.dst_port});
  if (found == connections_.end())
    return header.op == VsockOp::Request ? guest_connects(header) : refuse(header);
  VsockConnection& connection = *found->second;
  if (header.op == VsockOp::Rst) {
    if (connection.state() == State::Inviting) ++refused;
    return remove(connection);
  }
  if (connection.state() == State::Reset) return;  // its RST is on the way
  if (header.type != static_cast<std::uint16_t>(connection.type())) {
    ++bad_packets;
    connection.reset();
  } else {
    if (!connection.credit(header)) ++bad_credit;
    handle_connected(connection, header);
  }
  changed(connection);
}

void Vsock::guest_connects(const VsockHeader& header) {
  do {
    next_id_ = next_id_ + 1 == backend::VsockBackend::kFirstHostId ? 1 : next_id_ + 1;
  } while (by_id_.count(next_id_) != 0);
  const auto type = static_cast<backend::VsockType>(header.type);
  if (connections_.size() >= max_connections ||
      !backend->connect(next_id_, type, header.dst_port, header.src_port)) {
    ++refused;
    return refuse(header);
  }
  add(next_id_, type, {header.src_port, header.dst_port}, State::Connecting).credit(header);
}

void Vsock::handle_connected(VsockConnection& connection, const VsockHeader& header) {
  const bool settled =
      connection.state() != State::Connecting && connection.state() != State::Inviting;
  switch (header.op) {
    case VsockOp::Response:
      if (!connection.responded()) break;
      ++connects;
      return backend->accept(connection.id(), connection.ports().host);
    case VsockOp::Rw:
      return guest_sends(connection, header);
    case VsockOp::Shutdown:
      if (!settled) break;
      return guest_shuts_down(connection, header.flags);
    case VsockOp::CreditUpdate:
      return;
    case VsockOp::CreditRequest:
      if (settled) connection.ask_for_credit();
      return;
    default:
      break;
  }
  // An operation that does not exist, or not in this state.
  ++bad_packets;
  connection.reset();
}

void Vsock::guest_sends(VsockConnection& connection, const VsockHeader& header) {
  if (!connection.may_receive(header.len)) {
    ++credit_violations;
    return connection.reset();
  }
  if (!connection.received(header.len)) {
    bytes_lost += header.len;
    return;
  }
  backend::VsockBoundary end;
  end.message = connection.type() == backend::VsockType::Seqpacket &&
                (header.flags & kVsockEndOfMessage) != 0;
  end.record = end.message && (header.flags & kVsockEndOfRecord) != 0;
  bytes_to_host += header.len;
  if (connection.piece(header.len, end.message))
    backend->write(connection.id(), payload_.data(), header.len, end);
}

void Vsock::guest_shuts_down(VsockConnection& connection, std::uint32_t flags) {
  connection.guest_shutdown(flags);
  if (connection.state() == State::Draining) give_up_after(connection, close_timeout);
  if (connection.state() != State::Reset)
    backend->shutdown(connection.id(), connection.guest_done());
}

}  // namespace ringside::virtio
