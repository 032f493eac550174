// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <initializer_list>
#include <ios>
#include <sstream>
#include <string>

#include "cpu/fp/types.h"

namespace ringside::cpu::fp::test {

struct Answer {
  std::uint64_t value;
  Flags flags;
};

/// Counts the cases compared and reports the first few that differ.
class Comparison {
 public:
  void check(const std::string& what, Rm rm, std::initializer_list<std::uint64_t> operands,
             Answer got, Answer expected) {
    ++cases_;
    if (got.value == expected.value && got.flags == expected.flags) return;
    if (++differences_ > kReported) return;
    std::ostringstream text;
    text << what << " mode " << static_cast<int>(rm) << std::hex;
    for (const std::uint64_t operand : operands) text << " 0x" << operand;
    text << " -> 0x" << got.value << " flags 0x" << got.flags << ", expected 0x" << expected.value
         << " flags 0x" << expected.flags;
    BOOST_ERROR(text.str());
  }

  /// To be called last: fails if anything differed, or if not as many cases as meant were compared.
  void finish(int expected_cases) const {
    BOOST_TEST(differences_ == 0);
    BOOST_TEST(cases_ == expected_cases);
  }

 private:
  static constexpr int kReported = 5;
  int cases_ = 0;
  int differences_ = 0;
};

}  // namespace ringside::cpu::fp::test
