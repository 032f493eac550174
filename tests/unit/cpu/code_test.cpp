// SPDX-License-Identifier: Apache-2.0
// Decoded code follows what memory holds, whoever writes it.
#define BOOST_TEST_MODULE cpu_code
#include <boost/test/unit_test.hpp>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

namespace {

// A function at kRam + 0x1000 that adds `n` to a0 and returns.
constexpr uint64_t kFunction = kRam + 0x1000;

void place_function(TestMachine& m, int n) {
  m.program(kFunction, {addi(a0, a0, n), jalr(zero, ra, 0)});
}

// Calls it for ever: 5 instructions a round.
void place_caller(TestMachine& m, unsigned hart = 0) {
  m.program(kRam, {jalr(ra, s1, 0), addi(a2, a2, 1), jal(zero, -8)});
  m.hart(hart).set_reg(s1, kFunction);
}

}  // namespace

BOOST_AUTO_TEST_CASE(code_that_writes_itself) {
  TestMachine m;
  place_function(m, 1);
  m.hart().set_reg(s1, kFunction);
  m.hart().set_reg(a1, addi(a0, a0, 100));
  m.run({jalr(ra, s1, 0), sw(a1, s1, 0), fence_i(), jalr(ra, s1, 0), ebreak()}, 50);
  BOOST_TEST(m.hart().reg(a0) == 101u);
}

BOOST_AUTO_TEST_CASE(code_written_in_the_same_page) {
  TestMachine m;
  m.hart().set_reg(s1, kRam);
  m.hart().set_reg(a1, addi(a0, a0, 100));
  m.program(kRam + 0x400, {addi(a0, a0, 1), jalr(zero, ra, 0)});
  m.run({jal(ra, 0x400), sw(a1, s1, 0x400), fence_i(), jal(ra, 0x400 - 12), ebreak()}, 50);
  BOOST_TEST(m.hart().reg(a0) == 101u);
}

BOOST_AUTO_TEST_CASE(data_beside_code_keeps_the_code) {
  TestMachine m;
  place_function(m, 1);
  place_caller(m);
  m.hart().set_reg(s1, kFunction);
  m.program(kRam, {sd(a2, s1, 0x200), jalr(ra, s1, 0), addi(a2, a2, 1), jal(zero, -12)});
  m.hart().run(600);
  BOOST_TEST(m.hart().reg(a0) > 90u);
  BOOST_TEST(m.code().pages_dropped() == 0u);
  BOOST_TEST(m.code().blocks_built() < 10u);
}

BOOST_AUTO_TEST_CASE(code_written_by_dma) {
  TestMachine m;
  place_function(m, 1);
  place_caller(m);
  m.hart().run(50);
  const uint64_t before = m.hart().reg(a0);
  BOOST_TEST(before > 5u);
  m.dma<uint32_t>(kFunction, addi(a0, a0, 1000));
  m.hart().run(50);
  BOOST_TEST(m.hart().reg(a0) > before + 5000);
  // A long range over many pages is told in one call.
  m.poke<uint32_t>(kFunction, addi(a0, zero, 0));
  m.code().written(0, ~uint64_t{0});
  m.hart().run(50);
  BOOST_TEST(m.hart().reg(a0) == 0u);
}

BOOST_AUTO_TEST_CASE(code_written_by_another_hart) {
  TestMachine m(2);
  place_function(m, 1);
  place_caller(m, 0);
  m.program(kRam + 0x2000, {sw(a1, s1, 0), jal(zero, 0)});
  m.hart(1).set_pc(kRam + 0x2000);
  m.hart(1).set_reg(s1, kFunction);
  m.hart(1).set_reg(a1, addi(a0, a0, 1000));
  // The writer has its pointer to the page before there is code in it.
  m.program(kRam + 0x3000, {sw(zero, s1, 64), jal(zero, 0)});
  m.hart(1).set_pc(kRam + 0x3000);
  m.hart(1).run(5);
  m.hart(0).run(50);
  const uint64_t before = m.hart(0).reg(a0);
  m.hart(1).set_pc(kRam + 0x2000);
  m.hart(1).run(5);
  m.hart(0).run(50);
  BOOST_TEST(m.hart(0).reg(a0) > before + 5000);
}

BOOST_AUTO_TEST_CASE(code_written_by_an_atomic_and_by_cbo_zero) {
  TestMachine m;
  place_function(m, 1);
  m.hart().set_reg(s1, kFunction);
  m.hart().set_reg(a1, addi(a0, a0, 100));
  m.run({jalr(ra, s1, 0), amo(1, false, zero, s1, a1), jalr(ra, s1, 0), cbo_zero(s1),
         jalr(ra, s1, 0), ebreak()},
        50);
  BOOST_TEST(m.hart().reg(a0) == 101u);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kIllegal});  // zeros are no instruction
  BOOST_TEST(m.csr(csr::kMepc) == kFunction);
}

// More code than the cache holds: it starts again, and nobody notices.
BOOST_AUTO_TEST_CASE(the_cache_overflows) {
  TestMachine m(1, HartOptions(), nullptr, CycleTable(), 1 << 16);
  uint64_t at = kRam;
  for (unsigned i = 0; i < 8000; ++i) {
    at = m.program(at, {addi(a0, a0, 1), beq(zero, zero, 8), addi(a0, a0, 1000)});
  }
  m.program(at, {ebreak()});
  m.program(kRam + 0xf0000, {jal(zero, 0)});
  m.hart().write_csr(csr::kMtvec, kRam + 0xf0000);
  for (int round = 0; round < 2; ++round) {
    m.hart().set_reg(a0, 0);
    m.hart().set_pc(kRam);
    m.hart().run(20000);
    BOOST_TEST(m.hart().reg(a0) == 8000u);
  }
  BOOST_TEST(m.code().flushes() > 2u);
}

// A hart waits for a device in the middle of a block while another makes the cache overflow.
BOOST_AUTO_TEST_CASE(a_flush_while_another_hart_is_in_a_block) {
  TestMachine m(2, HartOptions(), nullptr, CycleTable(), 1 << 16);
  m.program(kRam, {nop(), sw(zero, s1, 0), addi(a0, a0, 1), addi(a0, a0, 1), jal(zero, -16)});
  m.hart(0).set_reg(s1, kDevice);
  m.hart(1).set_reg(a0, 0);
  uint64_t at = kRam + 0x1000;
  for (unsigned i = 0; i < 4000; ++i) {
    at = m.program(at, {addi(a0, a0, 1), beq(zero, zero, 8), addi(a0, a0, 1000)});
  }
  m.program(at, {jal(zero, 0)});
  m.on_access = [&] {
    m.hart(1).set_pc(kRam + 0x1000);
    m.hart(1).run(9000);
  };
  m.hart(0).run(50);
  BOOST_TEST(m.hart(0).reg(a0) >= 18u);
  BOOST_TEST(m.hart(1).reg(a0) % 4000 == 0u);
  BOOST_TEST(m.code().flushes() > 5u);
}

BOOST_AUTO_TEST_CASE(code_outside_plain_memory) {
  TestMachine m;
  // The device gives the same half-word everywhere: c.addi a0,1.
  m.device_value = 0x0505;
  m.hart().set_pc(kDevice);
  m.hart().run(10);
  BOOST_TEST(m.hart().reg(a0) >= 10u);
  m.device_value = 0x0509;  // c.addi a0,2
  const uint64_t before = m.hart().reg(a0);
  m.hart().run(10);
  BOOST_TEST(m.hart().reg(a0) >= before + 20);
}

BOOST_AUTO_TEST_CASE(pointers_given_up) {
  TestMachine m;
  place_function(m, 1);
  place_caller(m);
  m.hart().run(50);
  m.poke<uint32_t>(kFunction, addi(a0, zero, 7));
  m.hart().invalidate_direct(kRam, kRam + kRamBytes - 1);
  m.hart().run(50);
  BOOST_TEST(m.hart().reg(a0) == 7u);
}
