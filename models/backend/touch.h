// SPDX-License-Identifier: Apache-2.0
// Fingers on a screen, as the updates of a multitouch device (protocol B of Linux'
// multi-touch-protocol: a slot per finger, a tracking id per touch).
#pragma once

#include <array>
#include <cstdint>

#include "backend/input_source.h"

namespace ringside::backend {

class Touches {
 public:
  static constexpr unsigned kSlots = 10;

  /// A finger (below kSlots) comes down at a place, or moves there; both from 0 to kAbsMax.
  InputUpdate at(unsigned slot, std::int32_t x, std::int32_t y);
  /// It goes; nothing if it is not there.
  InputUpdate lift(unsigned slot);
  bool down(unsigned slot) const { return down_[slot]; }

 private:
  bool any() const;

  std::array<bool, kSlots> down_{};
  std::int32_t next_id_ = 0;
};

}  // namespace ringside::backend
