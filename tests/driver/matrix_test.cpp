// SPDX-License-Identifier: Apache-2.0
// The model driver and a device over all combinations of layout, descriptors, event index, order,
// size, batch, order of completion and time.
#include "driver/bench.h"
#include "driver/exercise.h"

using namespace ringside::test;

namespace {

constexpr const char* kAllFeatures = "packed: true, in_order: true, notification_data: true";

/// Where EVENT_IDX makes the number of interrupts exact: the device runs only while the driver
/// sleeps, and the driver asks for one interrupt each time it does.
void check_counts(LoopbackBench& bench, const Combination& c, const Outcome& outcome,
                  std::uint64_t interrupts, std::uint64_t kicks, std::uint64_t suppressed) {
  BOOST_TEST(kicks == outcome.notifications, c.str());
  BOOST_TEST(kicks + suppressed == c.requests, c.str());
  if (bench.memory.latency != sc_core::SC_ZERO_TIME || !c.event_idx) return;
  BOOST_TEST(interrupts == outcome.sleeps, c.str());
}

void run(LoopbackBench& bench, const Combination& c, Loopback::Order order) {
  bench.device.order = order;
  auto& queue = bench.device.queue(0);
  const auto interrupts = bench.access.queue_interrupts(0);
  const auto kicks = queue.kicks.value(), suppressed = queue.suppressed_kicks.value();
  const Outcome outcome = exercise(bench.driver, bench.access, bench.memory, bench.arena, c,
                                   c.size * 31u + c.batch + static_cast<unsigned>(order));
  BOOST_TEST(outcome.ok, outcome.why);
  if (!outcome.ok) return;
  check_counts(bench, c, outcome, bench.access.queue_interrupts(0) - interrupts,
               queue.kicks.value() - kicks, queue.suppressed_kicks.value() - suppressed);
}

void matrix(bool packed, sc_core::sc_time latency) {
  LoopbackBench bench(kAllFeatures);
  bench.memory.latency = latency;
  std::vector<Form> forms{Form::Direct, Form::Indirect};
  if (!packed) forms.push_back(Form::Mixed);
  std::vector<std::uint16_t> sizes{1, 2, 8, 256, 1024};
  if (packed) sizes.insert(sizes.end(), {3, 7, 1000});
  unsigned combinations = 0;
  bench.run(
      [&] {
        for (Form form : forms)
          for (std::uint16_t size : sizes)
            for (bool event_idx : {false, true})
              for (bool in_order : {false, true})
                for (unsigned batch : {1u, 4u, unsigned{size}})
                  for (auto order : {Loopback::Order::AtOnce, Loopback::Order::Together,
                                     Loopback::Order::Reversed, Loopback::Order::Later}) {
                    if (form == Form::Mixed && size < 2) continue;
                    Combination c;
                    c.packed = packed;
                    c.event_idx = event_idx;
                    c.in_order = in_order;
                    c.form = form;
                    c.size = size;
                    c.batch = batch;
                    c.requests = std::min(150u, 20u + 3u * size);
                    c.notification_data = (combinations++ % 2) != 0;
                    run(bench, c, order);
                  }
      },
      {100, sc_core::SC_SEC});
  BOOST_TEST(bench.device.failures == 0u);
  BOOST_TEST(combinations >= 400u);
}

/// Sizes and counts at the upper end: 16-bit indices wrap.
void many(bool packed, std::uint16_t size, unsigned requests) {
  LoopbackBench bench(kAllFeatures);
  bench.run(
      [&] {
        for (bool event_idx : {false, true})
          for (bool in_order : {false, true}) {
            Combination c;
            c.packed = packed;
            c.event_idx = event_idx;
            c.in_order = in_order;
            c.form = size > 1000 ? Form::Direct : Form::Indirect;
            c.size = size;
            c.batch = size / 3 + 1u;
            c.requests = requests;
            run(bench, c, Loopback::Order::Together);
          }
      },
      {100, sc_core::SC_SEC});
}

const sc_core::sc_time kFunctional = sc_core::SC_ZERO_TIME;

}  // namespace

SIM_TEST_CASE(split_functional) {
  matrix(false, kFunctional);
}
SIM_TEST_CASE(split_timed) {
  matrix(false, {13, sc_core::SC_NS});
}
SIM_TEST_CASE(packed_functional) {
  matrix(true, kFunctional);
}
SIM_TEST_CASE(packed_timed) {
  matrix(true, {13, sc_core::SC_NS});
}

SIM_TEST_CASE(split_indices_wrap) {
  many(false, 256, 70000);
}
SIM_TEST_CASE(packed_laps) {
  many(true, 255, 70000);
}
SIM_TEST_CASE(split_largest_ring) {
  many(false, 32768, 70000);
}
SIM_TEST_CASE(packed_largest_ring) {
  many(true, 32768, 70000);
}
