// SPDX-License-Identifier: Apache-2.0
// Memory statistics (5.5.6.3).
#include "balloon_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

struct Entry {
  std::uint16_t tag;
  std::uint64_t value;
} __attribute__((packed));

struct StatsBench : BalloonBench {
  using BalloonBench::BalloonBench;
  void give(const std::vector<Entry>& entries) {
    BOOST_REQUIRE(driver.queue(kStats).add({put(entries)}, {}, ++given, Form::Direct));
    driver.submit(kStats);
    settle();
  }
  bool asked() { return driver.wait_used(kStats, {1, sc_core::SC_US}); }
  /// Takes the used buffer, as a driver that is asked does.
  void take() { BOOST_TEST(driver.queue(kStats).next_used()->token == given); }
  std::uint64_t value(unsigned tag) { return device.guest_statistics()[tag].value_or(~0ull); }
  std::uint64_t given = 0;
};

}  // namespace

SIM_TEST_CASE(statistics_come_when_they_are_asked_for) {
  StatsBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(!b.call("statistics").contains("memfree"));
    b.give({{4, 1000}, {5, 2000}});
    BOOST_TEST(b.call("statistics")["memfree"].get<std::uint64_t>() == 1000u);
    BOOST_TEST(b.call("statistics")["memtot"].get<std::uint64_t>() == 2000u);
    BOOST_TEST(!b.asked());  // the device keeps the buffer
    b.call("poll_statistics");
    settle();
    BOOST_TEST(b.asked());
    b.take();
    b.call("poll_statistics");  // the driver is at it
    settle();
    BOOST_TEST(b.value(4) == 1000u);
    b.give({{4, 1500}});
    BOOST_TEST(b.value(4) == 1500u);
    BOOST_TEST(!b.device.guest_statistics()[5].has_value());
    BOOST_TEST(b.call("statistics")["actual"].get<std::uint64_t>() == 0u);
  });
}

SIM_TEST_CASE(tags_come_in_any_order_and_unknown_ones_are_ignored) {
  SPEC("balloon.memory-statistics.1");
  SPEC("balloon.memory-statistics.2");
  StatsBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give({{9, 90}, {0xffff, 1}, {0, 10}, {10, 7}, {7, 70}, {3, 30}, {300, 5}});
    BOOST_TEST(b.value(9) == 90u);
    BOOST_TEST(b.value(0) == 10u);
    BOOST_TEST(b.value(7) == 70u);
    BOOST_TEST(b.value(3) == 30u);
    for (const unsigned tag : {1u, 2u, 4u, 5u, 6u, 8u})
      BOOST_TEST(!b.device.guest_statistics()[tag].has_value());
    BOOST_TEST(b.device.status() == 15u);
  });
}

SIM_TEST_CASE(statistics_can_be_asked_for_at_intervals) {
  StatsBench b("statistics_interval: 10ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    for (unsigned i = 0; i < 5; ++i) {
      b.give({{4, i}});
      BOOST_TEST(b.driver.wait_used(b.kStats, {11, sc_core::SC_MS}));
      b.take();
      BOOST_TEST(sc_core::sc_time_stamp() >= sc_core::sc_time(10 * i + 10, sc_core::SC_MS));
    }
    b.call("set_statistics_interval", "{interval: 0}");
    b.give({{4, 9}});
    BOOST_TEST(!b.driver.wait_used(b.kStats, {100, sc_core::SC_MS}));
  });
}

SIM_TEST_CASE(suspending_gives_the_buffer_back_to_the_ring) {
  StatsBench b("suspend: true, statistics_interval: 10ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({0, 1, 3, 4, 5, 43}));
    b.give({{4, 1}});
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    BOOST_TEST(!b.driver.wait_used(b.kStats, {50, sc_core::SC_MS}));
    b.access.set_status(0x0f);
    BOOST_TEST(b.driver.wait_used(b.kStats, {50, sc_core::SC_MS}));
  });
}

SIM_TEST_CASE(resets_forget_the_buffer) {
  StatsBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give({{4, 1}});
    b.access.reset_queue(b.kStats);
    BOOST_TEST_REQUIRE(b.driver.add_queue(b.kStats, 16));
    b.call("poll_statistics");
    settle();
    BOOST_TEST(!b.asked());
    b.give({{4, 2}});
    BOOST_TEST(b.value(4) == 2u);
    b.driver.reset();
    b.call("poll_statistics");
    BOOST_TEST_REQUIRE(b.start());
    b.give({{4, 3}});
    BOOST_TEST(b.value(4) == 3u);
    b.call("poll_statistics");
    settle();
    BOOST_TEST(b.asked());
  });
}

SIM_TEST_CASE(buffers_that_make_no_sense) {
  StatsBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give({{4, 1}});
    // More buffers than the one that there may be wait in the ring, one request each.
    b.give({{4, 2}});
    b.give({{4, 3}});
    for (unsigned i = 1; i <= 3; ++i) {
      BOOST_TEST(b.value(4) == i);
      b.call("poll_statistics");
      settle();
    }
    for (unsigned i = 1; i <= 3; ++i) BOOST_TEST(b.driver.queue(b.kStats).next_used()->token == i);
    // An odd length, and a buffer that is too short for anything.
    const Piece odd = b.put(std::vector<Entry>{{6, 60}, {7, 70}});
    BOOST_TEST(b.driver.queue(b.kStats).add({{odd.address, 19}}, {}, 4, Form::Direct));
    b.driver.submit(b.kStats);
    settle();
    BOOST_TEST(b.value(6) == 60u);
    BOOST_TEST(!b.device.guest_statistics()[7].has_value());
    b.call("poll_statistics");
    settle();
    BOOST_TEST(b.driver.queue(b.kStats).add({{odd.address, 9}}, {}, 5, Form::Direct));
    b.driver.submit(b.kStats);
    settle();
    BOOST_TEST(b.value(6) == 60u);
  });
}
