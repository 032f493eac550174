// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE fp_corner
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <ostream>

#include "cpu/fp/fp.h"

/// Hand-picked cases with answers worked out from the standard, not from any implementation.
namespace fp = ringside::cpu::fp;
using fp::Binary32;
using fp::Binary64;
using fp::Flags;
using fp::kDz;
using fp::kNv;
using fp::kNx;
using fp::kOf;
using fp::kUf;
using fp::Rm;

namespace {

constexpr std::uint32_t kOne = 0x3f800000, kTwo = 0x40000000, kThree = 0x40400000;
constexpr std::uint32_t kInf = 0x7f800000, kMinusInf = 0xff800000, kMinusZero = 0x80000000;
constexpr std::uint32_t kMax = 0x7f7fffff, kMinNormal = 0x00800000;
constexpr std::uint32_t kQuiet = 0xffc12345, kSignalling = 0x7f812345;
constexpr std::uint64_t kOne64 = 0x3ff0000000000000, kMax64 = 0x7fefffffffffffff;

/// Result and flags, printable as one thing.
template <class T>
struct Outcome {
  T value;
  Flags flags;
  bool operator==(const Outcome& other) const {
    return value == other.value && flags == other.flags;
  }
};

template <class T>
std::ostream& operator<<(std::ostream& out, const Outcome<T>& x) {
  return out << "0x" << std::hex << static_cast<std::uint64_t>(x.value) << " flags 0x" << x.flags
             << std::dec;
}

/// Runs `operation(flags)` with no flag set, and again with NX set, which takes another path.
template <class Operation>
auto run(Operation operation) {
  Flags flags = 0;
  const auto value = operation(flags);
  Flags again = kNx;
  BOOST_TEST(operation(again) == value);
  BOOST_TEST(again == (flags | kNx));
  return Outcome<decltype(operation(flags))>{value, flags};
}

using Binary = std::uint32_t (*)(std::uint32_t, std::uint32_t, Rm, Flags&);

Outcome<std::uint32_t> f32(Binary operation, std::uint32_t a, std::uint32_t b, Rm rm = Rm::kRne) {
  return run([&](Flags& flags) { return operation(a, b, rm, flags); });
}

Outcome<std::uint32_t> root32(std::uint32_t a, Rm rm = Rm::kRne) {
  return run([&](Flags& flags) { return fp::sqrt<Binary32>(a, rm, flags); });
}

Outcome<std::uint32_t> fma32(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rm rm = Rm::kRne) {
  return run([&](Flags& flags) { return fp::fma<Binary32>(a, b, c, rm, flags); });
}

Outcome<std::uint64_t> fma64(std::uint64_t a, std::uint64_t b, std::uint64_t c, Rm rm = Rm::kRne) {
  return run([&](Flags& flags) { return fp::fma<Binary64>(a, b, c, rm, flags); });
}

template <class Int>
Outcome<Int> to(std::uint64_t a, Rm rm = Rm::kRtz) {
  return run([&](Flags& flags) { return fp::to_int<Int, Binary64>(a, rm, flags); });
}

template <class Int>
Outcome<Int> to32(std::uint32_t a, Rm rm = Rm::kRtz) {
  return run([&](Flags& flags) { return fp::to_int<Int, Binary32>(a, rm, flags); });
}

using Is32 = Outcome<std::uint32_t>;
using Is64 = Outcome<std::uint64_t>;

constexpr Binary kAdd = fp::add<Binary32>, kSub = fp::sub<Binary32>, kMul = fp::mul<Binary32>,
                 kDiv = fp::div<Binary32>;

}  // namespace

BOOST_AUTO_TEST_CASE(rounding_mode_field) {
  Rm rm = Rm::kRne;
  BOOST_TEST(fp::resolve_rm(4, 0, rm));
  BOOST_TEST((rm == Rm::kRmm));
  BOOST_TEST(fp::resolve_rm(7, 2, rm));
  BOOST_TEST((rm == Rm::kRdn));
  BOOST_TEST(fp::resolve_rm(1, 6, rm));  // a static mode does not care about frm
  for (unsigned reserved : {5u, 6u}) {
    BOOST_TEST(!fp::resolve_rm(reserved, 0, rm));
    BOOST_TEST(!fp::resolve_rm(7, reserved, rm));
  }
  BOOST_TEST(!fp::resolve_rm(7, 7, rm));
}

BOOST_AUTO_TEST_CASE(nan_boxing) {
  BOOST_TEST(fp::box32(kOne) == 0xffffffff3f800000u);
  BOOST_TEST(fp::unbox32(0xffffffff3f800000u) == kOne);
  BOOST_TEST(fp::unbox32(0x000000003f800000u) == fp::kNan32);
  BOOST_TEST(fp::unbox32(0xfffffffe3f800000u) == fp::kNan32);
  BOOST_TEST(fp::unbox32(fp::kNan64) == fp::kNan32);
}

BOOST_AUTO_TEST_CASE(sum) {
  BOOST_TEST(f32(kAdd, kOne, kTwo) == (Is32{kThree, 0}));
  BOOST_TEST(f32(kSub, kOne, kOne) == (Is32{0, 0}));
  BOOST_TEST(f32(kSub, kOne, kOne, Rm::kRdn) == (Is32{kMinusZero, 0}));
  BOOST_TEST(f32(kAdd, kMinusZero, 0) == (Is32{0, 0}));
  BOOST_TEST(f32(kAdd, kMinusZero, 0, Rm::kRdn) == (Is32{kMinusZero, 0}));
  BOOST_TEST(f32(kAdd, kMinusZero, kMinusZero) == (Is32{kMinusZero, 0}));
  BOOST_TEST(f32(kAdd, kInf, kMinusInf) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kSub, kInf, kInf) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kAdd, kInf, kMax) == (Is32{kInf, 0}));
  BOOST_TEST(f32(kAdd, kQuiet, kOne) == (Is32{fp::kNan32, 0}));
  BOOST_TEST(f32(kAdd, kOne, kSignalling) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kAdd, 1, 1) == (Is32{2, 0}));  // subnormal, exact: no underflow
}

BOOST_AUTO_TEST_CASE(tie_in_every_mode) {
  // 1 + 2^-24 lies halfway between 1 and its successor; 1+2^-23 + 2^-24 between two others.
  constexpr std::uint32_t kHalfUlp = 0x33800000;
  const std::uint32_t even[] = {kOne, kOne, kOne, kOne + 1, kOne + 1};
  const std::uint32_t odd[] = {kOne + 2, kOne + 1, kOne + 1, kOne + 2, kOne + 2};
  for (unsigned mode = 0; mode < 5; ++mode) {
    const Rm rm = static_cast<Rm>(mode);
    BOOST_TEST_CONTEXT("mode " << mode) {
      BOOST_TEST(f32(kAdd, kOne, kHalfUlp, rm) == (Is32{even[mode], kNx}));
      BOOST_TEST(f32(kAdd, kOne + 1, kHalfUlp, rm) == (Is32{odd[mode], kNx}));
    }
  }
  BOOST_TEST(f32(kSub, kOne | kMinusZero, kHalfUlp, Rm::kRmm) ==
             (Is32{(kOne + 1) | kMinusZero, kNx}));
  // One bit less than a tie.
  BOOST_TEST(f32(kAdd, kOne, kHalfUlp - 1, Rm::kRmm) == (Is32{kOne, kNx}));
}

BOOST_AUTO_TEST_CASE(overflow_in_every_mode) {
  const std::uint32_t positive[] = {kInf, kMax, kMax, kInf, kInf};
  const std::uint32_t negative[] = {kInf, kMax, kInf, kMax, kInf};
  for (unsigned mode = 0; mode < 5; ++mode) {
    const Rm rm = static_cast<Rm>(mode);
    BOOST_TEST_CONTEXT("mode " << mode) {
      BOOST_TEST(f32(kMul, kMax, kTwo, rm) == (Is32{positive[mode], kOf | kNx}));
      BOOST_TEST(f32(kMul, kMax | kMinusZero, kTwo, rm) ==
                 (Is32{negative[mode] | kMinusZero, kOf | kNx}));
    }
  }
  // Half an ulp of the largest number is enough to overflow, any less is not.
  BOOST_TEST(f32(kAdd, kMax, 0x73000000) == (Is32{kInf, kOf | kNx}));
  BOOST_TEST(f32(kAdd, kMax, 0x72ffffff) == (Is32{kMax, kNx}));
}

BOOST_AUTO_TEST_CASE(tininess_is_detected_after_rounding) {
  // Largest subnormal * (1 + 2^-23) = 2^-126 * (1 - 2^-46): rounds to the smallest normal, and
  // does so even with the full precision, so it is not tiny.
  BOOST_TEST(f32(kMul, kMinNormal - 1, kOne + 1) == (Is32{kMinNormal, kNx}));
  BOOST_TEST(f32(kMul, kMinNormal - 1, kOne + 1, Rm::kRtz) == (Is32{kMinNormal - 1, kNx | kUf}));
  // 2^-126 * (1 - 2^-24): representable with the full precision, so tiny, though the result is
  // the smallest normal number.
  BOOST_TEST(f32(kMul, kMinNormal, kOne - 1) == (Is32{kMinNormal, kNx | kUf}));
  BOOST_TEST(f32(kMul, kMinNormal, kOne - 1, Rm::kRmm) == (Is32{kMinNormal, kNx | kUf}));
  BOOST_TEST(f32(kMul, kMinNormal, kOne - 1, Rm::kRdn) == (Is32{kMinNormal - 1, kNx | kUf}));
  // Exact subnormal results are not underflows.
  BOOST_TEST(f32(kMul, kMinNormal, 0x3f000000) == (Is32{kMinNormal >> 1, 0}));
  // Far below: half of the smallest subnormal is a tie.
  BOOST_TEST(f32(kMul, 1, 0x3f000000) == (Is32{0, kNx | kUf}));
  BOOST_TEST(f32(kMul, 1, 0x3f000000, Rm::kRmm) == (Is32{1, kNx | kUf}));
  BOOST_TEST(f32(kMul, 1, 1, Rm::kRup) == (Is32{1, kNx | kUf}));
  BOOST_TEST(f32(kMul, 1, 1, Rm::kRmm) == (Is32{0, kNx | kUf}));
}

BOOST_AUTO_TEST_CASE(product_and_quotient) {
  BOOST_TEST(f32(kMul, kInf, 0) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kMul, kMinusInf, kOne) == (Is32{kMinusInf, 0}));
  BOOST_TEST(f32(kMul, kMinusZero, kOne) == (Is32{kMinusZero, 0}));
  BOOST_TEST(f32(kDiv, kOne, 0) == (Is32{kInf, kDz}));
  BOOST_TEST(f32(kDiv, kOne, kMinusZero) == (Is32{kMinusInf, kDz}));
  BOOST_TEST(f32(kDiv, 0, 0) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kDiv, kInf, kInf) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(f32(kDiv, kInf, 0) == (Is32{kInf, 0}));  // exact: no division by zero
  BOOST_TEST(f32(kDiv, kOne, kMinusInf) == (Is32{kMinusZero, 0}));
  BOOST_TEST(f32(kDiv, kQuiet, 0) == (Is32{fp::kNan32, 0}));
  BOOST_TEST(f32(kDiv, kOne, kThree) == (Is32{0x3eaaaaab, kNx}));
  BOOST_TEST(f32(kDiv, kOne, kThree, Rm::kRtz) == (Is32{0x3eaaaaaa, kNx}));
}

BOOST_AUTO_TEST_CASE(square_root) {
  BOOST_TEST(root32(0x40800000) == (Is32{kTwo, 0}));
  BOOST_TEST(root32(kTwo) == (Is32{0x3fb504f3, kNx}));
  BOOST_TEST(root32(kTwo, Rm::kRup) == (Is32{0x3fb504f4, kNx}));
  BOOST_TEST(root32(kMinusZero) == (Is32{kMinusZero, 0}));
  BOOST_TEST(root32(kInf) == (Is32{kInf, 0}));
  BOOST_TEST(root32(kMinusInf) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(root32(kOne | kMinusZero) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(root32(kQuiet) == (Is32{fp::kNan32, 0}));
  BOOST_TEST(root32(kSignalling) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(root32(2) == (Is32{0x1a800000, 0}));  // 2^-148, the root is 2^-74
}

BOOST_AUTO_TEST_CASE(fused_multiply_add) {
  BOOST_TEST(fma32(kTwo, kThree, kOne) == (Is32{0x40e00000, 0}));
  BOOST_TEST(fma32(kInf, 0, kQuiet) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(fma32(0, kMinusInf, kQuiet) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(fma32(kOne, kTwo, kQuiet) == (Is32{fp::kNan32, 0}));
  BOOST_TEST(fma32(kOne, kTwo, kSignalling) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(fma32(kInf, kOne, kMinusInf) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(fma32(0, kOne, kMinusZero) == (Is32{0, 0}));
  BOOST_TEST(fma32(0, kOne, kMinusZero, Rm::kRdn) == (Is32{kMinusZero, 0}));
  BOOST_TEST(fma32(kOne, kTwo, kTwo | kMinusZero, Rm::kRdn) == (Is32{kMinusZero, 0}));
  // (1 + 2^-23)^2 - (1 + 2^-22) = 2^-46: lost if the product were rounded first.
  BOOST_TEST(fma32(kOne + 1, kOne + 1, (kOne + 2) | kMinusZero) == (Is32{0x28800000, 0}));
  BOOST_TEST(fma64(kOne64 + 1, kOne64 + 1, (kOne64 + 2) | (1ull << 63)) ==
             (Is64{0x3970000000000000, 0}));
  // The product overflows, the sum does not.
  BOOST_TEST(fma64(kMax64, 0x4000000000000000, kMax64 | (1ull << 63)) == (Is64{kMax64, 0}));
}

BOOST_AUTO_TEST_CASE(minimum_and_maximum) {
  const auto min = [](std::uint32_t a, std::uint32_t b) {
    return run([&](Flags& flags) { return fp::min<Binary32>(a, b, flags); });
  };
  const auto max = [](std::uint32_t a, std::uint32_t b) {
    return run([&](Flags& flags) { return fp::max<Binary32>(a, b, flags); });
  };
  BOOST_TEST(min(kOne, kTwo) == (Is32{kOne, 0}));
  BOOST_TEST(max(kOne, kTwo) == (Is32{kTwo, 0}));
  BOOST_TEST(min(kMinusInf, kOne | kMinusZero) == (Is32{kMinusInf, 0}));
  BOOST_TEST(max(kMinusInf, kOne | kMinusZero) == (Is32{kOne | kMinusZero, 0}));
  BOOST_TEST(min(0, kMinusZero) == (Is32{kMinusZero, 0}));
  BOOST_TEST(min(kMinusZero, 0) == (Is32{kMinusZero, 0}));
  BOOST_TEST(max(0, kMinusZero) == (Is32{0, 0}));
  BOOST_TEST(max(kMinusZero, 0) == (Is32{0, 0}));
  BOOST_TEST(min(kQuiet, kOne) == (Is32{kOne, 0}));
  BOOST_TEST(max(kOne, kQuiet) == (Is32{kOne, 0}));
  BOOST_TEST(max(kOne, kSignalling) == (Is32{kOne, kNv}));
  BOOST_TEST(min(kSignalling, kQuiet) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(min(kQuiet, kQuiet) == (Is32{fp::kNan32, 0}));
}

BOOST_AUTO_TEST_CASE(comparisons) {
  struct Row {
    std::uint32_t a, b;
    bool eq, lt, le;
    Flags quiet, signalling;
  };
  const Row rows[] = {
      {kOne, kOne, true, false, true, 0, 0},
      {kOne, kTwo, false, true, true, 0, 0},
      {kTwo, kOne, false, false, false, 0, 0},
      {kOne | kMinusZero, kTwo | kMinusZero, false, false, false, 0, 0},
      {kTwo | kMinusZero, kOne | kMinusZero, false, true, true, 0, 0},
      {kMinusInf, kInf, false, true, true, 0, 0},
      {0, kMinusZero, true, false, true, 0, 0},
      {kMinusZero, 0, true, false, true, 0, 0},
      {kQuiet, kOne, false, false, false, 0, kNv},
      {kOne, kQuiet, false, false, false, 0, kNv},
      {kQuiet, kQuiet, false, false, false, 0, kNv},
      {kSignalling, kOne, false, false, false, kNv, kNv},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(std::hex << row.a << " against " << row.b) {
      const auto eq = run([&](Flags& flags) { return fp::eq<Binary32>(row.a, row.b, flags); });
      const auto lt = run([&](Flags& flags) { return fp::lt<Binary32>(row.a, row.b, flags); });
      const auto le = run([&](Flags& flags) { return fp::le<Binary32>(row.a, row.b, flags); });
      BOOST_TEST(eq == (Outcome<bool>{row.eq, row.quiet}));
      BOOST_TEST(lt == (Outcome<bool>{row.lt, row.signalling}));
      BOOST_TEST(le == (Outcome<bool>{row.le, row.signalling}));
    }
  }
}

BOOST_AUTO_TEST_CASE(sign_injection) {
  BOOST_TEST(fp::sgnj<Binary32>(kOne, kMinusZero) == (kOne | kMinusZero));
  BOOST_TEST(fp::sgnjn<Binary32>(kOne, kMinusZero) == kOne);
  BOOST_TEST(fp::sgnjx<Binary32>(kOne | kMinusZero, kMinusZero) == kOne);
  BOOST_TEST(fp::sgnj<Binary32>(kSignalling, kMinusZero) == (kSignalling | kMinusZero));
  BOOST_TEST(fp::sgnjn<Binary64>(kOne64, kOne64) == (kOne64 | (1ull << 63)));
  BOOST_TEST(fp::negate<Binary32>(kQuiet) == (kQuiet ^ kMinusZero));
}

BOOST_AUTO_TEST_CASE(classes) {
  const std::uint32_t by_class[] = {
      kMinusInf, kOne | kMinusZero, 0x80000001, kMinusZero, 0, 1, kOne, kInf, kSignalling, kQuiet};
  for (unsigned bit = 0; bit < 10; ++bit) {
    BOOST_TEST(fp::classify<Binary32>(by_class[bit]) == 1u << bit);
  }
  BOOST_TEST(fp::classify<Binary64>(kMax64) == 1u << 6);
  BOOST_TEST(fp::classify<Binary64>(0x800fffffffffffff) == 1u << 2);
}

BOOST_AUTO_TEST_CASE(between_formats) {
  const auto wide = [](std::uint32_t a) {
    return run([&](Flags& flags) { return fp::f32_to_f64(a, flags); });
  };
  const auto narrow = [](std::uint64_t a, Rm rm = Rm::kRne) {
    return run([&](Flags& flags) { return fp::f64_to_f32(a, rm, flags); });
  };
  BOOST_TEST(wide(kOne) == (Is64{kOne64, 0}));
  BOOST_TEST(wide(1) == (Is64{0x36a0000000000000, 0}));
  BOOST_TEST(wide(kMinusInf) == (Is64{0xfff0000000000000, 0}));
  BOOST_TEST(wide(kQuiet) == (Is64{fp::kNan64, 0}));
  BOOST_TEST(wide(kSignalling) == (Is64{fp::kNan64, kNv}));
  BOOST_TEST(narrow(kOne64) == (Is32{kOne, 0}));
  BOOST_TEST(narrow(1ull << 63) == (Is32{kMinusZero, 0}));
  BOOST_TEST(narrow(0x36a0000000000000) == (Is32{1, 0}));
  BOOST_TEST(narrow(kOne64 + 1) == (Is32{kOne, kNx}));
  BOOST_TEST(narrow(kOne64 + 1, Rm::kRup) == (Is32{kOne + 1, kNx}));
  BOOST_TEST(narrow(0x3ff0000010000000) == (Is32{kOne, kNx}));
  BOOST_TEST(narrow(0x3ff0000010000000, Rm::kRmm) == (Is32{kOne + 1, kNx}));
  BOOST_TEST(narrow(kMax64) == (Is32{kInf, kOf | kNx}));
  BOOST_TEST(narrow(kMax64, Rm::kRdn) == (Is32{kMax, kOf | kNx}));
  BOOST_TEST(narrow(1) == (Is32{0, kUf | kNx}));
  BOOST_TEST(narrow(1, Rm::kRup) == (Is32{1, kUf | kNx}));
  BOOST_TEST(narrow(0x7ff0000000000001) == (Is32{fp::kNan32, kNv}));
  BOOST_TEST(narrow(0xfff8000000000001) == (Is32{fp::kNan32, 0}));
}

BOOST_AUTO_TEST_CASE(to_integers) {
  using I32 = Outcome<std::int32_t>;
  using U32 = Outcome<std::uint32_t>;
  using I64 = Outcome<std::int64_t>;
  using U64 = Outcome<std::uint64_t>;
  constexpr std::int32_t kMaxI32 = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMinI32 = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMaxI64 = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMinI64 = std::numeric_limits<std::int64_t>::min();
  constexpr std::uint64_t kInfinity = 0x7ff0000000000000, kSign = 1ull << 63;
  constexpr std::uint64_t kHalf = 0x3fe0000000000000, kTwoAndHalf = 0x4004000000000000;

  BOOST_TEST(to<std::int32_t>(kTwoAndHalf) == (I32{2, kNx}));
  BOOST_TEST(to<std::int32_t>(kTwoAndHalf, Rm::kRne) == (I32{2, kNx}));
  BOOST_TEST(to<std::int32_t>(kTwoAndHalf, Rm::kRmm) == (I32{3, kNx}));
  BOOST_TEST(to<std::int32_t>(kTwoAndHalf | kSign, Rm::kRmm) == (I32{-3, kNx}));
  BOOST_TEST(to<std::int32_t>(kTwoAndHalf | kSign, Rm::kRup) == (I32{-2, kNx}));
  BOOST_TEST(to<std::int32_t>(kTwoAndHalf | kSign, Rm::kRdn) == (I32{-3, kNx}));
  BOOST_TEST(to<std::int32_t>(0x41dfffffffc00000) == (I32{kMaxI32, 0}));
  BOOST_TEST(to<std::int32_t>(0x41dfffffffe00000) == (I32{kMaxI32, kNx}));            // max + 0.5
  BOOST_TEST(to<std::int32_t>(0x41dfffffffe00000, Rm::kRne) == (I32{kMaxI32, kNv}));  // no NX
  BOOST_TEST(to<std::int32_t>(0xc1e0000000000000) == (I32{kMinI32, 0}));
  BOOST_TEST(to<std::int32_t>(0xc1e0000000100000) == (I32{kMinI32, kNx}));  // min - 0.5
  BOOST_TEST(to<std::int32_t>(0xc1e0000000100000, Rm::kRdn) == (I32{kMinI32, kNv}));
  BOOST_TEST(to<std::int32_t>(kInfinity | kSign) == (I32{kMinI32, kNv}));
  BOOST_TEST(to<std::int32_t>(fp::kNan64) == (I32{kMaxI32, kNv}));
  BOOST_TEST(to<std::int32_t>(fp::kNan64 | kSign) == (I32{kMaxI32, kNv}));

  BOOST_TEST(to<std::uint32_t>(kSign) == (U32{0, 0}));
  BOOST_TEST(to<std::uint32_t>(kHalf | kSign) == (U32{0, kNx}));
  BOOST_TEST(to<std::uint32_t>(kHalf | kSign, Rm::kRne) == (U32{0, kNx}));
  BOOST_TEST(to<std::uint32_t>(kHalf | kSign, Rm::kRmm) == (U32{0, kNv}));
  BOOST_TEST(to<std::uint32_t>(kHalf | kSign, Rm::kRdn) == (U32{0, kNv}));
  BOOST_TEST(to<std::uint32_t>(kOne64 | kSign) == (U32{0, kNv}));
  BOOST_TEST(to<std::uint32_t>(0x41efffffffe00000) == (U32{0xffffffff, 0}));
  BOOST_TEST(to<std::uint32_t>(0x41f0000000000000) == (U32{0xffffffff, kNv}));
  BOOST_TEST(to<std::uint32_t>(fp::kNan64 | kSign) == (U32{0xffffffff, kNv}));

  BOOST_TEST(to<std::int64_t>(0x43dfffffffffffff) == (I64{0x7ffffffffffffc00, 0}));
  BOOST_TEST(to<std::int64_t>(0x43e0000000000000) == (I64{kMaxI64, kNv}));
  BOOST_TEST(to<std::int64_t>(0xc3e0000000000000) == (I64{kMinI64, 0}));
  BOOST_TEST(to<std::int64_t>(0xc3e0000000000001) == (I64{kMinI64, kNv}));
  BOOST_TEST(to<std::int64_t>(kMax64 | kSign) == (I64{kMinI64, kNv}));
  BOOST_TEST(to<std::uint64_t>(0x43efffffffffffff) == (U64{0xfffffffffffff800, 0}));
  BOOST_TEST(to<std::uint64_t>(0x43f0000000000000) == (U64{~0ull, kNv}));
  BOOST_TEST(to<std::uint64_t>(kInfinity) == (U64{~0ull, kNv}));
  BOOST_TEST(to<std::uint64_t>(kInfinity | kSign) == (U64{0, kNv}));

  BOOST_TEST(to32<std::int64_t>(0x5f000000) == (I64{kMaxI64, kNv}));
  BOOST_TEST(to32<std::int64_t>(0xdf000000) == (I64{kMinI64, 0}));
  BOOST_TEST(to32<std::int32_t>(0x4effffff) == (I32{0x7fffff80, 0}));
  BOOST_TEST(to32<std::uint64_t>(0x5f7fffff) == (U64{0xffffff0000000000, 0}));
  BOOST_TEST(to32<std::uint32_t>(kSignalling) == (U32{0xffffffff, kNv}));
  BOOST_TEST(to32<std::int32_t>(1, Rm::kRup) == (I32{1, kNx}));
}

BOOST_AUTO_TEST_CASE(from_integers) {
  const auto from = [](auto value, Rm rm = Rm::kRne) {
    return run(
        [&](Flags& flags) { return fp::from_int<Binary32, decltype(value)>(value, rm, flags); });
  };
  const auto from64 = [](auto value, Rm rm = Rm::kRne) {
    return run(
        [&](Flags& flags) { return fp::from_int<Binary64, decltype(value)>(value, rm, flags); });
  };
  for (const Rm rm : {Rm::kRne, Rm::kRdn}) {
    BOOST_TEST(from(std::int32_t{0}, rm) == (Is32{0, 0}));  // +0, whatever the mode
    BOOST_TEST(from(std::int64_t{0}, rm) == (Is32{0, 0}));
    BOOST_TEST(from64(std::int64_t{0}, rm) == (Is64{0, 0}));
  }
  BOOST_TEST(from(std::int32_t{-1}) == (Is32{0xbf800000, 0}));
  BOOST_TEST(from(std::int32_t{16777217}) == (Is32{0x4b800000, kNx}));
  BOOST_TEST(from(std::int32_t{16777217}, Rm::kRmm) == (Is32{0x4b800001, kNx}));
  BOOST_TEST(from(std::int32_t{-16777217}, Rm::kRup) == (Is32{0xcb800000, kNx}));
  BOOST_TEST(from(std::int32_t{-16777217}, Rm::kRdn) == (Is32{0xcb800001, kNx}));
  BOOST_TEST(from(std::uint32_t{0xffffffff}) == (Is32{0x4f800000, kNx}));
  BOOST_TEST(from(~std::uint64_t{0}, Rm::kRtz) == (Is32{0x5f7fffff, kNx}));
  BOOST_TEST(from(std::numeric_limits<std::int64_t>::min()) == (Is32{0xdf000000, 0}));
  BOOST_TEST(from64(std::numeric_limits<std::int32_t>::min()) == (Is64{0xc1e0000000000000, 0}));
  BOOST_TEST(from64(std::uint32_t{0xffffffff}) == (Is64{0x41efffffffe00000, 0}));
  BOOST_TEST(from64(~std::uint64_t{0}) == (Is64{0x43f0000000000000, kNx}));
  BOOST_TEST(from64(~std::uint64_t{0}, Rm::kRdn) == (Is64{0x43efffffffffffff, kNx}));
  BOOST_TEST(from64(std::numeric_limits<std::int64_t>::max(), Rm::kRtz) ==
             (Is64{0x43dfffffffffffff, kNx}));
}
