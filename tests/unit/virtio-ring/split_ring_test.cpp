// SPDX-License-Identifier: Apache-2.0
// What exactly a split ring reads and writes, and when.
#include "unit/virtio-ring/ring_bench.h"

using namespace ringside;
using namespace ringside::test;
using Log = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(split_ring)

BOOST_AUTO_TEST_CASE(one_request_without_event_index) {
  RingBench b(split_layout(8));
  b.add(16, 32);
  auto chain = b.pop();
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #0", "w suppression device+0 2 #0",
                   "r avail_ring driver+4 2 #0", "r descriptor desc+0 16 #0",
                   "r descriptor desc+16 16 #0"});
  b.queue.push(std::move(chain), 32);
  CHECK_LOG(b, Log{});
  BOOST_TEST(!b.queue.pop());
  // Dry: notifications on, then a last look.
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #1", "w suppression device+0 2 #1",
                   "r avail_index driver+2 2 #1"});
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring device+4 8 #1", "w used_index device+2 2 #1",
                   "r suppression driver+0 2 #1"});
  BOOST_TEST(b.notifications == 1u);
  BOOST_TEST(!b.queue.pop());
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #1"});
}

BOOST_AUTO_TEST_CASE(one_request_with_event_index) {
  auto layout = split_layout(8);
  layout.event_idx = true;
  RingBench b(layout);
  b.add(16, 32);
  auto chain = b.pop();
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #0", "r avail_ring driver+4 2 #0",
                   "r descriptor desc+0 16 #0", "r descriptor desc+16 16 #0",
                   "w suppression device+68 2 #0"});
  BOOST_TEST(!b.queue.pop());
  b.queue.push(std::move(chain), 32);
  b.queue.flush();
  CHECK_LOG(b, Log{"r avail_index driver+2 2 #1", "w used_ring device+4 8 #1",
                   "w used_index device+2 2 #1", "r suppression driver+20 2 #1"});
}

BOOST_AUTO_TEST_CASE(indirect_tables_are_read_in_blocks) {
  RingBench b(split_layout(8));
  std::vector<Piece> pieces(40, Piece{b.in, 1});
  BOOST_TEST_REQUIRE(b.driver->add(pieces, {{b.out, 4}}, 0, Form::Indirect));
  b.driver->publish();
  const auto chain = b.pop();
  BOOST_TEST(chain->readable().size() == 40u);
  BOOST_TEST(chain->readable_bytes() == 40u);
  BOOST_TEST(chain->writable_bytes() == 4u);
  std::vector<std::size_t> reads;
  for (const auto& a : b.memory.log)
    if (a.step == Step::IndirectTable) reads.push_back(a.bytes);
  BOOST_TEST(reads == (std::vector<std::size_t>{32 * 16, 9 * 16}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(heads_are_read_ahead_up_to_the_end_of_the_ring) {
  RingBench b(split_layout(8));
  for (unsigned round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 5; ++i) b.add(1, 0);
    b.take_log();
    for (unsigned i = 0; i < 5; ++i) b.queue.push(b.pop(), 0);
    b.queue.flush();
    while (b.driver->next_used()) {
    }
    std::vector<std::size_t> heads, used;
    for (const auto& a : b.memory.log) {
      if (a.step == Step::AvailRing) heads.push_back(a.bytes);
      if (a.step == Step::UsedRing) used.push_back(a.bytes);
    }
    // Positions 0 to 4, then 5 to 7 and 0 to 1: used elements likewise, each stretch in one write.
    const std::vector<std::size_t> stretches =
        round == 0 ? std::vector<std::size_t>{5} : std::vector<std::size_t>{3, 2};
    BOOST_TEST_REQUIRE(heads.size() == stretches.size());
    BOOST_TEST_REQUIRE(used.size() == stretches.size());
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      BOOST_TEST(heads[i] == 2 * stretches[i]);
      BOOST_TEST(used[i] == 8 * stretches[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(event_index_follows_every_pop) {
  auto layout = split_layout(8);
  layout.event_idx = true;
  RingBench b(layout);
  const std::uint64_t avail_event = b.place.device_area + 4 + 8 * 8;
  for (unsigned i = 0; i < 3; ++i) b.add(1, 0);
  for (unsigned i = 0; i < 3; ++i) {
    b.queue.push(b.pop(), 0);
    BOOST_TEST(b.memory.load<std::uint16_t>(avail_event) == i + 1);
  }
}

BOOST_AUTO_TEST_CASE(notification_data_saves_reading_the_index) {
  RingBench b(split_layout(8));
  b.add(1, 0);
  b.queue.kick(1);
  b.pop();
  for (const auto& a : b.memory.log) BOOST_TEST((a.step != Step::AvailIndex));
}

BOOST_AUTO_TEST_CASE(late_and_absurd_notification_data_is_ignored) {
  RingBench b(split_layout(8));
  b.add(1, 0);
  b.queue.push(b.pop(), 0);
  b.queue.kick(0);   // late
  b.queue.kick(10);  // more than the ring holds
  b.queue.kick(0xffff);
  BOOST_TEST(!b.queue.pop());
  BOOST_TEST(b.broken.empty());
}

BOOST_AUTO_TEST_CASE(in_order_batches_have_one_element) {
  auto layout = split_layout(16);
  layout.in_order = true;
  RingBench b(layout);
  for (unsigned i = 0; i < 6; ++i) b.add(1, i == 3 ? 8 : 0, i);
  std::vector<virtio::ChainPtr> chains;
  for (unsigned i = 0; i < 6; ++i) chains.push_back(b.pop());
  b.take_log();
  // Requests 5, 4 and 0 first: only 0 can be published.
  b.queue.push(std::move(chains[5]), 0);
  b.queue.push(std::move(chains[4]), 0);
  b.queue.flush();
  CHECK_LOG(b, Log{});
  b.queue.push(std::move(chains[0]), 0);
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring device+4 8 #6", "w used_index device+2 2 #6",
                   "r suppression driver+0 2 #6"});
  // 1 to 3 are one batch, because 3 was not written in full; 4 and 5 are another.
  b.queue.push(std::move(chains[1]), 0);
  b.queue.push(std::move(chains[2]), 0);
  b.queue.push(std::move(chains[3]), 5);
  b.queue.flush();
  CHECK_LOG(b, Log{"w used_ring device+12 8 #6", "w used_ring device+36 8 #6",
                   "w used_index device+2 2 #6", "r suppression driver+0 2 #6"});
  for (unsigned i = 0; i < 6; ++i) {
    const auto done = b.driver->next_used();
    BOOST_TEST_REQUIRE(done.has_value());
    BOOST_TEST(done->token == i);
    if (i == 3) BOOST_TEST(done->written.value() == 5u);
    if (i == 4) BOOST_TEST(!done->written.has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
