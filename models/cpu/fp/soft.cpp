// SPDX-License-Identifier: Apache-2.0
#include "cpu/fp/soft.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "cpu/fp/round.h"

namespace ringside::cpu::fp::soft {
namespace {

template <class F>
typename F::Bits invalid(Flags& flags) {
  flags |= kNv;
  return F::kNan;
}

/// The NaN result of an operation with a NaN among its operands.
template <class F>
typename F::Bits nan_result(bool signalling, Flags& flags) {
  if (signalling) flags |= kNv;
  return F::kNan;
}

template <class F>
typename F::Bits zero(bool sign) {
  return sign ? F::kSign : 0;
}

template <class F>
typename F::Bits infinity(bool sign) {
  return zero<F>(sign) | F::kInf;
}

/// Zero as the exact sum of operands of opposite sign.
template <class F>
typename F::Bits cancelled(Rm rm) {
  return zero<F>(rm == Rm::kRdn);
}

/// Sum of two finite, non-zero numbers.
template <class F>
typename F::Bits add_finite(Unpacked a, Unpacked b, Rm rm, Flags& flags) {
  if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
    const Unpacked swap = a;
    a = b;
    b = swap;
  }
  b.sig = shift_right_jam(b.sig, a.exp - b.exp);
  if (a.sign == b.sign) {
    a.sig += b.sig;
    if (a.sig >> 63 != 0) {
      a.sig = shift_right_jam(a.sig, 1);
      ++a.exp;
    }
    return round_pack<F>(a, rm, flags);
  }
  a.sig -= b.sig;
  if (a.sig == 0) return cancelled<F>(rm);
  const int shift = leading_zeros(a.sig) - 1;
  a.sig <<= shift;
  a.exp -= shift;
  return round_pack<F>(a, rm, flags);
}

/// Product of two significands, normalised to a leading one in bit 125; raises `exp` if needed.
Uint128 product(const Unpacked& a, const Unpacked& b, int& exp) {
  Uint128 wide = static_cast<Uint128>(a.sig) * b.sig;
  exp = a.exp + b.exp;
  if (wide >> 125 == 0) return wide << 1;
  ++exp;
  return wide;
}

/// A 128-bit significand with its leading one in bit 125, cut down to the common form.
Unpacked narrow(bool sign, int exp, Uint128 wide) {
  constexpr int kShift = 125 - kPoint;
  const bool lost = (wide << (128 - kShift)) != 0;
  return {sign, exp, static_cast<std::uint64_t>(wide >> kShift) | (lost ? 1u : 0u)};
}

int leading_zeros_wide(Uint128 x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? leading_zeros(high) : 64 + leading_zeros(static_cast<std::uint64_t>(x));
}

/// floor(sqrt(square)) for square in [2^124, 2^126).
std::uint64_t root_of(Uint128 square) {
  // The host's root is only a first guess, good to 2^-50 or so; one Newton step brings it to
  // within a few units, the loops to the exact value.
  const double guess = std::sqrt(static_cast<double>(static_cast<std::uint64_t>(square >> 62)));
  auto root = static_cast<std::uint64_t>(std::ldexp(guess, 31));
  root = (root + static_cast<std::uint64_t>(square / root)) / 2;
  while (static_cast<Uint128>(root) * root > square) --root;
  while (static_cast<Uint128>(root + 1) * (root + 1) <= square) ++root;
  return root;
}

}  // namespace

template <class F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (F::is_nan(a) || F::is_nan(b)) {
    return nan_result<F>(F::is_snan(a) || F::is_snan(b), flags);
  }
  if (F::is_inf(a)) return F::is_inf(b) && a != b ? invalid<F>(flags) : a;
  if (F::is_inf(b)) return b;
  if (F::is_zero(a) && F::is_zero(b)) return a == b ? a : cancelled<F>(rm);
  if (F::is_zero(a)) return b;
  if (F::is_zero(b)) return a;
  return add_finite<F>(unpack<F>(a), unpack<F>(b), rm, flags);
}

template <class F>
typename F::Bits sub(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  return add<F>(a, b ^ F::kSign, rm, flags);
}

template <class F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (F::is_nan(a) || F::is_nan(b)) {
    return nan_result<F>(F::is_snan(a) || F::is_snan(b), flags);
  }
  const bool sign = F::sign(a) != F::sign(b);
  if (F::is_inf(a) || F::is_inf(b)) {
    return F::is_zero(a) || F::is_zero(b) ? invalid<F>(flags) : infinity<F>(sign);
  }
  if (F::is_zero(a) || F::is_zero(b)) return zero<F>(sign);
  int exp = 0;
  const Uint128 wide = product(unpack<F>(a), unpack<F>(b), exp);
  return round_pack<F>(narrow(sign, exp, wide), rm, flags);
}

template <class F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (F::is_nan(a) || F::is_nan(b)) {
    return nan_result<F>(F::is_snan(a) || F::is_snan(b), flags);
  }
  const bool sign = F::sign(a) != F::sign(b);
  if (F::is_inf(a)) return F::is_inf(b) ? invalid<F>(flags) : infinity<F>(sign);
  if (F::is_inf(b)) return zero<F>(sign);
  if (F::is_zero(b)) {
    if (F::is_zero(a)) return invalid<F>(flags);
    flags |= kDz;
    return infinity<F>(sign);
  }
  if (F::is_zero(a)) return zero<F>(sign);

  const Unpacked x = unpack<F>(a);
  const Unpacked y = unpack<F>(b);
  const bool below_one = x.sig < y.sig;
  const Uint128 dividend = static_cast<Uint128>(x.sig) << (below_one ? kPoint + 1 : kPoint);
  const auto quotient = static_cast<std::uint64_t>(dividend / y.sig);
  const bool rest = static_cast<Uint128>(quotient) * y.sig != dividend;
  const int exp = x.exp - y.exp - (below_one ? 1 : 0);
  return round_pack<F>({sign, exp, quotient | (rest ? 1u : 0u)}, rm, flags);
}

template <class F>
typename F::Bits sqrt(typename F::Bits a, Rm rm, Flags& flags) {
  if (F::is_nan(a)) return nan_result<F>(F::is_snan(a), flags);
  if (F::is_zero(a)) return a;
  if (F::sign(a)) return invalid<F>(flags);
  if (F::is_inf(a)) return a;

  const Unpacked x = unpack<F>(a);
  const bool odd = (x.exp & 1) != 0;
  const Uint128 square = static_cast<Uint128>(x.sig) << (odd ? kPoint + 1 : kPoint);
  const std::uint64_t root = root_of(square);
  const bool rest = static_cast<Uint128>(root) * root != square;
  const int exp = (odd ? x.exp - 1 : x.exp) / 2;
  return round_pack<F>({false, exp, root | (rest ? 1u : 0u)}, rm, flags);
}

template <class F>
typename F::Bits fma(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rm rm,
                     Flags& flags) {
  const bool inf_times_zero = (F::is_inf(a) && F::is_zero(b)) || (F::is_zero(a) && F::is_inf(b));
  if (inf_times_zero) return invalid<F>(flags);
  if (F::is_nan(a) || F::is_nan(b) || F::is_nan(c)) {
    return nan_result<F>(F::is_snan(a) || F::is_snan(b) || F::is_snan(c), flags);
  }
  const bool sign = F::sign(a) != F::sign(b);
  if (F::is_inf(a) || F::is_inf(b)) {
    return F::is_inf(c) && F::sign(c) != sign ? invalid<F>(flags) : infinity<F>(sign);
  }
  if (F::is_inf(c)) return c;
  if (F::is_zero(a) || F::is_zero(b)) {
    if (!F::is_zero(c)) return c;
    return F::sign(c) == sign ? c : cancelled<F>(rm);
  }
  int exp = 0;
  Uint128 wide = product(unpack<F>(a), unpack<F>(b), exp);
  if (F::is_zero(c)) return round_pack<F>(narrow(sign, exp, wide), rm, flags);

  // Both addends in 128 bits with the leading one in bit 125. The product has 20 free bits at its
  // lower end, the addend more: a shift that loses bits never meets a long cancellation.
  const Unpacked z = unpack<F>(c);
  Uint128 addend = static_cast<Uint128>(z.sig) << (125 - kPoint);
  if (exp >= z.exp) {
    addend = shift_right_jam(addend, exp - z.exp);
  } else {
    wide = shift_right_jam(wide, z.exp - exp);
    exp = z.exp;
  }
  bool result_sign = sign;
  if (sign == z.sign) {
    wide += addend;
  } else if (wide >= addend) {
    wide -= addend;
  } else {
    wide = addend - wide;
    result_sign = z.sign;
  }
  if (wide == 0) return cancelled<F>(rm);
  const int shift = leading_zeros_wide(wide) - 2;
  wide = shift >= 0 ? wide << shift : shift_right_jam(wide, -shift);
  return round_pack<F>(narrow(result_sign, exp - shift, wide), rm, flags);
}

template <class To, class From>
typename To::Bits convert(typename From::Bits a, Rm rm, Flags& flags) {
  if (From::is_nan(a)) return nan_result<To>(From::is_snan(a), flags);
  if (From::is_inf(a)) return infinity<To>(From::sign(a));
  if (From::is_zero(a)) return zero<To>(From::sign(a));
  return round_pack<To>(unpack<From>(a), rm, flags);
}

template <class Int, class F>
Int to_int(typename F::Bits a, Rm rm, Flags& flags) {
  using Limits = std::numeric_limits<Int>;
  const bool sign = F::sign(a) && !F::is_nan(a);
  const Int saturated = sign ? Limits::min() : Limits::max();
  if (F::is_zero(a)) return 0;
  if (!F::is_finite(a) || F::exponent(a) - F::kBias >= 64) {
    flags |= kNv;
    return saturated;
  }
  // Fixed point, 63 bits of fraction.
  const Unpacked x = unpack<F>(a);
  constexpr int kFraction = 63;
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kFraction) - 1;
  const int shift = x.exp + kFraction - kPoint;
  const Uint128 fixed = shift >= 0 ? static_cast<Uint128>(x.sig) << shift
                                   : static_cast<Uint128>(shift_right_jam(x.sig, -shift));
  const Uint128 whole = round_bits(fixed, rm, sign, kMask) >> kFraction;
  const Uint128 limit = static_cast<std::uint64_t>(Limits::max()) +
                        static_cast<Uint128>(sign && Limits::is_signed ? 1 : 0);
  if (whole > (sign && !Limits::is_signed ? 0 : limit)) {
    flags |= kNv;
    return saturated;
  }
  if ((static_cast<std::uint64_t>(fixed) & kMask) != 0) flags |= kNx;
  const auto value = static_cast<std::uint64_t>(whole);
  return static_cast<Int>(sign ? 0 - value : value);
}

template <class F>
typename F::Bits from_unsigned(std::uint64_t value, Rm rm, Flags& flags) {
  if (value == 0) return 0;
  const int zeros = leading_zeros(value);
  const std::uint64_t sig = zeros == 0 ? shift_right_jam(value, 1) : value << (zeros - 1);
  return round_pack<F>({false, kPoint + 1 - zeros, sig}, rm, flags);
}

template <class F>
typename F::Bits from_signed(std::int64_t value, Rm rm, Flags& flags) {
  if (value >= 0) return from_unsigned<F>(static_cast<std::uint64_t>(value), rm, flags);
  const std::uint64_t magnitude = 0 - static_cast<std::uint64_t>(value);
  const int zeros = leading_zeros(magnitude);
  const std::uint64_t sig = zeros == 0 ? shift_right_jam(magnitude, 1) : magnitude << (zeros - 1);
  return round_pack<F>({true, kPoint + 1 - zeros, sig}, rm, flags);
}

using B32 = Binary32::Bits;
using B64 = Binary64::Bits;

template B32 add<Binary32>(B32, B32, Rm, Flags&);
template B64 add<Binary64>(B64, B64, Rm, Flags&);
template B32 sub<Binary32>(B32, B32, Rm, Flags&);
template B64 sub<Binary64>(B64, B64, Rm, Flags&);
template B32 mul<Binary32>(B32, B32, Rm, Flags&);
template B64 mul<Binary64>(B64, B64, Rm, Flags&);
template B32 div<Binary32>(B32, B32, Rm, Flags&);
template B64 div<Binary64>(B64, B64, Rm, Flags&);
template B32 sqrt<Binary32>(B32, Rm, Flags&);
template B64 sqrt<Binary64>(B64, Rm, Flags&);
template B32 fma<Binary32>(B32, B32, B32, Rm, Flags&);
template B64 fma<Binary64>(B64, B64, B64, Rm, Flags&);
template B32 convert<Binary32, Binary64>(B64, Rm, Flags&);
template B64 convert<Binary64, Binary32>(B32, Rm, Flags&);
template std::int32_t to_int<std::int32_t, Binary32>(B32, Rm, Flags&);
template std::uint32_t to_int<std::uint32_t, Binary32>(B32, Rm, Flags&);
template std::int64_t to_int<std::int64_t, Binary32>(B32, Rm, Flags&);
template std::uint64_t to_int<std::uint64_t, Binary32>(B32, Rm, Flags&);
template std::int32_t to_int<std::int32_t, Binary64>(B64, Rm, Flags&);
template std::uint32_t to_int<std::uint32_t, Binary64>(B64, Rm, Flags&);
template std::int64_t to_int<std::int64_t, Binary64>(B64, Rm, Flags&);
template std::uint64_t to_int<std::uint64_t, Binary64>(B64, Rm, Flags&);
template B32 from_signed<Binary32>(std::int64_t, Rm, Flags&);
template B64 from_signed<Binary64>(std::int64_t, Rm, Flags&);
template B32 from_unsigned<Binary32>(std::uint64_t, Rm, Flags&);
template B64 from_unsigned<Binary64>(std::uint64_t, Rm, Flags&);

}  // namespace ringside::cpu::fp::soft
