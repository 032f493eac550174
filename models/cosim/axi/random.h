// SPDX-License-Identifier: Apache-2.0
// Chance for stalls and orders: from a seed only, so that a run can be had again.
#pragma once

#include <cstdint>

namespace ringside::cosim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}

  /// 0 to `limit` - 1; `limit` is 1 or more.
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>((std::uint64_t{next()} * limit) >> 32);
  }
  bool percent(unsigned chance) { return chance != 0 && below(100) < chance; }

 private:
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>(state_ >> 32);
  }
  std::uint64_t state_;
};

}  // namespace ringside::cosim
