// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>

#include "frames.h"
#include "virtio/device/net_rss.h"

using namespace ringside::test;
using namespace ringside::virtio::net;

namespace {

// The verification suite of "Receive Side Scaling" in Microsoft's NDIS documentation.
const std::vector<std::uint8_t> kKey{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                     0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                     0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                     0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct Vector {
  const char* destination;
  unsigned destination_port;
  const char* source;
  unsigned source_port;
  std::uint32_t with_ports;
  std::uint32_t without;
};

const Vector kV4[] = {
    {"161.142.100.80", 1766, "66.9.149.187", 2794, 0x51ccc178, 0x323e8fc2},
    {"65.69.140.83", 4739, "199.92.111.2", 14230, 0xc626b0ea, 0xd718262a},
    {"12.22.207.184", 38024, "24.19.198.95", 12898, 0x5c2b394a, 0xd2d0a5de},
    {"209.142.163.6", 2217, "38.27.205.30", 48228, 0xafc7327f, 0x82989176},
    {"202.188.127.2", 1303, "153.39.163.191", 44251, 0x10e828a2, 0x5d1809c5},
};
const Vector kV6[] = {
    {"3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x40207d3d, 0x2cc18cd5},
    {"ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0xdde51bbf, 0x0f0c461c},
    {"fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, 0x02d1feef,
     0x4b61e985},
};

Bytes frame_of(const Vector& v, bool v6, bool tcp) {
  FrameSpec s;
  s.v6 = v6;
  s.tcp = tcp;
  s.source_port = v.source_port;
  s.destination_port = v.destination_port;
  Bytes f = make_frame(s);
  const int family = v6 ? AF_INET6 : AF_INET;
  const std::size_t at = s.l3() + (v6 ? 8 : 12);
  inet_pton(family, v.source, &f[at]);
  inet_pton(family, v.destination, &f[at + (v6 ? 16 : 4)]);
  return f;
}

Hash hash(const Bytes& f, std::uint32_t types) {
  return hash_packet(f.data(), parse_frame(f.data(), f.size()), types, kKey);
}

}  // namespace

BOOST_AUTO_TEST_CASE(known_vectors) {
  for (const Vector& v : kV4) {
    BOOST_TEST(hash(frame_of(v, false, true), kHashAll).value == v.with_ports);
    BOOST_TEST(hash(frame_of(v, false, false), kHashAll).value == v.with_ports);
    BOOST_TEST(hash(frame_of(v, false, true), kHashIpv4).value == v.without);
  }
  for (const Vector& v : kV6) {
    BOOST_TEST(hash(frame_of(v, true, true), kHashAll).value == v.with_ports);
    BOOST_TEST(hash(frame_of(v, true, false), kHashAll).value == v.with_ports);
    BOOST_TEST(hash(frame_of(v, true, true), kHashIpv6).value == v.without);
  }
}

BOOST_AUTO_TEST_CASE(the_report_names_the_type) {
  const Bytes tcp4 = frame_of(kV4[0], false, true);
  const Bytes udp4 = frame_of(kV4[0], false, false);
  const Bytes tcp6 = frame_of(kV6[0], true, true);
  const Bytes udp6 = frame_of(kV6[0], true, false);
  BOOST_TEST(hash(tcp4, kHashAll).report == 2);
  BOOST_TEST(hash(udp4, kHashAll).report == 3);
  BOOST_TEST(hash(tcp4, kHashIpv4 | kHashUdpv4).report == 1);
  BOOST_TEST(hash(tcp4, kHashUdpv4).report == 0);
  BOOST_TEST(hash(tcp6, kHashAll).report == 5);
  BOOST_TEST(hash(udp6, kHashAll).report == 6);
  BOOST_TEST(hash(udp6, kHashIpv6).report == 4);
  BOOST_TEST(hash(udp6, kHashIpv4).report == 0);
  BOOST_TEST(hash(Bytes(60), kHashAll).report == 0);
}

BOOST_AUTO_TEST_CASE(extension_headers_give_the_addresses) {
  Bytes f = frame_of(kV6[0], true, true);
  const Bytes plain = f;
  Bytes extension(24 + 24, 0);
  extension[0] = 43;  // destination options, then routing
  extension[1] = 2;
  extension[2] = 1;
  extension[3] = 2;
  extension[6] = 201;
  extension[7] = 16;
  std::copy_n(plain.begin() + 22, 16, extension.begin() + 8);  // the source
  extension[24] = 6;
  extension[25] = 2;
  extension[26] = 2;
  std::copy_n(plain.begin() + 38, 16, extension.begin() + 32);  // the destination
  f.insert(f.begin() + 54, extension.begin(), extension.end());
  std::fill_n(f.begin() + 22, 32, std::uint8_t{0xaa});  // the header has others
  f[20] = 60;
  put16(f, 18, static_cast<unsigned>(f.size() - 54));
  BOOST_TEST(hash(f, kHashAll).value == kV6[0].with_ports);
  BOOST_TEST(hash(f, kHashAll).report == 8);
  BOOST_TEST(hash(f, kHashIpEx).value == kV6[0].without);
  BOOST_TEST(hash(f, kHashIpEx).report == 7);
  BOOST_TEST(hash(f, kHashTcpv6).report == 5);  // extensions are skipped
  BOOST_TEST(hash(f, kHashTcpv6).value != kV6[0].with_ports);
}

BOOST_AUTO_TEST_CASE(tunnels_are_looked_into) {
  const Bytes inner = frame_of(kV4[0], false, true);
  const auto wrap_udp = [&](unsigned port, Bytes header, std::size_t skip) {
    FrameSpec s;
    s.tcp = false;
    s.destination_port = port;
    s.payload = header.size() + inner.size() - skip;
    Bytes f = make_frame(s);
    std::copy(header.begin(), header.end(), f.begin() + static_cast<long>(s.data()));
    std::copy(inner.begin() + static_cast<long>(skip), inner.end(),
              f.begin() + static_cast<long>(s.data() + header.size()));
    return f;
  };
  const auto wrap_ip = [&](unsigned protocol, const Bytes& header, std::size_t skip) {
    Bytes f = wrap_udp(1, header, skip);
    f.erase(f.begin() + 34, f.begin() + 42);
    f[23] = static_cast<std::uint8_t>(protocol);
    put16(f, 16, static_cast<unsigned>(f.size() - 14));
    return f;
  };
  struct Case {
    std::uint32_t type;
    Bytes frame;
  };
  const std::vector<Case> cases{
      {kTunnelVxlan, wrap_udp(4789, {8, 0, 0, 0, 0, 0, 1, 0}, 0)},
      {kTunnelVxlanGpe, wrap_udp(4790, {0x0c, 0, 0, 3, 0, 0, 1, 0}, 0)},
      {kTunnelVxlanGpe, wrap_udp(4790, {0x0c, 0, 0, 1, 0, 0, 1, 0}, 14)},
      {kTunnelGeneve, wrap_udp(6081, {1, 0, 0x65, 0x58, 0, 0, 1, 0, 9, 9, 9, 9}, 0)},
      {kTunnelGreUdp, wrap_udp(4754, {0, 0, 8, 0}, 14)},
      {kTunnelGre2784, wrap_ip(47, {0x80, 0, 8, 0, 1, 2, 3, 4}, 14)},
      {kTunnelGre2890, wrap_ip(47, {0x30, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 14)},
      {kTunnelNvgre, wrap_ip(47, {0x20, 0, 0x65, 0x58, 1, 2, 3, 4}, 0)},
      {kTunnelIpip, wrap_ip(4, {}, 14)},
  };
  for (const Case& c : cases) {
    const Packet outer = parse_frame(c.frame.data(), c.frame.size());
    const auto value = [&](std::uint32_t tunnels) {
      const Packet p = inner_packet(c.frame.data(), c.frame.size(), outer, tunnels);
      return hash_packet(c.frame.data(), p, kHashTcpv4 | kHashUdpv4 | kHashIpv4, kKey).value;
    };
    BOOST_TEST(value(c.type) == kV4[0].with_ports);
    BOOST_TEST(value(kTunnelAll) == kV4[0].with_ports);
    BOOST_TEST(value(kTunnelAll & ~c.type) != kV4[0].with_ports);  // the outer header counts
    BOOST_TEST(value(0) == value(kTunnelAll & ~c.type));
    for (std::size_t bytes = 14; bytes < c.frame.size(); ++bytes) {  // cut anywhere
      const Bytes part(c.frame.begin(), c.frame.begin() + static_cast<long>(bytes));
      const Packet p = parse_frame(part.data(), part.size());
      hash_packet(part.data(), inner_packet(part.data(), part.size(), p, kTunnelAll), kHashAll,
                  kKey);
    }
  }
}

BOOST_AUTO_TEST_CASE(short_keys_and_both_directions_of_a_flow) {
  const std::uint8_t data[] = {0xff, 0xff};
  BOOST_TEST(toeplitz({}, data, 2) == 0u);
  BOOST_TEST(toeplitz({0x80}, data, 1) == 0x80000000u);
  for (bool v6 : {false, true})
    for (bool tcp : {false, true}) {
      const Vector v = v6 ? kV6[0] : kV4[0];
      const Vector back{v.source, v.source_port, v.destination, v.destination_port, 0, 0};
      const Bytes a = frame_of(v, v6, tcp);
      const Bytes b = frame_of(back, v6, tcp);
      const std::uint32_t flow = flow_of(a.data(), parse_frame(a.data(), a.size()));
      BOOST_TEST(flow != 0u);
      BOOST_TEST(flow == flow_of(b.data(), parse_frame(b.data(), b.size())));
    }
}
