// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_offload.h"

#include <algorithm>

#include "virtio/device/bytes.h"

namespace ringside::virtio::net {

namespace {

constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kFragmentHeader = 8;
// 65535 bytes in segments of one byte would be as many frames: more than a driver ever needs.
constexpr std::size_t kMaxSegments = 2048;

/// Replaces the sum of the pseudo header at csum_offset by the checksum from csum_start on.
bool fill_checksum(const Header& header, Frame& packet) {
  const std::size_t start = header.csum_start;
  const std::size_t field = start + header.csum_offset;
  if (start >= packet.size() || field + 2 > packet.size()) return false;
  const std::uint16_t sum =
      static_cast<std::uint16_t>(~fold(sum16(&packet[start], packet.size() - start)));
  // The device does not know the protocol; 0xffff is another way to write 0, and right for UDP too.
  put_be16(&packet[field], sum ? sum : 0xffff);
  return true;
}

void set_ip_length(Frame& frame, const Packet& p, std::size_t end) {
  if (p.ip == Packet::Ip::V4)
    put_be16(&frame[p.l3 + 2], static_cast<unsigned>(end - p.l3));
  else
    put_be16(&frame[p.l3 + 4], static_cast<unsigned>(end - p.l3 - 40));
}

/// Headers of segment `index`, with identification, lengths and sequence number as a host stack
/// would give them.
Frame start_segment(const Frame& packet, const Packet& p, std::size_t header, std::size_t payload,
                    std::size_t index) {
  Frame frame(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  frame.reserve(header + payload);
  set_ip_length(frame, p, header + payload);
  if (p.ip == Packet::Ip::V4) {
    const unsigned id = get_be16(&frame[p.l3 + 4]);
    put_be16(&frame[p.l3 + 4], static_cast<std::uint16_t>(id + index));
  }
  return frame;
}

void finish_segment(Frame& frame, Packet p) {
  p.end = frame.size();
  if (p.ip == Packet::Ip::V4) complete_ipv4_header(frame.data(), p.l3);
  complete_transport(frame.data(), p);
}

bool segment(const Header& header, const Frame& packet, const Packet& p,
             std::vector<Frame>& frames) {
  const std::size_t size = header.gso_size;
  const std::size_t total = p.end - p.payload;
  if (size == 0 || total / size >= kMaxSegments) return false;
  std::size_t index = 0;
  for (std::size_t at = 0; at < total || index == 0; at += size, ++index) {
    const std::size_t bytes = std::min(size, total - at);
    const bool last = at + bytes == total;
    Frame frame = start_segment(packet, p, p.payload, bytes, index);
    const auto from = packet.begin() + static_cast<std::ptrdiff_t>(p.payload + at);
    frame.insert(frame.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
    if (p.tcp) {
      std::uint8_t* tcp = &frame[p.l4];
      put_be32(tcp + 4, get_be32(tcp + 4) + static_cast<std::uint32_t>(at));
      if (!last) tcp[13] &= static_cast<std::uint8_t>(~(kFin | kPsh));
      if (index != 0) tcp[13] &= static_cast<std::uint8_t>(~kCwr);
    } else {
      put_be16(&frame[p.l4 + 4], static_cast<unsigned>(kUdpHeader + bytes));
    }
    finish_segment(frame, p);
    frames.push_back(std::move(frame));
  }
  return true;
}

/// UFO: one UDP datagram, checksummed as a whole, in IP fragments of at most `gso_size` bytes.
bool fragment(const Header& header, Frame& packet, Packet p, std::vector<Frame>& frames) {
  const std::size_t size = header.gso_size & ~std::size_t{7};
  const std::size_t total = p.end - p.l4;
  if (size == 0 || total / size >= kMaxSegments) return false;
  if (p.ip == Packet::Ip::V6 && p.extensions) return false;
  put_be16(&packet[p.l4 + 4], static_cast<unsigned>(total));
  complete_transport(packet.data(), p);
  // Any value will do that does not repeat soon: the checksum of the datagram.
  const std::uint32_t id = get_be16(&packet[p.checksum_field()]) | packet.size() << 16;
  for (std::size_t at = 0; at < total; at += size) {
    const std::size_t bytes = std::min(size, total - at);
    const bool more = at + bytes < total;
    Frame frame(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(p.l4));
    if (p.ip == Packet::Ip::V4) {
      put_be16(&frame[p.l3 + 6], static_cast<unsigned>((more ? 0x2000 : 0) | at / 8));
    } else {
      frame[p.l3 + 6] = 44;
      frame.resize(p.l4 + kFragmentHeader);
      std::uint8_t* extension = &frame[p.l4];
      extension[0] = kUdp;
      extension[1] = 0;
      put_be16(extension + 2, static_cast<unsigned>(at | (more ? 1 : 0)));
      put_be32(extension + 4, id);
    }
    const auto from = packet.begin() + static_cast<std::ptrdiff_t>(p.l4 + at);
    frame.insert(frame.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
    set_ip_length(frame, p, frame.size());
    if (p.ip == Packet::Ip::V4) complete_ipv4_header(frame.data(), p.l3);
    frames.push_back(std::move(frame));
  }
  return true;
}

/// True if the driver may ask for this kind of segmentation, and the packet is of that kind.
bool gso_fits(std::uint8_t type, const Packet& p, const FeatureSet& features) {
  switch (type) {
    case kGsoTcpV4:
      return features.has(kNetHostTso4) && p.tcp && p.ip == Packet::Ip::V4;
    case kGsoTcpV6:
      return features.has(kNetHostTso6) && p.tcp && p.ip == Packet::Ip::V6;
    case kGsoUdpL4:
      return features.has(kNetHostUso) && p.udp;
    case kGsoUdp:
      return features.has(kNetHostUfo) && p.udp;
    default:
      return false;
  }
}

/// A large packet's length fields need not be right (TSO of 64 KiB over IPv6 overflows them), so
/// they are set from its real size before it is parsed.
Packet parse_large(Frame& packet) {
  Packet p = parse_frame(packet.data(), packet.size());
  if (p.l3 == 0 || packet.size() < p.l3 + 40) return p;
  const std::size_t bytes = packet.size() - p.l3;
  if (p.type == 0x0800 && bytes <= 65535)
    put_be16(&packet[p.l3 + 2], static_cast<unsigned>(bytes));
  else if (p.type == 0x86dd && bytes - 40 <= 65535)
    put_be16(&packet[p.l3 + 4], static_cast<unsigned>(bytes - 40));
  return parse_frame(packet.data(), packet.size());
}

}  // namespace

TransmitResult prepare_transmit(const Header& header, Frame& packet, const FeatureSet& features,
                                std::vector<Frame>& frames) {
  frames.clear();
  if (packet.size() < kEthernetHeader || packet.size() > kMaxPacket)
    return TransmitResult::Malformed;
  // Tunnels are not offered: such a packet is refused, as 5.1.6.2.2 has it for impossible ones.
  if (header.gso_type & (kGsoTunnelV4 | kGsoTunnelV6)) return TransmitResult::Malformed;
  if (header.flags & kUdpTunnelCsum) return TransmitResult::Malformed;

  const std::uint8_t type = header.gso_type & static_cast<std::uint8_t>(~kGsoEcn);
  if (type == kGsoNone) {
    if ((header.flags & kNeedsCsum) && (!features.has(kNetCsum) || !fill_checksum(header, packet)))
      return TransmitResult::Malformed;
    frames.push_back(std::move(packet));
    return TransmitResult::Plain;
  }

  const Packet p = parse_large(packet);
  if (!(header.flags & kNeedsCsum) || !gso_fits(type, p, features))
    return TransmitResult::Malformed;
  const bool done =
      type == kGsoUdp ? fragment(header, packet, p, frames) : segment(header, packet, p, frames);
  return done ? TransmitResult::Segmented : TransmitResult::Malformed;
}

}  // namespace ringside::virtio::net
