// SPDX-License-Identifier: Apache-2.0
// A balloon beside 64 MiB of RAM. Its driver keeps to the lower half; the upper half is data.
#pragma once

#include "driver/memory_bench.h"
#include "support/spec.h"
#include "virtio/device/balloon.h"

namespace ringside::test {

using virtio::Balloon;

inline void register_balloon(Registry& registry) {
  registry.add<virtio::VirtioDevice, Balloon>("virtio-balloon", "balloon");
  register_memory_bench(registry);
}

struct BalloonBench : MemoryBench<Balloon> {
  static constexpr std::uint64_t kData = kBase + kBytes / 2;
  static constexpr unsigned kInflate = 0, kDeflate = 1, kStats = 2, kHint = 3, kReporting = 4;

  explicit BalloonBench(const std::string& params = "", const std::string& memories = "",
                        const std::string& accuracy = "functional")
      : MemoryBench("{type: virtio-balloon" + (params.empty() ? "" : ", " + params) + "}",
                    register_balloon, memories, accuracy) {}

  /// Negotiates what is offered of these bits, without the reserved ones; sets these queues up.
  bool start(const std::vector<unsigned>& bits = {0, 1, 2, 3, 4, 5},
             const std::vector<unsigned>& queues = {0, 1, 2, 3, 4}) {
    if (!negotiate(bits)) return false;
    for (const unsigned queue : queues)
      if (!driver.add_queue(queue, 16)) return false;
    driver.start();
    return true;
  }
  bool negotiate(std::vector<unsigned> bits) {
    Driver::Bits accept{32};
    bits.push_back(40);
    for (unsigned bit : bits)
      if (access.device_features(bit / 32) >> (bit % 32) & 1) accept.push_back(bit);
    return driver.negotiate(accept);
  }
  std::uint32_t page(std::uint64_t address) { return static_cast<std::uint32_t>(address / kPage); }
  std::vector<std::uint32_t> pages(std::uint64_t address, unsigned count) {
    std::vector<std::uint32_t> list;
    for (unsigned i = 0; i < count; ++i) list.push_back(page(address) + i);
    return list;
  }
  int inflate(const std::vector<std::uint32_t>& list) { return ask(kInflate, {put(list)}, {}); }
  int deflate(const std::vector<std::uint32_t>& list) { return ask(kDeflate, {put(list)}, {}); }
  int hint_command(std::uint32_t id) {
    return ask(kHint, {put(std::vector<std::uint32_t>{id})}, {});
  }
  std::uint32_t num_pages() { return config32(0); }
  std::uint32_t hint_id() { return config32(8); }
  void write32(std::size_t offset, std::uint32_t value) {
    access.write_config(offset, &value, sizeof value);
  }
};

}  // namespace ringside::test
