// SPDX-License-Identifier: Apache-2.0
// What accesses and interrupts cost, in time of the machine (on an emulator: the host's). Each figure
// is of many in a row, less a loop that does the same with memory. Not a test: it prints.
#include "lib/base.h"

#define ROUNDS 200000ul

static volatile u8 memory[8];
static volatile u32 taken;

static void on_software(void) {
  taken = taken + 1;
}

static u64 time_reads(volatile u8* at) {
  u64 begin = now();
  for (u64 i = 0; i < ROUNDS; i++) (void)*at;
  return now() - begin;
}

static u64 time_writes(volatile u8* at) {
  u64 begin = now();
  for (u64 i = 0; i < ROUNDS; i++) *at = (u8)i;
  return now() - begin;
}

static u64 time_interrupts(void) {
  u64 begin = now();
  for (u64 i = 0; i < ROUNDS; i++) {
    u32 before = taken;
    write32(CLINT, 1);
    while (taken == before) {
    }
  }
  return now() - begin;
}

static u64 time_register_pairs(void) {
  u64 begin = now();
  for (u64 i = 0; i < 2 * ROUNDS; i++) write32(CLINT, 0);
  return now() - begin;
}

static void show(const char* what, u64 ticks, u64 less) {
  u64 all = (ticks > less ? ticks - less : 0) * (1000000000ul / TIMEBASE);
  print("INFO %s: %lu ns\n", what, all / ROUNDS);
}

void test_main(void) {
  test_begin("costs");
  show("register read", time_reads((volatile u8*)(UART + 5)), time_reads(memory));
  show("register write", time_writes((volatile u8*)(UART + 7)), time_writes(memory));
  software_interrupt = on_software;
  u64 interrupts = time_interrupts();
  show("interrupt, less the writes that raise and clear it", interrupts,
       time_register_pairs());
  test_check(taken == ROUNDS, "%u of %lu interrupts", taken, ROUNDS);
  test_end();
}
