// SPDX-License-Identifier: Apache-2.0
// A network device on a wire of the test's own, and a driver for it.
#pragma once

#include "backend/plugin_types.h"
#include "driver/device_bench.h"
#include "frames.h"
#include "support/spec.h"
#include "virtio/device/net.h"

namespace ringside::test {

/// The other end of the cable.
struct Wire final : backend::NetBackend {
  Wire(const sc_core::sc_module_name& name, const ModelContext& context)
      : NetBackend(name, context) {}
  void transmit(const std::uint8_t* frame, std::size_t bytes) override {
    sent.emplace_back(frame, frame + bytes);
  }
  void arrive(const Bytes& frame) { deliver(frame.data(), frame.size()); }
  void link(bool up) { set_link(up); }
  std::vector<Bytes> sent;
};

inline void register_net(Registry& registry) {
  registry.add<backend::NetBackend, Wire>("wire", "the test's end of a cable");
  registry.add<virtio::VirtioDevice, virtio::Net>("virtio-net", "network device");
  register_holder(registry);
}

inline const Bytes kStation{0x52, 0x54, 0, 1, 2, 3};  // the device's address

/// A packet that the driver has received.
struct Received {
  virtio::net::Header header;
  Bytes frame;
  unsigned buffers = 0;
};

/// A command's answer.
struct Answer {
  int ack = -1;  ///< -1: none came
  Bytes result;
};

struct NetBench : DeviceBench<virtio::Net> {
  explicit NetBench(const std::string& params = "")
      : DeviceBench("{type: virtio-net, mac: \"52:54:00:01:02:03\", backend: wire" +
                        (params.empty() ? "" : ", " + params) + "}",
                    register_net),
        wire(sim.model<Wire>("d.device.backend")) {}

  static constexpr std::uint16_t kSize = 64;

  /// All that is offered but `without`.
  Driver::Bits all_features(std::initializer_list<unsigned> without = {}) {
    Driver::Bits bits;
    for (unsigned bit = 0; bit < 128; ++bit) {
      const bool offered = access.device_features(bit / 32) >> (bit % 32) & 1;
      if (offered && std::count(without.begin(), without.end(), bit) == 0) bits.push_back(bit);
    }
    return bits;
  }
  bool start(const Driver::Bits& bits) {
    if (!driver.negotiate(bits)) return false;
    const bool multi = driver.accepted(virtio::kNetMq) || driver.accepted(virtio::kNetRss);
    pairs = multi ? device.pairs.get() : 1;
    const unsigned queues = 2 * pairs + (driver.accepted(virtio::kNetCtrlVq) ? 1 : 0);
    for (unsigned i = 0; i < queues; ++i)
      if (!driver.add_queue(i, kSize)) return false;
    driver.start();
    return true;
  }
  bool start_with_all(std::initializer_list<unsigned> without = {}) {
    return start(all_features(without));
  }
  std::size_t header_bytes() { return virtio::net::Header::bytes(device.features()); }

  // -- transmit
  /// Sends header and packet in one buffer (or cut where `cut` says) and waits until it is used.
  bool send(const virtio::net::Header& header, const Bytes& packet, unsigned pair = 0,
            std::size_t cut = 0) {
    Bytes all(header_bytes());
    header.encode(all.data(), all.size());
    all.insert(all.end(), packet.begin(), packet.end());
    return send_raw(all, pair, cut);
  }
  bool send_raw(const Bytes& all, unsigned pair = 0, std::size_t cut = 0) {
    const std::uint64_t at = arena.take(all.size() + 1, 16);
    memory.write(at, all.data(), all.size());
    const unsigned queue = 2 * pair + 1;
    std::vector<Piece> pieces{{at, static_cast<std::uint32_t>(all.size())}};
    if (cut)
      pieces = {{at, static_cast<std::uint32_t>(cut)},
                {at + cut, static_cast<std::uint32_t>(all.size() - cut)}};
    if (!driver.queue(queue).add(pieces, {}, 0, Form::Direct)) return false;
    driver.submit(queue);
    if (!driver.wait_used(queue, {1, sc_core::SC_MS})) return false;
    const auto done = driver.queue(queue).next_used();
    return done && done->written.value_or(0) == 0;
  }

  // -- receive
  void post(unsigned count, std::uint32_t bytes, unsigned pair = 0) {
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t at = arena.take(bytes, 16);
      buffers.push_back({at, bytes});
      driver.queue(2 * pair).add({}, {{at, bytes}}, buffers.size() - 1, Form::Direct);
    }
    driver.submit(2 * pair);
    settle();
  }
  /// Puts the next received packet together; false if there is none.
  bool receive(Received& packet, unsigned pair = 0) {
    packet = {};
    unsigned wanted = 1;
    for (unsigned i = 0; i < wanted; ++i) {
      const auto done = driver.queue(2 * pair).next_used();
      if (!done) return false;
      const Piece& piece = buffers[done->token];
      Bytes data(done->written.value_or(piece.length));
      memory.read(piece.address, data.data(), data.size());
      if (i == 0) {
        if (data.size() < header_bytes()) return false;
        packet.header = virtio::net::Header::decode(data.data(), header_bytes());
        if (header_bytes() >= 12) wanted = packet.header.num_buffers;
        data.erase(data.begin(), data.begin() + static_cast<long>(header_bytes()));
      }
      packet.frame.insert(packet.frame.end(), data.begin(), data.end());
      last_written = done->written.value_or(piece.length);
    }
    packet.buffers = wanted;
    return true;
  }
  std::vector<Received> receive_all(unsigned pair = 0) {
    std::vector<Received> all;
    Received packet;
    while (receive(packet, pair)) all.push_back(packet);
    return all;
  }

  // -- control
  Answer command(unsigned command_class, unsigned command, const Bytes& data,
                 std::uint32_t result_bytes = 0) {
    Bytes request{static_cast<std::uint8_t>(command_class), static_cast<std::uint8_t>(command)};
    request.insert(request.end(), data.begin(), data.end());
    const std::uint64_t out = arena.take(request.size(), 16);
    const std::uint64_t in = arena.take(result_bytes + 1, 16);
    memory.write(out, request.data(), request.size());
    memory.store<std::uint8_t>(in, 0xee);
    const unsigned queue = 2 * pairs;
    driver.queue(queue).add({{out, static_cast<std::uint32_t>(request.size())}},
                            {{in, result_bytes + 1}}, 0, Form::Direct);
    driver.submit(queue);
    Answer answer;
    if (!driver.wait_used(queue, {1, sc_core::SC_MS})) return answer;
    const auto done = driver.queue(queue).next_used();
    if (!done || done->written.value_or(0) == 0) return answer;
    answer.ack = memory.load<std::uint8_t>(in);
    answer.result.resize(*done->written - 1);
    memory.read(in + 1, answer.result.data(), answer.result.size());
    return answer;
  }
  int ack(unsigned command_class, unsigned command, const Bytes& data) {
    return this->command(command_class, command, data).ack;
  }

  Bytes config(std::size_t offset, std::size_t bytes) {
    Bytes all(bytes);
    device.read_config(offset, all.data(), bytes);
    return all;
  }
  unsigned status_field() { return config(6, 1)[0]; }

  Wire& wire;
  unsigned pairs = 1;
  std::vector<Piece> buffers;
  std::uint32_t last_written = 0;
};

/// Little-endian fields, one after the other.
struct Fields {
  Fields& u8(unsigned v) {
    bytes.push_back(static_cast<std::uint8_t>(v));
    return *this;
  }
  Fields& le16(unsigned v) { return u8(v & 0xff).u8(v >> 8 & 0xff); }
  Fields& le32(std::uint32_t v) { return le16(v & 0xffff).le16(v >> 16); }
  Fields& le64(std::uint64_t v) {
    return le32(static_cast<std::uint32_t>(v)).le32(static_cast<std::uint32_t>(v >> 32));
  }
  Fields& add(const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  operator const Bytes&() const { return bytes; }
  Bytes bytes;
};

inline std::uint64_t le(const Bytes& b, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | b[at + i];
  return value;
}

/// A frame to a destination address.
inline Bytes frame_to(const Bytes& address, std::size_t bytes = 60, std::uint8_t fill = 0x11) {
  Bytes f(bytes, fill);
  std::copy(address.begin(), address.end(), f.begin());
  return f;
}

}  // namespace ringside::test
