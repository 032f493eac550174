// SPDX-License-Identifier: Apache-2.0
#include "net_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

enum Command { kTxSet, kRxSet, kVqSet, kVqGet };

void arrive(NetBench& b, unsigned frames) {
  for (unsigned i = 0; i < frames; ++i) b.wire.arrive(frame_to(kStation));
  settle(0.1);
}

}  // namespace

SIM_TEST_CASE(notifications_wait_for_packets_or_time) {
  NetBench b("event_idx: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    b.post(60, 1600);
    arrive(b, 1);
    BOOST_TEST(b.access.queue_interrupts(0) == 1u);  // at once, as ever
    BOOST_TEST(b.ack(6, kRxSet, Fields().le32(5).le32(100)) == 0);
    // Time: the first packet starts the clock.
    arrive(b, 1);
    settle(50);
    arrive(b, 1);
    settle(49);
    BOOST_TEST(b.access.queue_interrupts(0) == 1u);
    settle(2);
    BOOST_TEST(b.access.queue_interrupts(0) == 2u);
    BOOST_TEST(b.device.queue(0).interrupts.value() == 2u);
    settle(500);
    BOOST_TEST(b.access.queue_interrupts(0) == 2u);
    // Packets.
    arrive(b, 4);
    BOOST_TEST(b.access.queue_interrupts(0) == 2u);
    arrive(b, 1);
    BOOST_TEST(b.access.queue_interrupts(0) == 3u);
    settle(500);
    BOOST_TEST(b.access.queue_interrupts(0) == 3u);
    // New settings that are met at once.
    arrive(b, 3);
    BOOST_TEST(b.ack(6, kRxSet, Fields().le32(3).le32(100)) == 0);
    BOOST_TEST(b.access.queue_interrupts(0) == 4u);
    arrive(b, 2);
    BOOST_TEST(b.ack(6, kRxSet, Fields().le32(0).le32(0)) == 0);  // off
    BOOST_TEST(b.access.queue_interrupts(0) == 5u);
    arrive(b, 1);
    BOOST_TEST(b.access.queue_interrupts(0) == 6u);
  });
}

SIM_TEST_CASE(suppressed_notifications_stay_suppressed) {
  SPEC("net.notifications-coalescing.7");
  NetBench b("event_idx: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    b.post(60, 1600);
    BOOST_TEST(b.ack(6, kRxSet, Fields().le32(2).le32(10)) == 0);
    b.driver.queue(0).disable_interrupts();
    arrive(b, 5);
    settle(100);
    BOOST_TEST(b.access.queue_interrupts(0) == 0u);
  });
}

SIM_TEST_CASE(transmit_notifications_are_coalesced_too) {
  NetBench b("event_idx: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(b.ack(6, kTxSet, Fields().le32(8).le32(50)) == 0);
    const std::uint64_t at = b.arena.take(100, 16);
    for (unsigned i = 0; i < 3; ++i) {
      b.driver.queue(1).add({{at, 100}}, {}, i, Form::Direct);
      b.driver.submit(1);
      settle();
    }
    BOOST_TEST(b.wire.sent.size() == 3u);
    BOOST_TEST(b.access.queue_interrupts(1) == 0u);
    settle(50);
    BOOST_TEST(b.access.queue_interrupts(1) == 1u);
  });
}

SIM_TEST_CASE(settings_belong_to_queues) {
  SPEC("net.notifications-coalescing.1");
  SPEC("net.notifications-coalescing.2");
  SPEC("net.notifications-coalescing.3");
  SPEC("net.notifications-coalescing.4");
  SPEC("net.notifications-coalescing.5");
  SPEC("net.notifications-coalescing.6");
  SPEC("net.notifications-coalescing.8");
  NetBench b("pairs: 2");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const auto settings = [&](unsigned queue) {
      const Answer a = b.command(6, kVqGet, Fields().le16(queue).le16(0xffff).le64(0), 8);
      if (a.ack != 0) return std::string("error");
      return std::to_string(le(a.result, 0, 4)) + "/" + std::to_string(le(a.result, 4, 4));
    };
    const auto set = [&](unsigned queue, unsigned packets, unsigned usecs) {
      return b.ack(6, kVqSet, Fields().le16(queue).le16(0xffff).le32(packets).le32(usecs));
    };
    for (unsigned q = 0; q < 4; ++q) BOOST_TEST(settings(q) == "0/0");
    // The sequence of 5.1.6.5.9.
    BOOST_TEST(b.ack(6, kRxSet, Fields().le32(1).le32(11)) == 0);
    BOOST_TEST(settings(0) == "1/11");
    BOOST_TEST(settings(1) == "0/0");
    BOOST_TEST(settings(2) == "1/11");
    BOOST_TEST(set(0, 2, 22) == 0);
    BOOST_TEST(settings(0) == "2/22");
    BOOST_TEST(settings(2) == "1/11");
    BOOST_TEST(set(1, 4, 44) == 0);
    BOOST_TEST(settings(3) == "0/0");
    BOOST_TEST(b.ack(6, kTxSet, Fields().le32(5).le32(55)) == 0);
    BOOST_TEST(settings(1) == "5/55");
    BOOST_TEST(settings(3) == "5/55");
    // Not receive or transmit queues, or not enabled.
    for (unsigned q : {4u, 5u, 0xffffu}) {
      BOOST_TEST(settings(q) == "error");
      BOOST_TEST(set(q, 1, 1) == 1);
    }
    b.access.reset_queue(0);
    b.access.reset_queue(1);
    BOOST_TEST(settings(0) == "error");
    BOOST_TEST(set(1, 1, 1) == 1);
    // Enabled again: what the commands for all queues have set.
    BOOST_REQUIRE(b.driver.add_queue(0, NetBench::kSize));
    BOOST_REQUIRE(b.driver.add_queue(1, NetBench::kSize));
    BOOST_TEST(settings(0) == "1/11");
    BOOST_TEST(settings(1) == "5/55");
    BOOST_TEST(b.ack(6, kTxSet, Bytes(7)) == 1);
    BOOST_TEST(b.ack(6, kVqSet, Bytes(11)) == 1);
    BOOST_TEST(b.ack(6, kVqGet, Bytes(3)) == 1);
    BOOST_TEST(b.ack(6, 4, Bytes(12)) == 1);
    BOOST_REQUIRE(b.start_with_all());
    for (unsigned q = 0; q < 4; ++q) BOOST_TEST(settings(q) == "0/0");
    // Never set: 0 again.
    BOOST_TEST(set(2, 3, 33) == 0);
    b.access.reset_queue(2);
    BOOST_REQUIRE(b.driver.add_queue(2, NetBench::kSize));
    BOOST_TEST(settings(2) == "0/0");
  });
}
