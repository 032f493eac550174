// SPDX-License-Identifier: Apache-2.0
// The socket device, a driver that speaks its packets, and a host that does what the test says.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "driver/device_bench.h"
#include "support/spec.h"
#include "virtio/device/vsock.h"

namespace ringside::test {

// Numbers of the specification, written again here: the tests do not trust the device's.
enum VsockOps : unsigned {
  kOpInvalid,
  kOpRequest,
  kOpResponse,
  kOpRst,
  kOpShutdown,
  kOpRw,
  kOpCreditUpdate,
  kOpCreditRequest,
};
enum VsockTypes : unsigned { kTypeStream = 1, kTypeSeqpacket = 2 };
enum VsockBits : unsigned { kBitStream, kBitSeqpacket, kBitNoImpliedStream };

/// Type "peer": the host of a test. Notes what the device says and says what the test wants.
struct PeerVsock final : backend::VsockBackend {
  using VsockBackend::VsockBackend;
  struct Connection {
    backend::VsockType type;
    std::uint32_t host_port = 0;
    std::uint32_t guest_port = 0;
    bool accepted = false;              // by the guest
    std::string data;                   // of the guest
    std::string message;                // the one that is not complete
    std::vector<std::string> messages;  // with a '!' at the end of a record
    backend::VsockShutdown guest_done;
    std::size_t window = kWindow;
  };

  bool connect(Id id, backend::VsockType type, std::uint32_t host_port,
               std::uint32_t guest_port) override {
    if (refuse) return false;
    connections[id] = {type, host_port, guest_port, false, "", "", {}, {}, kWindow};
    latest = id;
    if (accept_at_once) due.push_back(id);
    return true;
  }
  void accept(Id id, std::uint32_t host_port) override {
    connections[id].accepted = true;
    connections[id].host_port = host_port;
  }
  void write(Id id, const std::uint8_t* data, std::size_t bytes,
             backend::VsockBoundary end) override {
    BOOST_TEST_REQUIRE(connections.count(id) == 1u);
    Connection& c = connections[id];
    c.data.append(data, data + bytes);
    c.message.append(data, data + bytes);
    if (end.message) c.messages.push_back(c.message + (end.record ? "!" : ""));
    if (end.message) c.message.clear();
    if (drain_at_once) drained[id] += bytes;
  }
  void consumed(Id id, std::size_t bytes) override { connections[id].window += bytes; }
  void shutdown(Id id, backend::VsockShutdown what) override { connections[id].guest_done = what; }
  void close(Id id) override {
    connections.erase(id);
    closed.push_back(id);
  }

  // What the host does.
  Id connect_guest(std::uint32_t port, backend::VsockType type = backend::VsockType::Stream) {
    const Id id = next_id++;
    connections[id] = {type, 0, port, false, "", "", {}, {}, kWindow};
    latest = id;
    guest_->host_connects(id, type, port);
    return id;
  }
  void accept_guest(Id id) { guest_->host_accepted(id); }
  /// As much as the window allows; gives how much.
  std::size_t say(Id id, const std::string& text, bool record_end = false) {
    const auto found = connections.find(id);
    const std::size_t bytes =
        std::min(text.size(), found == connections.end() ? kWindow : found->second.window);
    if (found != connections.end()) found->second.window -= bytes;
    guest_->host_data(id, reinterpret_cast<const std::uint8_t*>(text.data()), bytes, record_end);
    return bytes;
  }
  void drain(Id id, std::size_t bytes) { guest_->host_drained(id, bytes); }
  void end(Id id, bool receive, bool send) { guest_->host_shutdown(id, {receive, send}); }
  void leave(Id id) { guest_->host_gone(id); }
  /// What could not be done from within a call of the device.
  void catch_up() {
    for (const Id id : std::exchange(due, {})) accept_guest(id);
    for (const auto& [id, bytes] : std::exchange(drained, {})) drain(id, bytes);
  }

  std::map<Id, Connection> connections;
  std::vector<Id> closed;
  std::vector<Id> due;
  std::map<Id, std::size_t> drained;
  Id latest = 0;
  Id next_id = kFirstHostId;
  bool refuse = false;
  bool accept_at_once = true;
  bool drain_at_once = true;
};

/// A packet as the driver sees it.
struct Packet {
  std::uint64_t src_cid = 3;
  std::uint64_t dst_cid = 2;
  std::uint32_t src_port = 0;
  std::uint32_t dst_port = 0;
  std::uint32_t len = 0;
  unsigned type = kTypeStream;
  unsigned op = 0;
  std::uint32_t flags = 0;
  std::uint32_t buf_alloc = 0;
  std::uint32_t fwd_cnt = 0;
  std::string data;

  std::string bytes() const {
    std::string text;
    const auto put = [&](std::uint64_t value, int width) {
      for (int i = 0; i < width; ++i) text += static_cast<char>(value >> 8 * i);
    };
    put(src_cid, 8);
    put(dst_cid, 8);
    put(src_port, 4);
    put(dst_port, 4);
    put(len, 4);
    put(type, 2);
    put(op, 2);
    put(flags, 4);
    put(buf_alloc, 4);
    put(fwd_cnt, 4);
    return text + data;
  }
  static Packet parse(const std::string& text) {
    Packet p;
    std::size_t at = 0;
    const auto get = [&](int width) {
      std::uint64_t value = 0;
      for (int i = 0; i < width; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(text.at(at++))) << 8 * i;
      return value;
    };
    p.src_cid = get(8);
    p.dst_cid = get(8);
    p.src_port = static_cast<std::uint32_t>(get(4));
    p.dst_port = static_cast<std::uint32_t>(get(4));
    p.len = static_cast<std::uint32_t>(get(4));
    p.type = static_cast<unsigned>(get(2));
    p.op = static_cast<unsigned>(get(2));
    p.flags = static_cast<std::uint32_t>(get(4));
    p.buf_alloc = static_cast<std::uint32_t>(get(4));
    p.fwd_cnt = static_cast<std::uint32_t>(get(4));
    p.data = text.substr(at);
    return p;
  }
  /// "5 1000>2000 abc" of a packet that goes right.
  std::string str() const {
    return std::to_string(op) + " " + std::to_string(src_port) + ">" + std::to_string(dst_port) +
           (flags ? " f" + std::to_string(flags) : "") + (data.empty() ? "" : " " + data);
  }
};

inline void register_vsock(Registry& registry) {
  backend::register_types(registry);
  registry.add<virtio::VirtioDevice, virtio::Vsock>("virtio-vsock", "the device");
  registry.add<backend::VsockBackend, PeerVsock>("peer", "the host of the test");
  register_holder(registry);
}

struct VsockBench : DeviceBench<virtio::Vsock> {
  static constexpr unsigned kRx = 0, kTx = 1, kEvents = 2;
  static constexpr std::uint32_t kRoom = 256 << 10;  // buf_alloc of the driver

  explicit VsockBench(const std::string& params = "", const std::string& backend = "peer")
      : DeviceBench("{type: virtio-vsock, backend: " + backend +
                        (params.empty() ? "" : ", " + params) + "}",
                    register_vsock) {}
  PeerVsock& host() { return sim.model<PeerVsock>("d.device.backend"); }

  bool start(std::vector<unsigned> bits = {kBitSeqpacket}, std::uint16_t size = 64) {
    bits.push_back(virtio::kVersion1);
    if (!driver.negotiate(bits)) return false;
    buffers.clear();
    for (unsigned i = 0; i < 3; ++i)
      if (!driver.add_queue(i, size)) return false;
    driver.start();
    return true;
  }
  bool start_with_buffers(std::vector<unsigned> bits = {kBitSeqpacket}) {
    if (!start(std::move(bits))) return false;
    give(kRx, 32, 4096);
    give(kEvents, 4, 4);
    return true;
  }
  /// Puts buffers on a receive queue.
  void give(unsigned queue, unsigned count, std::uint32_t bytes) {
    for (unsigned i = 0; i < count; ++i) {
      buffers.push_back({arena.take(bytes, 16), bytes});
      driver.queue(queue).add({}, {buffers.back()}, buffers.size() - 1, Form::Direct);
    }
    driver.submit(queue);
    settle();
  }
  /// What has come, buffer by buffer; each buffer goes back on the queue.
  std::vector<std::string> used(unsigned queue, bool again = true) {
    settle();
    std::vector<std::string> all;
    while (const auto done = driver.queue(queue).next_used()) {
      const Piece& piece = buffers[done->token];
      std::string text(done->written.value_or(piece.length), '\0');
      memory.read(piece.address, text.data(), text.size());
      all.push_back(text);
      if (again) driver.queue(queue).add({}, {piece}, done->token, Form::Direct);
    }
    if (again && !all.empty()) driver.submit(queue);
    return all;
  }
  /// The packets that have come, until no more do.
  std::vector<Packet> received(bool again = true) {
    std::vector<Packet> packets;
    for (;;) {
      const auto texts = used(kRx, again);
      if (texts.empty()) return packets;
      for (const std::string& text : texts) {
        BOOST_TEST_REQUIRE(text.size() >= 44u);
        packets.push_back(Packet::parse(text));
        const Packet& p = packets.back();
        BOOST_TEST(p.data.size() == p.len);
      }
    }
  }
  std::string told() {
    std::string text;
    for (const Packet& p : received()) text += (text.empty() ? "" : ", ") + p.str();
    return text;
  }
  /// Sends raw bytes; true if the device took them.
  bool send_raw(const std::string& text) {
    if (tx_place == 0) tx_place = arena.take(128 << 10, 16);
    memory.write(tx_place, text.data(), text.size());
    driver.queue(kTx).add({{tx_place, static_cast<std::uint32_t>(text.size())}}, {}, 0,
                          Form::Direct);
    driver.submit(kTx);
    settle();
    if (driver.queue(kTx).next_used()) return true;
    tx_place = 0;  // the device has still to read it
    return false;
  }
  bool send(Packet packet) {
    if (packet.len == 0) packet.len = static_cast<std::uint32_t>(packet.data.size());
    return send_raw(packet.bytes());
  }
  /// A packet from guest port 1000 to host port 2000, with much room.
  static Packet packet(unsigned op, const std::string& data = "", std::uint32_t flags = 0,
                       unsigned type = kTypeStream) {
    Packet p;
    p.src_port = 1000;
    p.dst_port = 2000;
    p.op = op;
    p.type = type;
    p.flags = flags;
    p.buf_alloc = kRoom;
    p.data = data;
    return p;
  }
  /// An open connection from guest port 1000 to host port 2000.
  PeerVsock::Id open(unsigned type = kTypeStream, std::uint32_t room = kRoom) {
    Packet request = packet(kOpRequest, "", 0, type);
    request.buf_alloc = room;
    BOOST_TEST_REQUIRE(send(request));
    host().catch_up();
    BOOST_TEST(told() == "2 2000>1000");
    return host().latest;
  }

  std::vector<Piece> buffers;
  std::uint64_t tx_place = 0;
};

}  // namespace ringside::test
