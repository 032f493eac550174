// SPDX-License-Identifier: Apache-2.0
// The model driver against the engine in RTL: layouts x descriptors x event index x order x sizes x
// batches x bus widths x behaviour of memory, every byte checked, no rule of AXI violated.
#include <iostream>

#include "driver/exercise.h"
#include "rtl/bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

void matrix(bool packed, const DutSettings& settings) {
  RtlBench bench(settings);
  std::vector<Form> forms{Form::Direct, Form::Indirect};
  if (!packed) forms.push_back(Form::Mixed);
  std::vector<std::uint16_t> sizes{1, 2, 8, 256};
  if (packed) sizes.insert(sizes.end(), {3, 7, 200});
  unsigned combinations = 0;
  std::cout << "seed " << settings.timing.seed << std::endl;
  bench.run([&] {
    for (Form form : forms)
      for (std::uint16_t size : sizes)
        for (bool event_idx : {false, true})
          for (bool in_order : {false, true})
            for (unsigned batch : {1u, 4u, unsigned{size}}) {
              if (form == Form::Mixed && size < 2) continue;
              Combination c;
              c.packed = packed;
              c.event_idx = event_idx;
              c.in_order = in_order;
              c.form = form;
              c.size = size;
              c.batch = batch;
              c.requests = std::min(60u, 20u + 3u * size);
              c.notification_data = (combinations++ % 2) != 0;
              const sc_core::sc_time start = sc_core::sc_time_stamp();
              const Outcome outcome =
                  exercise(bench.driver, bench.access, bench.memory, bench.arena, c,
                           static_cast<std::uint32_t>(settings.timing.seed * 131 + combinations));
              BOOST_TEST(outcome.ok, outcome.why);
              if (!outcome.ok) return;
              // The driver's patience: so long would a sleep be that no interrupt ends.
              BOOST_TEST((sc_core::sc_time_stamp() - start < sc_core::sc_time(100, sc_core::SC_MS)),
                         c.str());
            }
  });
  BOOST_TEST(bench.dut->violations() == "");
  BOOST_TEST(combinations >= 90u);
}

DutSettings quick(unsigned width) {
  DutSettings settings;
  settings.width = width;
  return settings;
}

/// Latency, stalls everywhere and bursts in any order.
DutSettings rough(unsigned width, std::uint64_t seed) {
  DutSettings settings;
  settings.width = width;
  settings.timing = {5, 20, 30, true, seed};
  settings.stream_stall = 30;
  settings.interrupt_stall = 50;
  return settings;
}

}  // namespace

SIM_TEST_CASE(split_64_bits) {
  matrix(false, quick(64));
}
SIM_TEST_CASE(split_128_bits) {
  matrix(false, quick(128));
}
SIM_TEST_CASE(split_256_bits) {
  matrix(false, quick(256));
}
SIM_TEST_CASE(packed_64_bits) {
  matrix(true, quick(64));
}
SIM_TEST_CASE(packed_128_bits) {
  matrix(true, quick(128));
}
SIM_TEST_CASE(packed_256_bits) {
  matrix(true, quick(256));
}
SIM_TEST_CASE(split_64_bits_rough_memory) {
  matrix(false, rough(64, 11));
}
SIM_TEST_CASE(packed_64_bits_rough_memory) {
  matrix(true, rough(64, 12));
}
SIM_TEST_CASE(split_256_bits_rough_memory) {
  matrix(false, rough(256, 13));
}
SIM_TEST_CASE(packed_128_bits_rough_memory) {
  matrix(true, rough(128, 14));
}
