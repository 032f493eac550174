// SPDX-License-Identifier: Apache-2.0
// A DRAM: when an access to it ends. No SystemC in this file; times are picoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "memory/dram_channel.h"
#include "memory/dram_mapping.h"
#include "memory/dram_profile.h"

namespace ringside {

/// Splits accesses into bursts and sends each to its channel. Nothing is allocated after the
/// construction, and a burst costs the same however much is booked.
class DramTiming {
 public:
  /// The channels become groups "channel0" and so on below `parent`.
  DramTiming(StatGroup* parent, const DramProfile& profile, const DramMapping& mapping);

  /// When the last byte of an access that arrives at `arrival_ps` has been read, or is written.
  /// Accesses may come in any order of time.
  std::uint64_t access(std::uint64_t offset, std::uint64_t bytes, bool is_write,
                       std::uint64_t arrival_ps);
  void count_refreshes(std::uint64_t now_ps);

  const DramProfile& profile() const { return profile_; }
  const DramChannel& channel(unsigned number) const { return *channels_[number]; }

 private:
  DramProfile profile_;
  DramMapping mapping_;
  std::vector<std::unique_ptr<DramChannel>> channels_;
};

}  // namespace ringside
