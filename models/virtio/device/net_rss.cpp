// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_rss.h"

#include <algorithm>
#include <array>

#include "virtio/device/bytes.h"

namespace ringside::virtio::net {

namespace {

// UDP ports of tunnels: RFC 8086, RFC 7348, draft-ietf-nvo3-vxlan-gpe, RFC 8926.
constexpr std::uint16_t kGreInUdpPort = 4754;
constexpr std::uint16_t kVxlanPort = 4789;
constexpr std::uint16_t kVxlanGpePort = 4790;
constexpr std::uint16_t kGenevePort = 6081;
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeBridged = 0x6558;  // Ethernet inside GRE or Geneve

/// Source and destination address, then maybe the ports.
struct HashInput {
  std::array<std::uint8_t, 36> bytes;
  std::size_t used = 0;
  void add(const std::uint8_t* from, std::size_t count) {
    std::copy_n(from, count, bytes.begin() + static_cast<std::ptrdiff_t>(used));
    used += count;
  }
};

enum class Ports { No, Yes };

Hash make_hash(const std::uint8_t* frame, const Packet& p, const std::vector<std::uint8_t>& key,
               unsigned type, bool extended, Ports ports) {
  HashInput input;
  const std::size_t bytes = p.address_bytes();
  const std::size_t source = extended && p.home ? p.home : p.addresses();
  const std::size_t destination = extended && p.routing ? p.routing : p.addresses() + bytes;
  input.add(frame + source, bytes);
  input.add(frame + destination, bytes);
  if (ports == Ports::Yes) input.add(frame + p.l4, 4);
  Hash hash;
  hash.value = toeplitz(key, input.bytes.data(), input.used);
  while (type >> hash.report) ++hash.report;  // report = bit number + 1
  return hash;
}

/// An Ethernet or IP packet at an offset, by EtherType.
Packet inner_of_type(const std::uint8_t* frame, std::size_t bytes, std::size_t at,
                     std::uint16_t type) {
  if (type == kEtherTypeIpv4) return parse_ip(frame, bytes, at, 4);
  if (type == kEtherTypeIpv6) return parse_ip(frame, bytes, at, 6);
  if (type != kEtherTypeBridged || at > bytes || bytes - at < kEthernetHeader) return {};
  const std::uint16_t inner = get_be16(frame + at + 12);
  if (inner == kEtherTypeBridged) return {};  // one level of encapsulation only
  return inner_of_type(frame, bytes, at + kEthernetHeader, inner);
}

struct Tunnel {
  std::uint32_t type = 0;
  std::size_t inner = 0;
  std::uint16_t inner_type = 0;
};

Tunnel parse_gre(const std::uint8_t* frame, const Packet& p, std::size_t at, bool in_udp) {
  Tunnel t;
  if (p.end < at || p.end - at < 4) return t;
  const std::uint16_t flags = get_be16(frame + at);
  if ((flags & 7) != 0) return t;  // version 0 only
  const bool checksum = flags & 0x8000;
  const bool key = flags & 0x2000;
  const bool sequence = flags & 0x1000;
  const std::size_t header = 4u + 4u * checksum + 4u * key + 4u * sequence;
  if (p.end - at < header) return t;
  t.inner = at + header;
  t.inner_type = get_be16(frame + at + 2);
  if (in_udp)
    t.type = kTunnelGreUdp;
  else if (key && !checksum && !sequence && t.inner_type == kEtherTypeBridged)
    t.type = kTunnelNvgre;  // RFC 7637: exactly this form
  else if (key || sequence)
    t.type = kTunnelGre2890;
  else
    t.type = p.ip == Packet::Ip::V6 ? kTunnelGre7676 : kTunnelGre2784;
  return t;
}

Tunnel parse_udp_tunnel(const std::uint8_t* frame, const Packet& p) {
  Tunnel t;
  const std::size_t at = p.payload;
  const std::size_t room = p.end - at;
  const std::uint16_t port = get_be16(frame + p.l4 + 2);
  if (port == kGreInUdpPort) return parse_gre(frame, p, at, true);
  if (room < 8) return t;
  if (port == kVxlanPort) {
    t = {kTunnelVxlan, at + 8, kEtherTypeBridged};
  } else if (port == kVxlanGpePort) {
    const std::uint8_t next = frame[at + 3];
    const std::uint16_t types[] = {0, kEtherTypeIpv4, kEtherTypeIpv6, kEtherTypeBridged};
    if (next >= 1 && next <= 3) t = {kTunnelVxlanGpe, at + 8, types[next]};
  } else if (port == kGenevePort && frame[at] >> 6 == 0) {
    const std::size_t header = 8u + (frame[at] & 63) * 4u;
    if (header <= room) t = {kTunnelGeneve, at + header, get_be16(frame + at + 2)};
  }
  return t;
}

Tunnel find_tunnel(const std::uint8_t* frame, const Packet& p) {
  if (p.ip == Packet::Ip::None || p.fragment) return {};
  if (p.udp) return parse_udp_tunnel(frame, p);
  if (p.protocol == kGre) return parse_gre(frame, p, p.l4, false);
  if (p.protocol == kIpInIp) return {kTunnelIpip, p.l4, kEtherTypeIpv4};
  if (p.protocol == kIpv6InIp) return {kTunnelIpip, p.l4, kEtherTypeIpv6};
  return {};
}

}  // namespace

std::uint32_t toeplitz(const std::vector<std::uint8_t>& key, const std::uint8_t* data,
                       std::size_t bytes) {
  const auto key_byte = [&key](std::size_t i) { return i < key.size() ? key[i] : 0u; };
  // The window holds the 32 bits of the key at the present bit, and the next 8 to shift in.
  std::uint64_t window = 0;
  for (std::size_t i = 0; i < 4; ++i) window = window << 8 | key_byte(i);
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    window = window << 8 | key_byte(i + 4);
    for (unsigned bit = 0; bit < 8; ++bit)
      if (data[i] & (0x80 >> bit)) result ^= static_cast<std::uint32_t>(window >> (8 - bit));
  }
  return result;
}

Hash hash_packet(const std::uint8_t* frame, const Packet& p, std::uint32_t types,
                 const std::vector<std::uint8_t>& key) {
  if (p.ip == Packet::Ip::V4) {
    if ((types & kHashTcpv4) && p.tcp)
      return make_hash(frame, p, key, kHashTcpv4, false, Ports::Yes);
    if ((types & kHashUdpv4) && p.udp)
      return make_hash(frame, p, key, kHashUdpv4, false, Ports::Yes);
    if (types & kHashIpv4) return make_hash(frame, p, key, kHashIpv4, false, Ports::No);
    return {};
  }
  if (p.ip != Packet::Ip::V6) return {};
  if (p.extensions) {
    if ((types & kHashTcpEx) && p.tcp)
      return make_hash(frame, p, key, kHashTcpEx, true, Ports::Yes);
    if ((types & kHashUdpEx) && p.udp)
      return make_hash(frame, p, key, kHashUdpEx, true, Ports::Yes);
    if (types & kHashIpEx) return make_hash(frame, p, key, kHashIpEx, true, Ports::No);
  }
  if ((types & kHashTcpv6) && p.tcp) return make_hash(frame, p, key, kHashTcpv6, false, Ports::Yes);
  if ((types & kHashUdpv6) && p.udp) return make_hash(frame, p, key, kHashUdpv6, false, Ports::Yes);
  if (types & kHashIpv6) return make_hash(frame, p, key, kHashIpv6, false, Ports::No);
  return {};
}

bool is_tunnel_port(std::uint16_t port) {
  return port == kGreInUdpPort || port == kVxlanPort || port == kVxlanGpePort ||
         port == kGenevePort;
}

Packet inner_packet(const std::uint8_t* frame, std::size_t bytes, const Packet& packet,
                    std::uint32_t tunnels) {
  if (tunnels == 0) return packet;
  const Tunnel tunnel = find_tunnel(frame, packet);
  if ((tunnel.type & tunnels) == 0) return packet;
  return inner_of_type(frame, bytes, tunnel.inner, tunnel.inner_type);
}

std::uint32_t flow_of(const std::uint8_t* frame, const Packet& p) {
  if (p.ip == Packet::Ip::None) return 0;
  const std::size_t bytes = p.address_bytes();
  std::uint32_t hash = p.protocol + 1u;
  // Sums and exclusive ors do not mind which end comes first.
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::uint32_t a = frame[p.addresses() + i];
    const std::uint32_t b = frame[p.addresses() + bytes + i];
    hash = hash * 31 + (a ^ b) * 257 + a + b;
  }
  if (p.tcp || p.udp) {
    const std::uint32_t a = get_be16(frame + p.l4);
    const std::uint32_t b = get_be16(frame + p.l4 + 2);
    hash = hash * 31 + (a ^ b) * 257 + a + b;
  }
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6du;
  hash ^= hash >> 12;
  return hash ? hash : 1;
}

}  // namespace ringside::virtio::net
