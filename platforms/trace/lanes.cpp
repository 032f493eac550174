// SPDX-License-Identifier: Apache-2.0
#include "trace/lanes.h"

#include <algorithm>

namespace ringside::trace {

PerfettoFile::Track Lanes::take(Slice& slice) {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                           [&](const Lane& one) { return one.free_from <= slice.begin; });
  if (lane == lanes_.end() && lanes_.size() < kMost) {
    lanes_.push_back({file_.add_track(parent_, name_), 0});
    lane = lanes_.end() - 1;
  }
  if (lane == lanes_.end()) {
    lane = std::min_element(lanes_.begin(), lanes_.end(),
                            [](const Lane& a, const Lane& b) { return a.free_from < b.free_from; });
    slice.begin = lane->free_from;
    slice.end = std::max(slice.end, slice.begin);
  }
  lane->free_from = slice.end;
  return lane->track;
}

}  // namespace ringside::trace
