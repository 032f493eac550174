// SPDX-License-Identifier: Apache-2.0
// What instructions do, and how run() counts.
#define BOOST_TEST_MODULE cpu_hart
#include <boost/test/unit_test.hpp>
#include <limits>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

namespace {

constexpr uint64_t kMin = uint64_t{1} << 63;
constexpr uint64_t kAll = ~uint64_t{0};

// Runs one register-register instruction.
uint64_t alu(unsigned op, unsigned f3, unsigned f7, uint64_t a, uint64_t b) {
  TestMachine m;
  m.hart().set_reg(a0, a);
  m.hart().set_reg(a1, b);
  m.run({r_type(op, f3, f7, a2, a0, a1), ebreak()}, 20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
  return m.hart().reg(a2);
}

uint64_t unary(uint32_t word, uint64_t a) {
  TestMachine m;
  m.hart().set_reg(a0, a);
  m.run({word, ebreak()}, 20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
  return m.hart().reg(a2);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_loop_adds_up) {
  TestMachine m;
  m.run({li(a0, 0), li(a1, 100), add(a0, a0, a1), addi(a1, a1, -1), bne(a1, zero, -8), ebreak()});
  BOOST_TEST(m.hart().reg(a0) == 5050u);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
  BOOST_TEST(m.csr(csr::kMepc) == kRam + 20);
}

BOOST_AUTO_TEST_CASE(division_has_no_exceptions) {
  BOOST_TEST(alu(0x33, 4, 1, 7, 0) == kAll);        // div by zero
  BOOST_TEST(alu(0x33, 5, 1, 7, 0) == kAll);        // divu
  BOOST_TEST(alu(0x33, 6, 1, 7, 0) == 7u);          // rem
  BOOST_TEST(alu(0x33, 4, 1, kMin, kAll) == kMin);  // overflow
  BOOST_TEST(alu(0x33, 6, 1, kMin, kAll) == 0u);
  BOOST_TEST(alu(0x3b, 4, 1, 0x80000000, kAll) == 0xffffffff80000000u);  // divw
  BOOST_TEST(alu(0x3b, 7, 1, 0x80000001, 0) == 0xffffffff80000001u);     // remuw
  BOOST_TEST(alu(0x33, 4, 1, 0 - uint64_t{7}, 2) == 0 - uint64_t{3});
}

BOOST_AUTO_TEST_CASE(high_products) {
  BOOST_TEST(alu(0x33, 1, 1, kAll, kAll) == 0u);        // mulh: -1 * -1
  BOOST_TEST(alu(0x33, 2, 1, kAll, kAll) == kAll);      // mulhsu: -1 * max
  BOOST_TEST(alu(0x33, 3, 1, kAll, kAll) == kAll - 1);  // mulhu
  BOOST_TEST(alu(0x33, 3, 1, kMin, 4) == 2u);
}

BOOST_AUTO_TEST_CASE(word_operations_extend_the_sign) {
  BOOST_TEST(alu(0x3b, 0, 0, 0x7fffffff, 1) == 0xffffffff80000000u);  // addw
  BOOST_TEST(alu(0x3b, 1, 0, 1, 31) == 0xffffffff80000000u);          // sllw
  BOOST_TEST(alu(0x3b, 5, 0, 0xffffffff80000000u, 31) == 1u);         // srlw
  BOOST_TEST(alu(0x3b, 5, 0x20, 0x80000000, 31) == kAll);             // sraw
  BOOST_TEST(alu(0x33, 1, 0, 1, 64 + 3) == 8u);                       // sll takes six bits
}

BOOST_AUTO_TEST_CASE(bit_manipulation) {
  BOOST_TEST(alu(0x33, 4, 0x10, 3, 5) == 17u);                     // sh2add
  BOOST_TEST(alu(0x3b, 0, 0x04, kAll, 1) == 0x100000000u);         // add.uw
  BOOST_TEST(alu(0x33, 7, 0x20, 0xff, 0x0f) == 0xf0u);             // andn
  BOOST_TEST(alu(0x33, 6, 0x05, kAll, 1) == 1u);                   // max
  BOOST_TEST(alu(0x33, 7, 0x05, kAll, 1) == kAll);                 // maxu
  BOOST_TEST(alu(0x33, 5, 0x30, 1, 1) == kMin);                    // ror
  BOOST_TEST(alu(0x33, 1, 0x30, kMin, 1) == 1u);                   // rol
  BOOST_TEST(alu(0x33, 1, 0x24, 0xff, 64 + 4) == 0xefu);           // bclr
  BOOST_TEST(alu(0x33, 5, 0x24, 0x10, 4) == 1u);                   // bext
  BOOST_TEST(alu(0x33, 1, 0x05, 7, 7) == 0x15u);                   // clmul
  BOOST_TEST(alu(0x33, 3, 0x05, kMin, 2) == 1u);                   // clmulh
  BOOST_TEST(alu(0x33, 2, 0x05, kMin, 1) == 1u);                   // clmulr
  BOOST_TEST(alu(0x33, 5, 0x07, 9, 0) == 0u);                      // czero.eqz
  BOOST_TEST(unary(i_type(0x13, 1, a2, a0, 0x600), 1) == 63u);     // clz
  BOOST_TEST(unary(i_type(0x13, 1, a2, a0, 0x601), 0) == 64u);     // ctz
  BOOST_TEST(unary(i_type(0x1b, 1, a2, a0, 0x600), 0) == 32u);     // clzw
  BOOST_TEST(unary(i_type(0x1b, 1, a2, a0, 0x602), kAll) == 32u);  // cpopw
  BOOST_TEST(unary(i_type(0x13, 1, a2, a0, 0x604), 0x80) == 0 - uint64_t{0x80});
  BOOST_TEST(unary(i_type(0x13, 5, a2, a0, 0x287), 0x0100800000020001) == 0xff00ff0000ff00ffu);
  BOOST_TEST(unary(i_type(0x13, 5, a2, a0, 0x6b8), 0x0102030405060708) == 0x0807060504030201u);
  BOOST_TEST(unary(i_type(0x1b, 5, a2, a0, 0x601), 1) == 0xffffffff80000000u);  // roriw
}

// Pairs that become one operation give what the two would have given.
BOOST_AUTO_TEST_CASE(fused_constants) {
  TestMachine m;
  m.run({lui(a0, 0x80000000), addiw(a0, a0, -1), lui(a1, 0x7ffff000), addi(a1, a1, 0x7ff),
         auipc(a2, 0x1000), addi(a2, a2, 8), li(a3, -1), slli(a3, a3, 32), srli(a3, a3, 32),
         lui(a4, 0x80000000), addi(a4, a4, -1), ebreak()});
  BOOST_TEST(m.hart().reg(a0) == 0x7fffffffu);
  BOOST_TEST(m.hart().reg(a1) == 0x7ffff7ffu);
  BOOST_TEST(m.hart().reg(a2) == kRam + 16 + 0x1000 + 8);
  BOOST_TEST(m.hart().reg(a3) == 0xffffffffu);
  BOOST_TEST(m.hart().reg(a4) == 0xffffffff7fffffffu);
  BOOST_TEST(m.csr(csr::kMinstret) > 11u);
}

BOOST_AUTO_TEST_CASE(x0_stays_zero) {
  TestMachine m;
  m.run({li(a0, 5), add(zero, a0, a0), lui(zero, 0x1000), ld(zero, sp, 0), jal(zero, 4),
         add(a1, zero, zero), ebreak()});
  // The load from address 0 has trapped: only its target is x0, not its effect.
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kLoadAccess});
  BOOST_TEST(m.hart().reg(zero) == 0u);
}

BOOST_AUTO_TEST_CASE(misaligned_loads_and_stores_work_also_across_pages) {
  TestMachine m;
  m.hart().set_reg(a0, kRam + 0x2ffd);
  m.hart().set_reg(a1, 0x1122334455667788);
  m.run({sd(a1, a0, 0), ld(a2, a0, 0), lw(a3, a0, 1), lwu(a4, a0, 4), sw(a1, a0, 0x101),
         lw(a5, a0, 0x101), ebreak()});
  BOOST_TEST(m.hart().reg(a2) == 0x1122334455667788u);
  BOOST_TEST(m.hart().reg(a3) == 0x44556677u);
  BOOST_TEST(m.hart().reg(a4) == 0x11223344u);
  BOOST_TEST(m.hart().reg(a5) == 0x55667788u);
  BOOST_TEST(m.peek<uint8_t>(kRam + 0x2ffd) == 0x88);
  BOOST_TEST(m.peek<uint8_t>(kRam + 0x3004) == 0x11);
}

BOOST_AUTO_TEST_CASE(atomics) {
  TestMachine m;
  m.poke<uint64_t>(kRam + 0x1000, 0xffffffff80000000);
  m.hart().set_reg(a0, kRam + 0x1000);
  m.hart().set_reg(a1, 1);
  m.run({amo(0, false, a2, a0, a1), amo(0x10, true, a3, a0, a1), amo(0x1c, true, a4, a0, a1),
         amo(1, true, a5, a0, a1), amo(0x18, false, a6, a0, zero), ebreak()});
  BOOST_TEST(m.hart().reg(a2) == 0xffffffff80000000u);  // old word, extended
  BOOST_TEST(m.hart().reg(a3) == 0xffffffff80000001u);  // amomin.d keeps the negative
  BOOST_TEST(m.hart().reg(a4) == 0xffffffff80000001u);  // amomaxu.d too
  BOOST_TEST(m.hart().reg(a5) == 0xffffffff80000001u);
  BOOST_TEST(m.hart().reg(a6) == 1u);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1000) == 0u);
}

BOOST_AUTO_TEST_CASE(misaligned_atomics_trap) {
  TestMachine m;
  m.hart().set_reg(a0, kRam + 0x1002);
  m.run({amo(0, false, a2, a0, a1)}, 20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kStoreMisaligned});
  BOOST_TEST(m.csr(csr::kMtval) == kRam + 0x1002);
  TestMachine n;
  n.hart().set_reg(a0, kRam + 0x1004);
  n.run({lr(true, a2, a0)}, 20);
  BOOST_TEST(n.csr(csr::kMcause) == uint64_t{kLoadMisaligned});
}

BOOST_AUTO_TEST_CASE(store_conditional) {
  TestMachine m;
  m.poke<uint64_t>(kRam + 0x1000, 7);
  m.hart().set_reg(a0, kRam + 0x1000);
  m.hart().set_reg(a1, 9);
  m.run({lr(true, a2, a0), sc(true, a3, a1, a0), sc(true, a4, zero, a0),  // no second success
         lr(false, a5, a0), sc(true, a6, zero, a0),                       // other width
         lr(true, a5, a0), addi(t0, a0, 8), sc(true, a7, zero, t0), ebreak()});
  BOOST_TEST(m.hart().reg(a2) == 7u);
  BOOST_TEST(m.hart().reg(a3) == 0u);
  BOOST_TEST(m.hart().reg(a4) == 1u);
  BOOST_TEST(m.hart().reg(a6) == 1u);
  BOOST_TEST(m.hart().reg(a7) == 1u);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1000) == 9u);
}

BOOST_AUTO_TEST_CASE(store_conditional_fails_after_another_hart_wrote) {
  TestMachine m(2);
  m.code().set_max_instructions(1);
  m.program(kRam, {lr(true, a2, a0), nop(), sc(true, a3, a1, a0), jal(zero, 0)});
  m.program(kRam + 0x100, {sd(a1, a0, 0), jal(zero, 0)});
  for (unsigned i = 0; i < 2; ++i) {
    m.hart(i).set_reg(a0, kRam + 0x1000);
    m.hart(i).set_reg(a1, 5 + i);
  }
  m.hart(1).set_pc(kRam + 0x100);
  m.hart(0).run(1);
  m.hart(1).run(2);
  m.hart(0).run(5);
  BOOST_TEST(m.hart(0).reg(a3) == 1u);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1000) == 6u);
}

BOOST_AUTO_TEST_CASE(compressed_code_and_instructions_across_pages) {
  TestMachine m;
  // c.li a0,3 / c.addi a0,1 at the end of a page, then a 4-byte addi that crosses into the next.
  m.poke<uint16_t>(kRam + 0xffa, 0x450d);
  m.poke<uint16_t>(kRam + 0xffc, 0x0505);
  m.poke<uint32_t>(kRam + 0xffe, addi(a0, a0, 100));
  m.poke<uint16_t>(kRam + 0x1002, 0x0505);
  m.poke<uint32_t>(kRam + 0x1004, ebreak());
  m.program(TestMachine::kTrap, {jal(zero, 0)});
  m.hart().write_csr(csr::kMtvec, TestMachine::kTrap);
  for (int round = 0; round < 3; ++round) {
    m.hart().set_pc(kRam + 0xffa);
    m.hart().run(20);
    BOOST_TEST(m.hart().reg(a0) == 105u);
    BOOST_TEST(m.csr(csr::kMepc) == kRam + 0x1004);
  }
  // The half in the second page is fetched anew.
  m.poke<uint16_t>(kRam + 0x1000, static_cast<uint16_t>(addi(a0, a0, 200) >> 16));
  m.hart().set_pc(kRam + 0xffa);
  m.hart().run(20);
  BOOST_TEST(m.hart().reg(a0) == 205u);
}

BOOST_AUTO_TEST_CASE(instructions_and_cycles_are_exact) {
  CycleTable cycles;
  cycles[OpClass::kMul] = 3;
  cycles[OpClass::kLoad] = 2;
  TestMachine m(1, HartOptions(), nullptr, cycles);
  m.run({li(a0, 6), r_type(0x33, 0, 1, a1, a0, a0), csrr(a2, csr::kMcycle),
         csrr(a3, csr::kMinstret), beq(zero, zero, 8), nop(), csrr(a4, csr::kMinstret), ebreak()});
  BOOST_TEST(m.hart().reg(a2) == 4u);  // 1 + 3
  BOOST_TEST(m.hart().reg(a3) == 3u);
  BOOST_TEST(m.hart().reg(a4) == 5u);  // the skipped nop does not count
}

BOOST_AUTO_TEST_CASE(devices_see_the_time_of_the_access) {
  TestMachine m;
  m.hart().set_reg(a0, kDevice);
  m.device_value = 0x80;
  m.run({nop(), nop(), sw(a0, a0, 4), nop(), lb(a1, a0, 8), ld(a2, a0, 16), ebreak()});
  BOOST_REQUIRE(m.accesses().size() == 3u);
  BOOST_TEST(m.accesses()[0].store);
  BOOST_TEST(m.accesses()[0].paddr == kDevice + 4);
  BOOST_TEST(m.accesses()[0].size == 4u);
  BOOST_TEST(m.accesses()[0].value == kDevice);
  BOOST_TEST(m.accesses()[0].cycles == 2u);
  BOOST_TEST(m.accesses()[1].cycles == 4u);
  BOOST_TEST(m.accesses()[2].cycles == 5u);
  BOOST_TEST(m.hart().reg(a1) == 0 - uint64_t{0x80});
}

BOOST_AUTO_TEST_CASE(a_device_can_shorten_the_run) {
  TestMachine m;
  m.program(kRam, {sw(zero, a0, 0), addi(a1, a1, 1), jal(zero, -4)});
  m.hart().set_reg(a0, kDevice);
  m.on_access = [&] { m.hart().limit_run(10); };
  BOOST_TEST((m.hart().run(100000) == RunExit::kBudget));
  BOOST_TEST(m.hart().cycles() >= 10u);
  BOOST_TEST(m.hart().cycles() <= 14u);
  m.on_access = [&] { m.hart().request_exit(); };
  m.hart().set_pc(kRam);
  BOOST_TEST((m.hart().run(100000) == RunExit::kRequested));
  BOOST_TEST(m.hart().cycles() <= 20u);
}

BOOST_AUTO_TEST_CASE(a_stall_uses_up_the_budget) {
  TestMachine m;
  m.program(kRam,
            {sw(zero, a0, 0), csrr(a1, csr::kMcycle), csrr(a2, csr::kMinstret), jal(zero, 0)});
  m.hart().set_reg(a0, kDevice);
  m.on_access = [&] { m.hart().stall(500); };
  m.hart().run(1000);
  BOOST_TEST(m.hart().reg(a1) == 501u);
  BOOST_TEST(m.hart().reg(a2) == 2u);
  BOOST_TEST(m.hart().cycles() < 1005u);
}

BOOST_AUTO_TEST_CASE(nobody_answers) {
  TestMachine m;
  m.hart().set_reg(a0, 0x40000000);
  m.run({ld(a1, a0, 0)}, 20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kLoadAccess});
  BOOST_TEST(m.csr(csr::kMtval) == 0x40000000u);
  m.hart().set_pc(0x40000000);
  m.hart().run(20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kInsnAccess});
  // Addresses that no page table could reach do not reach the host either.
  for (const uint64_t wild : {kMin, kAll - 7, uint64_t{1} << 56, kAll << 40, kAll >> 1}) {
    m.hart().set_reg(a0, wild);
    m.run({sd(a1, a0, 0)}, 20);
    BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kStoreAccess});
    m.run({ld(a1, a0, 0)}, 20);
    BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kLoadAccess});
  }
}

BOOST_AUTO_TEST_CASE(a_trap_loop_ends_with_its_budget) {
  TestMachine m;
  m.hart().write_csr(csr::kMtvec, 0x40000000);  // nothing to execute there
  m.hart().set_pc(0x40000000);
  m.hart().run(1000);
  BOOST_TEST(m.hart().cycles() >= 1000u);
  BOOST_TEST(m.hart().instructions() == 0u);
}

BOOST_AUTO_TEST_CASE(cache_blocks_are_zeroed) {
  TestMachine m;
  for (int i = 0; i < 32; ++i) m.poke<uint64_t>(kRam + 0x1000 + 8 * i, kAll);
  m.hart().set_reg(a0, kRam + 0x1048);
  m.run({cbo_zero(a0), cbo_zero(a0), ebreak()}, 20);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1038) == kAll);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1040) == 0u);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1078) == 0u);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x1080) == kAll);
}

// The same program with one instruction per block: no pair, no chain, the same result.
BOOST_AUTO_TEST_CASE(blocks_do_not_change_results) {
  const std::vector<uint32_t> words = {
      li(a0, 0),       li(a1, 200),      lui(s0, 0x80001000), slli(s0, s0, 32), srli(s0, s0, 32),
      slli(t0, a1, 3), add(t0, t0, s0),  sd(a1, t0, 0),       ld(t1, t0, 0),    add(a0, a0, t1),
      andi(t2, a1, 7), bne(t2, zero, 8), addi(a0, a0, 3),     sb(a0, t0, 1),    lwu(t1, t0, 0),
      add(a0, a0, t1), addi(a1, a1, -1), bne(a1, zero, -48),  ebreak()};
  TestMachine m;
  TestMachine n;
  n.code().set_max_instructions(1);
  m.run(words, 100000);
  n.run(words, 100000);
  for (unsigned i = 1; i < 32; ++i) BOOST_TEST(m.hart().reg(i) == n.hart().reg(i));
  BOOST_TEST(m.hart().reg(a0) != 0u);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
}
