// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_stats.h"

#include "virtio/device/bytes.h"
#include "virtio/device/net_header.h"

namespace ringside::virtio::net {

namespace {
constexpr std::uint64_t bit(unsigned type) {
  return std::uint64_t{1} << type;
}
}  // namespace

std::uint64_t supported_stats(const FeatureSet& features) {
  std::uint64_t types = bit(kStatsRxBasic) | bit(kStatsTxBasic) | bit(kStatsCvq);
  if (features.has(kNetGuestCsum)) types |= bit(kStatsRxCsum);
  if (features.has(kNetGuestTso4) || features.has(kNetGuestTso6)) types |= bit(kStatsRxGso);
  if (features.has(kNetCsum)) types |= bit(kStatsTxCsum);
  if (features.has(kNetHostTso4) || features.has(kNetHostTso6) || features.has(kNetHostUso))
    types |= bit(kStatsTxGso);
  if (features.has(kNetSpeedDuplex)) types |= bit(kStatsRxSpeed) | bit(kStatsTxSpeed);
  return types;
}

void append_stats(std::vector<std::uint8_t>& reply, unsigned type, std::uint16_t queue,
                  const std::vector<std::uint64_t>& values) {
  const std::size_t at = reply.size();
  const std::size_t bytes = 8 + 8 * values.size();
  reply.resize(at + bytes);
  reply[at] = static_cast<std::uint8_t>(type);
  put_le16(&reply[at + 2], queue);
  put_le16(&reply[at + 6], static_cast<unsigned>(bytes));
  for (std::size_t i = 0; i < values.size(); ++i) put_le64(&reply[at + 8 + 8 * i], values[i]);
}

std::vector<std::uint64_t> rx_values(unsigned type, const RxStats& s, std::uint64_t kicks,
                                     std::uint64_t interrupts) {
  switch (type) {
    case kStatsRxBasic:
      return {kicks, s.packets, s.bytes, interrupts, s.drops, s.overruns};
    case kStatsRxCsum:
      return {s.csum_valid, s.needs_csum, s.csum_none, s.csum_bad};
    case kStatsRxGso:  // networks give single frames: what is large has been coalesced here
      return {s.gso_packets, s.gso_bytes, s.gso_packets, s.gso_bytes};
    default:  // speed: nothing is dropped for exceeding it
      return {0, 0};
  }
}

std::vector<std::uint64_t> tx_values(unsigned type, const TxStats& s, std::uint64_t kicks,
                                     std::uint64_t interrupts) {
  switch (type) {
    case kStatsTxBasic:
      return {kicks, s.packets, s.bytes, interrupts, s.drops, s.malformed};
    case kStatsTxCsum:
      return {s.csum_none, s.needs_csum};
    case kStatsTxGso:  // all large packets are segmented before they leave the device
      return {s.gso_packets, s.gso_bytes, s.segments, s.segment_bytes, 0, 0};
    default:
      return {0, 0};
  }
}

}  // namespace ringside::virtio::net
