// SPDX-License-Identifier: Apache-2.0
// Reset of the device and of a queue while requests are under way; more than one queue.
#include "rtl/chains.h"

using namespace ringside::test;

namespace {

DutSettings slow(std::uint64_t seed) {
  DutSettings settings;
  settings.timing = {10, 30, 20, true, seed};
  settings.stream_stall = 20;
  return settings;
}

struct ResetBench : RtlBench {
  explicit ResetBench(const DutSettings& settings) : RtlBench(settings) {}
  std::uint64_t data = arena.take(0x8000, 4096);

  void submit(unsigned queue, std::uint32_t bytes = 3000) {
    const std::uint64_t at = data + 0x4000 * queue;
    driver.queue(queue).add({{at, bytes}}, {{at + 0x2000, bytes}}, queue, Form::Direct);
    driver.submit(queue);
  }
  bool used(unsigned queue) {
    pass(40);
    return driver.queue(queue).next_used().has_value();
  }
};

}  // namespace

SIM_TEST_CASE(a_reset_ends_when_nothing_is_under_way_any_more) {
  ResetBench bench(slow(3));
  bench.run([&] {
    for (unsigned nanoseconds = 0; nanoseconds < 6000; nanoseconds += 92) {
      bench.arena.release_all();
      bench.data = bench.arena.take(0x8000, 4096);
      BOOST_REQUIRE(bench.driver.bring_up({32, nanoseconds % 8 != 0 ? 34u : 29u}, 8));
      bench.submit(0);
      sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
      bench.access.set_status(0);
      for (unsigned tries = 0; bench.access.status() != 0; ++tries) {
        BOOST_REQUIRE(tries < 100);
        bench.pass(1);
      }
      unsigned accesses = 0;
      bench.dut->observer = [&](const ringside::cosim::BusAccess&) { ++accesses; };
      const auto interrupts = bench.access.queue_interrupts(0);
      bench.pass(20);
      BOOST_TEST(accesses == 0u);
      BOOST_TEST(bench.access.queue_interrupts(0) == interrupts);
      bench.dut->observer = nullptr;
    }
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    bench.submit(0);
    BOOST_TEST(bench.used(0));
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(chains_move_after_resets_in_the_midst_of_them) {
  ResetBench bench(slow(4));
  bench.run([&] {
    for (unsigned round = 0; round < 20; ++round) {
      BOOST_REQUIRE(bench.driver.bring_up({32}, 16));
      for (unsigned i = 0; i < 4; ++i) bench.submit(0, 500);
      bench.pass(1 + round % 5);
      ChainsOptions options;
      options.packed = round % 2 != 0;
      options.chains = 20;
      options.seed = round;
      BOOST_TEST(move_chains(bench, options) == "");
    }
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(a_device_part_that_never_answers_can_be_reset) {
  ResetBench bench(slow(5));
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    bench.dut->hold = true;
    bench.submit(0);
    bench.pass(20);
    BOOST_TEST(!bench.driver.queue().used_waiting());
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    bench.dut->hold = false;
    bench.submit(0);
    BOOST_TEST(bench.used(0));
    BOOST_TEST(bench.dut->requests == 1u);
  });
}

SIM_TEST_CASE(one_queue_is_reset_and_the_other_goes_on) {
  ResetBench bench(slow(6));
  bench.run([&] {
    for (const bool in_flight : {false, true}) {
      BOOST_REQUIRE(bench.driver.negotiate({32, 40}));
      BOOST_REQUIRE(bench.driver.add_queue(0, 8));
      BOOST_REQUIRE(bench.driver.add_queue(1, 8));
      bench.driver.start();
      bench.dut->hold = in_flight;
      bench.submit(0);
      if (in_flight) {
        bench.pass(20);
        BOOST_TEST(!bench.driver.queue(0).used_waiting());
        bench.submit(1);  // waits behind it
      } else {
        BOOST_TEST(bench.used(0));
      }
      bench.access.reset_queue(0);
      bench.dut->hold = false;
      for (unsigned tries = 0; bench.access.queue_resetting(0); ++tries) {
        BOOST_REQUIRE(tries < 100);
        bench.pass(1);
      }
      BOOST_TEST(!bench.access.queue_enabled(0));
      BOOST_TEST(bench.access.queue_max_size(0) == 256u);
      if (in_flight) BOOST_TEST(!bench.driver.queue(0).used_waiting());
      if (!in_flight) bench.submit(1);
      BOOST_TEST(bench.used(1));
      BOOST_REQUIRE(bench.driver.add_queue(0, 16));
      bench.submit(0);
      BOOST_TEST(bench.used(0));
      BOOST_TEST(bench.access.status() == 0xfu);
    }
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(a_queue_is_not_reset_without_the_feature) {
  ResetBench bench(slow(7));
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    bench.access.reset_queue(0);
    BOOST_TEST(bench.access.queue_enabled(0));
    bench.submit(0);
    BOOST_TEST(bench.used(0));
  });
}

SIM_TEST_CASE(queues_are_served_in_turn) {
  ResetBench bench(slow(8));
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.negotiate({32, 34}));
    for (unsigned queue : {0u, 1u}) BOOST_REQUIRE(bench.driver.add_queue(queue, 32));
    bench.driver.start();
    std::string order;
    bench.dut->observer = [&](const ringside::cosim::BusAccess& access) {
      if (access.step == 6) order += static_cast<char>('0' + access.queue);
    };
    for (unsigned i = 0; i < 5; ++i)
      for (unsigned queue : {0u, 1u}) bench.submit(queue, 64);
    bench.pass(60);
    BOOST_TEST(order == "1010101010");
    for (unsigned queue : {0u, 1u}) BOOST_TEST(bench.access.queue_interrupts(queue) == 5u);
  });
}

SIM_TEST_CASE(a_queue_whose_requests_are_not_taken_waits) {
  ResetBench bench(slow(9));
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.negotiate({32}));
    for (unsigned queue : {0u, 1u}) BOOST_REQUIRE(bench.driver.add_queue(queue, 8));
    bench.driver.start();
    bench.dut->serve = 2;
    bench.submit(0);
    bench.submit(1);
    BOOST_TEST(bench.used(1));
    BOOST_TEST(!bench.driver.queue(0).used_waiting());
    bench.dut->serve = 3;
    bench.submit(0);
    BOOST_TEST(bench.used(0));
    BOOST_TEST(bench.used(0));
  });
}
