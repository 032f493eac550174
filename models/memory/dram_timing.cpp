// SPDX-License-Identifier: Apache-2.0
#include "memory/dram_timing.h"

#include <algorithm>
#include <string>

namespace ringside {

DramTiming::DramTiming(StatGroup* parent, const DramProfile& profile, const DramMapping& mapping)
    : profile_(profile), mapping_(mapping) {
  for (unsigned i = 0; i < profile.channels; ++i)
    channels_.push_back(
        std::make_unique<DramChannel>(parent, "channel" + std::to_string(i), profile));
}

std::uint64_t DramTiming::access(std::uint64_t offset, std::uint64_t bytes, bool is_write,
                                 std::uint64_t arrival_ps) {
  const std::uint64_t burst = profile_.burst_bytes();
  const std::uint64_t end = offset + bytes;
  std::uint64_t finish = arrival_ps;
  for (std::uint64_t at = offset; at < end;) {
    const std::uint64_t next = std::min(at / burst * burst + burst, end);
    const DramPlace place = mapping_.place(at);
    DramChannel& channel = *channels_[place.channel];
    finish = std::max(finish, channel.burst(place, is_write, arrival_ps + profile_.overhead));
    (is_write ? channel.bytes_written : channel.bytes_read) += next - at;
    at = next;
  }
  return finish;
}

void DramTiming::count_refreshes(std::uint64_t now_ps) {
  for (const auto& channel : channels_) channel->count_refreshes(now_ps);
}

}  // namespace ringside
