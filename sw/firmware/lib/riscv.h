// SPDX-License-Identifier: Apache-2.0
// CSR, fence and memory-mapped access.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define csr_read(csr)                              \
  ({                                               \
    u64 v_;                                        \
    __asm__ volatile("csrr %0, " #csr : "=r"(v_)); \
    v_;                                            \
  })
#define csr_write(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"r"((u64)(v)) : "memory")
#define csr_set(csr, v) __asm__ volatile("csrs " #csr ", %0" ::"r"((u64)(v)) : "memory")
#define csr_clear(csr, v) __asm__ volatile("csrc " #csr ", %0" ::"r"((u64)(v)) : "memory")
#define csr_swap(csr, v)                                                              \
  ({                                                                                  \
    u64 v_;                                                                           \
    __asm__ volatile("csrrw %0, " #csr ", %1" : "=r"(v_) : "r"((u64)(v)) : "memory"); \
    v_;                                                                               \
  })

#define MSTATUS_MIE (1ul << 3)
#define IRQ_SOFT 3
#define IRQ_TIMER 7
#define IRQ_EXTERNAL 11

// Orders RAM against RAM and device registers, in both directions.
static inline void fence(void) {
  __asm__ volatile("fence iorw, iorw" ::: "memory");
}
static inline void wfi(void) {
  __asm__ volatile("wfi" ::: "memory");
}
static inline u64 hart_id(void) {
  return csr_read(mhartid);
}

static inline u8 read8(u64 a) {
  return *(volatile u8*)a;
}
static inline u16 read16(u64 a) {
  return *(volatile u16*)a;
}
static inline u32 read32(u64 a) {
  return *(volatile u32*)a;
}
static inline u64 read64(u64 a) {
  return *(volatile u64*)a;
}
static inline void write8(u64 a, u8 v) {
  *(volatile u8*)a = v;
}
static inline void write16(u64 a, u16 v) {
  *(volatile u16*)a = v;
}
static inline void write32(u64 a, u32 v) {
  *(volatile u32*)a = v;
}
static inline void write64(u64 a, u64 v) {
  *(volatile u64*)a = v;
}
