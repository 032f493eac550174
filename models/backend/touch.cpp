// SPDX-License-Identifier: Apache-2.0
#include "backend/touch.h"

#include <algorithm>

namespace ringside::backend {

bool Touches::any() const {
  return std::any_of(down_.begin(), down_.end(), [](bool down) { return down; });
}

InputUpdate Touches::at(unsigned slot, std::int32_t x, std::int32_t y) {
  InputUpdate update{{kEvAbs, kAbsMtSlot, static_cast<std::int32_t>(slot)}};
  const bool first = !any();
  if (!down_[slot]) {
    update.push_back({kEvAbs, kAbsMtTrackingId, next_id_});
    next_id_ = (next_id_ + 1) & kMaxTrackingId;
    down_[slot] = true;
  }
  update.push_back({kEvAbs, kAbsMtPositionX, x});
  update.push_back({kEvAbs, kAbsMtPositionY, y});
  if (first) update.push_back({kEvKey, kBtnTouch, 1});
  return update;
}

InputUpdate Touches::lift(unsigned slot) {
  if (!down_[slot]) return {};
  down_[slot] = false;
  InputUpdate update{{kEvAbs, kAbsMtSlot, static_cast<std::int32_t>(slot)},
                     {kEvAbs, kAbsMtTrackingId, -1}};
  if (!any()) update.push_back({kEvKey, kBtnTouch, 0});
  return update;
}

}  // namespace ringside::backend
