// SPDX-License-Identifier: Apache-2.0
// Drivers that reset a device or a queue in the middle of things and go on at once, while accesses
// of the former life still wait for their answers.
#include "hostile/attack.h"

using namespace ringside::test;

namespace {

enum class Means { Device, Queue, Machine };

void interrupt_everything(bool packed, Means means) {
  LoopbackBench bench("packed: true, in_order: true");
  bench.memory.latency = sc_core::sc_time(20, sc_core::SC_NS);
  bench.driver.impatient = true;
  unsigned at_work = 0;
  bench.run(
      [&] {
        for (unsigned i = 0; i < 400; ++i) {
          Driver::Bits bits{28, 32, 40};
          if (packed) bits.push_back(34);
          if (i % 2) bits.push_back(29);
          if (i % 3 == 0) bits.push_back(35);
          bench.device.order = static_cast<Loopback::Order>(i % 4);
          bench.arena.release_all();
          BOOST_TEST_REQUIRE(bench.driver.bring_up(bits, 16));
          const auto in = bench.arena.take(0x6000, 16), out = bench.arena.take(0x6000, 16);
          for (unsigned k = 0; k < 6; ++k)
            BOOST_TEST_REQUIRE(bench.driver.queue().add({{in, 0x5000}}, {{out, 0x5000}}, k,
                                                        k % 2 ? Form::Direct : Form::Indirect));
          bench.driver.submit();
          sc_core::wait(sc_core::sc_time(1 + i * 7 % 3000, sc_core::SC_NS));
          at_work += bench.device.queue(0).in_flight();
          if (means == Means::Queue) {
            bench.access.reset_queue(0);
            BOOST_TEST_REQUIRE(bench.driver.add_queue(0, 8));
            const auto a = bench.arena.take(8, 8);
            bench.memory.store<std::uint64_t>(a, 5);
            BOOST_TEST_REQUIRE(bench.driver.queue().add({{a, 4}}, {{a + 4, 4}}, 77, Form::Direct));
            bench.driver.submit();
            BOOST_TEST_REQUIRE(bench.driver.wait_used(0, {1, sc_core::SC_MS}));
            const auto used = bench.driver.queue().next_used();
            BOOST_TEST_REQUIRE(used.has_value());
            BOOST_TEST(used->token == 77u);
            BOOST_TEST(bench.memory.load<std::uint32_t>(a + 4) == ~5u);
            BOOST_TEST(!bench.driver.queue().used_waiting());
          } else if (means == Means::Machine) {
            bench.sim.platform.request_reset();
            sc_core::wait(sc_core::sc_time(1, sc_core::SC_NS));
          }
          if (i % 10 == 0) {
            Combination c;
            c.packed = packed;
            c.event_idx = i % 20 == 0;
            c.requests = 20;
            const Outcome outcome =
                exercise(bench.driver, bench.access, bench.memory, bench.arena, c, i);
            BOOST_TEST(outcome.ok, outcome.why);
          }
          BOOST_TEST((bench.access.status() & kNeedsReset) == 0);
        }
      },
      {10, sc_core::SC_SEC});
  BOOST_TEST(at_work > 100u, "most resets come while the device accesses memory");
}

}  // namespace

SIM_TEST_CASE(split_device_reset_at_any_moment) {
  interrupt_everything(false, Means::Device);
}
SIM_TEST_CASE(packed_device_reset_at_any_moment) {
  interrupt_everything(true, Means::Device);
}
SIM_TEST_CASE(split_queue_reset_at_any_moment) {
  interrupt_everything(false, Means::Queue);
}
SIM_TEST_CASE(packed_queue_reset_at_any_moment) {
  interrupt_everything(true, Means::Queue);
}
SIM_TEST_CASE(split_machine_reset_at_any_moment) {
  interrupt_everything(false, Means::Machine);
}
SIM_TEST_CASE(packed_machine_reset_at_any_moment) {
  interrupt_everything(true, Means::Machine);
}
