// SPDX-License-Identifier: Apache-2.0
// The administration virtqueue as a virtqueue: packed, reset, suspended.
#include "admin_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(any_ring_carries_commands) {
  AdminBench b(", packed: true, in_order: true");
  b.memory.latency = sc_core::sc_time(50, sc_core::SC_NS);
  b.run([&] {
    for (const Driver::Bits& ring :
         {Driver::Bits{29}, Driver::Bits{34}, Driver::Bits{29, 34, 35}}) {
      BOOST_TEST_REQUIRE(b.bring_up(ring));
      BOOST_TEST(b.command(kListUse, b.words({0x3f83})) == kDone);
      BOOST_TEST(b.command(kCapGet, b.cap(Managed::kCap)) == kDone);
    }
  });
}

SIM_TEST_CASE(a_reset_of_the_queue_keeps_what_it_has_done) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({40}));
    BOOST_TEST(b.command(kListUse, b.words({0x3f83})) == kDone);
    b.access.reset_queue(1);
    BOOST_TEST(!b.access.queue_enabled(1));
    BOOST_TEST_REQUIRE(b.driver.add_queue(1, 8));
    BOOST_TEST(b.command(kCapGet, b.cap(Managed::kCap)) == kDone);
  });
}

SIM_TEST_CASE(a_reset_in_the_middle_of_a_command) {
  AdminBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 4; ++step) {
      BOOST_TEST_REQUIRE(b.bring_up());
      unsigned seen = 0;
      b.memory.observer = [&](const TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      std::string use(24, '\0');
      use[0] = 1;
      BOOST_REQUIRE(
          b.driver.queue(1).add({b.put(use + b.words({0x83}))}, {b.take(8)}, 1, Form::Direct));
      b.driver.submit(1);
      settle(1000);
      BOOST_TEST(seen == step);
      b.memory.observer = nullptr;
      BOOST_TEST_REQUIRE(b.bring_up());
      BOOST_TEST(b.command(kCapList) == kBadOpcode);  // forgotten, whenever the reset came
    }
  });
}

SIM_TEST_CASE(a_suspended_device_takes_no_commands) {
  AdminBench b(", suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({43}));
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    BOOST_REQUIRE(
        b.driver.queue(1).add({b.put(std::string(24, '\0'))}, {b.take(16)}, 1, Form::Direct));
    b.driver.submit(1);
    BOOST_TEST(!b.driver.wait_used(1, {1, sc_core::SC_MS}));
    b.access.set_status(0x0f);
    BOOST_TEST(b.driver.wait_used(1, {1, sc_core::SC_MS}));
  });
}
