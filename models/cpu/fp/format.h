// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cpu/fp/types.h"

/// Layout of the two IEEE 754 interchange formats, and the predicates that only look at bits.
namespace ringside::cpu::fp {

/// Constants of a binary format with `kFrac` stored fraction bits in an unsigned type `BitsT`.
template <class BitsT, int kFrac>
struct Format {
  using Bits = BitsT;
  static constexpr int kWidth = static_cast<int>(sizeof(Bits) * 8);
  static constexpr int kFracBits = kFrac;
  static constexpr int kExpBits = kWidth - 1 - kFrac;
  static constexpr int kBias = (1 << (kExpBits - 1)) - 1;
  static constexpr int kExpMax = (1 << kExpBits) - 1;  ///< biased; infinities and NaNs

  static constexpr Bits kSign = Bits{1} << (kWidth - 1);
  static constexpr Bits kFracMask = (Bits{1} << kFrac) - 1;
  static constexpr Bits kInf = static_cast<Bits>(kExpMax) << kFrac;
  static constexpr Bits kQuiet = Bits{1} << (kFrac - 1);
  static constexpr Bits kNan = kInf | kQuiet;
  static constexpr Bits kMinNormal = Bits{1} << kFrac;
  static constexpr Bits kMaxFinite = kInf - 1;

  static constexpr Bits magnitude(Bits x) { return x & ~kSign; }
  static constexpr bool sign(Bits x) { return (x & kSign) != 0; }
  static constexpr int exponent(Bits x) { return static_cast<int>(magnitude(x) >> kFrac); }
  static constexpr bool is_zero(Bits x) { return magnitude(x) == 0; }
  static constexpr bool is_inf(Bits x) { return magnitude(x) == kInf; }
  static constexpr bool is_nan(Bits x) { return magnitude(x) > kInf; }
  static constexpr bool is_snan(Bits x) { return is_nan(x) && (x & kQuiet) == 0; }
  static constexpr bool is_finite(Bits x) { return magnitude(x) < kInf; }

  /// Finite and above the smallest normal number. No operation that gives such a result has
  /// raised anything but NX. The smallest normal itself is left out: a tiny value may round to it.
  static constexpr bool is_plain(Bits x) {
    return magnitude(x) - kMinNormal - 1 < kInf - kMinNormal - 1;
  }
};

using Binary32 = Format<std::uint32_t, 23>;
using Binary64 = Format<std::uint64_t, 52>;

static_assert(Binary32::kNan == kNan32 && Binary64::kNan == kNan64, "canonical NaNs");

}  // namespace ringside::cpu::fp
