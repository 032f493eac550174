// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_packet.h"

#include <algorithm>

#include "virtio/device/bytes.h"

namespace ringside::virtio::net {

namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypeVlan = 0x8100;
constexpr std::uint16_t kTypeServiceVlan = 0x88a8;

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;

// IPv6 extension headers.
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kDestination = 60;
constexpr std::uint8_t kHomeAddressOption = 201;

/// Looks for a home address among the options of a destination options header.
std::size_t find_home_address(const std::uint8_t* frame, std::size_t at, std::size_t end) {
  at += 2;
  while (at < end) {
    if (frame[at] == 0) {  // padding of one byte
      ++at;
      continue;
    }
    if (end - at < 2) return 0;
    const std::size_t length = frame[at + 1];
    if (length > end - at - 2) return 0;
    if (frame[at] == kHomeAddressOption && length == 16) return at + 2;
    at += 2 + length;
  }
  return 0;
}

void parse_extensions(const std::uint8_t* frame, Packet& p) {
  for (;;) {
    const std::uint8_t kind = p.protocol;
    const bool known = kind == kHopByHop || kind == kRouting || kind == kFragment ||
                       kind == kAuthentication || kind == kDestination;
    if (!known || p.end - p.l4 < 8) return;
    const std::uint8_t* header = frame + p.l4;
    std::size_t bytes = (header[1] + 1u) * 8;
    if (kind == kFragment) bytes = 8;
    if (kind == kAuthentication) bytes = (header[1] + 2u) * 4;
    if (bytes > p.end - p.l4) return;
    p.extensions = true;
    if (kind == kFragment) p.fragment = true;
    if (kind == kDestination && p.home == 0) p.home = find_home_address(frame, p.l4, p.l4 + bytes);
    if (kind == kRouting && bytes >= 24 && header[2] == 2) p.routing = p.l4 + 8;
    p.protocol = header[0];
    p.l4 += bytes;
  }
}

void parse_transport(const std::uint8_t* frame, Packet& p) {
  if (p.fragment) return;
  const std::size_t room = p.end - p.l4;
  if (p.protocol == kTcp && room >= kTcpHeader) {
    const std::size_t header = (frame[p.l4 + 12] >> 4) * 4u;
    if (header < kTcpHeader || header > room) return;
    p.tcp = true;
    p.payload = p.l4 + header;
  } else if (p.protocol == kUdp && room >= kUdpHeader) {
    p.udp = true;
    p.payload = p.l4 + kUdpHeader;
  }
}

void parse_ipv4(const std::uint8_t* frame, std::size_t bytes, Packet& p) {
  if (bytes - p.l3 < kIpv4Header || frame[p.l3] >> 4 != 4) return;
  const std::size_t header = (frame[p.l3] & 15) * 4u;
  const std::size_t total = get_be16(frame + p.l3 + 2);
  if (header < kIpv4Header || header > total || total > bytes - p.l3) return;
  p.ip = Packet::Ip::V4;
  p.l4 = p.l3 + header;
  p.end = p.l3 + total;
  p.protocol = frame[p.l3 + 9];
  p.fragment = (get_be16(frame + p.l3 + 6) & 0x3fff) != 0;  // more fragments, or an offset
  parse_transport(frame, p);
}

void parse_ipv6(const std::uint8_t* frame, std::size_t bytes, Packet& p) {
  if (bytes - p.l3 < kIpv6Header || frame[p.l3] >> 4 != 6) return;
  const std::size_t total = kIpv6Header + get_be16(frame + p.l3 + 4);
  if (total > bytes - p.l3) return;
  p.ip = Packet::Ip::V6;
  p.l4 = p.l3 + kIpv6Header;
  p.end = p.l3 + total;
  p.protocol = frame[p.l3 + 6];
  parse_extensions(frame, p);
  parse_transport(frame, p);
}

}  // namespace

Packet parse_frame(const std::uint8_t* frame, std::size_t bytes) {
  Packet p;
  if (bytes < kEthernetHeader) return p;
  p.type = get_be16(frame + 12);
  p.l3 = kEthernetHeader;
  for (int tags = 0; tags < 2; ++tags) {
    if (p.type != kTypeVlan && p.type != kTypeServiceVlan) break;
    if (bytes - p.l3 < kVlanTag) return p;
    if (!p.tagged) p.vlan = get_be16(frame + p.l3) & 0xfff;
    p.tagged = true;
    p.type = get_be16(frame + p.l3 + 2);
    p.l3 += kVlanTag;
  }
  if (p.type == kTypeIpv4) parse_ipv4(frame, bytes, p);
  if (p.type == kTypeIpv6) parse_ipv6(frame, bytes, p);
  return p;
}

Packet parse_ip(const std::uint8_t* frame, std::size_t bytes, std::size_t offset,
                unsigned version) {
  Packet p;
  p.l3 = offset;
  if (offset > bytes) return p;
  if (version == 4) parse_ipv4(frame, bytes, p);
  if (version == 6) parse_ipv6(frame, bytes, p);
  return p;
}

std::uint64_t sum16(const std::uint8_t* data, std::size_t bytes, std::uint64_t initial) {
  std::uint64_t sum = initial;
  std::size_t i = 0;
  for (; i + 2 <= bytes; i += 2) sum += get_be16(data + i);
  if (i < bytes) sum += static_cast<std::uint64_t>(data[i]) << 8;
  return sum;
}

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

std::uint64_t pseudo_sum(const std::uint8_t* frame, const Packet& p, std::size_t l4_bytes) {
  const std::uint64_t addresses = sum16(frame + p.addresses(), 2 * p.address_bytes());
  return addresses + p.protocol + (l4_bytes >> 16) + (l4_bytes & 0xffff);
}

void complete_ipv4_header(std::uint8_t* frame, std::size_t l3) {
  std::uint8_t* header = frame + l3;
  put_be16(header + 10, 0);
  put_be16(header + 10, static_cast<std::uint16_t>(~fold(sum16(header, (header[0] & 15) * 4u))));
}

void complete_transport(std::uint8_t* frame, const Packet& p) {
  std::uint8_t* field = frame + p.checksum_field();
  put_be16(field, 0);
  const std::size_t bytes = p.end - p.l4;
  std::uint16_t sum =
      static_cast<std::uint16_t>(~fold(sum16(frame + p.l4, bytes, pseudo_sum(frame, p, bytes))));
  if (sum == 0 && p.udp) sum = 0xffff;  // 0 means "no checksum"
  put_be16(field, sum);
}

ChecksumState verify_checksum(const std::uint8_t* frame, const Packet& p) {
  if (!p.tcp && !p.udp) return ChecksumState::NotApplicable;
  if (p.ip == Packet::Ip::V4 && fold(sum16(frame + p.l3, p.l4 - p.l3)) != 0xffff)
    return ChecksumState::Bad;
  std::size_t bytes = p.end - p.l4;
  if (p.udp) {
    const std::size_t claimed = get_be16(frame + p.l4 + 4);
    if (claimed < kUdpHeader || claimed > bytes) return ChecksumState::Bad;
    bytes = claimed;
    if (get_be16(frame + p.checksum_field()) == 0)
      return p.ip == Packet::Ip::V4 ? ChecksumState::Absent : ChecksumState::Bad;
  }
  const std::uint64_t sum = sum16(frame + p.l4, bytes, pseudo_sum(frame, p, bytes));
  return fold(sum) == 0xffff ? ChecksumState::Good : ChecksumState::Bad;
}

}  // namespace ringside::virtio::net
