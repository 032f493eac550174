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

/// All that is in an access, into a number.
std::uint64_t hash(std::uint64_t h, const ringside::cosim::BusAccess& access) {
  const auto add = [&h](std::uint64_t value) { h = (h ^ value) * 0x100000001b3; };
  for (const std::uint64_t value :
       {access.cycle, access.address, std::uint64_t{access.bytes}, std::uint64_t{access.is_write},
        std::uint64_t{access.step}, std::uint64_t{access.id}})
    add(value);
  for (std::uint32_t i = 0; i < access.bytes; ++i)
    add(access.data[i] | (access.strobes ? access.strobes[i] << 8 : 0));
  return h;
}

}  // namespace

SIM_TEST_CASE(one_seed_is_one_run) {
  RtlBench bench;
  bench.run([&] {
    const auto run = [&](std::uint64_t seed) {
      DutSettings settings;
      settings.timing = {8, 8, 10, true, seed};
      bench.replace(settings);
      std::uint64_t h = 0, accesses = 0;
      bench.dut->observer = [&](const ringside::cosim::BusAccess& access) {
        h = hash(h, access);
        ++accesses;
      };
      ChainsOptions options;
      options.event_idx = true;
      BOOST_TEST(move_chains(bench, options) == "");
      BOOST_TEST(accesses > 500u);
      return h;
    };
    const std::uint64_t first = run(7);
    BOOST_TEST(run(7) == first);
    BOOST_TEST(run(8) != first);
  });
}

SIM_TEST_CASE(chains_on_64_bits) {
  thousand(64, 101);
}
SIM_TEST_CASE(chains_on_128_bits) {
  thousand(128, 201);
}
SIM_TEST_CASE(chains_on_256_bits) {
  thousand(256, 301);
}
