// SPDX-License-Identifier: Apache-2.0
// What the common operations do, as macros for use within Interpreter::dispatch(): alone, or two
// in a row without a dispatch in between (cpu/pairs.def). A body ends by falling out of its end,
// or by leaving the block.
#pragma once

#define BODY_li RD = (IMM)
#define BODY_mv RD = (RS1)
#define BODY_addi RD = (RS1 + IMM)
#define BODY_xori RD = (RS1 ^ IMM)
#define BODY_ori RD = (RS1 | IMM)
#define BODY_andi RD = (RS1 & IMM)
#define BODY_slli RD = (RS1 << (ip->imm & 63))
#define BODY_srli RD = (RS1 >> (ip->imm & 63))
#define BODY_srai RD = (static_cast<uint64_t>(as_signed(RS1) >> (ip->imm & 63)))
#define BODY_add RD = (RS1 + RS2)
#define BODY_sub RD = (RS1 - RS2)
#define BODY_xor_ RD = (RS1 ^ RS2)
#define BODY_or_ RD = (RS1 | RS2)
#define BODY_and_ RD = (RS1 & RS2)
#define BODY_sltu RD = (RS1 < RS2)
#define BODY_sltiu RD = (RS1 < IMM)
#define BODY_addiw RD = (sext32(RS1 + IMM))
#define BODY_slliw RD = (sext32(RS1 << (ip->imm & 31)))
#define BODY_srliw RD = (sext32(static_cast<uint32_t>(RS1) >> (ip->imm & 31)))
#define BODY_addw RD = (sext32(RS1 + RS2))
#define BODY_subw RD = (sext32(RS1 - RS2))
#define BODY_mul RD = (RS1 * RS2)
#define BODY_add_uw RD = (uint64_t{static_cast<uint32_t>(RS1)} + RS2)

// An access within the page of the TLB entry, aligned or not, is one compare and one host access.
// A slow access goes on behind ip when it is done.
#define BODY_LOAD(type, convert)                                                       \
  do {                                                                                 \
    const uint64_t va = RS1 + IMM;                                                     \
    const TlbEntry& e = h.tlb_[DataContext::index(va)];                                \
    if (UNLIKELY(((va + sizeof(type) - 1) ^ e.read_tag) >= kPageSize)) goto slow_load; \
    type v;                                                                            \
    std::memcpy(&v, reinterpret_cast<const void*>(va + e.addend), sizeof v);           \
    RD = (convert);                                                                    \
  } while (0)
#define BODY_STORE(type)                                                                 \
  do {                                                                                   \
    const uint64_t va = RS1 + IMM;                                                       \
    const TlbEntry& e = h.tlb_[DataContext::index(va)];                                  \
    if (UNLIKELY(((va + sizeof(type) - 1) ^ e.write_tag) >= kPageSize)) goto slow_store; \
    const auto v = static_cast<type>(RS2);                                               \
    std::memcpy(reinterpret_cast<void*>(va + e.addend), &v, sizeof v);                   \
  } while (0)
#define BODY_lb BODY_LOAD(int8_t, static_cast<uint64_t>(int64_t{v}))
#define BODY_lh BODY_LOAD(int16_t, static_cast<uint64_t>(int64_t{v}))
#define BODY_lw BODY_LOAD(int32_t, static_cast<uint64_t>(int64_t{v}))
#define BODY_ld BODY_LOAD(uint64_t, v)
#define BODY_lbu BODY_LOAD(uint8_t, v)
#define BODY_lhu BODY_LOAD(uint16_t, v)
#define BODY_lwu BODY_LOAD(uint32_t, v)
#define BODY_sb BODY_STORE(uint8_t)
#define BODY_sh BODY_STORE(uint16_t)
#define BODY_sw BODY_STORE(uint32_t)
#define BODY_sd BODY_STORE(uint64_t)

// The link behind a branch that is not taken is skipped.
#define BODY_BRANCH(condition) \
  do {                         \
    if (condition) {           \
      base += IMM;             \
      FOLLOW;                  \
    }                          \
    ++ip;                      \
  } while (0)
#define BODY_beq BODY_BRANCH(RS1 == RS2)
#define BODY_bne BODY_BRANCH(RS1 != RS2)
#define BODY_blt BODY_BRANCH(as_signed(RS1) < as_signed(RS2))
#define BODY_bge BODY_BRANCH(as_signed(RS1) >= as_signed(RS2))
#define BODY_bltu BODY_BRANCH(RS1 < RS2)
#define BODY_bgeu BODY_BRANCH(RS1 >= RS2)

#define BODY_jal                       \
  do {                                 \
    RD = base + 2 * uint64_t{ip->rs2}; \
    base += IMM;                       \
    FOLLOW;                            \
  } while (0)
#define BODY_jalr                                       \
  do {                                                  \
    const uint64_t target = (RS1 + IMM) & ~uint64_t{1}; \
    RD = base + 2 * uint64_t{ip->rs2};                  \
    counter -= LINK->cost;                              \
    base = target;                                      \
    goto lookup;                                        \
  } while (0)
