// SPDX-License-Identifier: Apache-2.0
// What exactly a packed ring reads and writes, and when.
#include "unit/virtio-ring/ring_bench.h"

using namespace ringside;
using namespace ringside::test;
using Log = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(packed_ring)

BOOST_AUTO_TEST_CASE(one_request) {
  RingBench b(packed_layout(7));
  b.add(16, 32);
  auto chain = b.pop();
  CHECK_LOG(b, Log{"r descriptor desc+0 16 #0", "w suppression device+0 4 #0",
                   "r descriptor desc+16 16 #0"});
  BOOST_TEST(b.memory.load<std::uint32_t>(b.place.device_area) == 0x10000u);  // disabled
  b.queue.push(std::move(chain), 32);
  BOOST_TEST(!b.queue.pop());
  CHECK_LOG(b, Log{"r descriptor desc+32 16 #1", "w suppression device+0 4 #1",
                   "r descriptor desc+32 16 #1"});
  BOOST_TEST(b.memory.load<std::uint32_t>(b.place.device_area) == 0u);  // enabled
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring desc+8 8 #1", "r suppression driver+0 4 #1"});
  BOOST_TEST(b.notifications == 1u);
}

BOOST_AUTO_TEST_CASE(event_index_asks_for_the_next_descriptor) {
  auto layout = packed_layout(3);
  layout.event_idx = true;
  RingBench b(layout);
  unsigned slot = 0;
  bool wrap = true;
  for (unsigned i = 0; i < 10; ++i) {
    b.add(1, 1);
    b.queue.push(b.pop(), 1);
    BOOST_TEST(!b.queue.pop());
    b.queue.flush();
    BOOST_TEST_REQUIRE(b.driver->next_used().has_value());
    slot += 2;
    if (slot >= 3) {
      slot -= 3;
      wrap = !wrap;
    }
    BOOST_TEST(b.memory.load<std::uint16_t>(b.place.device_area) == (slot | (wrap ? 0x8000 : 0)));
    BOOST_TEST(b.memory.load<std::uint16_t>(b.place.device_area + 2) == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_appears_at_once) {
  RingBench b(packed_layout(8));
  for (unsigned i = 0; i < 4; ++i) b.add(0, 8, i);
  for (unsigned i = 0; i < 4; ++i) b.queue.push(b.pop(), i + 1);
  b.take_log();
  b.queue.flush();
  // The others in one write that leaves the first address alone; the first descriptor last.
  CHECK_LOG(b, Log{"w used_ring desc+24 40 #4", "w used_ring desc+8 8 #4",
                   "r suppression driver+0 4 #4"});
  for (unsigned i = 0; i < 4; ++i) {
    const auto done = b.driver->next_used();
    BOOST_TEST_REQUIRE(done.has_value());
    BOOST_TEST(done->token == i);
    BOOST_TEST(done->written.value() == i + 1);
  }
}

BOOST_AUTO_TEST_CASE(used_descriptors_of_lists_lie_apart) {
  RingBench b(packed_layout(8));
  for (unsigned i = 0; i < 3; ++i) b.add(1, 8, i);
  for (unsigned i = 0; i < 3; ++i) b.queue.push(b.pop(), 8);
  b.take_log();
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring desc+40 8 #3", "w used_ring desc+72 8 #3",
                   "w used_ring desc+8 8 #3", "r suppression driver+0 4 #3"});
}

BOOST_AUTO_TEST_CASE(in_order_batches_have_one_descriptor) {
  auto layout = packed_layout(8);
  layout.in_order = true;
  RingBench b(layout);
  for (unsigned i = 0; i < 3; ++i) b.add(1, 8, i);
  for (unsigned i = 0; i < 3; ++i) b.queue.push(b.pop(), 8);
  b.take_log();
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring desc+8 8 #3", "r suppression driver+0 4 #3"});
  for (unsigned i = 0; i < 3; ++i) BOOST_TEST(b.driver->next_used().has_value());
  b.add(1, 8, 7);
  b.queue.push(b.pop(), 8);
  b.take_log();
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring desc+104 8 #4", "r suppression driver+0 4 #4"});
}

BOOST_AUTO_TEST_CASE(unpop_across_the_end_of_the_ring) {
  RingBench b(packed_layout(3));
  for (unsigned i = 0; i < 20; ++i) {
    b.add(1, 1, i);
    auto first = b.pop();
    const auto request = first->request();
    b.queue.unpop(std::move(first));
    auto again = b.pop();
    BOOST_TEST(again->request() == request);
    b.queue.push(std::move(again), 1);
    b.queue.flush();
    const auto done = b.driver->next_used();
    BOOST_TEST_REQUIRE(done.has_value());
    BOOST_TEST(done->token == i);
  }
}

BOOST_AUTO_TEST_SUITE_END()
