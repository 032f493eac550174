// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE fp_reference
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cpu/fp/fp.h"
#include "unit/fp/comparison.h"
#include "unit/fp/operands.h"
#include "unit/fp/vectors.h"

/// Every F and D instruction against another implementation of RISC-V: a guest program executes
/// them in QEMU's user mode emulation on seeded operands, in all rounding modes. Contents of whole
/// registers are compared, so NaN boxing and sign extension are part of it.
namespace fp = ringside::cpu::fp;
using namespace ringside::cpu::fp::test;
using fp::Binary32;
using fp::Binary64;
using fp::Flags;
using fp::Rm;

namespace {

constexpr int kCases = 3000;  // per instruction and mode

const char* const kNames[] = {
#define FP_OP(name, instruction) instruction,
#define FP_TO_X(name, instruction) instruction,
    FP_INSTRUCTIONS
#undef FP_OP
#undef FP_TO_X
};

/// How a format lies in a 64-bit f register.
template <class F>
struct Register;

template <>
struct Register<Binary32> {
  static std::uint32_t get(std::uint64_t reg) { return fp::unbox32(reg); }
  static std::uint64_t put(std::uint32_t value) { return fp::box32(value); }
};

template <>
struct Register<Binary64> {
  static std::uint64_t get(std::uint64_t reg) { return reg; }
  static std::uint64_t put(std::uint64_t value) { return value; }
};

/// An integer result in an x register.
template <class Int>
std::uint64_t extend(Int value) {
  if constexpr (sizeof(Int) == 4) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

/// Executes an instruction of one format, numbered as in FP_INSTRUCTIONS_OF for "S".
template <class F>
std::uint64_t execute_format(std::uint32_t instruction, const FpRequest& x, Rm rm, Flags& flags) {
  using R = Register<F>;
  const auto a = R::get(x.a);
  const auto b = R::get(x.b);
  const auto c = R::get(x.c);
  switch (instruction) {
    case kFpAddS:
      return R::put(fp::add<F>(a, b, rm, flags));
    case kFpSubS:
      return R::put(fp::sub<F>(a, b, rm, flags));
    case kFpMulS:
      return R::put(fp::mul<F>(a, b, rm, flags));
    case kFpDivS:
      return R::put(fp::div<F>(a, b, rm, flags));
    case kFpSqrtS:
      return R::put(fp::sqrt<F>(a, rm, flags));
    case kFpMaddS:
      return R::put(fp::fma<F>(a, b, c, rm, flags));
    case kFpMsubS:
      return R::put(fp::fma<F>(a, b, fp::negate<F>(c), rm, flags));
    case kFpNmaddS:
      return R::put(fp::fma<F>(fp::negate<F>(a), b, fp::negate<F>(c), rm, flags));
    case kFpNmsubS:
      return R::put(fp::fma<F>(fp::negate<F>(a), b, c, rm, flags));
    case kFpMinS:
      return R::put(fp::min<F>(a, b, flags));
    case kFpMaxS:
      return R::put(fp::max<F>(a, b, flags));
    case kFpSgnjS:
      return R::put(fp::sgnj<F>(a, b));
    case kFpSgnjnS:
      return R::put(fp::sgnjn<F>(a, b));
    case kFpSgnjxS:
      return R::put(fp::sgnjx<F>(a, b));
    case kFpFromWS:
      return R::put(fp::from_int<F>(static_cast<std::int32_t>(x.a), rm, flags));
    case kFpFromWuS:
      return R::put(fp::from_int<F>(static_cast<std::uint32_t>(x.a), rm, flags));
    case kFpFromLS:
      return R::put(fp::from_int<F>(static_cast<std::int64_t>(x.a), rm, flags));
    case kFpFromLuS:
      return R::put(fp::from_int<F>(x.a, rm, flags));
    case kFpEqS:
      return fp::eq<F>(a, b, flags);
    case kFpLtS:
      return fp::lt<F>(a, b, flags);
    case kFpLeS:
      return fp::le<F>(a, b, flags);
    case kFpClassS:
      return fp::classify<F>(a);
    case kFpToWS:
      return extend(fp::to_int<std::int32_t, F>(a, rm, flags));
    case kFpToWuS:
      return extend(fp::to_int<std::uint32_t, F>(a, rm, flags));
    case kFpToLS:
      return extend(fp::to_int<std::int64_t, F>(a, rm, flags));
    case kFpToLuS:
      return extend(fp::to_int<std::uint64_t, F>(a, rm, flags));
    default:
      BOOST_FAIL("no such instruction");
      return 0;
  }
}

Answer execute(const FpRequest& x, Flags before) {
  Answer answer{0, before};
  const Rm rm = static_cast<Rm>(x.frm);
  if (x.instruction == kFpDToS) {
    answer.value = fp::box32(fp::f64_to_f32(x.a, rm, answer.flags));
  } else if (x.instruction == kFpSToD) {
    answer.value = fp::f32_to_f64(fp::unbox32(x.a), answer.flags);
  } else if (x.instruction >= kFpAddD) {
    answer.value = execute_format<Binary64>(x.instruction - kFpAddD, x, rm, answer.flags);
  } else {
    answer.value = execute_format<Binary32>(x.instruction, x, rm, answer.flags);
  }
  return answer;
}

/// A register that holds a binary32 number, now and then not boxed.
std::uint64_t single(Operands& operands, std::uint32_t value) {
  const std::uint64_t boxed = fp::box32(value);
  return operands.below(40) == 0 ? boxed ^ (1ull << (32 + operands.below(32))) : boxed;
}

FpRequest make_request(Operands& operands, std::uint32_t instruction, Rm rm) {
  FpRequest x{instruction, static_cast<std::uint32_t>(rm), 0, 0, 0};
  const std::uint32_t within = instruction >= kFpAddD ? instruction - kFpAddD : instruction;
  const bool from_integer = instruction < kFpDToS && within >= kFpFromWS && within <= kFpFromLuS;
  const bool sum = instruction < kFpDToS && within >= kFpMaddS && within <= kFpNmsubS;
  if (from_integer) {
    x.a = operands.integer();
  } else if (instruction == kFpDToS) {
    x.a = operands.binary32_neighbour();
  } else if (instruction < kFpAddD || instruction == kFpSToD) {
    const auto of = operands.three<Binary32>(sum ? Op::kFma : Op::kAdd);
    x.a = single(operands, of.a);
    x.b = single(operands, of.b);
    x.c = single(operands, of.c);
  } else {
    const auto of = operands.three<Binary64>(sum ? Op::kFma : Op::kAdd);
    x.a = of.a;
    x.b = of.b;
    x.c = of.c;
  }
  return x;
}

std::vector<FpRequest> make_requests() {
  Operands operands(2024);
  std::vector<FpRequest> requests;
  for (std::uint32_t instruction = 0; instruction < kFpInstructions; ++instruction) {
    for (const Rm rm : kModes) {
      for (int i = 0; i < kCases; ++i) {
        requests.push_back(make_request(operands, instruction, rm));
      }
    }
  }
  return requests;
}

/// Has the guest answer the requests; fails the test if it cannot be run.
std::vector<FpReply> ask_guest(const std::vector<FpRequest>& requests) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(FP_GUEST).parent_path();
  const fs::path in = folder / "fp_requests.bin";
  const fs::path out = folder / "fp_replies.bin";
  std::ofstream(in, std::ios::binary)
      .write(reinterpret_cast<const char*>(requests.data()),
             static_cast<std::streamsize>(requests.size() * sizeof requests[0]));
  const std::string command = std::string("'" FP_EMULATOR "' '" FP_GUEST "' < '") + in.string() +
                              "' > '" + out.string() + "'";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  std::vector<FpReply> replies(requests.size());
  BOOST_REQUIRE(fs::file_size(out) == replies.size() * sizeof replies[0]);
  std::ifstream(out, std::ios::binary)
      .read(reinterpret_cast<char*>(replies.data()),
            static_cast<std::streamsize>(replies.size() * sizeof replies[0]));
  fs::remove(in);
  fs::remove(out);
  return replies;
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_instructions) {
  const std::vector<FpRequest> requests = make_requests();
  const std::vector<FpReply> replies = ask_guest(requests);
  Comparison comparison;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const FpRequest& x = requests[i];
    const auto fflags = static_cast<Flags>(replies[i].fflags);
    for (const Flags before : {Flags{0}, fp::kNx}) {
      comparison.check(kNames[x.instruction], static_cast<Rm>(x.frm), {x.a, x.b, x.c},
                       execute(x, before), {replies[i].value, fflags | before});
    }
  }
  comparison.finish(kFpInstructions * 5 * kCases * 2);
}
