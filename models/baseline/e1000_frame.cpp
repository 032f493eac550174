// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_frame.h"

#include <algorithm>

#include "baseline/e1000_packet.h"
#include "baseline/e1000_registers.h"

namespace ringside::e1000 {

namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kTagBytes = 4;
constexpr unsigned kTypeVlan = 0x8100;
constexpr unsigned kTypeIpv4 = 0x0800;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;

unsigned get16(const std::uint8_t* at) {
  return static_cast<unsigned>(at[0] << 8 | at[1]);
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

}  // namespace

bool is_group(const std::uint8_t* frame) {
  return frame[0] & 1;
}

bool is_broadcast(const std::uint8_t* frame) {
  return std::all_of(frame, frame + 6, [](std::uint8_t b) { return b == 0xff; });
}

void ReceiveFilter::reset(const MacAddress& own) {
  *this = {};
  for (unsigned i = 0; i < 4; ++i) addresses[0] |= static_cast<std::uint32_t>(own[i]) << (8 * i);
  addresses[1] = own[4] | static_cast<std::uint32_t>(own[5]) << 8 | kAddressValid;
}

bool ReceiveFilter::has_address(const std::uint8_t* frame) const {
  std::uint32_t low = 0;
  for (unsigned i = 0; i < 4; ++i) low |= static_cast<std::uint32_t>(frame[i]) << (8 * i);
  const std::uint32_t high = frame[4] | static_cast<std::uint32_t>(frame[5]) << 8;
  for (unsigned i = 0; i < addresses.size(); i += 2) {
    const std::uint32_t valid = addresses[i + 1] & kAddressValid;
    if (valid && addresses[i] == low && (addresses[i + 1] & 0xffff) == high) return true;
  }
  return false;
}

ReceiveFilter::Match ReceiveFilter::match(const std::uint8_t* frame, std::uint32_t control) const {
  const bool broadcast = is_broadcast(frame);
  const bool group = is_group(frame);
  if (has_address(frame)) return Match::Exact;
  if (broadcast && (control & kAcceptBroadcast)) return Match::Exact;
  if (group && (control & kMulticastPromiscuous)) return Match::Exact;
  if (!group && (control & kUnicastPromiscuous)) return Match::Exact;
  // Twelve bits of the last two bytes are the place in the table; RCTL.MO says which.
  static constexpr unsigned kShifts[] = {4, 3, 2, 0};
  const unsigned last = frame[4] | static_cast<unsigned>(frame[5]) << 8;
  const unsigned hash = last >> kShifts[control >> kMulticastOffsetShift & 3] & 0xfff;
  const bool listed = multicast[hash >> 5] >> (hash & 31) & 1;
  return group && listed ? Match::Inexact : Match::None;
}

void check_checksums(const std::uint8_t* frame, std::size_t bytes, bool ip, bool transport,
                     ReceiveStatus& status) {
  std::size_t l3 = kEthernetHeader;
  if (bytes >= l3 + kTagBytes && get16(frame + l3 - 2) == kTypeVlan) l3 += kTagBytes;
  const bool ipv4 = bytes >= l3 + 20 && get16(frame + l3 - 2) == kTypeIpv4 && frame[l3] >> 4 == 4;
  const std::size_t header = ipv4 ? std::size_t{frame[l3] & 0xfu} * 4 : 0;
  const std::size_t total = ipv4 ? get16(frame + l3 + 2) : 0;
  if (header < 20 || total < header || l3 + total > bytes) {
    status.status |= ReceiveStatus::kIgnoreChecksums;
    return;
  }
  if (ip) {
    status.status |= ReceiveStatus::kIpChecked;
    if (internet_sum(frame + l3, header) != 0xffff) status.errors |= ReceiveStatus::kIpError;
  }
  const bool fragment = get16(frame + l3 + 6) & 0x3fff;
  const unsigned protocol = frame[l3 + 9];
  const std::size_t length = total - header;
  const std::uint8_t* segment = frame + l3 + header;
  const bool tcp = protocol == kTcp && length >= 20;
  const bool udp = protocol == kUdp && length >= 8 && get16(segment + 6) != 0;
  if (!transport || fragment || !(tcp || udp)) return;
  status.status |= ReceiveStatus::kTransportChecked;
  const std::uint32_t pseudo =
      internet_sum(frame + l3 + 12, 8) + protocol + static_cast<std::uint32_t>(length);
  if (internet_sum(segment, length, pseudo) != 0xffff)
    status.errors |= ReceiveStatus::kTransportError;
}

std::uint32_t frame_check_sequence(const std::uint8_t* frame, std::size_t bytes) {
  std::uint32_t crc = ~0u;
  for (std::size_t i = 0; i < bytes; ++i) crc = crc >> 8 ^ kCrcTable[(crc ^ frame[i]) & 0xff];
  return ~crc;
}

}  // namespace ringside::e1000
