// SPDX-License-Identifier: Apache-2.0
// A GPU, the model driver, and the requests as a driver lays them out.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "driver/device_bench.h"
#include "support/spec.h"
#include "virtio/device/bytes.h"
#include "virtio/device/gpu.h"

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;
using virtio::GpuType;

inline void register_gpu(Registry& registry) {
  backend::register_types(registry);
  registry.add<virtio::VirtioDevice, virtio::Gpu>("virtio-gpu", "GPU");
  register_holder(registry);
}

struct GpuBench : DeviceBench<virtio::Gpu> {
  explicit GpuBench(const std::string& params = "scanouts: 2, width: 64, height: 48")
      : DeviceBench("{type: virtio-gpu, " + params + "}", register_gpu) {}

  /// All that is offered, of the device's own bits.
  bool start(bool packed = false) {
    Driver::Bits bits{virtio::kVersion1};
    for (unsigned bit = 0; bit < 24; ++bit)
      if (access.device_features(0) >> bit & 1) bits.push_back(bit);
    if (packed) bits.push_back(virtio::kRingPacked);
    if (!driver.negotiate(bits)) return false;
    if (!driver.add_queue(0, 16) || !driver.add_queue(1, 16)) return false;
    driver.start();
    return true;
  }

  /// A request: type, then 32-bit fields.
  static Bytes request(GpuType type, std::initializer_list<std::uint32_t> fields = {},
                       std::uint32_t flags = 0, std::uint64_t fence = 0) {
    Bytes bytes(24 + 4 * fields.size());
    virtio::put_le32(&bytes[0], static_cast<std::uint32_t>(type));
    virtio::put_le32(&bytes[4], flags);
    virtio::put_le64(&bytes[8], fence);
    std::size_t at = 24;
    for (std::uint32_t field : fields) {
      virtio::put_le32(&bytes[at], field);
      at += 4;
    }
    return bytes;
  }

  /// Sends it and gives the answer; empty if nothing was written, or none came.
  Bytes send(const Bytes& bytes, std::uint32_t room = 2048, unsigned queue = 0) {
    const std::uint64_t out = arena.take(bytes.size() + 1, 16), in = arena.take(room + 1, 16);
    memory.write(out, bytes.data(), bytes.size());
    std::vector<Piece> writable;
    if (room != 0) writable.push_back({in, room});
    driver.queue(queue).add({{out, static_cast<std::uint32_t>(bytes.size())}}, writable, 0,
                            Form::Direct);
    driver.submit(queue);
    if (!driver.wait_used(queue, {10, sc_core::SC_MS})) return {};
    const auto done = driver.queue(queue).next_used();
    Bytes answer(done->written.value_or(0));
    memory.read(in, answer.data(), answer.size());
    return answer;
  }
  /// The type of the answer.
  int ask(GpuType type, std::initializer_list<std::uint32_t> fields = {}, unsigned queue = 0) {
    return type_of(send(request(type, fields), 2048, queue));
  }
  static int type_of(const Bytes& answer) {
    return answer.size() < 24 ? -1 : static_cast<int>(virtio::get_le32(answer.data()));
  }

  /// A picture in guest memory, the same for each seed; a resource with it, transferred.
  std::uint64_t paint(std::uint32_t width, std::uint32_t height, std::uint32_t seed) {
    const std::uint64_t at = arena.take(std::uint64_t{width} * height * 4, 4096);
    std::vector<std::uint32_t> pixels(std::size_t{width} * height);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = color(seed, i);
    memory.write(at, pixels.data(), pixels.size() * 4);
    return at;
  }
  static std::uint32_t color(std::uint32_t seed, std::size_t index) {
    return static_cast<std::uint32_t>((index + 1) * (seed * 2 + 1) * 2654435761u) | 0xff000000;
  }
  void make_picture(std::uint32_t id, std::uint32_t width, std::uint32_t height,
                    std::uint32_t seed) {
    const std::uint64_t at = paint(width, height, seed);
    const int ok = static_cast<int>(GpuType::OkNoData);
    BOOST_TEST(ask(GpuType::ResourceCreate2d, {id, 1, width, height}) == ok);
    BOOST_TEST(ask(GpuType::ResourceAttachBacking,
                   {id, 1, low(at), high(at), width * height * 4, 0}) == ok);
    BOOST_TEST(ask(GpuType::TransferToHost2d, {0, 0, width, height, 0, 0, id, 0}) == ok);
  }

  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

  backend::Display& display() { return sim.model<backend::Display>("d.device.display"); }
  std::uint32_t config(std::size_t offset) {
    std::uint8_t bytes[4];
    access.read_config(offset, bytes, 4);
    return virtio::get_le32(bytes);
  }

  static constexpr int kOk = static_cast<int>(GpuType::OkNoData);
  static constexpr int kUnspec = static_cast<int>(GpuType::ErrUnspec);
  static constexpr int kNoMemory = static_cast<int>(GpuType::ErrOutOfMemory);
  static constexpr int kBadScanout = static_cast<int>(GpuType::ErrInvalidScanoutId);
  static constexpr int kBadResource = static_cast<int>(GpuType::ErrInvalidResourceId);
  static constexpr int kBadParameter = static_cast<int>(GpuType::ErrInvalidParameter);
};

}  // namespace ringside::test
