// SPDX-License-Identifier: Apache-2.0
// What every test program stands on: text, memory, time, traps, other harts, results.
#pragma once

#include <stdarg.h>

#include "board.h"
#include "riscv.h"

// ---- text on the UART; %s %c %d %u %x with l for 64 bits, width and 0 padding
void print(const char* format, ...) __attribute__((format(printf, 1, 2)));
int format_text(char* out, size_t size, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

void* memset(void* to, int byte, size_t size);
void* memcpy(void* to, const void* from, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* s);
int strcmp(const char* a, const char* b);

// ---- memory: a bump allocator; zeroed. Take a mark, and release gives back all since.
void* arena_alloc(size_t size, size_t alignment);
void* arena_mark(void);
void arena_release(void* mark);

// ---- time
static inline u64 now(void) {
  return read64(CLINT_MTIME);
}
#define MILLISECONDS(n) ((n) * (TIMEBASE / 1000))
// Sleep until *flag is not zero, woken by interrupts; false after `ticks` of mtime.
bool wait_for(volatile u32* flag, u64 ticks);
void delay(u64 ticks);
// Run `handler` once, in the timer interrupt, at mtime `when`.
void timer_start(u64 when, void (*handler)(void));

// ---- traps: make the next exception on this hart skip its instruction and be remembered
#define NO_TRAP (~0ul)
void expect_trap(void);
u64 trapped(u64* value);  // its cause, or NO_TRAP; ends the expectation

// ---- harts
int hart_count(void);
void run_on_hart(int hart, void (*function)(void));  // returns at once
extern void (*volatile software_interrupt)(void);    // on hart 0

// ---- device tree, only as far as needed
bool fdt_has_compatible(const char* name);
int fdt_count_nodes(const char* prefix);

// ---- results. A test is named, checked any number of times, and ended: PASS or FAIL with the
// first thing that was wrong. The program ends with DONE and powers off.
void test_begin(const char* format, ...) __attribute__((format(printf, 1, 2)));
bool test_check(bool good, const char* format, ...) __attribute__((format(printf, 2, 3)));
void test_end(void);
void test_skip(const char* why);  // instead of test_end: counts neither way
void finish(void) __attribute__((noreturn));

// Each test program defines it.
void test_main(void);
