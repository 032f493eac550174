// SPDX-License-Identifier: Apache-2.0
// What tests of the DRAM have in common: a profile that is easy to reckon with, and one like DDR4.
#pragma once

#include "kit/stat.h"
#include "memory/dram_timing.h"

namespace ringside::test {

/// Clocks of 1 ns, so that values are nanoseconds: 4 bank groups of 4 banks, bursts of 64 bytes in
/// 4 ns, no refresh, no overhead.
inline DramProfile round_profile() {
  DramProfile p;
  p.bank_groups = 4;
  p.banks = 4;
  p.rows = 1024;
  p.columns = 1024;
  p.burst = 4000;
  p.cl = 20000;
  p.cwl = 15000;
  p.rcd = 21000;
  p.rp = 22000;
  p.ras = 50000;
  p.rc = 72000;
  p.ccd_s = 4000;
  p.ccd_l = 8000;
  p.ccd_l_wr = 8000;
  p.rrd_s = 4000;
  p.rrd_l = 8000;
  p.faw = 34000;
  p.wr = 24000;
  p.wtr_s = 4000;
  p.wtr_l = 12000;
  p.rtp = 12000;
  p.rtw = 2000;
  p.rtrs = 2000;
  return p;
}

/// The same with the values of DDR4-3200AA, 8 Gbit x8 (yaml/timing/ddr4-3200.yaml).
inline DramProfile ddr4_profile() {
  DramProfile p;
  p.bank_groups = 4;
  p.banks = 4;
  p.rows = 65536;
  p.columns = 1024;
  p.overhead = 20000;
  p.burst = 2500;
  p.cl = 13750;
  p.cwl = 10000;
  p.rcd = 13750;
  p.rp = 13750;
  p.ras = 32500;
  p.rc = 46250;
  p.ccd_s = 2500;
  p.ccd_l = 5000;
  p.ccd_l_wr = 5000;
  p.rrd_s = 2500;
  p.rrd_l = 5000;
  p.faw = 21250;
  p.wr = 15000;
  p.wtr_s = 2500;
  p.wtr_l = 7500;
  p.rtp = 7500;
  p.rtw = 1250;
  p.rtrs = 1250;
  p.rfc = 350000;
  p.refi = 7800000;
  return p;
}

struct DramBench {
  explicit DramBench(const DramProfile& profile,
                     const std::vector<std::string>& order = {"row", "rank", "bank", "column",
                                                              "bank_group", "channel"})
      : group("dram"), dram(&group, profile, DramMapping(order, profile)) {}
  /// An address of the standard order, in a single channel and rank.
  std::uint64_t address(unsigned row, unsigned bank = 0, unsigned bank_group = 0,
                        unsigned burst = 0) const {
    const DramProfile& p = dram.profile();
    std::uint64_t at = row;
    at = at * p.banks + bank;
    at = at * (p.columns / p.burst_length) + burst;
    at = at * p.bank_groups + bank_group;
    return at * p.burst_bytes();
  }
  std::uint64_t read(std::uint64_t at, std::uint64_t arrival, std::uint64_t bytes = 64) {
    return dram.access(at, bytes, false, arrival);
  }
  std::uint64_t write(std::uint64_t at, std::uint64_t arrival, std::uint64_t bytes = 64) {
    return dram.access(at, bytes, true, arrival);
  }
  const DramChannel& channel() const { return dram.channel(0); }

  StatGroup group;
  DramTiming dram;
};

/// The same numbers in each run.
class Numbers {
 public:
  std::uint32_t below(std::uint32_t end) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>((state_ >> 33) % end);
  }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace ringside::test
