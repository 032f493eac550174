// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_control.h"

#include <algorithm>

#include "virtio/device/bytes.h"
#include "virtio/device/net.h"

namespace ringside::virtio::net {

namespace {

std::vector<MacAddress> addresses(const std::uint8_t* from, std::size_t count) {
  std::vector<MacAddress> result(count);
  for (std::size_t i = 0; i < count; ++i) std::copy_n(from + 6 * i, 6, result[i].begin());
  return result;
}

}  // namespace

bool Control::has(unsigned feature) const {
  return device_.has(feature);
}

bool Control::handle(std::uint8_t command_class, std::uint8_t command, const Bytes& data,
                     Bytes& result) {
  // Counted before it is known whether it succeeds, and read by STATS_GET with itself included.
  bool ok = false;
  switch (command_class) {
    case kCtrlRx:
      ok = receive_mode(command, data);
      break;
    case kCtrlMac:
      ok = mac(command, data);
      break;
    case kCtrlVlan:
      ok = vlan(command, data);
      break;
    case kCtrlAnnounce:
      ok = announce(command);
      break;
    case kCtrlMq:
      ok = multiqueue(command, data);
      break;
    case kCtrlGuestOffloads:
      ok = offloads(command, data);
      break;
    case kCtrlNotfCoal:
      ok = coalescing(command, data, result);
      break;
    case kCtrlHashTunnel:
      ok = hash_tunnel(command, data);
      break;
    case kCtrlStats:
      return stats(command, data, result);  // counts its own success
    default:
      break;
  }
  if (ok) ++device_.control_stats_.ok;
  return ok;
}

bool Control::receive_mode(std::uint8_t command, const Bytes& data) {
  if (data.empty()) return false;
  if (!has(command < 2 ? kNetCtrlRx : kNetCtrlRxExtra)) return false;
  const bool on = data[0] != 0;
  ReceiveFilter& filter = device_.filter_;
  bool* const modes[] = {&filter.promiscuous,  &filter.all_multicast, &filter.all_unicast,
                         &filter.no_multicast, &filter.no_unicast,    &filter.no_broadcast};
  if (command >= std::size(modes)) return false;
  *modes[command] = on;
  return true;
}

bool Control::mac(std::uint8_t command, const Bytes& data) {
  constexpr std::uint8_t kTableSet = 0;
  constexpr std::uint8_t kAddrSet = 1;
  if (command == kTableSet && has(kNetCtrlRx)) return mac_table(data);
  if (command != kAddrSet || !has(kNetCtrlMacAddr) || data.size() < 6) return false;
  std::copy_n(data.begin(), 6, device_.filter_.mac.begin());
  return true;
}

bool Control::mac_table(const Bytes& data) {
  // Two counted tables; both are checked before anything changes.
  if (data.size() < 4) return false;
  const std::uint64_t unicast = get_le32(data.data());
  if (unicast * 6 + 8 > data.size()) return false;
  const std::uint8_t* second = data.data() + 4 + unicast * 6;
  const std::uint64_t multicast = get_le32(second);
  if (8 + (unicast + multicast) * 6 > data.size()) return false;
  ReceiveFilter& filter = device_.filter_;
  filter.unicast_overflow = unicast > ReceiveFilter::kTable;
  filter.multicast_overflow = multicast > ReceiveFilter::kTable;
  filter.unicast = addresses(data.data() + 4, filter.unicast_overflow ? 0 : unicast);
  filter.multicast = addresses(second + 4, filter.multicast_overflow ? 0 : multicast);
  return true;
}

bool Control::vlan(std::uint8_t command, const Bytes& data) {
  constexpr std::uint8_t kAdd = 0;
  constexpr std::uint8_t kDel = 1;
  if (!has(kNetCtrlVlan) || command > kDel || data.size() < 2) return false;
  const std::uint16_t id = get_le16(data.data());
  if (id >= device_.filter_.vlans.size()) return false;
  device_.filter_.vlans[id] = command == kAdd;
  return true;
}

bool Control::announce(std::uint8_t command) {
  constexpr std::uint8_t kAck = 0;
  if (!has(kNetGuestAnnounce) || command != kAck) return false;
  device_.announcing_ = false;
  return true;
}

bool Control::multiqueue(std::uint8_t command, const Bytes& data) {
  constexpr std::uint8_t kPairsSet = 0;
  constexpr std::uint8_t kRssConfig = 1;
  constexpr std::uint8_t kHashConfig = 2;
  if (command == kPairsSet && has(kNetMq)) return queue_pairs(data);
  if (command == kRssConfig && has(kNetRss)) return rss(data);
  if (command == kHashConfig && has(kNetHashReport)) return hash(data);
  return false;
}

bool Control::queue_pairs(const Bytes& data) {
  if (data.size() < 2) return false;
  const unsigned wanted = get_le16(data.data());
  if (wanted == 0 || wanted > device_.pairs) return false;
  device_.active_pairs_ = wanted;
  device_.steering_ = Net::Steering::Automatic;
  return true;
}

bool Control::rss(const Bytes& data) {
  // hash_types 4, indirection_table_mask 2, unclassified_queue 2, the table, max_tx_vq 2,
  // hash_key_length 1, the key.
  if (data.size() < 8) return false;
  const std::uint32_t types = get_le32(data.data());
  const std::size_t entries = get_le16(data.data() + 4) + std::size_t{1};
  const bool is_power = (entries & (entries - 1)) == 0;
  if ((types & ~kHashAll) || !is_power || entries > HashSettings::kMaxTable) return false;
  const std::size_t after = 8 + 2 * entries;
  if (data.size() < after + 3) return false;
  const unsigned transmit = get_le16(data.data() + after);
  const std::size_t key = data[after + 2];
  if (key > HashSettings::kMaxKey || data.size() < after + 3 + key) return false;
  if (transmit == 0 || transmit > device_.pairs) return false;

  HashSettings settings;
  settings.types = types;
  settings.tunnels = device_.hash_.tunnels;
  settings.unclassified = get_le16(data.data() + 6);
  bool in_range = settings.unclassified < device_.pairs;
  for (std::size_t i = 0; i < entries; ++i) {
    settings.table.push_back(get_le16(data.data() + 8 + 2 * i));
    in_range = in_range && settings.table.back() < device_.pairs;
  }
  if (!in_range) return false;
  const auto from = data.begin() + static_cast<std::ptrdiff_t>(after + 3);
  settings.key.assign(from, from + static_cast<std::ptrdiff_t>(key));
  device_.hash_ = std::move(settings);
  device_.steering_ = Net::Steering::Rss;
  return true;
}

bool Control::hash(const Bytes& data) {
  // hash_types 4, reserved 8, hash_key_length 1, the key.
  if (data.size() < 13) return false;
  const std::uint32_t types = get_le32(data.data());
  const std::size_t key = data[12];
  if ((types & ~kHashAll) || key > HashSettings::kMaxKey || data.size() < 13 + key) return false;
  device_.hash_.types = types;
  device_.hash_.key.assign(data.begin() + 13, data.begin() + static_cast<std::ptrdiff_t>(13 + key));
  device_.steering_ = Net::Steering::Automatic;
  return true;
}

bool Control::offloads(std::uint8_t command, const Bytes& data) {
  constexpr std::uint8_t kSet = 0;
  if (!has(kNetCtrlGuestOffloads) || command != kSet || data.size() < 8) return false;
  std::uint64_t allowed = 0;
  for (unsigned bit : {kNetGuestCsum, kNetGuestTso4, kNetGuestTso6, kNetGuestEcn, kNetGuestUfo,
                       kNetGuestUso4, kNetGuestUso6})
    if (has(bit)) allowed |= std::uint64_t{1} << bit;
  const std::uint64_t wanted = get_le64(data.data());
  if (wanted & ~allowed) return false;
  device_.offloads_ = wanted;
  return true;
}

bool Control::coalescing(std::uint8_t command, const Bytes& data, Bytes& result) {
  constexpr std::uint8_t kTxSet = 0;
  constexpr std::uint8_t kRxSet = 1;
  if (command > kRxSet) return has(kNetVqNotfCoal) && coalesce_queue(command, data, result);
  if (!has(kNetNotfCoal) || data.size() < 8) return false;
  const CoalesceSettings settings{get_le32(data.data()), get_le32(data.data() + 4)};
  (command == kTxSet ? device_.tx_coalesce_ : device_.rx_coalesce_) = settings;
  for (unsigned queue = command == kTxSet ? 1 : 0; queue < device_.control_queue(); queue += 2)
    device_.notify_.set(queue, settings);
  return true;
}

bool Control::coalesce_queue(std::uint8_t command, const Bytes& data, Bytes& result) {
  constexpr std::uint8_t kVqSet = 2;
  constexpr std::uint8_t kVqGet = 3;
  if (data.size() < 4) return false;
  const unsigned queue = get_le16(data.data());
  if (queue >= device_.control_queue() || !device_.queue(queue).enabled()) return false;
  if (command == kVqSet) {
    if (data.size() < 12) return false;
    device_.notify_.set(queue, {get_le32(data.data() + 4), get_le32(data.data() + 8)});
    return true;
  }
  if (command != kVqGet) return false;
  const CoalesceSettings& settings = device_.notify_.settings(queue);
  result.resize(8);
  put_le32(&result[0], settings.max_packets);
  put_le32(&result[4], settings.max_usecs);
  return true;
}

bool Control::hash_tunnel(std::uint8_t command, const Bytes& data) {
  constexpr std::uint8_t kSet = 0;
  if (!has(kNetHashTunnel) || command != kSet || data.size() < 4) return false;
  const std::uint32_t types = get_le32(data.data());
  if (types & ~kTunnelAll) return false;
  device_.hash_.tunnels = types;
  return true;
}

bool Control::stats(std::uint8_t command, const Bytes& data, Bytes& result) {
  constexpr std::uint8_t kQuery = 0;
  constexpr std::uint8_t kGet = 1;
  if (!has(kNetDeviceStats) || command > kGet) return false;
  ++device_.control_stats_.ok;
  if (command == kQuery) {
    result.resize(8);
    put_le64(result.data(), supported_stats(device_.features()));
    return true;
  }
  if (get_stats(data, result)) return true;
  --device_.control_stats_.ok;
  return false;
}

bool Control::get_stats(const Bytes& data, Bytes& result) {
  constexpr std::size_t kEntry = 16;
  // A driver has no use for more entries than queues; a longer list is a mistake.
  const std::size_t entries = data.size() / kEntry;
  if (entries == 0 || data.size() % kEntry != 0 || entries > device_.num_queues()) return false;
  const std::uint64_t supported = supported_stats(device_.features());
  constexpr std::uint64_t kRx = 0xffff;
  constexpr std::uint64_t kTx = 0xffff0000;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint8_t* entry = data.data() + i * kEntry;
    const std::uint16_t queue = get_le16(entry);
    const std::uint64_t types = get_le64(entry + 8);
    if (queue > device_.control_queue() || (types & ~supported)) return false;
    const bool is_control = queue == device_.control_queue();
    const std::uint64_t fitting = is_control       ? std::uint64_t{1} << kStatsCvq
                                  : queue % 2 == 0 ? kRx
                                                   : kTx;
    if (types & ~fitting) return false;
    const Virtqueue& ring = device_.queue(queue);
    for (unsigned type = 0; type <= kStatsCvq; ++type) {
      if (!(types >> type & 1)) continue;
      const std::uint64_t kicks = ring.kicks.value();
      const std::uint64_t interrupts = ring.interrupts.value();
      const ControlStats& control = device_.control_stats_;
      append_stats(result, type, queue,
                   is_control ? std::vector<std::uint64_t>{control.commands, control.ok}
                   : queue % 2 == 0
                       ? rx_values(type, device_.pairs_[queue / 2].rx, kicks, interrupts)
                       : tx_values(type, device_.pairs_[queue / 2].tx, kicks, interrupts));
    }
  }
  return true;
}

}  // namespace ringside::virtio::net
