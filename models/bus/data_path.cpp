// SPDX-License-Identifier: Apache-2.0
#include "bus/data_path.h"

#include <algorithm>
#include <cmath>

namespace ringside {

DataPath::DataPath(Arbitration arbitration, unsigned bytes, double beat_ps, std::size_t masters)
    : arbitration_(arbitration), bytes_(bytes), beat_ps_(beat_ps), masters_(masters) {}

std::uint64_t DataPath::duration(std::uint64_t bytes) const {
  const std::uint64_t beats = (bytes + bytes_ - 1) / bytes_;
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(beats) * beat_ps_));
}

std::uint64_t DataPath::transfer(std::size_t master, std::uint64_t bytes, std::uint64_t ready_ps) {
  const std::uint64_t time = duration(bytes);
  switch (arbitration_) {
    case Arbitration::None:
      return ready_ps + time;
    case Arbitration::Fifo:
      return path_.book(ready_ps, time) + time;
    case Arbitration::RoundRobin:
      return round_robin(master, time, ready_ps);
  }
  return ready_ps;
}

std::uint64_t DataPath::round_robin(std::size_t number, std::uint64_t duration,
                                    std::uint64_t ready_ps) {
  const auto is_busy = [&](std::size_t i) {
    return i != number && masters_[i].calendar.end() > ready_ps;
  };
  std::uint64_t sharing = 1;
  for (std::size_t i = 0; i < masters_.size(); ++i) sharing += is_busy(i) ? 1 : 0;
  // Behind everything that was asked for, or beside the others at its share of the rate: what is
  // sooner.
  const std::uint64_t behind = path_.book(ready_ps, duration) + duration;
  Master& master = masters_[number];
  std::uint64_t from = ready_ps;
  if (ready_ps >= master.calendar.end()) {
    from = std::max(ready_ps, master.calendar.end() + master.debt);
    master.debt = 0;
  }
  const Calendar::Slot beside = master.calendar.find(from, duration * sharing);
  const std::uint64_t end = std::min(behind, beside.start + duration * sharing);
  if (end < behind) {
    for (std::size_t i = 0; i < masters_.size(); ++i)
      if (is_busy(i)) masters_[i].debt += duration;
  }
  if (end > beside.start) master.calendar.take(beside, end - beside.start);
  return end;
}

}  // namespace ringside
