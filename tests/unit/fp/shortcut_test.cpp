// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE fp_shortcut
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <cfenv>
#include <cstdint>
#include <type_traits>

#include "cpu/fp/fp.h"
#include "unit/fp/comparison.h"
#include "unit/fp/operands.h"
#include "unit/fp/operations.h"

/// What the hart calls takes shortcuts through the host's own arithmetic. Every shortcut must give
/// what the integer arithmetic gives, with NX clear and with NX set beforehand.
namespace fp = ringside::cpu::fp;
using namespace ringside::cpu::fp::test;
using fp::Binary32;
using fp::Binary64;
using fp::Flags;
using fp::Rm;

namespace {

using Formats = boost::mpl::list<Binary32, Binary64>;
using Integers = boost::mpl::list<std::int32_t, std::uint32_t, std::int64_t, std::uint64_t>;

constexpr int kCases = 40000;
constexpr Flags kBefore[] = {0, fp::kNx};
constexpr int kRuns = 5 * 2;  // modes, flags beforehand

/// `fast(rm, flags)` against `exact(rm, flags)` in all modes, with all flags beforehand.
template <class FastWay, class ExactWay>
void compare(Comparison& comparison, const char* what,
             std::initializer_list<std::uint64_t> operands, FastWay fast, ExactWay exact) {
  for (const Rm rm : kModes) {
    for (const Flags before : kBefore) {
      Answer got{0, before};
      Answer expected{0, before};
      got.value = static_cast<std::uint64_t>(fast(rm, got.flags));
      expected.value = static_cast<std::uint64_t>(exact(rm, expected.flags));
      comparison.check(what, rm, operands, got, expected);
    }
  }
}

template <class F, class Int>
typename F::Bits soft_from(Int value, Rm rm, Flags& flags) {
  if constexpr (std::is_signed_v<Int>) {
    return fp::soft::from_signed<F>(value, rm, flags);
  } else {
    return fp::soft::from_unsigned<F>(value, rm, flags);
  }
}

template <class F, class Int>
void compare_integer_conversions() {
  Operands operands(sizeof(Int) + F::kWidth);
  Comparison comparison;
  for (int i = 0; i < kCases; ++i) {
    const auto real = operands.value<F>();
    compare(
        comparison, "to integer", {real},
        [&](Rm rm, Flags& flags) { return fp::to_int<Int, F>(real, rm, flags); },
        [&](Rm rm, Flags& flags) { return fp::soft::to_int<Int, F>(real, rm, flags); });
    const Int integer = static_cast<Int>(operands.integer());
    compare(
        comparison, "from integer", {static_cast<std::uint64_t>(integer)},
        [&](Rm rm, Flags& flags) { return fp::from_int<F, Int>(integer, rm, flags); },
        [&](Rm rm, Flags& flags) { return soft_from<F, Int>(integer, rm, flags); });
  }
  comparison.finish(2 * kCases * kRuns);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(arithmetic, F, Formats) {
  for (const Op op : kOps) {
    const char* name = kOpNames[static_cast<int>(op)];
    Operands operands(100 + static_cast<unsigned>(op));
    Comparison comparison;
    for (int i = 0; i < kCases; ++i) {
      const Operands3<F> x = operands.three<F>(op);
      compare(
          comparison, name, {x.a, x.b, x.c},
          [&](Rm rm, Flags& flags) { return Fast::compute<F>(op, x, rm, flags); },
          [&](Rm rm, Flags& flags) { return Soft::compute<F>(op, x, rm, flags); });
    }
    comparison.finish(kCases * kRuns);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(integer_conversions, Int, Integers) {
  compare_integer_conversions<Binary32, Int>();
  compare_integer_conversions<Binary64, Int>();
}

BOOST_AUTO_TEST_CASE(format_conversions) {
  Operands operands(7);
  Comparison comparison;
  for (int i = 0; i < kCases; ++i) {
    const std::uint32_t a = operands.value<Binary32>();
    compare(
        comparison, "widen", {a}, [&](Rm, Flags& flags) { return fp::f32_to_f64(a, flags); },
        [&](Rm rm, Flags& flags) { return fp::soft::convert<Binary64, Binary32>(a, rm, flags); });
    const std::uint64_t b = operands.binary32_neighbour();
    compare(
        comparison, "narrow", {b},
        [&](Rm rm, Flags& flags) { return fp::f64_to_f32(b, rm, flags); },
        [&](Rm rm, Flags& flags) { return fp::soft::convert<Binary32, Binary64>(b, rm, flags); });
  }
  comparison.finish(2 * kCases * kRuns);
}

BOOST_AUTO_TEST_CASE(default_environment_is_restored) {
  // Another mode on the host would show in a shortcut: 1/3 rounds down to nearest, up with RUP.
  constexpr std::uint64_t kOne = 0x3ff0000000000000, kThree = 0x4008000000000000;
  BOOST_REQUIRE(std::fesetround(FE_UPWARD) == 0);
  fp::use_default_environment();
  BOOST_TEST(std::fegetround() == FE_TONEAREST);
  volatile std::uint64_t divisor = kThree;
  Flags flags = fp::kNx;
  BOOST_TEST(fp::div<Binary64>(kOne, divisor, Rm::kRne, flags) == 0x3fd5555555555555u);
}
