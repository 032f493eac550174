// SPDX-License-Identifier: Apache-2.0
// Interrupts, WFI, the supervisor timer, the AIA's CSRs.
#define BOOST_TEST_MODULE cpu_interrupt
#include <boost/test/unit_test.hpp>
#include <map>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

namespace {

constexpr uint64_t kCode = kRam + 0x1000;
constexpr uint64_t kHandler = kRam + 0x2000;

void start(TestMachine& m, Mode mode, const std::vector<uint32_t>& words) {
  HartCore& h = m.hart();
  h.write_csr(csr::kPmpaddr0, ~uint64_t{0} >> 10);
  h.write_csr(csr::kPmpcfg0, 0x1f);
  m.program(kCode, words);
  m.program(TestMachine::kTrap, {jal(zero, 0)});
  m.program(kHandler, {jal(zero, 0)});
  m.program(kRam, {mret()});
  h.write_csr(csr::kMtvec, TestMachine::kTrap);
  h.write_csr(csr::kStvec, kHandler);
  h.write_csr(csr::kMepc, kCode);
  const uint64_t keep = m.csr(csr::kMstatus) & ~mstatus::kMpp;
  h.write_csr(csr::kMstatus, keep | uint64_t{mode} << mstatus::kMppShift);
  h.set_pc(kRam);
}

const std::vector<uint32_t> kSpin = {addi(a0, a0, 1), jal(zero, -4)};

/// Two files that remember what is pending.
struct Files : InterruptFile {
  std::map<unsigned, uint64_t> regs[2];
  uint32_t pending[2] = {0, 0};
  int claims[2] = {0, 0};
  bool read(bool machine, unsigned select, uint64_t& value) override {
    value = regs[machine][select];
    return true;
  }
  bool write(bool machine, unsigned select, uint64_t value) override {
    regs[machine][select] = value;
    return true;
  }
  uint32_t top(bool machine) override { return pending[machine]; }
  void claim(bool machine) override { ++claims[machine]; }
};

HartOptions with_aia() {
  HartOptions o;
  o.aia = true;
  return o;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_interrupt_is_taken_when_enabled) {
  TestMachine m;
  start(m, kMachine, kSpin);
  m.hart().write_csr(csr::kMie, irq_bit(kIrqMti));
  m.hart().set_interrupt(kIrqMti, true);
  m.hart().run(50);
  BOOST_TEST(m.hart().pc() != TestMachine::kTrap);  // MIE is 0
  m.hart().write_csr(csr::kMstatus, mstatus::kMie);
  m.hart().run(50);
  BOOST_TEST(m.hart().pc() == TestMachine::kTrap);
  BOOST_TEST(m.csr(csr::kMcause) == (kCauseInterrupt | kIrqMti));
  BOOST_TEST(m.csr(csr::kMstatus) % 16 == 0u);
  BOOST_TEST((m.csr(csr::kMip) & irq_bit(kIrqMti)) != 0u);
  m.hart().set_interrupt(kIrqMti, false);
  BOOST_TEST(m.csr(csr::kMip) == 0u);
}

// Raised in the middle of a run, an interrupt does not wait for the end of the budget.
BOOST_AUTO_TEST_CASE(an_interrupt_lands_within_a_block) {
  TestMachine m;
  m.hart().write_csr(csr::kMie, irq_bit(kIrqMei));
  m.hart().write_csr(csr::kMstatus, mstatus::kMie);
  m.hart().set_reg(s1, kDevice);
  m.program(TestMachine::kTrap, {csrr(a3, csr::kMinstret), jal(zero, 0)});
  m.program(kRam, {sw(zero, s1, 0), nop(), jal(zero, 4), nop(), nop(), jal(zero, 0)});
  m.hart().write_csr(csr::kMtvec, TestMachine::kTrap);
  m.on_access = [&] { m.hart().set_interrupt(kIrqMei, true); };
  m.hart().set_pc(kRam);
  m.hart().run(1000);
  BOOST_TEST(m.csr(csr::kMepc) == kRam + 12);
  BOOST_TEST(m.hart().reg(a3) == 3u);
  BOOST_TEST(m.hart().cycles() >= 1000u);  // and the budget is still used up
  BOOST_TEST(m.hart().cycles() < 1010u);
}

BOOST_AUTO_TEST_CASE(delegation_priority_and_vectors) {
  TestMachine m;
  start(m, kUser, kSpin);
  HartCore& h = m.hart();
  h.write_csr(csr::kMideleg, ~uint64_t{0});
  BOOST_TEST(m.csr(csr::kMideleg) == kSupervisorIrqs);
  h.write_csr(csr::kMie, ~uint64_t{0});
  h.write_csr(csr::kStvec, kHandler | 1);
  for (int i = 0; i < 16; ++i) m.program(kHandler + 4 * i, {jal(zero, 0)});
  h.set_interrupt(kIrqSsi, true);
  h.set_interrupt(kIrqSei, true);
  h.run(50);
  BOOST_TEST(m.csr(csr::kScause) == (kCauseInterrupt | kIrqSei));
  BOOST_TEST(h.pc() == kHandler + 4 * kIrqSei);
  BOOST_TEST(h.mode() == kSupervisor);
  // A machine interrupt goes first, also from within the handler.
  h.set_interrupt(kIrqMsi, true);
  h.run(50);
  BOOST_TEST(m.csr(csr::kMcause) == (kCauseInterrupt | kIrqMsi));
  BOOST_TEST(h.mode() == kMachine);
}

BOOST_AUTO_TEST_CASE(supervisor_sees_its_own_bits_only) {
  TestMachine m;
  HartCore& h = m.hart();
  h.write_csr(csr::kMideleg, irq_bit(kIrqSsi) | irq_bit(kIrqSti));
  h.write_csr(csr::kMie, ~uint64_t{0});
  BOOST_TEST(m.csr(csr::kSie) == (irq_bit(kIrqSsi) | irq_bit(kIrqSti)));
  h.write_csr(csr::kSip, ~uint64_t{0});
  BOOST_TEST(m.csr(csr::kMip) == irq_bit(kIrqSsi));
  h.write_csr(csr::kSie, 0);
  BOOST_TEST(m.csr(csr::kMie) == (kMachineIrqs | irq_bit(kIrqSei)));
  // A line that is high does not stick to the software bit by a read-modify-write.
  h.set_interrupt(kIrqSei, true);
  m.hart().set_reg(t0, irq_bit(kIrqSti));
  m.run({csrrs(a0, csr::kMip, t0), ebreak()}, 20);
  BOOST_TEST((h.reg(a0) & irq_bit(kIrqSei)) != 0u);
  h.set_interrupt(kIrqSei, false);
  BOOST_TEST((m.csr(csr::kMip) & irq_bit(kIrqSei)) == 0u);
}

BOOST_AUTO_TEST_CASE(wfi_waits) {
  TestMachine m;
  m.program(kRam, {wfi(), addi(a1, a1, 1), wfi(), jal(zero, 0)});
  HartCore& h = m.hart();
  h.write_csr(csr::kMie, irq_bit(kIrqMsi));
  h.set_pc(kRam);
  BOOST_TEST((h.run(1000) == RunExit::kWfi));
  BOOST_TEST(h.cycles() < 5u);
  BOOST_TEST((h.run(1000) == RunExit::kWfi));
  BOOST_TEST(h.reg(a1) == 0u);
  BOOST_TEST(!h.wake_pending());
  // Enabled in mie is enough to go on; it is not taken while MIE is 0.
  h.set_interrupt(kIrqMsi, true);
  BOOST_TEST(h.wake_pending());
  BOOST_TEST((h.run(1000) == RunExit::kBudget));
  BOOST_TEST(h.reg(a1) == 1u);
  BOOST_TEST(m.hart().pc() == kRam + 12);
}

BOOST_AUTO_TEST_CASE(supervisor_timer) {
  TestMachine m;
  start(m, kSupervisor, {csrw(csr::kStimecmp, t0), addi(a0, a0, 1), jal(zero, -4)});
  HartCore& h = m.hart();
  // Closed until menvcfg.STCE and mcounteren.TM open it.
  h.run(20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kIllegal});
  start(m, kSupervisor, {csrw(csr::kStimecmp, t0), addi(a0, a0, 1), jal(zero, -4)});
  h.write_csr(csr::kMenvcfg, envcfg::kStce);
  h.write_csr(csr::kMcounteren, 2);
  h.write_csr(csr::kMideleg, ~uint64_t{0});
  h.write_csr(csr::kSie, irq_bit(kIrqSti));
  h.write_csr(csr::kSstatus, mstatus::kSie);
  h.set_reg(t0, 500);
  h.run(300);
  BOOST_TEST(m.clock().deadline == 500u);
  BOOST_TEST((m.csr(csr::kMip) & irq_bit(kIrqSti)) == 0u);
  BOOST_TEST(h.reg(a0) > 50u);
  h.run(300);
  h.timer_expired();  // what the clock does at its deadline
  h.run(10);
  BOOST_TEST(m.csr(csr::kScause) == (kCauseInterrupt | kIrqSti));
  BOOST_TEST(h.pc() == kHandler);
  h.write_csr(csr::kStimecmp, 100000);
  BOOST_TEST((m.csr(csr::kSip) & irq_bit(kIrqSti)) == 0u);
  // STIP is not software's any more.
  h.write_csr(csr::kMip, irq_bit(kIrqSti));
  BOOST_TEST((m.csr(csr::kMip) & irq_bit(kIrqSti)) == 0u);
  h.write_csr(csr::kMenvcfg, 0);
  h.write_csr(csr::kMip, irq_bit(kIrqSti));
  BOOST_TEST((m.csr(csr::kMip) & irq_bit(kIrqSti)) != 0u);
}

BOOST_AUTO_TEST_CASE(top_interrupt) {
  TestMachine m(1, with_aia());
  HartCore& h = m.hart();
  BOOST_TEST(m.csr(csr::kMtopi) == 0u);
  h.write_csr(csr::kMie, ~uint64_t{0});
  h.write_csr(csr::kMideleg, irq_bit(kIrqSsi));
  h.set_interrupt(kIrqMti, true);
  h.set_interrupt(kIrqSei, true);
  h.set_interrupt(kIrqSsi, true);
  BOOST_TEST(m.csr(csr::kMtopi) == (uint64_t{kIrqMti} << 16 | 1));
  BOOST_TEST(m.csr(csr::kStopi) == (uint64_t{kIrqSsi} << 16 | 1));
  h.set_interrupt(kIrqMti, false);
  BOOST_TEST(m.csr(csr::kMtopi) == (uint64_t{kIrqSei} << 16 | 1));
}

BOOST_AUTO_TEST_CASE(external_interrupts_are_claimed) {
  Files files;
  TestMachine m(1, with_aia(), &files);
  files.pending[0] = 5 << 16 | 5;
  files.pending[1] = 9 << 16 | 9;
  m.run({csrrw(a0, csr::kStopei, zero), csrr(a1, csr::kMtopei), ebreak()}, 20);
  BOOST_TEST(m.hart().reg(a0) == 0x50005u);
  BOOST_TEST(m.hart().reg(a1) == 0x90009u);
  BOOST_TEST(files.claims[0] == 1);
  BOOST_TEST(files.claims[1] == 0);
}

BOOST_AUTO_TEST_CASE(indirect_registers) {
  Files files;
  TestMachine m(1, with_aia(), &files);
  HartCore& h = m.hart();
  uint64_t value = 0;
  h.write_csr(csr::kSiselect, 0x70);
  BOOST_TEST(h.write_csr(csr::kSireg, 1));
  BOOST_TEST(files.regs[0][0x70] == 1u);
  BOOST_TEST(files.regs[1][0x70] == 0u);
  h.write_csr(csr::kMiselect, 0xc2);
  BOOST_TEST(h.write_csr(csr::kMireg, 0xff));
  BOOST_TEST(files.regs[1][0xc2] == 0xffu);
  // On RV64 odd registers of the arrays do not exist, iprio reads as zero.
  h.write_csr(csr::kSiselect, 0x81);
  BOOST_TEST(!h.read_csr(csr::kSireg, value));
  h.write_csr(csr::kSiselect, 0x30);
  BOOST_TEST(h.read_csr(csr::kSireg, value));
  BOOST_TEST(value == 0u);
  h.write_csr(csr::kSiselect, 0x31);
  BOOST_TEST(!h.read_csr(csr::kSireg, value));
  h.write_csr(csr::kSiselect, 0x200);
  BOOST_TEST(!h.read_csr(csr::kSireg, value));
  // mvien.SEIP takes the file from S-mode.
  h.write_csr(csr::kMvien, irq_bit(kIrqSei));
  h.write_csr(csr::kSiselect, 0x70);
  BOOST_TEST(!h.read_csr(csr::kSireg, value));
  BOOST_TEST(!h.read_csr(csr::kStopei, value));
}

BOOST_AUTO_TEST_CASE(machine_mode_injects) {
  TestMachine m(1, with_aia());
  start(m, kSupervisor, kSpin);
  HartCore& h = m.hart();
  h.write_csr(csr::kMvien, irq_bit(kIrqSsi));
  h.write_csr(csr::kSie, irq_bit(kIrqSsi));
  h.write_csr(csr::kSstatus, mstatus::kSie);
  BOOST_TEST(m.csr(csr::kMie) == 0u);
  h.write_csr(csr::kMvip, irq_bit(kIrqSsi));
  BOOST_TEST(m.csr(csr::kMip) == 0u);
  BOOST_TEST(m.csr(csr::kSip) == irq_bit(kIrqSsi));
  h.run(50);
  BOOST_TEST(m.csr(csr::kScause) == (kCauseInterrupt | kIrqSsi));
  h.write_csr(csr::kSip, 0);
  BOOST_TEST(m.csr(csr::kMvip) == 0u);
}

BOOST_AUTO_TEST_CASE(a_storm_of_interrupts_uses_up_the_budget) {
  TestMachine m;
  // The handler returns at once while the line stays high.
  m.program(TestMachine::kTrap, {mret()});
  m.program(kRam, {jal(zero, 0)});
  HartCore& h = m.hart();
  h.write_csr(csr::kMtvec, TestMachine::kTrap);
  h.write_csr(csr::kMie, irq_bit(kIrqMei));
  h.write_csr(csr::kMstatus, mstatus::kMie);
  h.set_interrupt(kIrqMei, true);
  h.set_pc(kRam);
  h.run(10000);
  BOOST_TEST(h.cycles() >= 10000u);
  BOOST_TEST(h.stats().interrupts > 1000u);
}
