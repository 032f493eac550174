// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_gro.h"

#include <algorithm>

#include "virtio/device/bytes.h"
#include "virtio/device/net_rss.h"

namespace ringside::virtio::net {

namespace {

constexpr std::size_t kMaxIp = 65535;

bool same_bytes(const Frame& a, const Frame& b, std::size_t from, std::size_t to) {
  return std::equal(a.begin() + static_cast<std::ptrdiff_t>(from),
                    a.begin() + static_cast<std::ptrdiff_t>(to),
                    b.begin() + static_cast<std::ptrdiff_t>(from));
}

std::uint8_t tcp_flags(const Frame& frame, const Packet& p) {
  return frame[p.l4 + 13];
}

}  // namespace

Coalescer::Coalescer(Frame first, const Packet& packet, const CoalesceKinds& kinds)
    : data_(std::move(first)), packet_(packet), kinds_(kinds) {
  open_ = starts_flow();
  if (!open_) return;
  data_.resize(packet_.end);  // padding
  segment_bytes_ = packet_.end - packet_.payload;
  if (packet_.tcp)
    next_sequence_ = get_be32(&data_[packet_.l4 + 4]) + static_cast<std::uint32_t>(segment_bytes_);
}

bool Coalescer::starts_flow() const {
  const bool v4 = packet_.ip == Packet::Ip::V4;
  const bool wanted = (packet_.tcp && (v4 ? kinds_.tcp4 : kinds_.tcp6)) ||
                      (packet_.udp && (v4 ? kinds_.udp4 : kinds_.udp6));
  if (!wanted || packet_.extensions || packet_.end <= packet_.payload) return false;
  if (v4 && packet_.l4 - packet_.l3 != 20) return false;  // options are for single packets
  if (packet_.tcp) {
    const std::uint8_t flags = tcp_flags(data_, packet_);
    const bool plain = (flags & ~(kAck | kEce | (kinds_.ecn ? kCwr : 0))) == 0;
    if (!plain || !(flags & kAck)) return false;
  }
  if (packet_.udp && get_be16(&data_[packet_.l4 + 4]) != packet_.end - packet_.l4) return false;
  // Large packets in tunnels are a feature of their own, which is not offered.
  if (packet_.udp && is_tunnel_port(get_be16(&data_[packet_.l4 + 2]))) return false;
  return verify_checksum(data_.data(), packet_) == ChecksumState::Good;
}

/// Everything but lengths, identification, sequence, PSH, FIN and checksums is the same.
bool Coalescer::headers_match(const Frame& frame, const Packet& p) const {
  const std::size_t l3 = packet_.l3;
  const std::size_t l4 = packet_.l4;
  if (p.l3 != l3 || p.l4 != l4 || p.payload != packet_.payload || p.ip != packet_.ip) return false;
  if (!same_bytes(data_, frame, 0, l3)) return false;  // Ethernet and tags
  if (p.ip == Packet::Ip::V4) {
    if (!same_bytes(data_, frame, l3, l3 + 2) || !same_bytes(data_, frame, l3 + 6, l3 + 10) ||
        !same_bytes(data_, frame, l3 + 12, l4))
      return false;
  } else if (!same_bytes(data_, frame, l3, l3 + 4) || !same_bytes(data_, frame, l3 + 6, l4)) {
    return false;
  }
  if (!same_bytes(data_, frame, l4, l4 + 4)) return false;  // ports
  if (p.udp) return true;
  const std::uint8_t changed = static_cast<std::uint8_t>(
      (tcp_flags(data_, packet_) ^ tcp_flags(frame, p)) & ~(kPsh | kFin | kCwr));
  return changed == 0 && !(tcp_flags(frame, p) & kCwr) &&
         same_bytes(data_, frame, l4 + 8, l4 + 13) &&   // acknowledgement, header length
         same_bytes(data_, frame, l4 + 14, l4 + 16) &&  // window
         same_bytes(data_, frame, l4 + 18, p.payload);  // urgent pointer and options
}

bool Coalescer::same_flow(const Frame& frame, const Packet& p) const {
  if (p.tcp != packet_.tcp || p.udp != packet_.udp || p.fragment || p.extensions) return false;
  return headers_match(frame, p);
}

bool Coalescer::append(const Frame& frame, const Packet& p) {
  if (!open_ || !same_flow(frame, p)) return false;
  const std::size_t bytes = p.end - p.payload;
  if (bytes == 0 || bytes > segment_bytes_) return false;
  if (data_.size() - packet_.l3 + bytes > kMaxIp) return false;
  if (p.tcp && get_be32(&frame[p.l4 + 4]) != next_sequence_) return false;
  if (p.udp && get_be16(&frame[p.l4 + 4]) != p.end - p.l4) return false;
  if (verify_checksum(frame.data(), p) != ChecksumState::Good) return false;

  const auto from = frame.begin() + static_cast<std::ptrdiff_t>(p.payload);
  data_.insert(data_.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
  ++segments_;
  bool last = bytes < segment_bytes_;
  if (p.tcp) {
    next_sequence_ += static_cast<std::uint32_t>(bytes);
    const std::uint8_t ends = tcp_flags(frame, p) & (kPsh | kFin);
    data_[packet_.l4 + 13] |= ends;
    last = last || ends;
  }
  open_ = !last;
  return true;
}

Frame Coalescer::finish(Header& header) {
  if (segments_ == 1) return std::move(data_);
  packet_.end = data_.size();
  const std::size_t l4_bytes = packet_.end - packet_.l4;
  const bool v4 = packet_.ip == Packet::Ip::V4;
  if (v4) {
    put_be16(&data_[packet_.l3 + 2], static_cast<unsigned>(packet_.end - packet_.l3));
    complete_ipv4_header(data_.data(), packet_.l3);
  } else {
    put_be16(&data_[packet_.l3 + 4], static_cast<unsigned>(packet_.end - packet_.l3 - 40));
  }
  if (packet_.udp) put_be16(&data_[packet_.l4 + 4], static_cast<unsigned>(l4_bytes));
  put_be16(&data_[packet_.checksum_field()], fold(pseudo_sum(data_.data(), packet_, l4_bytes)));

  header.flags = kNeedsCsum;
  header.gso_type = packet_.udp ? kGsoUdpL4 : v4 ? kGsoTcpV4 : kGsoTcpV6;
  if (packet_.tcp && (tcp_flags(data_, packet_) & kCwr)) header.gso_type |= kGsoEcn;
  header.gso_size = static_cast<std::uint16_t>(segment_bytes_);
  header.hdr_len = static_cast<std::uint16_t>(packet_.payload);
  header.csum_start = static_cast<std::uint16_t>(packet_.l4);
  header.csum_offset = packet_.tcp ? 16 : 6;
  return std::move(data_);
}

}  // namespace ringside::virtio::net
