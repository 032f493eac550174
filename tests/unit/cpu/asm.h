// SPDX-License-Identifier: Apache-2.0
// Just enough of an assembler: one function per instruction that gives its word.
#pragma once

#include <cstdint>

#include "cpu/priv.h"

namespace ringside::cpu::as {

enum Reg : unsigned {
  zero,
  ra,
  sp,
  gp,
  tp,
  t0,
  t1,
  t2,
  s0,
  s1,
  a0,
  a1,
  a2,
  a3,
  a4,
  a5,
  a6,
  a7,
  s2,
  s3,
  s4,
  s5,
  s6,
  s7,
  s8,
  s9,
  s10,
  s11,
  t3,
  t4,
  t5,
  t6
};

inline uint32_t r_type(unsigned op, unsigned f3, unsigned f7, unsigned rd, unsigned rs1,
                       unsigned rs2) {
  return op | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}
inline uint32_t i_type(unsigned op, unsigned f3, unsigned rd, unsigned rs1, int imm) {
  return op | rd << 7 | f3 << 12 | rs1 << 15 | static_cast<uint32_t>(imm) << 20;
}
inline uint32_t s_type(unsigned op, unsigned f3, unsigned rs1, unsigned rs2, int imm) {
  const auto u = static_cast<uint32_t>(imm);
  return op | (u & 31) << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | (u >> 5) << 25;
}
inline uint32_t branch(unsigned f3, unsigned rs1, unsigned rs2, int offset) {
  const auto u = static_cast<uint32_t>(offset);
  return 0x63 | ((u >> 11) & 1) << 7 | ((u >> 1) & 15) << 8 | f3 << 12 | rs1 << 15 | rs2 << 20 |
         ((u >> 5) & 63) << 25 | ((u >> 12) & 1) << 31;
}

inline uint32_t lui(unsigned rd, uint32_t value) {
  return 0x37 | rd << 7 | (value & 0xfffff000);
}
inline uint32_t auipc(unsigned rd, uint32_t value) {
  return 0x17 | rd << 7 | (value & 0xfffff000);
}
inline uint32_t addi(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x13, 0, rd, rs1, imm);
}
inline uint32_t addiw(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x1b, 0, rd, rs1, imm);
}
inline uint32_t andi(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x13, 7, rd, rs1, imm);
}
inline uint32_t slli(unsigned rd, unsigned rs1, int n) {
  return i_type(0x13, 1, rd, rs1, n);
}
inline uint32_t srli(unsigned rd, unsigned rs1, int n) {
  return i_type(0x13, 5, rd, rs1, n);
}
inline uint32_t srai(unsigned rd, unsigned rs1, int n) {
  return i_type(0x13, 5, rd, rs1, n | 0x400);
}
inline uint32_t li(unsigned rd, int imm) {
  return addi(rd, zero, imm);
}
inline uint32_t nop() {
  return addi(zero, zero, 0);
}
inline uint32_t add(unsigned rd, unsigned rs1, unsigned rs2) {
  return r_type(0x33, 0, 0, rd, rs1, rs2);
}
inline uint32_t sub(unsigned rd, unsigned rs1, unsigned rs2) {
  return r_type(0x33, 0, 0x20, rd, rs1, rs2);
}
inline uint32_t jal(unsigned rd, int offset) {
  const auto u = static_cast<uint32_t>(offset);
  return 0x6f | rd << 7 | ((u >> 12) & 0xff) << 12 | ((u >> 11) & 1) << 20 |
         ((u >> 1) & 0x3ff) << 21 | ((u >> 20) & 1) << 31;
}
inline uint32_t jalr(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x67, 0, rd, rs1, imm);
}
inline uint32_t beq(unsigned a, unsigned b, int offset) {
  return branch(0, a, b, offset);
}
inline uint32_t bne(unsigned a, unsigned b, int offset) {
  return branch(1, a, b, offset);
}
inline uint32_t blt(unsigned a, unsigned b, int offset) {
  return branch(4, a, b, offset);
}

inline uint32_t lb(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x03, 0, rd, rs1, imm);
}
inline uint32_t lw(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x03, 2, rd, rs1, imm);
}
inline uint32_t lwu(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x03, 6, rd, rs1, imm);
}
inline uint32_t ld(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x03, 3, rd, rs1, imm);
}
inline uint32_t sb(unsigned rs2, unsigned rs1, int imm) {
  return s_type(0x23, 0, rs1, rs2, imm);
}
inline uint32_t sw(unsigned rs2, unsigned rs1, int imm) {
  return s_type(0x23, 2, rs1, rs2, imm);
}
inline uint32_t sd(unsigned rs2, unsigned rs1, int imm) {
  return s_type(0x23, 3, rs1, rs2, imm);
}
inline uint32_t fld(unsigned rd, unsigned rs1, int imm) {
  return i_type(0x07, 3, rd, rs1, imm);
}

inline uint32_t amo(unsigned f5, bool dbl, unsigned rd, unsigned rs1, unsigned rs2) {
  return r_type(0x2f, dbl ? 3 : 2, f5 << 2, rd, rs1, rs2);
}
inline uint32_t lr(bool dbl, unsigned rd, unsigned rs1) {
  return amo(2, dbl, rd, rs1, 0);
}
inline uint32_t sc(bool dbl, unsigned rd, unsigned rs2, unsigned rs1) {
  return amo(3, dbl, rd, rs1, rs2);
}

inline uint32_t csrrw(unsigned rd, unsigned number, unsigned rs1) {
  return i_type(0x73, 1, rd, rs1, static_cast<int>(number));
}
inline uint32_t csrrs(unsigned rd, unsigned number, unsigned rs1) {
  return i_type(0x73, 2, rd, rs1, static_cast<int>(number));
}
inline uint32_t csrrc(unsigned rd, unsigned number, unsigned rs1) {
  return i_type(0x73, 3, rd, rs1, static_cast<int>(number));
}
inline uint32_t csrrwi(unsigned rd, unsigned number, unsigned imm) {
  return i_type(0x73, 5, rd, imm, static_cast<int>(number));
}
inline uint32_t csrr(unsigned rd, unsigned number) {
  return csrrs(rd, number, zero);
}
inline uint32_t csrw(unsigned number, unsigned rs1) {
  return csrrw(zero, number, rs1);
}

inline uint32_t ecall() {
  return 0x73;
}
inline uint32_t ebreak() {
  return 0x00100073;
}
inline uint32_t mret() {
  return 0x30200073;
}
inline uint32_t sret() {
  return 0x10200073;
}
inline uint32_t wfi() {
  return 0x10500073;
}
inline uint32_t cbo_zero(unsigned rs1) {
  return i_type(0x0f, 2, 0, rs1, 4);
}
inline uint32_t fence_i() {
  return 0x0000100f;
}
inline uint32_t sfence_vma(unsigned rs1 = 0, unsigned rs2 = 0) {
  return r_type(0x73, 0, 9, 0, rs1, rs2);
}

}  // namespace ringside::cpu::as
