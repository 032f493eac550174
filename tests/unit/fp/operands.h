// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cpu/fp/fp.h"
#include "unit/fp/operations.h"

namespace ringside::cpu::fp::test {

inline constexpr Rm kModes[] = {Rm::kRne, Rm::kRtz, Rm::kRdn, Rm::kRup, Rm::kRmm};

/// Seeded stream of operands, weighted towards where arithmetic goes wrong: special values, both
/// ends of the range, ties, near-equal pairs, integers with a half.
class Operands {
 public:
  explicit Operands(std::uint64_t seed) : state_(seed) {}

  std::uint64_t raw() {
    state_ += 0x9e3779b97f4a7c15ull;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
  }

  /// 0 .. bound - 1.
  int below(int bound) { return static_cast<int>(raw() % static_cast<std::uint64_t>(bound)); }

  template <class F>
  typename F::Bits value() {
    switch (below(16)) {
      case 0:
      case 1:
        return special<F>();
      case 2:  // subnormal
        return make<F>(0, fraction<F>());
      case 3:  // smallest normals
        return make<F>(below(4), fraction<F>());
      case 4:  // largest
        return make<F>(F::kExpMax - 1 - below(4), fraction<F>());
      case 5:  // products and quotients at the lower end
        return make<F>(F::kBias / 2 + below(5) - 2, fraction<F>());
      case 6:  // and at the upper end
        return make<F>(F::kBias + F::kBias / 2 + below(5) - 2, fraction<F>());
      case 7:  // products with subnormal numbers that lose only some bits
        return make<F>(below(F::kFracBits + 4), fraction<F>());
      case 8:
      case 9:
      case 10:  // integers, with and without a fraction
        return make<F>(F::kBias - 3 + below(70), fraction<F>());
      case 11:
      case 12:
        return make<F>(F::kBias - 2 + below(5), fraction<F>());
      case 13:
        return make<F>(F::kBias - F::kFracBits + below(2 * F::kFracBits), fraction<F>());
      default:
        return static_cast<typename F::Bits>(raw());
    }
  }

  /// Second operand; often close to the first one, so that sums cancel and quotients are near 1.
  template <class F>
  typename F::Bits partner(typename F::Bits a) {
    using Bits = typename F::Bits;
    switch (below(8)) {
      case 0:
        return a ^ (raw() % 2 != 0 ? F::kSign : 0);
      case 1:
        return (a + static_cast<Bits>(below(9)) - 4) ^ (raw() % 2 != 0 ? F::kSign : 0);
      case 2: {
        const int exponent = F::exponent(a) + below(2 * F::kFracBits + 8) - F::kFracBits - 4;
        const bool fits = exponent >= 0 && exponent < F::kExpMax;
        return make<F>(fits ? exponent : F::kBias, fraction<F>());
      }
      default:
        return value<F>();
    }
  }

  /// Operands for an operation of up to three; an addend often close to the product's opposite.
  template <class F>
  Operands3<F> three(Op op) {
    Operands3<F> x{};
    x.a = value<F>();
    x.b = partner<F>(x.a);
    x.c = value<F>();
    if (op != Op::kFma || below(3) == 0) return x;
    Flags ignored = 0;
    x.c = partner<F>(soft::mul<F>(x.a, x.b, Rm::kRne, ignored)) ^ (raw() % 2 != 0 ? F::kSign : 0);
    return x;
  }

  /// A binary64 number close to, or halfway between, binary32 numbers.
  std::uint64_t binary32_neighbour() {
    if (below(4) == 0) return value<Binary64>();
    Flags ignored = 0;
    const std::uint64_t near = f32_to_f64(value<Binary32>(), ignored);
    switch (below(4)) {
      case 0:
        return near;
      case 1:
        return near + (1ull << below(Binary64::kFracBits));
      case 2:  // midpoint of normal numbers
        return near ^ (1ull << (Binary64::kFracBits - Binary32::kFracBits - 1));
      default:
        return near - static_cast<std::uint64_t>(below(3));
    }
  }

  /// Any number of significant bits; often one off a power of two, or with a tie below the
  /// significand of a format.
  std::uint64_t integer() {
    const std::uint64_t top = 1ull << below(64);
    switch (below(6)) {
      case 0:
        return top + static_cast<std::uint64_t>(below(3)) - 1;
      case 1:
        return 0 - top + static_cast<std::uint64_t>(below(3)) - 1;
      case 2:
        return (raw() | 1) << below(64);
      case 3:
        return top | (raw() & 3) * (top >> 24) | (raw() & 3) * (top >> 53);
      default:
        return raw() >> below(64);
    }
  }

 private:
  template <class F>
  typename F::Bits make(int exponent, typename F::Bits frac) {
    return (raw() % 2 != 0 ? F::kSign : 0) |
           (static_cast<typename F::Bits>(exponent) << F::kFracBits) | frac;
  }

  /// Random, or with few leading bits (ties), long runs of ones (carries), or one bit at an end.
  template <class F>
  typename F::Bits fraction() {
    using Bits = typename F::Bits;
    const Bits random = static_cast<Bits>(raw()) & F::kFracMask;
    const int cut = below(F::kFracBits + 1);
    switch (below(6)) {
      case 0:
        return (random >> cut) << cut;
      case 1:
        return ((F::kFracMask >> cut) << cut) & F::kFracMask;
      case 2:
        return F::kFracMask >> cut;
      case 3:
        return (Bits{1} << cut) & F::kFracMask;
      default:
        return random;
    }
  }

  template <class F>
  typename F::Bits special() {
    using Bits = typename F::Bits;
    constexpr Bits kOne = static_cast<Bits>(F::kBias) << F::kFracBits;
    static constexpr Bits kTable[] = {
        0,
        F::kInf,
        F::kNan,
        F::kInf | 1,                 // signalling
        F::kNan | 0x1234,            // quiet with a payload
        F::kInf | (F::kQuiet >> 1),  // signalling, other end
        1,                           // smallest subnormal
        F::kMinNormal - 1,           // largest subnormal
        F::kMinNormal,
        F::kMinNormal + 1,
        F::kMaxFinite,
        F::kMaxFinite - 1,
        kOne,
        kOne + 1,
        kOne - 1,
        kOne + F::kMinNormal,  // 2
        kOne - F::kMinNormal,  // 0.5
    };
    const Bits chosen = kTable[below(static_cast<int>(sizeof kTable / sizeof kTable[0]))];
    return chosen | (raw() % 2 != 0 ? F::kSign : 0);
  }

  std::uint64_t state_;
};

}  // namespace ringside::cpu::fp::test
