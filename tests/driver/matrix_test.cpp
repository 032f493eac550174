// SPDX-License-Identifier: Apache-2.0
#include "driver/bench.h"

using namespace ringside::test;

namespace {

void one_request(bool packed) {
  LoopbackBench bench("queue_size: 8, packed: true");
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up(packed ? Driver::Bits{28, 29, 32, 34} : Driver::Bits{28, 29, 32}, 8));
    const auto from = bench.arena.take(64, 1), to = bench.arena.take(64, 1);
    for (unsigned i = 0; i < 64; ++i) bench.memory.store<std::uint8_t>(from + i, i);
    BOOST_TEST(bench.driver.queue().add({{from, 64}}, {{to, 64}}, 7, Form::Direct));
    BOOST_TEST(bench.driver.submit());
    BOOST_TEST_REQUIRE(bench.driver.wait_used(0, {1, sc_core::SC_MS}));
    const auto used = bench.driver.queue().next_used();
    BOOST_TEST_REQUIRE(used.has_value());
    BOOST_TEST(used->token == 7u);
    BOOST_TEST(used->written.value() == 64u);
    for (unsigned i = 0; i < 64; ++i)
      BOOST_TEST(bench.memory.load<std::uint8_t>(to + i) == (~i & 0xff));
  });
}

}  // namespace

SIM_TEST_CASE(one_request_split) { one_request(false); }
SIM_TEST_CASE(one_request_packed) { one_request(true); }
