// SPDX-License-Identifier: Apache-2.0
#include "cpu/fp/exact.h"

#include <cmath>

#include "cpu/fp/host.h"
#include "cpu/fp/soft.h"

namespace ringside::cpu::fp::exact {
namespace {

/// Upper bound of the number of significant bits of a finite number.
template <class F>
int width(typename F::Bits a) {
  return F::kFracBits + 1 - __builtin_ctzll(a | F::kMinNormal);
}

/// True if the product of two finite numbers fits the significand: it is exact, unless it leaves
/// the range of exponents.
template <class F>
bool short_product(typename F::Bits a, typename F::Bits b) {
  return width<F>(a) + width<F>(b) <= F::kFracBits + 1;
}

/// True if `sum`, the host's result for a + b, is exact and does not depend on the rounding mode.
/// Knuth's two-sum gives the rounding error itself, or a NaN if anything overflows on the way.
template <class F>
bool is_exact_sum(typename F::Bits a, typename F::Bits b, typename F::Bits sum) {
  if (F::is_zero(sum)) return false;
  const auto x = host::value(a);
  const auto y = host::value(b);
  const auto s = host::value(sum);
  const auto y_part = s - x;
  const auto x_part = s - y_part;
  return (x - x_part) + (y - y_part) == 0;
}

}  // namespace

template <class F>
typename F::Bits add(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::kExactTypes) {
    const typename F::Bits sum = host::bits(host::value(a) + host::value(b));
    if (is_exact_sum<F>(a, b, sum)) return sum;
  }
  return soft::add<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits mul(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::kExactTypes) {
    const typename F::Bits product = host::bits(host::value(a) * host::value(b));
    if (F::is_plain(product) && short_product<F>(a, b)) return product;
  }
  return soft::mul<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits div(typename F::Bits a, typename F::Bits b, Rm rm, Flags& flags) {
  if (host::kExactTypes) {
    const auto quotient = host::value(a) / host::value(b);
    const typename F::Bits result = host::bits(quotient);
    if (F::is_plain(a) && F::is_plain(result) && short_product<F>(result, b) &&
        quotient * host::value(b) == host::value(a)) {
      return result;
    }
  }
  return soft::div<F>(a, b, rm, flags);
}

template <class F>
typename F::Bits sqrt(typename F::Bits a, Rm rm, Flags& flags) {
  if (host::kExactTypes && F::is_plain(a) && !F::sign(a)) {
    const auto root = std::sqrt(host::value(a));
    const typename F::Bits result = host::bits(root);
    if (F::is_plain(result) && short_product<F>(result, result) && root * root == host::value(a)) {
      return result;
    }
  }
  return soft::sqrt<F>(a, rm, flags);
}

template <class F>
typename F::Bits fma(typename F::Bits a, typename F::Bits b, typename F::Bits c, Rm rm,
                     Flags& flags) {
  if (host::kExactTypes) {
    const typename F::Bits product = host::bits(host::value(a) * host::value(b));
    if (F::is_plain(product) && short_product<F>(a, b)) {
      const typename F::Bits sum = host::bits(host::value(product) + host::value(c));
      if (is_exact_sum<F>(product, c, sum)) return sum;
    }
  }
  return soft::fma<F>(a, b, c, rm, flags);
}

using B32 = Binary32::Bits;
using B64 = Binary64::Bits;

template B32 add<Binary32>(B32, B32, Rm, Flags&);
template B64 add<Binary64>(B64, B64, Rm, Flags&);
template B32 mul<Binary32>(B32, B32, Rm, Flags&);
template B64 mul<Binary64>(B64, B64, Rm, Flags&);
template B32 div<Binary32>(B32, B32, Rm, Flags&);
template B64 div<Binary64>(B64, B64, Rm, Flags&);
template B32 sqrt<Binary32>(B32, Rm, Flags&);
template B64 sqrt<Binary64>(B64, Rm, Flags&);
template B32 fma<Binary32>(B32, B32, B32, Rm, Flags&);
template B64 fma<Binary64>(B64, B64, B64, Rm, Flags&);

}  // namespace ringside::cpu::fp::exact
