// SPDX-License-Identifier: Apache-2.0
// Page tables and physical memory protection.
#define BOOST_TEST_MODULE cpu_mmu
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "machine.h"

using namespace ringside::cpu;
using namespace ringside::cpu::as;

namespace {

constexpr uint64_t kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kA = 64, kD = 128;
constexpr uint64_t kRwx = kV | kR | kW | kX | kA | kD;
constexpr uint64_t kTables = kRam + 0x40000;
constexpr uint64_t kData = kRam + 0x20000;
constexpr uint64_t kCode = kRam + 0x1000;
constexpr uint64_t kVirtual = 0x12345000;  // what the tests map

// S-mode with a page table of 3, 4 or 5 levels. Code runs at its physical address by a 1 GiB page.
class Paged : public TestMachine {
 public:
  explicit Paged(unsigned levels, HartOptions options = HartOptions())
      : TestMachine(1, options), levels_(levels) {
    hart().write_csr(csr::kPmpaddr0, ~uint64_t{0} >> 10);
    hart().write_csr(csr::kPmpcfg0, 0x1f);
    map(kRam, kRam & ~((uint64_t{1} << 30) - 1), kRwx, 2);
    program(kTrap, {jal(zero, 0)});
  }
  /// Sets the leaf for `va` at `level`.
  void map(uint64_t va, uint64_t pa, uint64_t flags, unsigned level = 0) {
    leaf_ = entry(va, level);
    poke<uint64_t>(leaf_, pa >> 12 << 10 | flags);
  }
  uint64_t entry(uint64_t va, unsigned level) {
    uint64_t table = kTables;
    for (unsigned l = levels_ - 1; l > level; --l) {
      const uint64_t at = table + ((va >> (12 + 9 * l)) & 511) * 8;
      if (peek<uint64_t>(at) == 0) {
        next_ += 0x1000;
        poke<uint64_t>(at, (kTables + next_) >> 12 << 10 | kV);
      }
      table = peek<uint64_t>(at) >> 10 << 12;
    }
    return table + ((va >> (12 + 9 * level)) & 511) * 8;
  }
  uint64_t leaf() { return peek<uint64_t>(leaf_); }
  void set_leaf(uint64_t pte) { poke<uint64_t>(leaf_, pte); }
  /// Runs in `mode` and gives the cause of the trap that ends it.
  uint64_t run_mode(Mode mode, const std::vector<uint32_t>& words, uint64_t at = kCode) {
    HartCore& h = hart();
    program(kCode, words);
    program(kRam, {sfence_vma(), mret()});
    h.write_csr(csr::kSatp, uint64_t{levels_ + 5} << 60 | kTables >> 12);
    h.write_csr(csr::kMtvec, kTrap);
    h.write_csr(csr::kMepc, at);
    h.write_csr(csr::kMcause, 0);
    const uint64_t keep = csr(csr::kMstatus) & ~mstatus::kMpp;
    h.write_csr(csr::kMstatus, keep | uint64_t{mode} << mstatus::kMppShift);
    h.set_pc(kRam);
    h.set_reg(a0, kVirtual);
    h.run(100);
    return csr(csr::kMcause);
  }

 private:
  unsigned levels_;
  uint64_t next_ = 0;
  uint64_t leaf_ = 0;
};

const std::vector<uint32_t> kLoad = {ld(a1, a0, 8), ecall()};
const std::vector<uint32_t> kStore = {sd(a2, a0, 8), ecall()};

}  // namespace

BOOST_DATA_TEST_CASE(translation_at_all_depths, boost::unit_test::data::make({3u, 4u, 5u}),
                     levels) {
  Paged m(levels);
  m.map(kVirtual, kData, kRwx);
  m.poke<uint64_t>(kData + 8, 0x1234);
  BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kEcallS});
  BOOST_TEST(m.hart().reg(a1) == 0x1234u);
  // The other end of the address space is another page.
  m.hart().set_reg(a2, 99);
  const uint64_t high = ~uint64_t{0} << (11 + 9 * levels) | kVirtual;
  m.map(high, kData + 0x1000, kRwx);
  BOOST_TEST(m.run_mode(kSupervisor, {add(a0, a3, zero), sd(a2, a0, 8), ecall()}) ==
             uint64_t{kStorePage});
  m.hart().set_reg(a3, high);
  BOOST_TEST(m.run_mode(kSupervisor, {add(a0, a3, zero), sd(a2, a0, 8), ecall()}) ==
             uint64_t{kEcallS});
  BOOST_TEST(m.peek<uint64_t>(kData + 0x1008) == 99u);
  // Addresses that are not sign-extended fault.
  m.hart().set_reg(a3, kVirtual | uint64_t{1} << (12 + 9 * levels));
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a3, 8), ecall()}) == uint64_t{kLoadPage});
  BOOST_TEST(m.csr(csr::kMtval) == m.hart().reg(a3) + 8);
}

BOOST_AUTO_TEST_CASE(superpages) {
  Paged m(4);
  m.map(0x40000000, kRam & ~uint64_t{0x1fffff}, kRwx, 1);
  m.poke<uint64_t>(kData, 5);
  m.hart().set_reg(a3, 0x40000000 + kData - kRam);
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a3, 0), ecall()}) == uint64_t{kEcallS});
  BOOST_TEST(m.hart().reg(a1) == 5u);
  m.map(0x40000000, kRam + 0x1000, kRwx, 1);  // misaligned
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a3, 0), ecall()}) == uint64_t{kLoadPage});
}

BOOST_AUTO_TEST_CASE(permissions) {
  struct Row {
    uint64_t flags;
    Mode mode;
    uint64_t status;
    uint64_t load, store;
  };
  const uint64_t ok = kEcallS, user_ok = kEcallU;
  const Row rows[] = {
      {kV | kR | kA | kD, kSupervisor, 0, ok, kStorePage},
      {kV | kX | kA | kD, kSupervisor, 0, kLoadPage, kStorePage},
      {kV | kX | kA | kD, kSupervisor, mstatus::kMxr, ok, kStorePage},
      {kV | kW | kA | kD, kSupervisor, 0, kLoadPage, kStorePage},  // reserved
      {kRwx & ~kV, kSupervisor, 0, kLoadPage, kStorePage},
      {kRwx | kU, kSupervisor, 0, kLoadPage, kStorePage},
      {kRwx | kU, kSupervisor, mstatus::kSum, ok, ok},
      {kRwx, kUser, mstatus::kSum, kInsnPage, kInsnPage},  // code is not U either
      {kRwx | uint64_t{1} << 60, kSupervisor, 0, kLoadPage, kStorePage},
      {kRwx | uint64_t{1} << 63, kSupervisor, 0, kLoadPage, kStorePage},
  };
  for (const Row& r : rows) {
    BOOST_TEST_CONTEXT("flags " << r.flags << " status " << r.status) {
      Paged m(3);
      m.hart().write_csr(csr::kMstatus, r.status);
      m.map(kVirtual, kData, r.flags);
      BOOST_TEST(m.run_mode(r.mode, kLoad) == r.load);
      BOOST_TEST(m.run_mode(r.mode, kStore) == r.store);
    }
  }
  // U-mode runs U pages and S-mode does not, whatever SUM says.
  Paged m(3);
  m.hart().write_csr(csr::kMstatus, mstatus::kSum);
  m.map(kVirtual, kCode, kRwx | kU);
  BOOST_TEST(m.run_mode(kUser, {ecall()}, kVirtual) == user_ok);
  BOOST_TEST(m.run_mode(kSupervisor, {ecall()}, kVirtual) == uint64_t{kInsnPage});
}

BOOST_AUTO_TEST_CASE(sum_changes_at_once) {
  Paged m(3);
  m.map(kVirtual, kData, kRwx | kU);
  m.hart().set_reg(t0, mstatus::kSum);
  BOOST_TEST(m.run_mode(kSupervisor, {csrrs(zero, csr::kSstatus, t0), ld(a1, a0, 0),
                                      csrrc(zero, csr::kSstatus, t0), ld(a1, a0, 0), ecall()}) ==
             uint64_t{kLoadPage});
  BOOST_TEST(m.csr(csr::kMepc) == kCode + 12);
}

BOOST_AUTO_TEST_CASE(accessed_and_dirty_set_by_hardware) {
  Paged m(3);
  m.hart().write_csr(csr::kMenvcfg, envcfg::kAdue);
  m.map(kVirtual, kData, kV | kR | kW);
  BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kEcallS});
  BOOST_TEST((m.leaf() & (kA | kD)) == kA);
  BOOST_TEST(m.run_mode(kSupervisor, kStore) == uint64_t{kEcallS});
  BOOST_TEST((m.leaf() & (kA | kD)) == (kA | kD));
  // A load first, then a store with no fence between: D must not be missed.
  m.map(kVirtual, kData, kV | kR | kW);
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a0, 0), sd(a1, a0, 0), ecall()}) == uint64_t{kEcallS});
  BOOST_TEST((m.leaf() & kD) == kD);
}

BOOST_AUTO_TEST_CASE(accessed_and_dirty_fault_without_svadu) {
  HartOptions without;
  without.svadu = false;
  for (const HartOptions& options : {HartOptions(), without}) {
    Paged m(3, options);
    if (!options.svadu) m.hart().write_csr(csr::kMenvcfg, envcfg::kAdue);  // not writable
    m.map(kVirtual, kData, kV | kR | kW);
    BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kLoadPage});
    m.map(kVirtual, kData, kV | kR | kW | kA);
    BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kEcallS});
    BOOST_TEST(m.run_mode(kSupervisor, kStore) == uint64_t{kStorePage});
    BOOST_TEST((m.leaf() & kD) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(fences_make_changes_visible) {
  Paged m(3);
  m.map(kVirtual, kData, kRwx);
  m.poke<uint64_t>(kData, 1);
  m.poke<uint64_t>(kData + 0x1000, 2);
  const uint64_t changed = (kData + 0x1000) >> 12 << 10 | kRwx;
  // The leaf lies at s2, which the 1 GiB page of RAM maps.
  m.hart().set_reg(s2, m.entry(kVirtual, 0));
  m.hart().set_reg(s3, changed);
  for (const uint32_t fence :
       {sfence_vma(), sfence_vma(a0), sfence_vma(a0, s4), sfence_vma(0, s4)}) {
    m.map(kVirtual, kData, kRwx);
    BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a0, 0), sd(s3, s2, 0), fence, ld(a2, a0, 0),
                                        ecall()}) == uint64_t{kEcallS});
    BOOST_TEST(m.hart().reg(a1) == 1u);
    BOOST_TEST(m.hart().reg(a2) == 2u);
  }
}

// Code that is remapped is fetched from its new place after a fence.
BOOST_AUTO_TEST_CASE(fences_forget_code) {
  Paged m(3);
  m.program(kData, {addi(a5, a5, 1), jalr(zero, ra, 0)});
  m.program(kData + 0x1000, {addi(a5, a5, 100), jalr(zero, ra, 0)});
  m.hart().set_reg(s2, m.entry(kVirtual, 0));
  m.hart().set_reg(s3, (kData + 0x1000) >> 12 << 10 | kRwx);
  for (const uint32_t fence : {sfence_vma(), sfence_vma(a0)}) {
    m.map(kVirtual, kData, kRwx);
    m.hart().set_reg(a5, 0);
    BOOST_TEST(m.run_mode(kSupervisor, {jalr(ra, a0, 0), jalr(ra, a0, 0), sd(s3, s2, 0), fence,
                                        jalr(ra, a0, 0), ecall()}) == uint64_t{kEcallS});
    BOOST_TEST(m.hart().reg(a5) == 102u);
  }
}

BOOST_AUTO_TEST_CASE(address_spaces_do_not_mix) {
  Paged m(3);
  m.map(kVirtual, kData, kRwx);
  m.poke<uint64_t>(kData, 1);
  m.poke<uint64_t>(kData + 0x1000, 2);
  // A second root: the same but for one page.
  const uint64_t other = kTables + 0x20000;
  for (uint64_t i = 0; i < 512; ++i) {
    m.poke<uint64_t>(other + 8 * i, m.peek<uint64_t>(kTables + 8 * i));
  }
  m.poke<uint64_t>(other + 8 * (kVirtual >> 30), (other + 0x1000) >> 12 << 10 | kV);
  m.poke<uint64_t>(other + 0x1000 + 8 * ((kVirtual >> 21) & 511),
                   (other + 0x2000) >> 12 << 10 | kV);
  m.poke<uint64_t>(other + 0x2000 + 8 * ((kVirtual >> 12) & 511),
                   (kData + 0x1000) >> 12 << 10 | kRwx);
  m.hart().set_reg(s2, uint64_t{8} << 60 | uint64_t{7} << 44 | other >> 12);
  // Back and forth without a fence: each root has an ASID of its own.
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a0, 0), csrrw(s3, csr::kSatp, s2), ld(a2, a0, 0),
                                      csrrw(zero, csr::kSatp, s3), ld(a3, a0, 0), ecall()}) ==
             uint64_t{kEcallS});
  BOOST_TEST(m.hart().reg(a1) == 1u);
  BOOST_TEST(m.hart().reg(a2) == 2u);
  BOOST_TEST(m.hart().reg(a3) == 1u);
}

BOOST_AUTO_TEST_CASE(access_across_a_faulting_page_changes_nothing) {
  Paged m(3);
  m.map(kVirtual, kData, kRwx);
  m.hart().set_reg(a2, ~uint64_t{0});
  BOOST_TEST(m.run_mode(kSupervisor, {addi(a0, a0, 2044), sd(a2, a0, 2047), ecall()}) ==
             uint64_t{kStorePage});
  BOOST_TEST(m.csr(csr::kMtval) == kVirtual + 0x1000);
  BOOST_TEST(m.peek<uint64_t>(kData + 0xff8) == 0u);
}

BOOST_AUTO_TEST_CASE(tables_out_of_reach) {
  Paged m(3);
  m.poke<uint64_t>(m.entry(kVirtual, 1), 0x40000000 >> 12 << 10 | kV);  // nothing is there
  BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kLoadAccess});
  BOOST_TEST(m.run_mode(kSupervisor, kStore) == uint64_t{kStoreAccess});
  BOOST_TEST(m.run_mode(kSupervisor, kLoad, kVirtual) == uint64_t{kInsnAccess});
}

BOOST_AUTO_TEST_CASE(protection_of_physical_memory) {
  Paged m(3);
  m.map(kVirtual, kData, kRwx);
  // Entry 0: the 64 bytes at kData read-only; entry 1: everything.
  m.hart().write_csr(csr::kPmpaddr0 + 1, ~uint64_t{0} >> 10);
  m.hart().write_csr(csr::kPmpaddr0, kData >> 2 | 7);
  m.hart().write_csr(csr::kPmpcfg0, 0x1f19);
  BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kEcallS});
  BOOST_TEST(m.run_mode(kSupervisor, kStore) == uint64_t{kStoreAccess});
  BOOST_TEST(m.run_mode(kSupervisor, {sd(a2, a0, 64), sd(a2, a0, 0), ecall()}) ==
             uint64_t{kStoreAccess});
  BOOST_TEST(m.csr(csr::kMepc) == kCode + 4);
  // An access that lies half inside an entry fails.
  BOOST_TEST(m.run_mode(kSupervisor, {ld(a1, a0, 60), ecall()}) == uint64_t{kLoadAccess});
  // Page tables are protected too.
  m.hart().write_csr(csr::kPmpaddr0, kTables >> 2 | 0xfff);
  m.hart().write_csr(csr::kPmpcfg0, 0x1f18);
  BOOST_TEST(m.run_mode(kSupervisor, kLoad) == uint64_t{kInsnAccess});
}

BOOST_AUTO_TEST_CASE(locked_entries_bind_machine_mode) {
  TestMachine m;
  m.hart().write_csr(csr::kPmpaddr0, kData >> 2 | 0x1ff);
  m.hart().write_csr(csr::kPmpcfg0, 0x99);  // locked, NAPOT, R
  m.hart().set_reg(a0, kData);
  m.run({ld(a1, a0, 0), sd(a1, a0, 0)}, 20);
  BOOST_TEST(m.csr(csr::kMcause) == uint64_t{kStoreAccess});
  m.hart().write_csr(csr::kPmpcfg0, 0x1f);
  BOOST_TEST(m.csr(csr::kPmpcfg0) == 0x99u);
  m.hart().write_csr(csr::kPmpaddr0, 0);
  BOOST_TEST(m.csr(csr::kPmpaddr0) == (kData >> 2 | 0x1ff));
}

BOOST_AUTO_TEST_CASE(no_entry_no_access_below_machine_mode) {
  Pmp pmp;
  pmp.reset();
  BOOST_TEST(pmp.allows(kRam, 8, kMachine, Access::kStore));
  BOOST_TEST(!pmp.allows(kRam, 8, kSupervisor, Access::kLoad));
  pmp.set_address(0, kRam >> 2);
  pmp.set_address(1, (kRam + 0x1000) >> 2);
  pmp.set_config(0, 0x0d00);  // entry 1: TOR, R and X
  BOOST_TEST(pmp.allows(kRam, 4, kUser, Access::kExec));
  BOOST_TEST(pmp.allows(kRam + 0xffc, 4, kUser, Access::kLoad));
  BOOST_TEST(!pmp.allows(kRam + 0x1000, 4, kUser, Access::kLoad));
  BOOST_TEST(!pmp.allows(kRam + 0xffe, 4, kUser, Access::kLoad));
  BOOST_TEST(!pmp.allows(kRam - 4, 4, kUser, Access::kLoad));
  BOOST_TEST(!pmp.allows(kRam, 4, kUser, Access::kStore));
  BOOST_TEST(pmp.allows(kRam, 4, kMachine, Access::kStore));
  pmp.set_config(0, 0x0e00);  // W without R is reserved: no rights
  BOOST_TEST(!pmp.allows(kRam, 4, kUser, Access::kStore));
}
