// SPDX-License-Identifier: Apache-2.0
#include "cosim/replay/difference.h"

#include <fmt/format.h>

namespace ringside::cosim {

const char* to_string(Difference::Kind kind) {
  constexpr const char* kNames[] = {"written-bytes", "register-value", "extra", "order", "missing"};
  const auto i = static_cast<unsigned>(kind);
  return i < std::size(kNames) ? kNames[i] : "?";
}

std::string Difference::str() const {
  std::string out = fmt::format("{}: record {} at {} ps", to_string(kind), record, time);
  if (queue != Transaction::kNoQueue) out += fmt::format(", queue {}", queue);
  if (request != Transaction::kNoRequest) out += fmt::format(", request {}", request);
  return out + ": expected " + expected + ", found " + found;
}

std::string Differences::str() const {
  std::string out;
  for (const Difference& difference : kept_) out += difference.str() + "\n";
  if (count_ > kept_.size()) out += fmt::format("and {} more\n", count_ - kept_.size());
  return out;
}

}  // namespace ringside::cosim
