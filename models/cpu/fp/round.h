// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cpu/fp/format.h"

/// The common form in which the integer arithmetic computes, and the one place that rounds.
namespace ringside::cpu::fp::soft {

__extension__ using Uint128 = unsigned __int128;

/// Where the leading one of a normalised significand is. Bit 63 is left for a carry.
inline constexpr int kPoint = 62;

/// A finite, non-zero number: (-1)^sign * sig * 2^(exp - kPoint), bit kPoint of sig set. Bit 0
/// also stands for "something below": at least 10 bits lie below the last bit of any format.
struct Unpacked {
  bool sign;
  int exp;
  std::uint64_t sig;
};

/// x >> count, with bit 0 set if any bit was lost. `count` >= 0.
inline std::uint64_t shift_right_jam(std::uint64_t x, int count) {
  if (count == 0) return x;
  if (count > 63) return x != 0;
  return (x >> count) | ((x << (64 - count)) != 0);
}

inline Uint128 shift_right_jam(Uint128 x, int count) {
  if (count == 0) return x;
  if (count > 127) return x != 0;
  return (x >> count) | static_cast<Uint128>((x << (128 - count)) != 0);
}

inline int leading_zeros(std::uint64_t x) {
  return __builtin_clzll(x);
}

/// `a` must be finite and not zero.
template <class F>
Unpacked unpack(typename F::Bits a) {
  const std::uint64_t frac = a & F::kFracMask;
  const int exponent = F::exponent(a);
  if (exponent != 0) {
    const std::uint64_t sig = (frac | F::kMinNormal) << (kPoint - F::kFracBits);
    return {F::sign(a), exponent - F::kBias, sig};
  }
  const int shift = leading_zeros(frac) - 1;
  return {F::sign(a), kPoint + 1 - F::kBias - F::kFracBits - shift, frac << shift};
}

/// What to add to a magnitude before the bits under `mask` (all ones) are cut off. Ties to even
/// needs a correction after the addition: see round_bits().
inline std::uint64_t increment(Rm rm, bool sign, std::uint64_t mask) {
  switch (rm) {
    case Rm::kRne:
    case Rm::kRmm:
      return (mask >> 1) + 1;
    case Rm::kRtz:
      return 0;
    case Rm::kRdn:
      return sign ? mask : 0;
    case Rm::kRup:
      return sign ? 0 : mask;
  }
  return 0;
}

/// Rounds `value` to a multiple of mask + 1; the bits under the mask are left undefined.
template <class U>
U round_bits(U value, Rm rm, bool sign, std::uint64_t mask) {
  const std::uint64_t half = (mask >> 1) + 1;
  const bool tie = (static_cast<std::uint64_t>(value) & mask) == half;
  value += increment(rm, sign, mask);
  if (tie && rm == Rm::kRne) value &= ~(static_cast<U>(mask) + 1);
  return value;
}

/// Result and flags of an overflow.
template <class F>
typename F::Bits overflow(bool sign, Rm rm, Flags& flags) {
  flags |= kOf | kNx;
  const bool to_max = rm == Rm::kRtz || rm == (sign ? Rm::kRup : Rm::kRdn);
  return (sign ? F::kSign : 0) | (to_max ? F::kMaxFinite : F::kInf);
}

/// Rounds to the format, raising NX, UF and OF as due.
template <class F>
typename F::Bits round_pack(Unpacked x, Rm rm, Flags& flags) {
  using Bits = typename F::Bits;
  constexpr int kShift = kPoint - F::kFracBits;
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kShift) - 1;

  int biased = x.exp + F::kBias;
  bool tiny = false;
  if (biased <= 0) {
    // Tiny if it stays below the normal range when rounded as if exponents had no lower end.
    tiny = biased < 0 || (x.sig + increment(rm, x.sign, kMask)) >> 63 == 0;
    x.sig = shift_right_jam(x.sig, 1 - biased);
    biased = 1;
  }
  if (biased >= F::kExpMax) return overflow<F>(x.sign, rm, flags);

  const bool inexact = (x.sig & kMask) != 0;
  const Bits sig = static_cast<Bits>(round_bits(x.sig, rm, x.sign, kMask) >> kShift);
  // The leading one adds 1 to the exponent field, a carry out of the fraction one more.
  const Bits bits = (static_cast<Bits>(biased - 1) << F::kFracBits) + sig;
  if (bits >= F::kInf) return overflow<F>(x.sign, rm, flags);
  if (inexact) flags |= tiny ? kNx | kUf : kNx;
  return (x.sign ? F::kSign : 0) | bits;
}

}  // namespace ringside::cpu::fp::soft
