// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_filter.h"

#include <algorithm>

namespace ringside::virtio::net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool contains(const std::vector<MacAddress>& table, const std::uint8_t* address) {
  return std::any_of(table.begin(), table.end(), [address](const MacAddress& entry) {
    return std::equal(entry.begin(), entry.end(), address);
  });
}

}  // namespace

bool parse_mac(const std::string& text, MacAddress& mac) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    const int high = hex_digit(text[3 * i]);
    const int low = hex_digit(text[3 * i + 1]);
    if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':')) return false;
    mac[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return (mac[0] & 1) == 0;
}

void ReceiveFilter::clear() {
  const MacAddress own = mac;
  *this = {};
  mac = own;
}

bool ReceiveFilter::accepts_address(const std::uint8_t* frame) const {
  const bool group = frame[0] & 1;
  if (!group) {
    if (no_unicast) return false;
    return all_unicast || unicast_overflow || std::equal(mac.begin(), mac.end(), frame) ||
           contains(unicast, frame);
  }
  const bool broadcast = std::all_of(frame, frame + 6, [](std::uint8_t b) { return b == 0xff; });
  if (broadcast) return !no_broadcast;
  if (no_multicast) return false;
  return all_multicast || multicast_overflow || contains(multicast, frame);
}

bool ReceiveFilter::accepts(const std::uint8_t* frame, const Packet& packet) const {
  if (promiscuous) return true;
  if (filter_vlans && packet.tagged && !vlans[packet.vlan]) return false;
  return accepts_address(frame);
}

}  // namespace ringside::virtio::net
