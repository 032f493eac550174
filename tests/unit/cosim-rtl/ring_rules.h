// SPDX-License-Identifier: Apache-2.0
// A few rules of a split ring with one queue, seen from its accesses alone: what a driver that only
// looks at the end of it misses.
#pragma once

#include <string>

#include "kit/tag.h"
#include "rtl/bench.h"

namespace ringside::test {

class RingRules {
 public:
  explicit RingRules(SharedMemory& memory) : memory_(memory) {}

  /// After the queue has been set up.
  void start(const QueuePlace& place) {
    place_ = place;
    used_elements_ = used_index_ = 0;
    told_ = 0;
    moving_ = false;
    reset_ = false;
    broken_.clear();
  }
  /// The device's status has been read as 0.
  void device_is_reset() { reset_ = true; }
  const std::string& broken() const { return broken_; }

  void see(const cosim::BusAccess& access) {
    if (reset_) return complain("DMA after reset");
    switch (static_cast<Step>(access.step)) {
      case Step::AvailRing: {
        const auto index = memory_.load<std::uint16_t>(place_.driver_area + 2);
        if (index == used_index_) complain("an entry was read that is not published");
        break;
      }
      case Step::Descriptor:
        moving_ = true;
        break;
      case Step::Payload:
        if (access.is_write && !moving_) complain("payload after its used element");
        break;
      case Step::UsedRing:
        if (access.address >= place_.device_area + 4 + 8u * place_.size)
          complain("a used element beyond the ring");
        moving_ = false;
        ++used_elements_;
        break;
      case Step::UsedIndex:
        std::memcpy(&used_index_, access.data, 2);
        if (used_index_ != used_elements_) complain("used index before its used element");
        break;
      default:
        break;
    }
  }
  void interrupt() {
    if (told_ == used_index_) complain("an interrupt before the used index");
    told_ = used_index_;
  }

 private:
  void complain(const std::string& what) {
    if (broken_.empty()) broken_ = what;
  }
  SharedMemory& memory_;
  QueuePlace place_;
  std::uint16_t used_elements_ = 0, used_index_ = 0, told_ = 0;
  bool moving_ = false, reset_ = false;
  std::string broken_;
};

}  // namespace ringside::test
