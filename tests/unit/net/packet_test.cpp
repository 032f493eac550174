// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "frames.h"
#include "virtio/device/net_packet.h"

using namespace ringside::test;
using namespace ringside::virtio::net;

BOOST_AUTO_TEST_CASE(headers_are_found) {
  for (bool v6 : {false, true})
    for (bool tcp : {false, true})
      for (bool vlan : {false, true}) {
        FrameSpec s;
        s.v6 = v6;
        s.tcp = tcp;
        s.vlan = vlan;
        s.tcp_options = tcp ? 12 : 0;
        Bytes f = make_frame(s);
        f.resize(f.size() + 5);  // padding
        const Packet p = parse_frame(f.data(), f.size());
        BOOST_TEST((p.ip == (v6 ? Packet::Ip::V6 : Packet::Ip::V4)));
        BOOST_TEST(p.l3 == s.l3());
        BOOST_TEST(p.l4 == s.l4());
        BOOST_TEST(p.payload == s.data());
        BOOST_TEST(p.end == f.size() - 5);
        BOOST_TEST(p.tcp == tcp);
        BOOST_TEST(p.udp == !tcp);
        BOOST_TEST(p.tagged == vlan);
        BOOST_TEST(p.vlan == (vlan ? 5 : 0));
        BOOST_TEST((verify_checksum(f.data(), p) == ChecksumState::Good));
        f[s.data() + 3] ^= 1;
        BOOST_TEST((verify_checksum(f.data(), p) == ChecksumState::Bad));
      }
}

BOOST_AUTO_TEST_CASE(no_frame_makes_the_parser_leave_it) {
  // Every prefix of every kind, in a buffer of exactly that size; and with lengths turned up.
  for (bool v6 : {false, true})
    for (bool tcp : {false, true})
      for (bool vlan : {false, true}) {
        FrameSpec s;
        s.v6 = v6;
        s.tcp = tcp;
        s.vlan = vlan;
        const Bytes whole = make_frame(s);
        for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
          const Bytes part(whole.begin(), whole.begin() + static_cast<long>(bytes));
          const Packet p = parse_frame(part.data(), part.size());
          BOOST_TEST(p.end <= bytes);
          BOOST_TEST(p.payload <= bytes);
          if (p.tcp || p.udp) verify_checksum(part.data(), p);
        }
        for (std::size_t at = 12; at < s.data(); ++at)
          for (unsigned value : {0u, 1u, 0x0fu, 0x7fu, 0xf0u, 0xffu}) {
            Bytes f = whole;
            f[at] = static_cast<std::uint8_t>(value);
            const Packet p = parse_frame(f.data(), f.size());
            BOOST_TEST(p.end <= f.size());
            BOOST_TEST(p.payload <= f.size());
            if (p.tcp || p.udp) BOOST_TEST(p.payload <= p.end);
            if (p.tcp || p.udp) verify_checksum(f.data(), p);
          }
      }
}

BOOST_AUTO_TEST_CASE(fragments_have_no_transport_header) {
  FrameSpec s;
  Bytes f = make_frame(s);
  f[20] = 0x20;  // more fragments
  BOOST_TEST(parse_frame(f.data(), f.size()).fragment);
  BOOST_TEST(!parse_frame(f.data(), f.size()).tcp);
  f[20] = 0;
  f[21] = 1;  // an offset
  BOOST_TEST(!parse_frame(f.data(), f.size()).tcp);
  f[20] = 0x40;  // don't fragment
  f[21] = 0;
  BOOST_TEST(parse_frame(f.data(), f.size()).tcp);
}

BOOST_AUTO_TEST_CASE(extension_headers_are_walked_and_addresses_in_them_found) {
  FrameSpec s;
  s.v6 = true;
  Bytes f = make_frame(s);
  Bytes extensions(24 + 24, 0);
  extensions[0] = 43;  // destination options: padding, home address; next is a routing header
  extensions[1] = 2;
  extensions[2] = 1;  // PadN
  extensions[3] = 2;
  extensions[6] = 201;
  extensions[7] = 16;
  extensions[24] = 6;  // routing header of type 2; next is TCP
  extensions[25] = 2;
  extensions[26] = 2;
  f.insert(f.begin() + 54, extensions.begin(), extensions.end());
  f[20] = 60;
  put16(f, 18, static_cast<unsigned>(f.size() - 54));
  const Packet p = parse_frame(f.data(), f.size());
  BOOST_TEST(p.extensions);
  BOOST_TEST(p.tcp);
  BOOST_TEST(p.l4 == 54u + 48u);
  BOOST_TEST(p.home == 54u + 8u);
  BOOST_TEST(p.routing == 54u + 24u + 8u);
  for (std::size_t at = 54; at < 102; ++at)
    for (unsigned value = 0; value < 256; ++value) {
      Bytes g = f;
      g[at] = static_cast<std::uint8_t>(value);
      const Packet q = parse_frame(g.data(), g.size());
      BOOST_REQUIRE(q.l4 <= g.size());
      BOOST_REQUIRE((q.home == 0 || q.home + 16 <= g.size()));
      BOOST_REQUIRE((q.routing == 0 || q.routing + 16 <= g.size()));
    }
}

BOOST_AUTO_TEST_CASE(checksums_agree_with_another_way_to_compute_them) {
  Bytes b;
  for (unsigned i = 0; i < 600; ++i) {
    b.push_back(static_cast<std::uint8_t>(i * i * 31 + i));
    BOOST_TEST(fold(sum16(b.data(), b.size())) % 0xffff == ones_sum(b, 0, b.size()) % 0xffff);
  }
  FrameSpec udp;
  udp.tcp = false;
  Bytes f = make_frame(udp);
  put16(f, checksum_at(udp), 0);  // no checksum, which IPv4 allows
  const Packet p = parse_frame(f.data(), f.size());
  BOOST_TEST((verify_checksum(f.data(), p) == ChecksumState::Absent));
  complete_transport(f.data(), p);
  BOOST_TEST(f == make_frame(udp));
}
