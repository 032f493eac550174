// SPDX-License-Identifier: Apache-2.0
// The 9P device over a folder, its driver, and messages in chains.
#pragma once

#include "client.h"
#include "driver/device_bench.h"
#include "virtio/device/ninep.h"

namespace ringside::test {

inline void register_ninep(Registry& registry) {
  ninep::register_types(registry);
  register_holder(registry);
  registry.add<virtio::VirtioDevice, virtio::NineP>("virtio-9p", "the device");
}

struct NinePBench : TempFolder, DeviceBench<virtio::NineP> {
  explicit NinePBench(const std::string& params = "")
      : DeviceBench("{type: virtio-9p, tag: host, backend: {type: folder, path: " + path + "}" +
                        (params.empty() ? "" : ", " + params) + "}",
                    register_ninep) {}

  bool bring_up(Driver::Bits bits = {}, std::uint16_t size = 128) {
    arena.release_all();
    for (const unsigned bit : {0u, 28u, 29u, 32u}) bits.push_back(bit);
    return driver.bring_up(bits, size);
  }
  Piece put(const std::string& bytes) {
    const Piece piece = take(static_cast<std::uint32_t>(bytes.size()));
    memory.write(piece.address, bytes.data(), bytes.size());
    return piece;
  }
  /// Room that holds 0xee, so that what is not written shows.
  Piece take(std::uint32_t bytes) {
    const Piece piece{arena.take(bytes, 1), bytes};
    const std::string filler(bytes, '\xee');
    memory.write(piece.address, filler.data(), bytes);
    return piece;
  }
  std::string load(const Piece& piece) {
    std::string bytes(piece.length, '?');
    memory.read(piece.address, bytes.data(), bytes.size());
    return bytes;
  }
  /// Any buffers; nothing if no answer came.
  Reply send(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
             Form form = Form::Direct) {
    BOOST_REQUIRE(driver.queue().add(readable, writable, 1, form));
    driver.submit();
    if (!driver.wait_used(0, {10, sc_core::SC_MS})) return {"", ninep::Dialect::Linux};
    const auto used = driver.queue().next_used();
    BOOST_REQUIRE(used.has_value());
    std::string all;
    for (const Piece& piece : writable) all += load(piece);
    const std::uint32_t written = used->written.value_or(0);
    BOOST_REQUIRE(written <= all.size());
    BOOST_TEST(all.substr(written) == std::string(all.size() - written, '\xee'));
    return {all.substr(0, written), ninep::Dialect::Linux};
  }
  Reply send(const Request& request, std::uint32_t room = 8192) {
    return send({put(request.str())}, {take(room)});
  }
  /// Tversion and Tattach of fid 0.
  bool start(std::uint32_t msize = 65536) {
    if (!send(Request(Message::Version).u32(msize).text("9P2000.L")).ok()) return false;
    return send(Request(Message::Attach).u32(0).u32(~0u).text("").text("").u32(0)).ok();
  }
  bool needs_reset() { return (access.status() & 64) != 0; }
};

}  // namespace ringside::test
