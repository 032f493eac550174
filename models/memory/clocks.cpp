// SPDX-License-Identifier: Apache-2.0
#include "memory/clocks.h"

#include <cmath>

namespace ringside {

std::uint64_t Clocks::clocks(double clock_ps) const {
  if (time == sc_core::SC_ZERO_TIME) return count;
  const double exact = time.to_seconds() * 1e12 / clock_ps;
  return static_cast<std::uint64_t>(std::ceil(std::max(exact - 0.025, 0.0)));
}

const char* ParamTraits<Clocks>::name() {
  return "clocks";
}

const char* ParamTraits<Clocks>::expected() {
  return "a number of clocks up to 1000000, or a time with a unit up to 1ms, such as 13.75ns";
}

bool ParamTraits<Clocks>::parse(const Node& node, Clocks& value) {
  if (!node.is_scalar()) return false;
  value = Clocks{};
  if (const auto count = parse_integer(node.text())) {
    value.count = *count;
    return *count <= Clocks::kMost;
  }
  const auto time = parse_time(node.text());
  if (!time || *time > sc_core::sc_time(1, sc_core::SC_MS)) return false;
  value.time = *time;
  return true;
}

std::string ParamTraits<Clocks>::format(const Clocks& value) {
  if (value.time == sc_core::SC_ZERO_TIME) return std::to_string(value.count);
  return format_time(value.time);
}

}  // namespace ringside
