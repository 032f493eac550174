// SPDX-License-Identifier: Apache-2.0
// Instruction decoder: RV64IMAFDC, Zicsr, Zifencei, Zba, Zbb, Zbc, Zbs, Zicond, Zicbom/p/z,
// Svinval. It knows nothing of how operations are run, so a translator can share it.
#pragma once

#include <cstdint>

#include "cpu/op.h"

namespace ringside::cpu {

/// One decoded instruction. Unused register fields are 0.
struct Insn {
  Op op = Op::illegal;
  uint8_t length = 4;  ///< bytes in memory: 2 or 4
  uint8_t rd = 0;
  uint8_t rs1 = 0;  ///< also the 5-bit immediate of csrr*i
  uint8_t rs2 = 0;
  uint8_t rs3 = 0;
  uint8_t rm = 0;   ///< rounding mode field of FP operations, 0..7
  int32_t imm = 0;  ///< sign-extended; CSR number (0..4095) of Zicsr; the raw bits of `illegal`
};

/// True if the low half-word starts a 4-byte instruction.
inline bool is_long(uint32_t raw) {
  return (raw & 3) == 3;
}

/// Decodes a 4-byte instruction, or a 2-byte one found in the low half.
Insn decode(uint32_t raw);

/// Decodes a compressed instruction (RISC-V unprivileged ISA, chapter "C").
Insn decode_rvc(uint16_t raw);

/// True for FP operations, which need mstatus.FS != Off.
bool is_fp(Op op);

}  // namespace ringside::cpu
