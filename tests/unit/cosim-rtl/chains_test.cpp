// SPDX-License-Identifier: Apache-2.0
// 1,000 random chains in each combination of layout, descriptors and event index, on each bus
// width.
#include "rtl/chains.h"

#include <iostream>

using namespace ringside::test;

namespace {

void thousand(unsigned width, std::uint64_t seed) {
  DutSettings settings;
  settings.width = width;
  settings.timing = {8, 8, 10, true, seed};
  settings.stream_stall = 10;
  RtlBench bench(settings);
  std::cout << "seed " << seed << std::endl;
  unsigned combinations = 0;
  bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true}) {
          ChainsOptions options;
          options.packed = packed;
          options.form = form;
          options.event_idx = event_idx;
          options.size = combinations % 2 != 0 ? 16 : 32;
          options.chains = 1000;
          options.seed = seed + ++combinations;
          BOOST_TEST(move_chains(bench, options) == "");
        }
  });
  BOOST_TEST(bench.dut->violations() == "");
  BOOST_TEST(bench.dut->requests == 8000u);
}

}  // namespace

SIM_TEST_CASE(chains_on_64_bits) {
  thousand(64, 101);
}
SIM_TEST_CASE(chains_on_128_bits) {
  thousand(128, 201);
}
SIM_TEST_CASE(chains_on_256_bits) {
  thousand(256, 301);
}
