// SPDX-License-Identifier: Apache-2.0
// Traps, the timer, waiting, and the other harts.
#include "base.h"
#include "irq.h"

static volatile bool expecting[MAX_HARTS];
static volatile u64 trap_cause[MAX_HARTS], trap_value[MAX_HARTS];
static void (*volatile timer_handler)(void);
void (*volatile software_interrupt)(void);

void expect_trap(void) {
  trap_cause[hart_id()] = NO_TRAP;
  expecting[hart_id()] = true;
}

u64 trapped(u64* value) {
  expecting[hart_id()] = false;
  if (value) *value = trap_value[hart_id()];
  return trap_cause[hart_id()];
}

static void take_timer(void) {
  csr_clear(mie, 1ul << IRQ_TIMER);
  void (*handler)(void) = timer_handler;
  timer_handler = 0;
  if (handler) handler();
}

static void take_software(void) {
  write32(CLINT + 4 * hart_id(), 0);
  if (software_interrupt) software_interrupt();
}

// Returns where to go on.
u64 trap_handler(u64 cause, u64 pc, u64 value) {
  if (cause >> 63) {
    u64 number = cause & 0xff;
    if (number == IRQ_TIMER) take_timer();
    if (number == IRQ_SOFT) take_software();
    if (number == IRQ_EXTERNAL) irq_dispatch();
    return pc;
  }
  u64 hart = hart_id();
  if (!expecting[hart]) {
    print("FAIL trap: hart %lu cause %lu pc %lx value %lx\n", hart, cause, pc, value);
    finish();
  }
  trap_cause[hart] = cause;
  trap_value[hart] = value;
  return pc + ((*(u16*)pc & 3) == 3 ? 4 : 2);
}

void timer_start(u64 when, void (*handler)(void)) {
  csr_clear(mie, 1ul << IRQ_TIMER);
  timer_handler = handler;
  write64(CLINT_MTIMECMP + 8 * hart_id(), when);
  csr_set(mie, 1ul << IRQ_TIMER);
}

bool wait_for(volatile u32* flag, u64 ticks) {
  u64 deadline = now() + ticks;
  while (!*flag) {
    if (now() >= deadline) return false;
    // With interrupts off an interrupt cannot slip in between the look at the flag and the wfi,
    // which returns for a pending one anyway.
    csr_clear(mstatus, MSTATUS_MIE);
    timer_start(deadline, 0);
    if (!*flag) wfi();
    csr_set(mstatus, MSTATUS_MIE);
  }
  csr_clear(mie, 1ul << IRQ_TIMER);
  return true;
}

void delay(u64 ticks) {
  static volatile u32 never;
  wait_for(&never, ticks);
}

// ---- other harts

static void (*volatile mailbox[MAX_HARTS])(void) __attribute__((section(".data")));

int hart_count(void) {
  int n = fdt_count_nodes("cpu@");
  return n < 1 ? 1 : n > MAX_HARTS ? MAX_HARTS : n;
}

void run_on_hart(int hart, void (*function)(void)) {
  mailbox[hart] = function;
  fence();
  write32(CLINT + 4 * (u64)hart, 1);
}

void hart_wakeup(u64 hart) {
  write32(CLINT + 4 * hart, 0);
  fence();
  void (*function)(void) = mailbox[hart];
  mailbox[hart] = 0;
  if (function) function();
}
