// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/fp/exact.h"
#include "cpu/fp/format.h"
#include "cpu/fp/host.h"
#include "cpu/fp/soft.h"
#include "cpu/fp/types.h"

/// Arithmetic of the RISC-V F and D extensions: pure functions on bit patterns. Each takes the
/// rounding mode where it matters and ORs the exceptions it raises into `flags`, which is meant to
/// be the hart's fflags itself: with NX already set there, rounding to nearest runs at the speed
/// of the host's own instruction. NaN results are canonical. Nothing here depends on, or cares
/// about, the host's exception flags, so there is nothing to save around a run.
///
/// `F` is Binary32 or Binary64. Operands of Binary32 come from unbox32(), results go to box32().
/// Source: RISC-V unprivileged ISA, chapters "F" and "D"; IEEE 754-2019.
namespace ringside::cpu::fp {

/// Puts the calling thread's floating-point environment into its default state (round to nearest,
/// no traps, no flush to zero), which the functions below rely on. A thread that runs a hart calls
/// this once; needed because a library may have changed it.
void use_default_environment();

template <class F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::usable(rm, flags)) {
    // A sum in the subnormal range is exact, so only infinity and NaN need a closer look.
    const typename F::Bits result = host::bits(host::value(a) + host::value(b));
    if (F::is_finite(result)) return result;
  }
  return exact::add<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits sub(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::usable(rm, flags)) {
    const typename F::Bits result = host::bits(host::value(a) - host::value(b));
    if (F::is_finite(result)) return result;
  }
  return exact::add<F>(a, b ^ F::kSign, rm, flags);
}

template <class F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::usable(rm, flags)) {
    const typename F::Bits result = host::bits(host::value(a) * host::value(b));
    if (F::is_plain(result)) return result;
  }
  return exact::mul<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::usable(rm, flags)) {
    const typename F::Bits result = host::bits(host::value(a) / host::value(b));
    if (F::is_plain(result)) return result;
  }
  return exact::div<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits sqrt(typename F::Bits a, Rm rm, Flags& flags) {
  if (host::usable(rm, flags) && !F::sign(a)) {
    const typename F::Bits result = host::bits(std::sqrt(host::value(a)));
    if (F::is_plain(result)) return result;
  }
  return exact::sqrt<F>(a, rm, flags);
}

/// a * b + c with one rounding. fmsub, fnmadd and fnmsub negate operands first: see negate().
template <class F>
typename F::Bits fma(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rm rm,
                     Flags& flags) {
  if (host::kFma && host::usable(rm, flags)) {
    const typename F::Bits result =
        host::bits(host::fma(host::value(a), host::value(b), host::value(c)));
    if (F::is_plain(result)) return result;
  }
  return exact::fma<F>(a, b, c, rm, flags);
}

/// The operand with its sign inverted, NaN or not: fmsub is fma(a, b, negate(c)), fnmsub is
/// fma(negate(a), b, c), fnmadd is fma(negate(a), b, negate(c)).
template <class F>
constexpr typename F::Bits negate(typename F::Bits a) {
  return a ^ F::kSign;
}

namespace detail {

/// Order of non-NaN operands as integers, -0 below +0.
template <class F>
constexpr bool below(typename F::Bits a, typename F::Bits b) {
  using Signed = std::make_signed_t<typename F::Bits>;
  const auto key = [](typename F::Bits x) {
    const typename F::Bits if_negative = (x >> (F::kWidth - 1)) * (F::kSign - 1);
    return static_cast<Signed>(x ^ if_negative);
  };
  return key(a) < key(b);
}

/// minimumNumber and maximumNumber when at least one operand is a NaN: the other one.
template <class F>
typename F::Bits number_of(typename F::Bits a, typename F::Bits b, Flags& flags) {
  if (F::is_snan(a) || F::is_snan(b)) flags |= kNv;
  if (!F::is_nan(a)) return a;
  return F::is_nan(b) ? F::kNan : b;
}

/// True if the format holds every integer up to the magnitude of this one.
template <class F, class Int>
constexpr bool holds(Int value) {
  if constexpr (std::numeric_limits<Int>::digits <= F::kFracBits + 1) {
    return true;
  } else {
    constexpr Int kLimit = Int{1} << (F::kFracBits + 1);
    if constexpr (std::is_signed_v<Int>) {
      return value <= kLimit && value >= -kLimit;
    } else {
      return value <= kLimit;
    }
  }
}

}  // namespace detail

/// IEEE 754-2019 minimumNumber: a NaN loses to a number, -0 is below +0.
template <class F>
typename F::Bits min(typename F::Bits a, typename F::Bits b, Flags& flags) {
  if (F::is_nan(a) || F::is_nan(b)) return detail::number_of<F>(a, b, flags);
  return detail::below<F>(a, b) ? a : b;
}

/// IEEE 754-2019 maximumNumber.
template <class F>
typename F::Bits max(typename F::Bits a, typename F::Bits b, Flags& flags) {
  if (F::is_nan(a) || F::is_nan(b)) return detail::number_of<F>(a, b, flags);
  return detail::below<F>(a, b) ? b : a;
}

/// Quiet comparison: NV for a signalling NaN only.
template <class F>
bool eq(typename F::Bits a, typename F::Bits b, Flags& flags) {
  const auto x = host::value(a);
  const auto y = host::value(b);
  if (__builtin_isunordered(x, y) && (F::is_snan(a) || F::is_snan(b))) flags |= kNv;
  return x == y;
}

/// Signalling comparison: NV for any NaN.
template <class F>
bool lt(typename F::Bits a, typename F::Bits b, Flags& flags) {
  const auto x = host::value(a);
  const auto y = host::value(b);
  if (__builtin_isunordered(x, y)) flags |= kNv;
  return x < y;
}

/// Signalling comparison: NV for any NaN.
template <class F>
bool le(typename F::Bits a, typename F::Bits b, Flags& flags) {
  const auto x = host::value(a);
  const auto y = host::value(b);
  if (__builtin_isunordered(x, y)) flags |= kNv;
  return x <= y;
}

/// fsgnj: magnitude of a, sign of b.
template <class F>
constexpr typename F::Bits sgnj(typename F::Bits a, typename F::Bits b) {
  return F::magnitude(a) | (b & F::kSign);
}

/// fsgnjn: magnitude of a, opposite of the sign of b.
template <class F>
constexpr typename F::Bits sgnjn(typename F::Bits a, typename F::Bits b) {
  return F::magnitude(a) | (~b & F::kSign);
}

/// fsgnjx: magnitude of a, product of both signs.
template <class F>
constexpr typename F::Bits sgnjx(typename F::Bits a, typename F::Bits b) {
  return a ^ (b & F::kSign);
}

/// fclass: one bit of 0..9 set: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf,
/// signalling NaN, quiet NaN.
template <class F>
constexpr std::uint32_t classify(typename F::Bits a) {
  if (F::is_nan(a)) return F::is_snan(a) ? 1u << 8 : 1u << 9;
  const int kind = F::is_inf(a) ? 3 : F::exponent(a) != 0 ? 2 : F::is_zero(a) ? 0 : 1;
  return 1u << (F::sign(a) ? 3 - kind : 4 + kind);
}

/// fcvt.d.s: exact.
inline std::uint64_t f32_to_f64(std::uint32_t a, Flags& flags) {
  if (Binary32::is_nan(a)) {
    if (Binary32::is_snan(a)) flags |= kNv;
    return Binary64::kNan;
  }
  return host::bits(static_cast<double>(host::value(a)));
}

/// fcvt.s.d.
inline std::uint32_t f64_to_f32(std::uint64_t a, Rm rm, Flags& flags) {
  if (host::kExactTypes) {
    const double wide = host::value(a);
    const auto narrow = static_cast<float>(wide);
    // If nothing was lost, no mode would round and no exception is due.
    if (static_cast<double>(narrow) == wide) return host::bits(narrow);
    const std::uint32_t result = host::bits(narrow);
    if (rm == Rm::kRne && Binary32::is_plain(result)) {
      flags |= kNx;
      return result;
    }
  }
  return soft::convert<Binary32, Binary64>(a, rm, flags);
}

/// fcvt.{w,wu,l,lu}.{s,d}: `Int` is int32_t, uint32_t, int64_t or uint64_t. NaN and out of range
/// give NV alone and the end of the range (the upper one for NaN). The caller sign-extends 32-bit
/// results, unsigned ones too.
template <class Int, class F>
Int to_int(typename F::Bits a, Rm rm, Flags& flags) {
  const bool in_range = F::exponent(a) < F::kBias + std::numeric_limits<Int>::digits &&
                        (std::is_signed_v<Int> || !F::sign(a));
  if (in_range) {
    const auto from = host::value(a);
    const Int result = static_cast<Int>(from);
    const bool whole = static_cast<decltype(host::value(a))>(result) == from;
    if (whole) return result;
    if (rm == Rm::kRtz) {
      flags |= kNx;
      return result;
    }
  }
  return soft::to_int<Int, F>(a, rm, flags);
}

/// fcvt.{s,d}.{w,wu,l,lu}: `Int` is int32_t, uint32_t, int64_t or uint64_t.
template <class F, class Int>
typename F::Bits from_int(Int value, Rm rm, Flags& flags) {
  if (detail::holds<F>(value) || host::usable(rm, flags)) {
    return host::bits(static_cast<decltype(host::value(typename F::Bits{}))>(value));
  }
  if constexpr (std::is_signed_v<Int>) {
    return soft::from_signed<F>(value, rm, flags);
  } else {
    return soft::from_unsigned<F>(value, rm, flags);
  }
}

}  // namespace ringside::cpu::fp
