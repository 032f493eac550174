// SPDX-License-Identifier: Apache-2.0
// A quantity of DRAM profiles: a number of clocks, written as such or as a time.
#pragma once

#include <cstdint>
#include <string>

#include "kit/param.h"

namespace ringside {

/// "22", or "13.75ns".
struct Clocks {
  static constexpr std::uint64_t kMost = 1'000'000;

  std::uint64_t count = 0;  ///< clocks, if it was written as a number
  sc_core::sc_time time;    ///< otherwise

  /// Whole clocks of this length. A time is rounded up, after 2.5 % of a clock have been let go
  /// (JESD79-4C, 13.5: a time that was rounded in a table is not a clock longer for it).
  std::uint64_t clocks(double clock_ps) const;
};

template <>
struct ParamTraits<Clocks> {
  static const char* name();
  static const char* expected();
  static bool parse(const Node& node, Clocks& value);
  static std::string format(const Clocks& value);
};

}  // namespace ringside
