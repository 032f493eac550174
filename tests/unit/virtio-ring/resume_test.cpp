// SPDX-License-Identifier: Apache-2.0
// A queue that has been stopped goes on where it was.
#include "unit/virtio-ring/ring_bench.h"

using namespace ringside;
using namespace ringside::test;
using Log = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(resume)

namespace {

virtio::QueueLayout with_event_idx(virtio::QueueLayout layout) {
  layout.event_idx = true;
  return layout;
}

/// One request there and back.
void turn(RingBench& b) {
  b.add(16, 32);
  b.queue.push(b.pop(), 32);
  b.queue.flush();
  BOOST_TEST(!b.queue.pop());
  BOOST_TEST_REQUIRE(b.driver->next_used().has_value());
}

/// Stops the queue and has it go on; `spoil` is what somebody else has written into the device's
/// area meanwhile.
void go_on(RingBench& b, std::uint64_t spoiled, std::uint32_t value, unsigned bytes) {
  auto layout = b.layout;
  layout.resume = b.queue.position();
  b.queue.disable();
  b.memory.write(b.place.device_area + spoiled, &value, bytes);
  b.queue.enable(layout);
  b.take_log();
}

}  // namespace

BOOST_AUTO_TEST_CASE(split) {
  RingBench b(split_layout(4));
  for (unsigned i = 0; i < 7; ++i) turn(b);
  BOOST_TEST(b.queue.position().avail == 7);
  BOOST_TEST(b.queue.position().used == 7);
  go_on(b, 0, 1, 2);  // notifications are off
  BOOST_TEST(!b.queue.pop());
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #0", "w suppression device+0 2 #0",
                   "r avail_index driver+2 2 #0"});
  for (unsigned i = 0; i < 7; ++i) turn(b);
  BOOST_TEST(b.queue.position().avail == 14);
}

BOOST_AUTO_TEST_CASE(split_with_event_index) {
  RingBench b(with_event_idx(split_layout(4)));
  for (unsigned i = 0; i < 7; ++i) turn(b);
  go_on(b, 4 + 8 * 4, 0x1234, 2);  // another event index
  BOOST_TEST(!b.queue.pop());
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #0", "w suppression device+36 2 #0",
                   "r avail_index driver+2 2 #0"});
  BOOST_TEST(b.memory.load<std::uint16_t>(b.place.device_area + 36) == 7);
  for (unsigned i = 0; i < 7; ++i) turn(b);
  BOOST_TEST(b.queue.position().used == 14);
}

BOOST_AUTO_TEST_CASE(split_takes_what_came_while_it_was_stopped) {
  RingBench b(with_event_idx(split_layout(4)));
  for (unsigned i = 0; i < 3; ++i) turn(b);
  b.add(16, 32);
  go_on(b, 4 + 8 * 4, 3, 2);
  b.queue.push(b.pop(), 32);
  b.queue.flush();
  BOOST_TEST(b.driver->next_used().has_value());
  // Interrupts are decided from where the used index was.
  BOOST_TEST(b.memory.load<std::uint16_t>(b.place.device_area + 2) == 4);
}

BOOST_AUTO_TEST_CASE(packed) {
  for (const bool event_idx : {false, true}) {
    RingBench b(event_idx ? with_event_idx(packed_layout(7)) : packed_layout(7));
    BOOST_TEST(b.queue.position().avail == 0x8000);
    BOOST_TEST(b.queue.position().used == 0x8000);
    for (unsigned i = 0; i < 5; ++i) turn(b);
    // 10 slots of 7: the second lap.
    BOOST_TEST(b.queue.position().avail == 3);
    BOOST_TEST(b.queue.position().used == 3);
    go_on(b, 0, 0x10000, 4);  // events disabled
    BOOST_TEST(!b.queue.pop());
    CHECK_LOG(b, Log{"r descriptor desc+48 16 #0", "w suppression device+0 4 #0",
                     "r descriptor desc+48 16 #0"});
    for (unsigned i = 0; i < 5; ++i) turn(b);
    BOOST_TEST(b.queue.position().avail == (0x8000 | 6));
  }
}

BOOST_AUTO_TEST_SUITE_END()
