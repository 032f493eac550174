// SPDX-License-Identifier: Apache-2.0
// Engines: what is fetched at once, how long it takes, when used requests and interrupts are
// collected.
#include "virtio/core/engine.h"

#include "driver/bench.h"
#include "ring_bench.h"
#include "virtio/ring/engine_settings.h"

using namespace ringside;
using namespace ringside::virtio;
using namespace ringside::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

namespace {

struct EngineBench : RingBench {
  using RingBench::RingBench;
  const EngineSettings& engine() const override { return settings; }
  EngineSettings settings;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_split_chain_is_read_so_many_descriptors_at_a_time) {
  EngineBench b(split_layout(16));
  b.settings.descriptor_prefetch = 4;
  b.settings.avail_batch = 2;
  b.add(8, 8);  // descriptors 0 and 1
  b.add(8, 8);
  b.add(8, 8);
  b.pop();
  b.pop();
  b.pop();
  CHECK_LOG(
      b, {"r avail_index driver+2 2 #0", "w suppression device+0 2 #0",
          "r avail_ring driver+4 4 #0", "r descriptor desc+0 64 #0", "r descriptor desc+32 64 #1",
          "r avail_ring driver+8 2 #2", "r descriptor desc+64 64 #2"});
}

BOOST_AUTO_TEST_CASE(prefetching_ends_with_the_table) {
  EngineBench b(split_layout(4));
  b.settings.descriptor_prefetch = 16;
  b.add(8, 0);
  b.pop();
  CHECK_LOG(b, {"r avail_index driver+2 2 #0", "w suppression device+0 2 #0",
                "r avail_ring driver+4 2 #0", "r descriptor desc+0 64 #0"});
}

BOOST_AUTO_TEST_CASE(packed_descriptors_read_ahead_are_used_while_they_were_available) {
  EngineBench b(packed_layout(16));
  b.settings.descriptor_prefetch = 4;
  b.add(8, 8);
  b.add(8, 0);
  b.pop();
  b.pop();
  CHECK_LOG(b, {"r descriptor desc+0 64 #0", "w suppression device+0 4 #0"});
  b.add(8, 0);  // was read too early
  b.pop();
  CHECK_LOG(b, {"r descriptor desc+48 64 #2"});
}

BOOST_AUTO_TEST_CASE(packed_descriptors_of_an_earlier_lap_are_not_mistaken) {
  EngineBench b(packed_layout(4));
  b.settings.descriptor_prefetch = 4;
  for (unsigned i = 0; i < 23; ++i) {
    b.add(8, 0, i);
    ChainPtr chain = b.pop();
    BOOST_TEST(chain->request() == i);
    b.queue.push(std::move(chain), 0);
    b.queue.flush();
    const auto used = b.driver->next_used();
    BOOST_REQUIRE(used);
    BOOST_TEST(used->token == i);
    BOOST_TEST(!b.queue.pop());
  }
  BOOST_TEST(b.broken.empty());
}

namespace {

/// The loopback device in timed mode, with an engine.
struct TimedBench : LoopbackBench {
  explicit TimedBench(const std::string& engine)
      : LoopbackBench("engine: " + engine, "accuracy: timed") {}
  /// Adds `count` requests and notifies once.
  void submit(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Piece piece{arena.take(16, 16), 16};
      BOOST_TEST_REQUIRE(driver.queue().add({}, {piece}, i, Form::Direct));
    }
    driver.submit();
  }
  unsigned used() {
    unsigned count = 0;
    while (driver.queue().next_used()) ++count;
    return count;
  }
};

}  // namespace

SIM_TEST_CASE(an_engine_takes_its_time) {
  TimedBench b("{type: ideal, wake_time: 100ns, request_time: 30ns, publish_time: 7ns}");
  run_steps(
      b.sim,
      [&] {
        BOOST_TEST_REQUIRE(b.driver.bring_up({kVersion1}, 8));
        sc_core::wait(sc_time(1, SC_US));
        b.submit(1);
        sc_core::wait(sc_time(100 + 30 + 7 - 1, SC_NS));
        BOOST_TEST(b.used() == 0u);
        sc_core::wait(sc_time(2, SC_NS));
        BOOST_TEST(b.used() == 1u);
        const Virtqueue& queue = b.device.queue(0);
        BOOST_TEST(queue.kick_time.max() == 100u);
        BOOST_TEST(queue.fetch_time.max() == 30u);
        BOOST_TEST(queue.service_time.max() == 0u);
        BOOST_TEST(queue.complete_time.max() == 7u);
        BOOST_TEST(queue.latency.max() == 37u);
        BOOST_TEST(queue.interrupt_batch.max() == 1u);
      },
      sc_time(1, sc_core::SC_MS));
}

SIM_TEST_CASE(used_requests_are_collected_but_not_for_ever) {
  TimedBench b("{type: ideal, used_batch: 4, used_delay: 5us}");
  run_steps(
      b.sim,
      [&] {
        BOOST_TEST_REQUIRE(b.driver.bring_up({kVersion1}, 16));
        sc_core::wait(sc_time(1, SC_US));
        b.submit(3);
        sc_core::wait(sc_time(4900, SC_NS));
        BOOST_TEST(b.used() == 0u);
        sc_core::wait(sc_time(200, SC_NS));
        BOOST_TEST(b.used() == 3u);
        b.submit(4);
        sc_core::wait(sc_time(1, SC_NS));
        BOOST_TEST(b.used() == 4u, "enough of them");
      },
      sc_time(1, sc_core::SC_MS));
}

SIM_TEST_CASE(a_device_that_stops_publishes_nothing_more_and_waits) {
  TimedBench b("{type: ideal, used_batch: 4, used_delay: 5us}");
  run_steps(
      b.sim,
      [&] {
        BOOST_TEST_REQUIRE(b.driver.bring_up({kVersion1}, 16));
        sc_core::wait(sc_time(1, SC_US));
        b.submit(3);
        sc_core::wait(sc_time(1, SC_US));
        b.device.needs_reset("the test says so");
        sc_core::wait(sc_time(20, SC_US));  // its thread is not for ever at work
        BOOST_TEST(b.used() == 0u);
        BOOST_TEST_REQUIRE(b.driver.bring_up({kVersion1}, 16));
        b.submit(4);
        sc_core::wait(sc_time(1, SC_US));
        BOOST_TEST(b.used() == 4u);
      },
      sc_time(1, sc_core::SC_MS));
}

SIM_TEST_CASE(interrupts_are_collected_but_not_for_ever) {
  TimedBench b("{type: ideal, interrupt_batch: 3, interrupt_delay: 5us}");
  run_steps(
      b.sim,
      [&] {
        BOOST_TEST_REQUIRE(b.driver.bring_up({kVersion1}, 16));
        sc_core::wait(sc_time(1, SC_US));
        Virtqueue& queue = b.device.queue(0);
        b.submit(1);
        sc_core::wait(sc_time(1, SC_US));
        BOOST_TEST(b.used() == 1u, "visible at once");
        BOOST_TEST(queue.interrupts.value() == 0u);
        sc_core::wait(sc_time(4001, SC_NS));
        BOOST_TEST(queue.interrupts.value() == 1u);
        BOOST_TEST(queue.interrupt_time.max() == 5000u);
        for (unsigned i = 0; i < 3; ++i) {
          b.submit(1);
          sc_core::wait(sc_time(100, SC_NS));
        }
        BOOST_TEST(queue.interrupts.value() == 2u, "enough of them");
        BOOST_TEST(queue.interrupt_batch.max() == 3u);
      },
      sc_time(1, sc_core::SC_MS));
}

SIM_TEST_CASE(a_batch_without_a_time_is_a_mistake) {
  Registry registry;
  register_loopback(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n  d: {type: loopback, engine: {type: fpga, interrupt_batch: 4}}\n", "e.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("e.yaml:2:") != std::string::npos, text);
  BOOST_TEST(text.find("'interrupt_delay' is 0") != std::string::npos, text);
}
