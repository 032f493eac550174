// SPDX-License-Identifier: Apache-2.0
#include "trace/hart_track.h"

#include <algorithm>
#include <utility>

namespace ringside::trace {

void HartTrack::add(Slice slice, std::shared_ptr<Kick> kick) {
  // What an event costs is charged in whole cycles, so the next may begin a little earlier.
  slice.begin = std::max(slice.begin, latest_);
  slice.end = std::max(slice.end, slice.begin);
  latest_ = slice.end;
  held_.push_back({std::move(slice), std::move(kick)});
  while (!held_.empty() &&
         (!held_.front().kick || held_.front().kick->closed || held_.size() > kMostHeld))
    write_first();
}

void HartTrack::flush() {
  while (!held_.empty()) write_first();
}

void HartTrack::write_first() {
  Held& first = held_.front();
  if (first.kick) {
    first.kick->closed = true;
    first.slice.flows = first.kick->flows;
  }
  file_.add(track_, first.slice);
  held_.pop_front();
}

}  // namespace ringside::trace
