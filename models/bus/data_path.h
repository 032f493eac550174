// SPDX-License-Identifier: Apache-2.0
// The data path that the masters of a bus share. No SystemC in this file; times are picoseconds.
#pragma once

#include <cstdint>
#include <vector>

#include "kit/calendar.h"

namespace ringside {

/// Who goes first when several want the path.
enum class Arbitration {
  None,        ///< everybody at once: as if each had a path of its own
  Fifo,        ///< in the order of arrival, each until it is done
  RoundRobin,  ///< in turn, a beat each
};

/// One transfer at a time, a beat (the width) a clock. Transfers are told of in any order of time
/// and their end is answered at once, so nobody who has had his answer can be made to wait longer.
/// Fifo keeps a calendar: no two transfers overlap. Round robin gives a transfer the rate that it
/// has beside the masters that are busy then, and they pay with the begin of their next transfer
/// for what it took from them. So shares and the sum are right over many transfers, not in each.
class DataPath {
 public:
  DataPath() = default;
  /// `beat_ps` may be a fraction of a picosecond; `bytes` a beat.
  DataPath(Arbitration arbitration, unsigned bytes, double beat_ps, std::size_t masters);

  /// When a transfer of `bytes` that is ready at `ready_ps` ends.
  std::uint64_t transfer(std::size_t master, std::uint64_t bytes, std::uint64_t ready_ps);
  /// How long it takes if nobody else wants the path.
  std::uint64_t duration(std::uint64_t bytes) const;

 private:
  std::uint64_t round_robin(std::size_t number, std::uint64_t duration, std::uint64_t ready_ps);

  Arbitration arbitration_ = Arbitration::None;
  unsigned bytes_ = 1;
  double beat_ps_ = 0;
  Calendar path_;  // what all masters together have asked for, one after the other
  /// For round robin: a master's transfers as they were answered, and how much longer than that the
  /// last of them really took.
  struct Master {
    Calendar calendar;
    std::uint64_t debt = 0;
  };
  std::vector<Master> masters_;
};

}  // namespace ringside
