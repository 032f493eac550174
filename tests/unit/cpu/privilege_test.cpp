// SPDX-License-Identifier: Apache-2.0
// Modes, traps, delegation, access rights of CSRs.
#define BOOST_TEST_MODULE cpu_privilege
#include <boost/test/unit_test.hpp>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

namespace {

constexpr uint64_t kCode = kRam + 0x1000;

// All of memory open to S and U.
void open_memory(TestMachine& m) {
  m.hart().write_csr(csr::kPmpaddr0, ~uint64_t{0} >> 10);
  m.hart().write_csr(csr::kPmpcfg0, 0x1f);
}

// Runs `words` in `mode`; traps to M end in a loop.
void run_in(TestMachine& m, Mode mode, const std::vector<uint32_t>& words, uint64_t cycles = 100) {
  open_memory(m);
  m.program(kCode, words);
  m.program(TestMachine::kTrap, {jal(zero, 0)});
  m.program(kRam, {mret()});
  HartCore& h = m.hart();
  h.write_csr(csr::kMtvec, TestMachine::kTrap);
  h.write_csr(csr::kMepc, kCode);
  h.write_csr(csr::kMcause, 0);
  const uint64_t keep = m.csr(csr::kMstatus) & ~mstatus::kMpp;
  h.write_csr(csr::kMstatus, keep | uint64_t{mode} << mstatus::kMppShift);
  h.set_pc(kRam);
  h.run(cycles);
}

bool traps(Mode mode, uint32_t word, uint64_t mstatus_bits = 0) {
  TestMachine m;
  m.hart().write_csr(csr::kMstatus, mstatus_bits);
  run_in(m, mode, {word, ebreak()}, 20);
  const uint64_t cause = m.csr(csr::kMcause);
  if (cause == kIllegal) {
    BOOST_TEST(m.csr(csr::kMtval) == word);
    BOOST_TEST(m.csr(csr::kMepc) == kCode);
    BOOST_TEST(((m.csr(csr::kMstatus) & mstatus::kMpp) >> mstatus::kMppShift) == uint64_t{mode});
  }
  return cause == kIllegal;
}

}  // namespace

BOOST_AUTO_TEST_CASE(csr_numbers_carry_their_rights) {
  BOOST_TEST(!traps(kMachine, csrr(a0, csr::kMstatus)));
  BOOST_TEST(traps(kSupervisor, csrr(a0, csr::kMstatus)));
  BOOST_TEST(!traps(kSupervisor, csrr(a0, csr::kSstatus)));
  BOOST_TEST(traps(kUser, csrr(a0, csr::kSstatus)));
  // 0xfxx and 0xcxx are read-only; CSRRS with x0 does not write.
  BOOST_TEST(traps(kMachine, csrw(csr::kMhartid, a0)));
  BOOST_TEST(!traps(kMachine, csrr(a0, csr::kMhartid)));
  BOOST_TEST(traps(kMachine, csrr(a0, 0x7ff)));
  BOOST_TEST(traps(kMachine, csrr(a0, csr::kMtopi)));  // no AIA here
}

BOOST_AUTO_TEST_CASE(counters_are_gated) {
  BOOST_TEST(traps(kSupervisor, csrr(a0, csr::kTime)));
  TestMachine m;
  m.hart().write_csr(csr::kMcounteren, 2);
  m.clock().base = 1000;
  run_in(m, kSupervisor, {csrr(a0, csr::kTime), csrr(a1, csr::kCycle)});
  BOOST_TEST(m.hart().reg(a0) >= 1000u);
  BOOST_TEST(m.csr(csr::kMepc) == kCode + 4);  // cycle is still closed
  run_in(m, kUser, {csrr(a0, csr::kTime)});
  BOOST_TEST(m.csr(csr::kMepc) == kCode);
  m.hart().write_csr(csr::kScounteren, 2);
  run_in(m, kUser, {csrr(a0, csr::kTime), ecall()});
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kEcallU});
}

BOOST_AUTO_TEST_CASE(returns_and_fences_need_rights) {
  BOOST_TEST(traps(kSupervisor, mret()));
  BOOST_TEST(traps(kUser, sret()));
  BOOST_TEST(traps(kUser, wfi()));
  BOOST_TEST(traps(kUser, sfence_vma()));
  BOOST_TEST(!traps(kSupervisor, sfence_vma()));
  BOOST_TEST(traps(kSupervisor, sret(), mstatus::kTsr));
  BOOST_TEST(traps(kSupervisor, wfi(), mstatus::kTw));
  BOOST_TEST(traps(kSupervisor, sfence_vma(), mstatus::kTvm));
  BOOST_TEST(traps(kSupervisor, csrr(a0, csr::kSatp), mstatus::kTvm));
  BOOST_TEST(!traps(kSupervisor, csrr(a0, csr::kSatp)));
}

BOOST_AUTO_TEST_CASE(floating_point_needs_fs) {
  const uint32_t add = 0x02b57553;  // fadd.d fa0,fa0,fa1
  BOOST_TEST(traps(kMachine, add));
  BOOST_TEST(traps(kMachine, csrr(a0, csr::kFcsr)));
  TestMachine m;
  m.hart().write_csr(csr::kMstatus, uint64_t{1} << 13);  // Initial
  m.hart().set_freg(10, 0x3ff0000000000000);
  m.hart().set_freg(11, 0x4000000000000000);
  run_in(m, kMachine, {add, csrr(a0, csr::kMstatus), ebreak()});
  BOOST_TEST(m.hart().freg(10) == 0x4008000000000000u);
  BOOST_TEST((m.hart().reg(a0) & mstatus::kFs) == mstatus::kFs);  // Dirty
  BOOST_TEST((m.hart().reg(a0) & mstatus::kSd) != 0u);
  // A reserved mode in frm makes instructions that round dynamically illegal.
  m.hart().write_csr(csr::kFrm, 5);
  run_in(m, kMachine, {add, ebreak()});
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kIllegal});
}

BOOST_AUTO_TEST_CASE(exceptions_are_delegated) {
  TestMachine m;
  const uint64_t handler = kRam + 0x2000;
  m.program(handler, {jal(zero, 0)});
  m.hart().write_csr(csr::kStvec, handler);
  m.hart().write_csr(csr::kMedeleg, uint64_t{1} << kEcallU);
  m.hart().write_csr(csr::kSstatus, mstatus::kSie);
  run_in(m, kUser, {nop(), ecall()});
  BOOST_TEST(m.hart().pc() == handler);
  BOOST_TEST(m.hart().mode() == kSupervisor);
  BOOST_TEST(m.csr(csr::kScause) == uint64_t{kEcallU});
  BOOST_TEST(m.csr(csr::kSepc) == kCode + 4);
  const uint64_t status = m.csr(csr::kMstatus);
  BOOST_TEST((status & mstatus::kSpp) == 0u);
  BOOST_TEST((status & mstatus::kSie) == 0u);
  BOOST_TEST((status & mstatus::kSpie) != 0u);
}

BOOST_AUTO_TEST_CASE(sret_goes_back) {
  TestMachine m;
  const uint64_t handler = kRam + 0x2000;
  m.hart().write_csr(csr::kStvec, handler);
  m.hart().write_csr(csr::kMedeleg, uint64_t{1} << kEcallU);
  m.program(handler, {csrr(t0, csr::kSepc), addi(t0, t0, 4), csrw(csr::kSepc, t0), sret()});
  run_in(m, kUser, {ecall(), addi(a0, zero, 77), ebreak()});
  BOOST_TEST(m.hart().reg(a0) == 77u);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kBreakpoint});
  // From M-mode nothing is delegated.
  m.hart().write_csr(csr::kMedeleg, ~uint64_t{0});
  run_in(m, kMachine, {ebreak()});
  BOOST_TEST(m.hart().mode() == kMachine);
  BOOST_TEST((m.csr(csr::kMedeleg) & (1u << kEcallM)) == 0u);
}

BOOST_AUTO_TEST_CASE(fields_keep_legal_values) {
  TestMachine m;
  HartCore& h = m.hart();
  h.write_csr(csr::kMstatus, uint64_t{1} << mstatus::kMppShift);
  h.write_csr(csr::kMstatus, uint64_t{2} << mstatus::kMppShift);
  BOOST_TEST((m.csr(csr::kMstatus) & mstatus::kMpp) == uint64_t{1} << mstatus::kMppShift);
  BOOST_TEST((m.csr(csr::kMstatus) & mstatus::kUxl) == mstatus::kUxl);
  h.write_csr(csr::kMtvec, kRam + 3);
  BOOST_TEST(m.csr(csr::kMtvec) == kRam + 1);
  h.write_csr(csr::kMepc, kRam + 3);
  BOOST_TEST(m.csr(csr::kMepc) == kRam + 2);
  h.write_csr(csr::kSatp, uint64_t{8} << 60 | 5);
  h.write_csr(csr::kSatp, uint64_t{11} << 60 | 9);
  BOOST_TEST(m.csr(csr::kSatp) == (uint64_t{8} << 60 | 5));
  h.write_csr(csr::kMisa, 0);
  BOOST_TEST((m.csr(csr::kMisa) & 0x3ffffff) == 0x14112du);  // ACDFIMSU
}

BOOST_AUTO_TEST_CASE(mprv_uses_the_previous_mode) {
  TestMachine m;
  open_memory(m);
  // A locked-less PMP entry that S may only read: M can write, except through MPRV.
  m.hart().write_csr(csr::kPmpcfg0, 0x19);
  m.hart().set_reg(a0, kRam + 0x3000);
  m.program(kRam, {sd(a0, a0, 0), csrrs(zero, csr::kMstatus, t0), sd(a0, a0, 8), jal(zero, 0)});
  m.program(TestMachine::kTrap, {jal(zero, 0)});
  m.hart().write_csr(csr::kMtvec, TestMachine::kTrap);
  m.hart().write_csr(csr::kMstatus, uint64_t{kSupervisor} << mstatus::kMppShift);
  m.hart().set_reg(t0, mstatus::kMprv);
  m.hart().set_pc(kRam);
  m.hart().run(50);
  BOOST_TEST(m.peek<uint64_t>(kRam + 0x3000) == kRam + 0x3000);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kStoreAccess});
  BOOST_TEST(m.csr(csr::kMepc) == kRam + 8);
}

BOOST_AUTO_TEST_CASE(counter_inhibit_and_writes) {
  TestMachine m;
  m.hart().set_reg(a0, 100);
  m.hart().set_reg(a1, 4);
  m.run({csrw(csr::kMinstret, a0), csrr(a2, csr::kMinstret), csrw(csr::kMcountinhibit, a1),
         csrr(a3, csr::kMinstret), nop(), csrr(a4, csr::kMinstret), csrw(csr::kMcountinhibit, zero),
         csrr(a5, csr::kMinstret), ebreak()},
        50);
  BOOST_TEST(m.hart().reg(a2) == 100u);
  BOOST_TEST(m.hart().reg(a4) == m.hart().reg(a3));
  BOOST_TEST(m.hart().reg(a5) == m.hart().reg(a3) + 1);
}

BOOST_AUTO_TEST_CASE(cache_block_rights) {
  BOOST_TEST(traps(kSupervisor, cbo_zero(sp)));
  TestMachine m;
  m.hart().write_csr(csr::kMenvcfg, envcfg::kCbze);
  m.hart().set_reg(sp, kRam + 0x4000);
  run_in(m, kSupervisor, {cbo_zero(sp), ecall()});
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kEcallS});
  run_in(m, kUser, {cbo_zero(sp), ecall()});
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kIllegal});
}
