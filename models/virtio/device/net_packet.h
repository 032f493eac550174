// SPDX-License-Identifier: Apache-2.0
// What an Ethernet frame contains, and Internet checksums (RFC 1071). All lengths in a frame are
// the sender's claims: everything found here has been checked against the frame's real size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::virtio::net {

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;

enum IpProtocol : std::uint8_t {
  kIpInIp = 4,
  kTcp = 6,
  kUdp = 17,
  kIpv6InIp = 41,
  kGre = 47,
};

enum TcpFlag : std::uint8_t {
  kFin = 0x01,
  kSyn = 0x02,
  kRst = 0x04,
  kPsh = 0x08,
  kAck = 0x10,
  kUrg = 0x20,
  kEce = 0x40,
  kCwr = 0x80,
};

/// Where the headers of a frame are. Offsets count from the start of the frame.
struct Packet {
  enum class Ip : std::uint8_t { None, V4, V6 };

  bool tagged = false;      ///< has an 802.1Q tag
  std::uint16_t vlan = 0;   ///< its VLAN identifier
  std::uint16_t type = 0;   ///< EtherType behind all tags
  Ip ip = Ip::None;         ///< None too if the IP header does not fit
  bool fragment = false;    ///< an IP fragment (the first or a later one)
  bool extensions = false;  ///< IPv6 with extension headers
  std::size_t l3 = 0;       ///< IP header
  std::size_t l4 = 0;       ///< behind IP and extension headers
  std::size_t end = 0;      ///< behind the IP payload; what follows is padding
  std::uint8_t protocol = 0;
  std::size_t home = 0;     ///< IPv6 home address (destination option 201), or 0
  std::size_t routing = 0;  ///< IPv6 address of a type 2 routing header, or 0
  /// TCP or UDP whose header is there completely; false for fragments.
  bool tcp = false;
  bool udp = false;
  std::size_t payload = 0;  ///< behind the TCP or UDP header

  std::size_t addresses() const { return l3 + (ip == Ip::V4 ? 12 : 8); }
  std::size_t address_bytes() const { return ip == Ip::V4 ? 4 : 16; }
  /// Where TCP or UDP keep their checksum.
  std::size_t checksum_field() const { return l4 + (tcp ? 16 : 6); }
};

Packet parse_frame(const std::uint8_t* frame, std::size_t bytes);
/// The same for an IP packet that begins at `offset` (inside a tunnel); `version` is 4 or 6.
Packet parse_ip(const std::uint8_t* frame, std::size_t bytes, std::size_t offset, unsigned version);

/// Sum of 16-bit words, not folded; `initial` is a sum to go on from. An odd last byte counts as
/// the high half of a word.
std::uint64_t sum16(const std::uint8_t* data, std::size_t bytes, std::uint64_t initial = 0);
/// Folds a sum to 16 bits, without complement.
std::uint16_t fold(std::uint64_t sum);
/// Sum of the pseudo header of a TCP or UDP packet whose transport part has `l4_bytes`.
std::uint64_t pseudo_sum(const std::uint8_t* frame, const Packet& packet, std::size_t l4_bytes);

/// Puts the right checksum into an IPv4 header.
void complete_ipv4_header(std::uint8_t* frame, std::size_t l3);
/// Puts the right checksum into the TCP or UDP header (never 0 for UDP).
void complete_transport(std::uint8_t* frame, const Packet& packet);

enum class ChecksumState { NotApplicable, Absent, Good, Bad };
/// Verifies the IPv4 header's and the TCP or UDP checksum.
ChecksumState verify_checksum(const std::uint8_t* frame, const Packet& packet);

}  // namespace ringside::virtio::net
