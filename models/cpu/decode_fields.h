// SPDX-License-Identifier: Apache-2.0
// Field helpers shared by the decoder's parts. Internal to models/cpu.
#pragma once

#include <cstdint>

#include "cpu/decode.h"

namespace ringside::cpu {

inline uint32_t bits(uint32_t value, unsigned high, unsigned low) {
  return (value >> low) & ((uint64_t{1} << (high - low + 1)) - 1);
}

inline int32_t sext(uint32_t value, unsigned width) {
  const unsigned shift = 32 - width;
  return static_cast<int32_t>(value << shift) >> shift;
}

inline Insn make(Op op, unsigned rd, unsigned rs1, unsigned rs2) {
  Insn i;
  i.op = op;
  i.rd = static_cast<uint8_t>(rd);
  i.rs1 = static_cast<uint8_t>(rs1);
  i.rs2 = static_cast<uint8_t>(rs2);
  return i;
}

inline Insn make_imm(Op op, unsigned rd, unsigned rs1, unsigned rs2, int32_t imm) {
  Insn i = make(op, rd, rs1, rs2);
  i.imm = imm;
  return i;
}

inline Insn make_i(Op op, uint32_t raw) {
  return make_imm(op, bits(raw, 11, 7), bits(raw, 19, 15), 0, sext(bits(raw, 31, 20), 12));
}

inline Insn make_s(Op op, uint32_t raw) {
  return make_imm(op, 0, bits(raw, 19, 15), bits(raw, 24, 20),
                  sext((bits(raw, 31, 25) << 5) | bits(raw, 11, 7), 12));
}

/// Decodes the F and D major opcodes.
Insn decode_fp(uint32_t raw);

}  // namespace ringside::cpu
