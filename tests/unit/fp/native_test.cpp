// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE fp_native
#include "unit/fp/native.h"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "unit/fp/comparison.h"
#include "unit/fp/operands.h"

/// The integer arithmetic against the processor: all operations, the four modes both have, values
/// and flags. The fifth mode is derived from the processor's answers.
namespace fp = ringside::cpu::fp;
using namespace ringside::cpu::fp::test;
using fp::Binary32;
using fp::Binary64;
using fp::Flags;
using fp::Rm;

namespace {

using Formats = boost::mpl::list<Binary32, Binary64>;

__extension__ using Quad = __float128;

constexpr int kCases = 100000;
constexpr Rm kNativeModes[] = {Rm::kRne, Rm::kRtz, Rm::kRdn, Rm::kRup};

bool processor_has(Op op) {
  return op != Op::kFma || fp::host::kFma;
}

/// True if a result in a wider type `Wide`, computed there without rounding, lies exactly between
/// the two neighbours `down` and `up`. Wide must hold such midpoints.
template <class Wide, class Compute>
bool is_tie(Wide down, Wide up, Compute compute) {
  if (down == up) return false;
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile Wide result = compute();
  const bool exact = std::fetestexcept(FE_INEXACT) == 0;
  return exact && result - down == up - result;
}

template <class Wide>
Wide wide_compute(Op op, Wide a, Wide b, Wide c) {
  volatile Wide x = a, y = b, z = c;
  switch (op) {
    case Op::kAdd:
      return x + y;
    case Op::kSub:
      return x - y;
    case Op::kMul:
      return x * y;
    case Op::kDiv:
      return x / y;
    case Op::kSqrt:
      return std::sqrt(static_cast<long double>(x));
    case Op::kFma:
      return x * y + z;
  }
  return 0;
}

/// Whether the operation's exact result is a tie in format F, the neighbours being `down` and `up`.
template <class F, class Wide>
bool tie_in(Op op, const Operands3<F>& x, typename F::Bits down, typename F::Bits up) {
  const Wide a = fp::host::value(x.a), b = fp::host::value(x.b), c = fp::host::value(x.c);
  return is_tie<Wide>(fp::host::value(down), fp::host::value(up),
                      [&] { return wide_compute<Wide>(op, a, b, c); });
}

template <class F>
bool tie(Op op, const Operands3<F>& x, typename F::Bits down, typename F::Bits up) {
  if (!F::is_finite(down) || !F::is_finite(up)) return false;
  // The x87's 64 bits hold every midpoint of binary64, 113 bits every product of two such numbers.
  return op == Op::kFma ? tie_in<F, Quad>(op, x, down, up)
                        : tie_in<F, long double>(op, x, down, up);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(arithmetic, F, Formats) {
  for (const Op op : kOps) {
    if (!processor_has(op)) continue;
    Operands operands(200 + static_cast<unsigned>(op));
    Comparison comparison;
    for (int i = 0; i < kCases; ++i) {
      const Operands3<F> x = operands.three<F>(op);
      for (const Rm rm : kNativeModes) {
        Answer got{0, 0};
        Answer expected{0, 0};
        got.value = Soft::compute<F>(op, x, rm, got.flags);
        expected.value = Native::compute<F>(op, x, rm, expected.flags);
        comparison.check(kOpNames[static_cast<int>(op)], rm, {x.a, x.b, x.c}, got, expected);
      }
    }
    comparison.finish(kCases * 4);
  }
}

// To nearest with ties away is to nearest with ties to even, except for ties, where it is the
// neighbour of larger magnitude. Flags are the same in both modes: a result that overflows or is
// tiny in one of them is so in the other.
BOOST_AUTO_TEST_CASE_TEMPLATE(ties_away, F, Formats) {
  for (const Op op : kOps) {
    if (!processor_has(op)) continue;
    Operands operands(300 + static_cast<unsigned>(op));
    Comparison comparison;
    int ties = 0;
    for (int i = 0; i < kCases; ++i) {
      const Operands3<F> x = operands.three<F>(op);
      Answer expected{0, 0};
      Flags ignored = 0;
      expected.value = Native::compute<F>(op, x, Rm::kRne, expected.flags);
      const auto down = Native::compute<F>(op, x, Rm::kRdn, ignored);
      const auto up = Native::compute<F>(op, x, Rm::kRup, ignored);
      if (tie<F>(op, x, down, up)) {
        expected.value = F::magnitude(down) > F::magnitude(up) ? down : up;
        ++ties;
      }
      Answer got{0, 0};
      got.value = Soft::compute<F>(op, x, Rm::kRmm, got.flags);
      comparison.check(kOpNames[static_cast<int>(op)], Rm::kRmm, {x.a, x.b, x.c}, got, expected);
    }
    comparison.finish(kCases);
    BOOST_TEST_MESSAGE(kOpNames[static_cast<int>(op)] << ": " << ties << " ties");
    // Quotients are ties only in the subnormal range, square roots never.
    const int fewest = op == Op::kSqrt ? 0 : op == Op::kDiv ? 10 : 100;
    BOOST_TEST(ties >= fewest);
  }
}

BOOST_AUTO_TEST_CASE(narrowing) {
  Operands operands(8);
  Comparison comparison;
  for (int i = 0; i < kCases; ++i) {
    const std::uint64_t a = operands.binary32_neighbour();
    for (const Rm rm : kNativeModes) {
      Answer got{0, 0};
      Answer expected{0, 0};
      got.value = fp::soft::convert<Binary32, Binary64>(a, rm, got.flags);
      expected.value = native_narrow(a, rm, expected.flags);
      comparison.check("narrow", rm, {a}, got, expected);
    }
  }
  comparison.finish(kCases * 4);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(integers, F, Formats) {
  Operands operands(9);
  Comparison comparison;
  for (int i = 0; i < kCases; ++i) {
    const auto integer = static_cast<std::int64_t>(operands.integer());
    const auto real = operands.value<F>();
    for (const Rm rm : kNativeModes) {
      Answer got{0, 0};
      Answer expected{0, 0};
      got.value = fp::soft::from_signed<F>(integer, rm, got.flags);
      expected.value = native_from(F{}, integer, rm, expected.flags);
      comparison.check("from", rm, {static_cast<std::uint64_t>(integer)}, got, expected);

      got = expected = {0, 0};
      const std::int64_t native = native_to(F{}, real, rm, expected.flags);
      constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
      const bool upper = (expected.flags & fp::kNv) != 0 && (F::is_nan(real) || !F::sign(real));
      expected.value = static_cast<std::uint64_t>(upper ? kLargest : native);
      got.value =
          static_cast<std::uint64_t>(fp::soft::to_int<std::int64_t, F>(real, rm, got.flags));
      comparison.check("to", rm, {real}, got, expected);
    }
  }
  comparison.finish(kCases * 4 * 2);
}
