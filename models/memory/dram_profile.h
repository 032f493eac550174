// SPDX-License-Identifier: Apache-2.0
// What the timing of a DRAM depends on. No SystemC in this file; times are picoseconds.
#pragma once

#include <cstdint>

namespace ringside {

/// Organisation and timing of all channels, which are alike. Names are JEDEC's (JESD79-4,
/// JESD209-4). The counts are powers of two, so that each is a field of bits of an address.
struct DramProfile {
  unsigned channels = 1;
  unsigned ranks = 1;
  unsigned bank_groups = 1;
  unsigned banks = 1;  ///< in a bank group
  unsigned rows = 1;
  unsigned columns = 8;        ///< of a row, each as wide as the channel
  unsigned channel_bytes = 8;  ///< width of a channel's data path
  unsigned burst_length = 8;

  std::uint64_t overhead = 0;  ///< from the arrival of an access to its first command
  std::uint64_t burst = 0;     ///< a burst on the data path: burst_length / 2 clocks
  std::uint64_t cl = 0;        ///< read command to data
  std::uint64_t cwl = 0;       ///< write command to data
  std::uint64_t rcd = 0;       ///< activate to read or write
  std::uint64_t rp = 0;        ///< precharge to activate
  std::uint64_t ras = 0;       ///< activate to precharge
  std::uint64_t rc = 0;        ///< activate to activate, same bank
  std::uint64_t ccd_s = 0;     ///< column command to column command, other bank group
  std::uint64_t ccd_l = 0;     ///< the same bank group
  std::uint64_t ccd_l_wr = 0;  ///< the same bank group, both writes
  std::uint64_t rrd_s = 0;     ///< activate to activate, other bank group
  std::uint64_t rrd_l = 0;     ///< the same bank group
  std::uint64_t faw = 0;       ///< holds at most four activates of a rank
  std::uint64_t wr = 0;        ///< end of write data to precharge
  std::uint64_t wtr_s = 0;     ///< end of write data to a read command, other bank group
  std::uint64_t wtr_l = 0;     ///< the same bank group
  std::uint64_t rtp = 0;       ///< read command to precharge
  std::uint64_t rtw = 0;       ///< the data path's pause between a read and a write
  std::uint64_t rtrs = 0;      ///< the data path's pause between two ranks
  std::uint64_t rfc = 0;       ///< a refresh of all banks of a rank
  std::uint64_t refi = 0;      ///< from refresh to refresh; 0: none

  unsigned burst_bytes() const { return channel_bytes * burst_length; }
  std::uint64_t capacity() const {
    return std::uint64_t{channels} * ranks * bank_groups * banks * rows * columns * channel_bytes;
  }
};

}  // namespace ringside
