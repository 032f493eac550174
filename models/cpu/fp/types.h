// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What every part of the floating-point arithmetic speaks: rounding modes, exception flags, and
/// operands as raw bit patterns. Source: RISC-V unprivileged ISA, chapters "F" and "D".
namespace ringside::cpu::fp {

/// Rounding mode, in the encoding of `frm` and of the rm field of an instruction.
enum class Rm : std::uint8_t {
  kRne = 0,  ///< to nearest, ties to even
  kRtz = 1,  ///< towards zero
  kRdn = 2,  ///< towards minus infinity
  kRup = 3,  ///< towards plus infinity
  kRmm = 4,  ///< to nearest, ties away from zero
};

/// Accrued exceptions, in the encoding of `fflags`. All functions only ever set bits. Wider than
/// the five bits it needs because a byte type would alias everything else the caller holds.
using Flags = std::uint32_t;

inline constexpr Flags kNx = 1;   ///< inexact
inline constexpr Flags kUf = 2;   ///< underflow: tiny after rounding, and inexact
inline constexpr Flags kOf = 4;   ///< overflow
inline constexpr Flags kDz = 8;   ///< divide by zero
inline constexpr Flags kNv = 16;  ///< invalid operation

/// rm field value that means "as in frm".
inline constexpr unsigned kRmDynamic = 7;

/// Rounding mode an instruction uses: its rm field `field` (0..7), or `frm` (0..7) if that field
/// says dynamic. False if the outcome is reserved: then the instruction is illegal.
inline bool resolve_rm(unsigned field, unsigned frm, Rm& rm) {
  const unsigned value = field == kRmDynamic ? frm : field;
  if (value > static_cast<unsigned>(Rm::kRmm)) return false;
  rm = static_cast<Rm>(value);
  return true;
}

inline constexpr std::uint32_t kNan32 = 0x7fc00000u;            ///< canonical NaN, binary32
inline constexpr std::uint64_t kNan64 = 0x7ff8000000000000ull;  ///< canonical NaN, binary64

/// A binary32 value as it is held in a 64-bit f register: upper half all ones.
inline constexpr std::uint64_t box32(std::uint32_t value) {
  return 0xffffffff00000000ull | value;
}

/// The binary32 operand in a 64-bit f register; the canonical NaN if it is not boxed properly.
/// For arithmetic only: fsw, fmv.x.w and fsd take the bits as they are.
inline constexpr std::uint32_t unbox32(std::uint64_t reg) {
  return (reg >> 32) == 0xffffffffu ? static_cast<std::uint32_t>(reg) : kNan32;
}

}  // namespace ringside::cpu::fp
