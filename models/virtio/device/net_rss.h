// SPDX-License-Identifier: Apache-2.0
// Hashes of received packets and the receive queue that follows from them (virtio 1.4, sections
// 5.1.6.4.1 to 5.1.6.4.3 and 5.1.6.5.7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "virtio/device/net_packet.h"

namespace ringside::virtio::net {

enum HashType : std::uint32_t {
  kHashIpv4 = 1 << 0,
  kHashTcpv4 = 1 << 1,
  kHashUdpv4 = 1 << 2,
  kHashIpv6 = 1 << 3,
  kHashTcpv6 = 1 << 4,
  kHashUdpv6 = 1 << 5,
  kHashIpEx = 1 << 6,
  kHashTcpEx = 1 << 7,
  kHashUdpEx = 1 << 8,
  kHashAll = (1 << 9) - 1,
};

enum TunnelType : std::uint32_t {
  kTunnelGre2784 = 1 << 0,
  kTunnelGre2890 = 1 << 1,
  kTunnelGre7676 = 1 << 2,
  kTunnelGreUdp = 1 << 3,
  kTunnelVxlan = 1 << 4,
  kTunnelVxlanGpe = 1 << 5,
  kTunnelGeneve = 1 << 6,
  kTunnelIpip = 1 << 7,
  kTunnelNvgre = 1 << 8,
  kTunnelAll = (1 << 9) - 1,
};

/// The Toeplitz hash of `data` with a key; a key shorter than data + 4 bytes goes on with zeroes.
std::uint32_t toeplitz(const std::vector<std::uint8_t>& key, const std::uint8_t* data,
                       std::size_t bytes);

struct Hash {
  std::uint32_t value = 0;
  std::uint16_t report = 0;  ///< VIRTIO_NET_HASH_REPORT_*; 0: not calculated
};

/// The hash of a packet for a set of enabled types.
Hash hash_packet(const std::uint8_t* frame, const Packet& packet, std::uint32_t types,
                 const std::vector<std::uint8_t>& key);

/// UDP ports that tunnels use: what goes there is not a plain datagram.
bool is_tunnel_port(std::uint16_t port);

/// The packet inside the tunnel, if the outer headers are of an enabled type; else the packet.
Packet inner_packet(const std::uint8_t* frame, std::size_t bytes, const Packet& packet,
                    std::uint32_t tunnels);

/// What VIRTIO_NET_CTRL_MQ_RSS_CONFIG or HASH_CONFIG has set.
struct HashSettings {
  static constexpr std::size_t kMaxKey = 40;
  static constexpr std::size_t kMaxTable = 128;

  std::uint32_t types = 0;
  std::vector<std::uint8_t> key;
  std::vector<std::uint16_t> table;  ///< receive queue pairs, from 0
  std::uint16_t unclassified = 0;
  std::uint32_t tunnels = 0;
};

/// A number that is the same for both directions of a flow; 0 if the packet has no IP addresses.
std::uint32_t flow_of(const std::uint8_t* frame, const Packet& packet);

}  // namespace ringside::virtio::net
