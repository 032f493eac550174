// SPDX-License-Identifier: Apache-2.0
// Frames for tests, and a checksum that shares no code with the models.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& b, std::size_t at, unsigned v) {
  b[at] = static_cast<std::uint8_t>(v >> 8);
  b[at + 1] = static_cast<std::uint8_t>(v);
}
inline void put32(Bytes& b, std::size_t at, std::uint32_t v) {
  put16(b, at, v >> 16);
  put16(b, at + 2, v & 0xffff);
}
inline unsigned get16(const Bytes& b, std::size_t at) {
  return b[at] << 8 | b[at + 1];
}
inline std::uint32_t get32(const Bytes& b, std::size_t at) {
  return static_cast<std::uint32_t>(get16(b, at)) << 16 | get16(b, at + 2);
}

/// One's complement sum, adding byte by byte with the carry put back at once.
inline unsigned ones_sum(const Bytes& b, std::size_t from, std::size_t to, unsigned sum = 0) {
  for (std::size_t i = from; i < to; ++i) {
    sum += (i - from) % 2 == 0 ? b[i] << 8 : b[i];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/// What a test frame is made of.
struct FrameSpec {
  bool v6 = false;
  bool tcp = true;
  std::size_t payload = 100;
  unsigned source_port = 1000;
  unsigned destination_port = 80;
  std::uint32_t sequence = 1;
  unsigned flags = 0x10;  // ACK
  unsigned id = 7;
  bool vlan = false;
  std::size_t tcp_options = 0;  // bytes, a multiple of 4
  std::uint8_t fill = 0x41;

  std::size_t l3() const { return vlan ? 18 : 14; }
  std::size_t l4() const { return l3() + (v6 ? 40 : 20); }
  std::size_t data() const { return l4() + (tcp ? 20 + tcp_options : 8); }
};

inline unsigned pseudo(const Bytes& f, const FrameSpec& s, std::size_t l4_bytes) {
  const std::size_t addresses = s.l3() + (s.v6 ? 8 : 12);
  unsigned sum = ones_sum(f, addresses, addresses + (s.v6 ? 32 : 8));
  Bytes rest{0, static_cast<std::uint8_t>(s.tcp ? 6 : 17), 0, 0};
  put16(rest, 2, static_cast<unsigned>(l4_bytes));
  return ones_sum(rest, 0, 4, sum);
}

/// True if IPv4 header and transport checksum add up.
inline bool checksums_right(const Bytes& f, const FrameSpec& s) {
  if (!s.v6 && ones_sum(f, s.l3(), s.l4()) != 0xffff) return false;
  const std::size_t end = s.l3() + (s.v6 ? 40 + get16(f, s.l3() + 4) : get16(f, s.l3() + 2));
  return ones_sum(f, s.l4(), end, pseudo(f, s, end - s.l4())) == 0xffff;
}

inline std::size_t checksum_at(const FrameSpec& s) {
  return s.l4() + (s.tcp ? 16 : 6);
}

/// A frame with right checksums.
inline Bytes make_frame(const FrameSpec& s) {
  Bytes f(s.data() + s.payload, s.fill);
  for (std::size_t i = 0; i < s.payload; ++i)
    f[s.data() + i] = static_cast<std::uint8_t>(s.fill + s.sequence + i);
  const std::uint8_t ethernet[] = {0x52, 0x54, 0, 1, 2, 3, 0x52, 0x54, 0, 9, 9, 9};
  std::copy(std::begin(ethernet), std::end(ethernet), f.begin());
  if (s.vlan) {
    put16(f, 12, 0x8100);
    put16(f, 14, 5);
  }
  put16(f, s.l3() - 2, s.v6 ? 0x86dd : 0x0800);
  const std::size_t ip = s.l3();
  std::fill_n(f.begin() + static_cast<long>(ip), s.data() - ip, std::uint8_t{0});
  if (s.v6) {
    f[ip] = 0x60;
    put16(f, ip + 4, static_cast<unsigned>(f.size() - s.l4()));
    f[ip + 6] = s.tcp ? 6 : 17;
    f[ip + 7] = 64;
    for (std::size_t i = 0; i < 32; ++i) f[ip + 8 + i] = static_cast<std::uint8_t>(i * 3 + 1);
  } else {
    f[ip] = 0x45;
    put16(f, ip + 2, static_cast<unsigned>(f.size() - ip));
    put16(f, ip + 4, s.id);
    f[ip + 8] = 64;
    f[ip + 9] = s.tcp ? 6 : 17;
    const std::uint8_t addresses[] = {10, 0, 2, 2, 10, 0, 2, 15};
    std::copy(std::begin(addresses), std::end(addresses), f.begin() + static_cast<long>(ip) + 12);
    put16(f, ip + 10, ~ones_sum(f, ip, ip + 20) & 0xffff);
  }
  put16(f, s.l4(), s.source_port);
  put16(f, s.l4() + 2, s.destination_port);
  if (s.tcp) {
    put32(f, s.l4() + 4, s.sequence);
    put32(f, s.l4() + 8, 77);
    f[s.l4() + 12] = static_cast<std::uint8_t>((20 + s.tcp_options) / 4 << 4);
    f[s.l4() + 13] = static_cast<std::uint8_t>(s.flags);
    put16(f, s.l4() + 14, 0x2000);
    for (std::size_t i = 0; i < s.tcp_options; ++i) f[s.l4() + 20 + i] = 1;
  } else {
    put16(f, s.l4() + 4, static_cast<unsigned>(f.size() - s.l4()));
  }
  const unsigned sum = ones_sum(f, s.l4(), f.size(), pseudo(f, s, f.size() - s.l4()));
  put16(f, checksum_at(s), ~sum & 0xffff ? ~sum & 0xffff : 0xffff);
  return f;
}

/// As a driver hands a packet over with VIRTIO_NET_HDR_F_NEEDS_CSUM: the sum of the pseudo header
/// stands where the checksum goes.
inline Bytes with_pseudo_checksum(Bytes f, const FrameSpec& s) {
  put16(f, checksum_at(s), pseudo(f, s, f.size() - s.l4()));
  return f;
}

}  // namespace ringside::test
