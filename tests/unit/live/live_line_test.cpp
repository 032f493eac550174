// SPDX-License-Identifier: Apache-2.0
#include "live/live_line.h"

#include <boost/test/unit_test.hpp>

using namespace ringside::live;

BOOST_AUTO_TEST_SUITE(live_line)

BOOST_AUTO_TEST_CASE(rates_are_those_since_the_line_before) {
  Progress before, now;
  before.wall_seconds = 10;
  before.simulated_seconds = 2;
  before.instructions = 1'000'000'000;
  before.requests = 500;
  now.wall_seconds = 12;
  now.simulated_seconds = 3;
  now.instructions = 1'171'000'000;
  now.requests = 2900;
  BOOST_TEST(live_text(before, now) == "    3.000 s  0.50x  85.5 MIPS  1.20 k requests/s");
  now.has_exits = true;
  now.exits = 46'912'000;
  now.milestone = "kernel";
  BOOST_TEST(live_text(before, now) ==
             "    3.000 s  0.50x  85.5 MIPS  1.20 k requests/s  23.5 M exits/s  kernel");
}

BOOST_AUTO_TEST_CASE(counts_may_have_begun_anew) {
  Progress before, now;
  before.requests = 5000;
  now.wall_seconds = 1;
  now.requests = 30;
  BOOST_TEST(live_text(before, now) == "    0.000 s  0.00x  0.0 MIPS  30.0 requests/s");
}

BOOST_AUTO_TEST_SUITE_END()
