// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/vsock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringside::virtio {

namespace {

// Ports of connections that the host makes: where no service listens.
constexpr std::uint32_t kFirstHostPort = 1u << 30;
constexpr std::uint32_t kHostPorts = 1u << 30;

constexpr std::size_t kMaxPayload = 64 << 10;

}  // namespace

Vsock::Vsock(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("rx", queue_size);
  add_queue("tx", queue_size);
  add_queue("event", queue_size);
  packet_.resize(VsockHeader::kBytes + kMaxPayload);
  payload_.resize(buffer->bytes);
  if (backend) backend->attach(*this);
  SC_HAS_PROCESS(Vsock);
  SC_METHOD(expire);
  sensitive << deadline_;
  dont_initialize();
}

FeatureSet Vsock::device_features() const {
  FeatureSet features;
  features.set(kVsockStream, stream);
  features.set(kVsockSeqpacket, seqpacket);
  features.set(kVsockNoImpliedStream, no_implied_stream);
  return features;
}

void Vsock::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::uint8_t config[8];
  put_le64(config, guest_cid);
  std::memcpy(to, config + offset, bytes);
}

void Vsock::on_reset() {
  drop_all();
  transport_reset_ = false;
}

void Vsock::change_cid(std::uint64_t cid) {
  if (!vsock_cid_usable(cid))
    throw CommandError(
        fmt::format("{} is not a context id for a guest; expected 3 to 4294967294", cid));
  guest_cid.set(cid);
  drop_all();
  config_changed();
  if (!driver_ok() && !suspended()) return;  // a driver that starts reads it anyway
  transport_reset_ = true;
  queue(kEvent).poke();
}

void Vsock::serve(unsigned index) {
  if (index == kRx) return serve_rx();
  if (index == kEvent) return serve_event();
  expire();  // while the device was suspended nobody looked
  serve_tx();
}

// ---- queues --------------------------------------------------------------------------------

void Vsock::serve_rx() {
  Virtqueue& rx = queue(kRx);
  while (!ready_.empty() || !strays_.empty()) {
    ChainPtr chain = rx.pop();
    if (!chain) return;
    if (chain->writable_bytes() < VsockHeader::kBytes)
      return needs_reset("a receive buffer is too short for a header");
    // The packet is complete before memory is waited for: connections may be gone afterwards.
    if (!next_packet(chain->writable_bytes())) {
      if (driver_ok()) rx.unpop(std::move(chain));
      return;
    }
    const std::size_t bytes = VsockHeader::kBytes + get_le32(&packet_[24]);
    if (!chain->write(0, packet_.data(), bytes)) return;
    rx.push(std::move(chain), static_cast<std::uint32_t>(bytes));
  }
}

/// Puts the next packet into packet_; false if there is none, or it can't be.
bool Vsock::next_packet(std::size_t writable) {
  VsockHeader header;
  if (!strays_.empty()) {
    header = strays_.front();
    strays_.pop_front();
    queue(kTx).poke();  // it may have stopped for lack of room
    ++resets_sent;
    header.put(packet_.data());
    return true;
  }
  if (ready_.empty()) return false;
  auto next = ready_.upper_bound(last_served_);
  if (next == ready_.end()) next = ready_.begin();
  VsockConnection& connection = *by_id_[*next];
  const std::size_t room = std::min(writable - VsockHeader::kBytes, kMaxPayload);
  if (connection.data_due() && room == 0) {
    needs_reset("a receive buffer has no room for data");
    return false;
  }
  last_served_ = connection.id();
  header.src_cid = kVsockHostCid;
  header.dst_cid = guest_cid;
  header.src_port = connection.ports().host;
  header.dst_port = connection.ports().guest;
  const std::uint8_t* payload = connection.next_packet(room, header);
  header.put(packet_.data());
  if (header.len != 0) std::memcpy(&packet_[VsockHeader::kBytes], payload, header.len);
  connection.packet_taken(header);
  bytes_to_guest += header.len;
  if (header.op == VsockOp::Rst) {
    ++resets_sent;
    remove(connection);
    return true;
  }
  if (header.op == VsockOp::Request) give_up_after(connection, connect_timeout);
  if (connection.state() == State::Closing) give_up_after(connection, close_timeout);
  changed(connection);
  return true;
}

void Vsock::serve_tx() {
  Virtqueue& tx = queue(kTx);
  // Whatever a packet causes has a place of its own, except a RST for what is no connection
  // (5.10.6.1).
  while (strays_.size() < max_resets) {
    ChainPtr chain = tx.pop();
    if (!chain) return;
    VsockHeader header;
    const bool whole = take_packet(*chain, header);
    if (!chain->alive()) return;  // reset meanwhile
    if (whole)
      handle(header);
    else
      ++bad_packets;
    tx.push(std::move(chain), 0);
  }
}

/// Reads a packet; the payload goes to payload_. False if it is not one.
bool Vsock::take_packet(DescriptorChain& chain, VsockHeader& header) {
  std::uint8_t bytes[VsockHeader::kBytes];
  if (!chain.read(0, bytes, sizeof bytes)) return false;
  header = VsockHeader::parse(bytes);
  if (header.op != VsockOp::Rw) return true;
  if (header.len > chain.readable_bytes() - VsockHeader::kBytes) return false;
  // More than a connection's buffer is more than its credit, whatever it holds: no need to read it.
  if (header.len > payload_.size() || header.len == 0) return true;
  return chain.read(VsockHeader::kBytes, payload_.data(), header.len);
}

void Vsock::serve_event() {
  Virtqueue& events = queue(kEvent);
  while (transport_reset_) {
    ChainPtr chain = events.pop();
    if (!chain) return;
    std::uint8_t event[4];
    put_le32(event, kVsockTransportReset);
    // A buffer that is too short tells nothing; another may be longer.
    const bool told = chain->write(0, event, sizeof event);
    if (!chain->alive()) return;
    if (told) transport_reset_ = false;
    events.push(std::move(chain), told ? sizeof event : 0);
  }
}

// ---- connections ---------------------------------------------------------------------------

VsockConnection* Vsock::find(Id id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

VsockConnection& Vsock::add(Id id, backend::VsockType type, const Ports& ports, State state) {
  auto connection = std::make_unique<VsockConnection>(id, type, ports, state,
                                                      static_cast<std::uint32_t>(buffer->bytes));
  VsockConnection& added = *connection;
  connections_[ports] = std::move(connection);
  by_id_[id] = &added;
  return added;
}

void Vsock::remove(VsockConnection& connection) {
  const Id id = connection.id();
  const Ports ports = connection.ports();
  ready_.erase(id);
  by_id_.erase(id);
  connections_.erase(ports);
  backend->close(id);
}

void Vsock::drop_all() {
  for (const auto& [id, connection] : by_id_) backend->close(id);
  connections_.clear();
  by_id_.clear();
  ready_.clear();
  strays_.clear();
  last_served_ = 0;
}

void Vsock::changed(VsockConnection& connection) {
  if (connection.stuck()) {
    ++stuck_messages;
    connection.reset();
  }
  const std::size_t granted = connection.take_unreported();
  if (granted != 0) backend->consumed(connection.id(), granted);
  if (!connection.packet_due()) {
    ready_.erase(connection.id());
    return;
  }
  ready_.insert(connection.id());
  queue(kRx).poke();
}

void Vsock::give_up_after(VsockConnection& connection, const sc_core::sc_time& patience) {
  if (connection.deadline != sc_core::sc_max_time()) return;
  connection.deadline = sc_core::sc_time_stamp() + patience;
  deadline_.notify(patience);
}

/// Resets the connections whose time is over, and waits for the next one's.
void Vsock::expire() {
  if (!driver_ok()) return;  // serve() comes here when it goes on
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  sc_core::sc_time next = sc_core::sc_max_time();
  for (const auto& [id, connection] : by_id_) {
    if (connection->deadline <= now) {
      connection->deadline = sc_core::sc_max_time();
      ++timeouts;
      connection->reset();
      changed(*connection);
    }
    next = std::min(next, connection->deadline);
  }
  if (next != sc_core::sc_max_time()) deadline_.notify(next - now);
}

/// A port that no connection to that port of the guest has.
std::uint32_t Vsock::free_host_port(std::uint32_t guest_port) {
  for (;;) {
    const std::uint32_t port = kFirstHostPort + next_host_port_++ % kHostPorts;
    if (connections_.count({guest_port, port}) == 0) return port;
  }
}

// ---- what the host does --------------------------------------------------------------------

void Vsock::host_connects(Id id, backend::VsockType type, std::uint32_t guest_port) {
  const bool possible = (driver_ok() || suspended()) &&
                        type_in_use(static_cast<std::uint16_t>(type)) &&
                        connections_.size() < max_connections && by_id_.count(id) == 0;
  if (!possible) {
    ++refused;
    backend->close(id);
    return;
  }
  changed(add(id, type, {guest_port, free_host_port(guest_port)}, State::Inviting));
}

void Vsock::host_accepted(Id id) {
  VsockConnection* connection = find(id);
  if (!connection || connection->state() != State::Connecting) return;
  ++connects;
  connection->accepted();
  changed(*connection);
}

void Vsock::host_data(Id id, const std::uint8_t* data, std::size_t bytes, bool record_end) {
  VsockConnection* connection = find(id);
  if (!connection) return;
  const std::size_t lost = connection->host_data(data, bytes, record_end);
  if (lost != 0) {
    bytes_lost += lost;
    backend->consumed(id, lost);
  }
  changed(*connection);
}

void Vsock::host_drained(Id id, std::size_t bytes) {
  VsockConnection* connection = find(id);
  if (!connection) return;
  connection->host_drained(bytes);
  changed(*connection);
}

void Vsock::host_shutdown(Id id, backend::VsockShutdown what) {
  VsockConnection* connection = find(id);
  if (!connection) return;
  connection->host_shutdown(what);
  changed(*connection);
}

void Vsock::host_gone(Id id) {
  VsockConnection* connection = find(id);
  if (!connection) return;
  switch (connection->state()) {
    case State::Connecting:
    case State::Inviting:
      ++refused;
      connection->reset();
      break;
    default:
      // What it has sent before still arrives, and then the end.
      connection->host_shutdown({true, true});
  }
  changed(*connection);
}

}  // namespace ringside::virtio
