// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cpu/fp/format.h"

/// IEEE 754 arithmetic with integers only: every rounding mode, every host. `F` is Binary32 or
/// Binary64; other instances do not exist. Results follow RISC-V: a NaN result is the canonical
/// NaN, tininess is detected after rounding. `flags` only gains bits.
namespace ringside::cpu::fp::soft {

template <class F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits sub(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags);

template <class F>
typename F::Bits sqrt(typename F::Bits a, Rm rm, Flags& flags);

/// a * b + c, rounded once. Infinity times zero is invalid even if c is a quiet NaN.
template <class F>
typename F::Bits fma(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rm rm,
                     Flags& flags);

/// Between the formats; widening is exact, so its rounding mode does not matter.
template <class To, class From>
typename To::Bits convert(typename From::Bits a, Rm rm, Flags& flags);

/// To an integer type (int32_t, uint32_t, int64_t, uint64_t). Out of range after rounding, and
/// NaN: NV alone, and the nearest end of the range (the upper one for NaN).
template <class Int, class F>
Int to_int(typename F::Bits a, Rm rm, Flags& flags);

/// From a 64-bit integer; the 32-bit ones are widened by the caller.
template <class F>
typename F::Bits from_signed(std::int64_t value, Rm rm, Flags& flags);

template <class F>
typename F::Bits from_unsigned(std::uint64_t value, Rm rm, Flags& flags);

}  // namespace ringside::cpu::fp::soft
