// SPDX-License-Identifier: Apache-2.0
// Device statistics as the driver reads them (virtio 1.4, section 5.1.6.5.10).
#pragma once

#include <cstdint>
#include <vector>

#include "virtio/core/features.h"

namespace ringside::virtio::net {

enum StatsType : unsigned {
  kStatsRxBasic = 0,
  kStatsRxCsum = 1,
  kStatsRxGso = 2,
  kStatsRxSpeed = 3,
  kStatsTxBasic = 16,
  kStatsTxCsum = 17,
  kStatsTxGso = 18,
  kStatsTxSpeed = 19,
  kStatsCvq = 32,
};

/// Since reset, of one receive queue.
struct RxStats {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t drops = 0;
  std::uint64_t overruns = 0;
  std::uint64_t csum_valid = 0;
  std::uint64_t needs_csum = 0;
  std::uint64_t csum_none = 0;
  std::uint64_t csum_bad = 0;
  std::uint64_t gso_packets = 0;
  std::uint64_t gso_bytes = 0;
};

/// Since reset, of one transmit queue.
struct TxStats {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t drops = 0;
  std::uint64_t malformed = 0;
  std::uint64_t csum_none = 0;
  std::uint64_t needs_csum = 0;
  std::uint64_t gso_packets = 0;
  std::uint64_t gso_bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t segment_bytes = 0;
};

struct ControlStats {
  std::uint64_t commands = 0;
  std::uint64_t ok = 0;
};

/// The types that can be read with these features.
std::uint64_t supported_stats(const FeatureSet& features);

/// Appends one reply: struct virtio_net_stats_reply_hdr and the values.
void append_stats(std::vector<std::uint8_t>& reply, unsigned type, std::uint16_t queue,
                  const std::vector<std::uint64_t>& values);

std::vector<std::uint64_t> rx_values(unsigned type, const RxStats& stats, std::uint64_t kicks,
                                     std::uint64_t interrupts);
std::vector<std::uint64_t> tx_values(unsigned type, const TxStats& stats, std::uint64_t kicks,
                                     std::uint64_t interrupts);

}  // namespace ringside::virtio::net
