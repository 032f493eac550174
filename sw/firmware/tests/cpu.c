// SPDX-License-Identifier: Apache-2.0
// The hart as firmware meets it: exceptions and their causes, privilege modes, PMP, address
// translation, Sstc, atomics and floating point. Privileged Architecture 20240411.
#include "lib/base.h"

#define UNMAPPED 0x00200000ul  // nothing on the board there

#define CAUSE_FETCH_FAULT 1
#define CAUSE_ILLEGAL 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_LOAD_FAULT 5
#define CAUSE_STORE_FAULT 7
#define CAUSE_ECALL_U 8
#define CAUSE_ECALL_S 9
#define CAUSE_ECALL_M 11
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE 13
#define CAUSE_STORE_PAGE 15

#define MODE_U 0ul
#define MODE_S 1ul
#define MODE_M 3ul

// ---- exceptions in M-mode

static void expect(const char* name, u64 cause, u64 value, bool check_value) {
  u64 got_value, got = trapped(&got_value);
  test_begin("trap/%s", name);
  test_check(got == cause, "cause %ld, not %ld", got, cause);
  if (check_value) test_check(got_value == value, "mtval %lx, not %lx", got_value, value);
  test_end();
}

static void test_traps(void) {
  expect_trap();
  (void)read32(UNMAPPED);
  expect("load-unmapped", CAUSE_LOAD_FAULT, UNMAPPED, true);
  expect_trap();
  write32(UNMAPPED, 1);
  expect("store-unmapped", CAUSE_STORE_FAULT, UNMAPPED, true);
  expect_trap();
  __asm__ volatile(".4byte 0xffffffff" ::: "memory");
  expect("illegal", CAUSE_ILLEGAL, 0xffffffff, false);
  expect_trap();
  csr_write(0xc00, 0);  // cycle is read-only
  expect("csr-read-only", CAUSE_ILLEGAL, 0, false);
  expect_trap();
  __asm__ volatile("ecall" ::: "memory");
  expect("ecall-m", CAUSE_ECALL_M, 0, true);
  expect_trap();
  __asm__ volatile("ebreak" ::: "memory");
  expect("ebreak", CAUSE_BREAKPOINT, 0, false);
}

// ---- lower privilege: run a function in a mode until it traps

static u64 mode_stack[512] __attribute__((aligned(16)));

// Enters the mode at `function`; any trap ends it and comes back as if run_in_mode had returned
// what was in a0. Callee-saved registers live on the M-mode stack meanwhile, its pointer in
// mscratch.
u64 run_in_mode(u64 mode, u64 (*function)(u64), u64 argument, u64 stack);
__asm__(
    ".text\n.globl run_in_mode\nrun_in_mode:\n"
    "addi sp, sp, -128\n"
    "sd ra, 0(sp)\nsd s0, 8(sp)\nsd s1, 16(sp)\nsd s2, 24(sp)\nsd s3, 32(sp)\nsd s4, 40(sp)\n"
    "sd s5, 48(sp)\nsd s6, 56(sp)\nsd s7, 64(sp)\nsd s8, 72(sp)\nsd s9, 80(sp)\nsd s10, 88(sp)\n"
    "sd s11, 96(sp)\nsd gp, 104(sp)\nsd tp, 112(sp)\n"
    "csrr t0, mtvec\nsd t0, 120(sp)\n"
    "csrw mscratch, sp\n"
    "la t0, 1f\ncsrw mtvec, t0\n"
    "li t0, 0x1800\ncsrc mstatus, t0\n"  // MPP
    "slli a0, a0, 11\ncsrs mstatus, a0\n"
    "la t0, 2f\ncsrw mepc, t0\n"
    "mv t1, a1\nmv a0, a2\nmv sp, a3\n"
    "mret\n"
    "2: jalr t1\n"
    "ecall\n"
    ".balign 4\n"
    "1: csrrw sp, mscratch, zero\n"  // any trap of the lower mode ends it; a0 is kept for an ecall
    "ld t0, 120(sp)\ncsrw mtvec, t0\n"
    "ld ra, 0(sp)\nld s0, 8(sp)\nld s1, 16(sp)\nld s2, 24(sp)\nld s3, 32(sp)\nld s4, 40(sp)\n"
    "ld s5, 48(sp)\nld s6, 56(sp)\nld s7, 64(sp)\nld s8, 72(sp)\nld s9, 80(sp)\nld s10, 88(sp)\n"
    "ld s11, 96(sp)\nld gp, 104(sp)\nld tp, 112(sp)\n"
    "addi sp, sp, 128\nret\n");

// Runs it; returns the cause of the trap that ended it, and what was in a0.
static u64 in_mode(u64 mode, u64 (*function)(u64), u64 argument, u64* result) {
  csr_clear(mstatus, MSTATUS_MIE);
  u64 r = run_in_mode(mode, function, argument, (u64)(mode_stack + 512));
  csr_set(mstatus, MSTATUS_MIE);
  if (result) *result = r;
  return csr_read(mcause);
}

static u64 add_one(u64 x) {
  return x + 1;
}
static u64 load(u64 address) {
  return *(volatile u64*)address;
}
static u64 store(u64 address) {
  return *(volatile u64*)address = 0x5a5a;
}
static u64 read_mstatus(u64 x) {
  return x + csr_read(mstatus);
}
static u64 read_satp(u64 x) {
  return x + csr_read(satp);
}
static u64 jump(u64 address) {
  return ((u64(*)(u64))address)(41);
}

static void pmp_open(void) {
  csr_write(pmpaddr0, ~0ul);
  csr_write(pmpcfg0, 0x1f);  // NAPOT over everything, RWX
}

static void test_modes(void) {
  u64 result;
  pmp_open();
  test_begin("mode/s-ecall");
  test_check(in_mode(MODE_S, add_one, 41, &result) == CAUSE_ECALL_S, "cause %lu", csr_read(mcause));
  test_check(result == 42, "result %lu", result);
  test_end();
  test_begin("mode/u-ecall");
  test_check(in_mode(MODE_U, add_one, 41, &result) == CAUSE_ECALL_U, "cause %lu", csr_read(mcause));
  test_check(result == 42, "result %lu", result);
  test_end();
  test_begin("mode/s-mstatus");
  test_check(in_mode(MODE_S, read_mstatus, 0, 0) == CAUSE_ILLEGAL, "cause %lu", csr_read(mcause));
  test_end();
  test_begin("mode/u-satp");
  test_check(in_mode(MODE_U, read_satp, 0, 0) == CAUSE_ILLEGAL, "cause %lu", csr_read(mcause));
  test_end();
  test_begin("mode/s-satp-tvm");
  test_check(in_mode(MODE_S, read_satp, 0, 0) == CAUSE_ECALL_S, "cause %lu", csr_read(mcause));
  csr_set(mstatus, 1ul << 20);  // TVM
  test_check(in_mode(MODE_S, read_satp, 0, 0) == CAUSE_ILLEGAL, "with TVM: cause %lu",
             csr_read(mcause));
  csr_clear(mstatus, 1ul << 20);
  test_end();
}

static u64 guarded[512] __attribute__((aligned(4096)));

static void test_pmp(void) {
  u64 at = (u64)guarded;
  // Entry 0: the page, NAPOT, read only; entry 1: everything.
  csr_write(pmpaddr0, at >> 2 | 0x1ff);
  csr_write(pmpaddr1, ~0ul);
  csr_write(pmpcfg0, 0x1f19);
  test_begin("pmp/read-only");
  test_check(in_mode(MODE_S, load, at, 0) == CAUSE_ECALL_S, "load: cause %lu", csr_read(mcause));
  test_check(in_mode(MODE_S, store, at, 0) == CAUSE_STORE_FAULT, "store: cause %lu",
             csr_read(mcause));
  test_check(csr_read(mtval) == at, "mtval %lx", csr_read(mtval));
  test_check(in_mode(MODE_S, jump, at, 0) == CAUSE_FETCH_FAULT, "fetch: cause %lu",
             csr_read(mcause));
  guarded[0] = 7;  // M-mode is not bound by an unlocked entry
  test_check(guarded[0] == 7, "M-mode cannot store");
  test_end();
  test_begin("pmp/none");
  csr_write(pmpcfg0, 0x1f18);
  test_check(in_mode(MODE_U, load, at + 8, 0) == CAUSE_LOAD_FAULT, "cause %lu", csr_read(mcause));
  test_end();
  csr_write(pmpcfg0, 0);
  csr_write(pmpaddr1, 0);
  pmp_open();
}

// ---- address translation

#define PTE_V 1ul
#define PTE_R 2ul
#define PTE_W 4ul
#define PTE_X 8ul
#define PTE_U 16ul
#define PTE_A 64ul
#define PTE_D 128ul
#define VIRTUAL 0x40000000ul  // maps to `guarded`
#define RAM 0x80000000ul

static u64 tables[6][512] __attribute__((aligned(4096)));

static u64 link_to(u64* table) {
  return (u64)table >> 12 << 10 | PTE_V;
}

// RAM as one 1 GiB leaf for the code, and one 4 KiB page at VIRTUAL; returns the page's entry.
static u64* map(int levels, u64 page_flags) {
  memset(tables, 0, sizeof tables);
  for (int i = 0; i < levels - 3; i++) tables[i][0] = link_to(tables[i + 1]);
  u64* gigabytes = tables[levels - 3];
  gigabytes[RAM >> 30] = RAM >> 12 << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
  gigabytes[VIRTUAL >> 30] = link_to(tables[4]);
  tables[4][0] = link_to(tables[5]);
  tables[5][0] = (u64)guarded >> 12 << 10 | page_flags;
  __asm__ volatile("sfence.vma" ::: "memory");
  return &tables[5][0];
}

static void test_paging(int levels) {
  u64 mode = (u64)levels + 5;
  test_begin("paging/sv%d", levels * 9 + 12);
  csr_write(satp, mode << 60 | (u64)tables[0] >> 12);
  if (csr_read(satp) >> 60 != mode) {
    test_skip("not implemented");
    return;
  }
  u64 result;
  u64* pte = map(levels, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
  guarded[1] = 0x1234;
  test_check(in_mode(MODE_S, load, VIRTUAL + 8, &result) == CAUSE_ECALL_S && result == 0x1234,
             "load: cause %lu", csr_read(mcause));
  test_check(in_mode(MODE_S, store, VIRTUAL + 16, 0) == CAUSE_ECALL_S && guarded[2] == 0x5a5a,
             "store: cause %lu", csr_read(mcause));
  test_check(in_mode(MODE_S, load, VIRTUAL + 4096, 0) == CAUSE_LOAD_PAGE, "unmapped: cause %lu",
             csr_read(mcause));
  test_check(csr_read(mtval) == VIRTUAL + 4096, "unmapped: mtval %lx", csr_read(mtval));
  test_check(in_mode(MODE_S, jump, VIRTUAL, 0) == CAUSE_FETCH_PAGE, "no X: cause %lu",
             csr_read(mcause));
  test_check(in_mode(MODE_S, load, 1ul << 62 | VIRTUAL, 0) == CAUSE_LOAD_PAGE,
             "not canonical: cause %lu", csr_read(mcause));
  *pte &= ~PTE_W;
  __asm__ volatile("sfence.vma" ::: "memory");
  test_check(in_mode(MODE_S, store, VIRTUAL, 0) == CAUSE_STORE_PAGE, "read only: cause %lu",
             csr_read(mcause));
  *pte |= PTE_W | PTE_U;
  __asm__ volatile("sfence.vma" ::: "memory");
  test_check(in_mode(MODE_S, load, VIRTUAL, 0) == CAUSE_LOAD_PAGE, "user page: cause %lu",
             csr_read(mcause));
  csr_set(mstatus, 1ul << 18);  // SUM
  test_check(in_mode(MODE_S, load, VIRTUAL + 8, &result) == CAUSE_ECALL_S && result == 0x1234,
             "user page with SUM: cause %lu", csr_read(mcause));
  csr_clear(mstatus, 1ul << 18);
  *pte &= ~PTE_V;
  __asm__ volatile("sfence.vma" ::: "memory");
  test_check(in_mode(MODE_S, load, VIRTUAL, 0) == CAUSE_LOAD_PAGE, "invalid: cause %lu",
             csr_read(mcause));
  // A and D are either set by the hart or asked for by a page fault; never ignored.
  *pte = (u64)guarded >> 12 << 10 | PTE_V | PTE_R | PTE_W;
  __asm__ volatile("sfence.vma" ::: "memory");
  u64 cause = in_mode(MODE_S, store, VIRTUAL, 0);
  bool set = (*pte & (PTE_A | PTE_D)) == (PTE_A | PTE_D);
  test_check(cause == CAUSE_STORE_PAGE || (cause == CAUSE_ECALL_S && set),
             "A and D: cause %lu, entry %lx", cause, *pte);
  csr_write(satp, 0);
  __asm__ volatile("sfence.vma" ::: "memory");
  test_end();
}

// ---- supervisor timer (Sstc)

static void test_sstc(void) {
  test_begin("sstc/compare");
  expect_trap();
  csr_set(0x30a, 1ul << 63);  // menvcfg.STCE
  if (trapped(0) != NO_TRAP || !(csr_read(0x30a) >> 63)) {
    test_skip("not implemented");
    return;
  }
  csr_write(0x14d, ~0ul);
  test_check(!(csr_read(mip) >> 5 & 1), "STIP is set though stimecmp is far");
  u64 due = csr_read(time) + 2000;
  csr_write(0x14d, due);
  u64 limit = due + MILLISECONDS(500);
  while (!(csr_read(mip) >> 5 & 1) && csr_read(time) < limit) {
  }
  test_check(csr_read(mip) >> 5 & 1, "STIP did not come");
  test_check(csr_read(time) >= due, "STIP came early");
  csr_write(0x14d, ~0ul);
  test_check(!(csr_read(mip) >> 5 & 1), "STIP stays");
  test_end();
}

// ---- counters, atomics, floating point

static void test_user_level(void) {
  test_begin("user/instret");
  u64 before = csr_read(minstret);
  for (volatile int i = 0; i < 100; i++) {
  }
  u64 ran = csr_read(minstret) - before;
  // Only a lower bound: QEMU without -icount counts host time here.
  test_check(ran >= 300, "%lu instructions in a loop of 100", ran);
  test_end();

  test_begin("user/lr-sc");
  static volatile u64 word = 5;
  u64 old, failed;
  __asm__ volatile("lr.d %0, (%2)\naddi %0, %0, 1\nsc.d %1, %0, (%2)"
                   : "=&r"(old), "=&r"(failed)
                   : "r"(&word)
                   : "memory");
  test_check(!failed && word == 6, "sc failed %lu, word %lu", failed, word);
  __asm__ volatile("sc.d %0, %1, (%2)" : "=&r"(failed) : "r"(9ul), "r"(&word) : "memory");
  test_check(failed && word == 6, "sc without lr stored");
  test_end();

  test_begin("user/double");
  volatile double a = 1.0, b = 3.0, zero = 0.0;
  csr_write(fflags, 0);
  volatile double third = a / b;
  test_check((csr_read(fflags) & 31) == 1, "1/3 raises %lx, not inexact", csr_read(fflags));
  test_check(*(u64*)&third == 0x3fd5555555555555, "1/3 is %lx", *(u64*)&third);
  csr_write(fflags, 0);
  volatile double infinite = a / zero;
  test_check((csr_read(fflags) & 31) == 8, "1/0 raises %lx", csr_read(fflags));
  volatile double nan = infinite - infinite;
  test_check(*(u64*)&nan == 0x7ff8000000000000, "inf-inf is %lx", *(u64*)&nan);
  csr_write(fflags, 0);
  test_end();
}

void test_main(void) {
  test_traps();
  test_modes();
  test_pmp();
  for (int levels = 3; levels <= 5; levels++) test_paging(levels);
  test_sstc();
  test_user_level();
}
