// SPDX-License-Identifier: Apache-2.0
// Which frames a NIC receives (virtio 1.4, sections 5.1.6.5.1 to 5.1.6.5.3).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "virtio/device/net_packet.h"

namespace ringside::virtio::net {

using MacAddress = std::array<std::uint8_t, 6>;

/// Reads "52:54:00:12:34:56". False if it isn't of that form or is a group address.
bool parse_mac(const std::string& text, MacAddress& mac);

struct ReceiveFilter {
  /// Longer tables are not kept: all frames of that kind are received then.
  static constexpr std::size_t kTable = 64;

  MacAddress mac{};
  bool promiscuous = false;
  bool all_multicast = false;
  bool all_unicast = false;
  bool no_multicast = false;
  bool no_unicast = false;
  bool no_broadcast = false;
  bool unicast_overflow = false;
  bool multicast_overflow = false;
  std::vector<MacAddress> unicast;
  std::vector<MacAddress> multicast;
  bool filter_vlans = false;  ///< VIRTIO_NET_F_CTRL_VLAN
  std::bitset<4096> vlans;

  /// Back to receiving what is addressed to `mac`, and broadcasts.
  void clear();
  bool accepts(const std::uint8_t* frame, const Packet& packet) const;

 private:
  bool accepts_address(const std::uint8_t* frame) const;
};

}  // namespace ringside::virtio::net
