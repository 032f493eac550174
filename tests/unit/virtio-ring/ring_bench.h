// SPDX-License-Identifier: Apache-2.0
// A queue, its memory and a driver's half, without a device.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "driver/queue.h"
#include "driver/test_memory.h"
#include "virtio/ring/virtqueue.h"

namespace ringside::test {

class RingBench : public virtio::QueueHost {
 public:
  static constexpr std::uint64_t kBase = 0x1'0000'0000;
  static constexpr unsigned kIndex = 3;

  explicit RingBench(virtio::QueueLayout chosen)
      : memory(kBase, 64 << 20),
        arena(kBase, 64 << 20),
        group("test"),
        queue(&group, *this, kIndex, "q") {
    QueueOptions options;
    options.size = chosen.size;
    options.packed = chosen.packed;
    options.event_idx = chosen.event_idx;
    options.in_order = chosen.in_order;
    driver = DriverQueue::make(memory, arena, options);
    place = driver->place();
    layout = chosen;
    layout.descriptor_area = place.descriptor_area;
    layout.driver_area = place.driver_area;
    layout.device_area = place.device_area;
    in = arena.take(0x10000, 4096);
    out = arena.take(0x10000, 4096);
    queue.enable(layout);
    memory.logging = true;
  }

  DmaInterface& dma() override { return memory; }
  std::uint16_t requester_id() const override { return 0x0208; }
  void used_notification(unsigned index) override {
    BOOST_TEST(index == kIndex);
    ++notifications;
  }
  void queue_broken(unsigned index, const std::string& why) override {
    BOOST_TEST(index == kIndex);
    broken.push_back(why);
  }

  void add(std::uint32_t readable, std::uint32_t writable, std::uint64_t token = 0,
           Form form = Form::Direct) {
    std::vector<Piece> from, to;
    if (readable) from.push_back({in, readable});
    if (writable) to.push_back({out, writable});
    BOOST_TEST_REQUIRE(driver->add(from, to, token, form));
    driver->publish();
  }
  virtio::ChainPtr pop() {
    virtio::ChainPtr chain = queue.pop();
    BOOST_TEST_REQUIRE(static_cast<bool>(chain));
    return chain;
  }
  /// "r descriptor+16 16" and so on, with addresses relative to the area they lie in.
  std::vector<std::string> take_log() {
    std::vector<std::string> lines;
    for (const auto& a : memory.log) {
      BOOST_TEST(a.requester_id == 0x0208);
      BOOST_TEST(a.queue == kIndex);
      const std::uint64_t areas[] = {place.descriptor_area, place.driver_area, place.device_area,
                                     in, out};
      const char* names[] = {"desc", "driver", "device", "in", "out"};
      std::string where = "?";
      std::uint64_t best = ~std::uint64_t{0};
      for (int i = 0; i < 5; ++i) {
        if (a.address < areas[i] || a.address - areas[i] >= best) continue;
        best = a.address - areas[i];
        where = std::string(names[i]) + "+" + std::to_string(best);
      }
      lines.push_back(std::string(a.is_write ? "w " : "r ") + to_string(a.step) + " " + where +
                      " " + std::to_string(a.bytes) + " #" + std::to_string(a.request));
    }
    memory.log.clear();
    return lines;
  }

  TestMemory memory;
  Arena arena;
  StatGroup group;
  virtio::Virtqueue queue;
  std::unique_ptr<DriverQueue> driver;
  QueuePlace place;
  virtio::QueueLayout layout;
  std::uint64_t in = 0, out = 0;
  unsigned notifications = 0;
  std::vector<std::string> broken;
};

inline virtio::QueueLayout split_layout(std::uint16_t size) {
  virtio::QueueLayout layout;
  layout.size = size;
  layout.indirect = true;
  return layout;
}

inline virtio::QueueLayout packed_layout(std::uint16_t size) {
  virtio::QueueLayout layout = split_layout(size);
  layout.packed = true;
  return layout;
}

#define CHECK_LOG(bench, ...)                                                         \
  do {                                                                                \
    const std::vector<std::string> expected_log = __VA_ARGS__;                        \
    BOOST_TEST((bench).take_log() == expected_log, boost::test_tools::per_element()); \
  } while (false)

}  // namespace ringside::test
