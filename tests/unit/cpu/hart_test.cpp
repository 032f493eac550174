// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE cpu_hart
#include <boost/test/unit_test.hpp>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

BOOST_AUTO_TEST_CASE(a_loop_adds_up) {
  TestMachine m;
  m.run({li(a0, 0), li(a1, 100), add(a0, a0, a1), addi(a1, a1, -1), bne(a1, zero, -8), ebreak()});
  BOOST_TEST(m.hart().reg(a0) == 5050u);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
  BOOST_TEST(m.csr(csr::kMepc) == kRam + 20);
}
