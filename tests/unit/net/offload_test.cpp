// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "frames.h"
#include "virtio/device/net_offload.h"

using namespace ringside::test;
using namespace ringside::virtio;
using namespace ringside::virtio::net;

namespace {

const FeatureSet kAll{kNetCsum, kNetHostTso4, kNetHostTso6, kNetHostEcn, kNetHostUfo, kNetHostUso};

Header gso(const FrameSpec& s, unsigned type, unsigned size) {
  Header h;
  h.flags = kNeedsCsum;
  h.gso_type = static_cast<std::uint8_t>(type);
  h.gso_size = static_cast<std::uint16_t>(size);
  h.csum_start = static_cast<std::uint16_t>(s.l4());
  h.csum_offset = s.tcp ? 16 : 6;
  return h;
}

std::vector<Frame> cut(const FrameSpec& s, unsigned type, unsigned size) {
  Frame packet = with_pseudo_checksum(make_frame(s), s);
  std::vector<Frame> frames;
  const bool done =
      prepare_transmit(gso(s, type, size), packet, kAll, frames) == TransmitResult::Segmented;
  BOOST_REQUIRE(done);
  return frames;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tcp_segments_are_what_a_host_stack_would_send) {
  for (bool v6 : {false, true})
    for (bool vlan : {false, true})
      for (std::size_t options : {0u, 12u})
        for (unsigned size : {1448u, 1000u, 536u, 100u})
          for (std::size_t payload : {100u, 1448u, 2896u, 5000u, 65000u}) {
            FrameSpec s;
            s.v6 = v6;
            s.vlan = vlan;
            s.tcp_options = options;
            s.payload = payload;
            s.flags = 0x99;  // CWR, ACK, PSH, FIN
            s.sequence = 0xfffff000;
            const auto frames = cut(s, (v6 ? kGsoTcpV6 : kGsoTcpV4) | kGsoEcn, size);
            BOOST_REQUIRE(frames.size() == (payload + size - 1) / size);
            const Bytes whole = make_frame(s);
            Bytes data;
            for (std::size_t i = 0; i < frames.size(); ++i) {
              const Bytes& f = frames[i];
              const bool last = i + 1 == frames.size();
              BOOST_REQUIRE(checksums_right(f, s));
              BOOST_REQUIRE(f.size() == s.data() + (last ? payload - i * size : size));
              // What may differ from the whole packet: length, identification, checksums,
              // sequence, flags.
              BOOST_REQUIRE(get32(f, s.l4() + 4) ==
                            s.sequence + static_cast<std::uint32_t>(data.size()));
              BOOST_REQUIRE(f[s.l4() + 13] == (0x10 | (i == 0 ? 0x80 : 0) | (last ? 0x09 : 0)));
              if (!v6) BOOST_REQUIRE(get16(f, s.l3() + 4) == s.id + i);
              BOOST_REQUIRE(
                  std::equal(f.begin(), f.begin() + static_cast<long>(s.l3()) + 2, whole.begin()));
              data.insert(data.end(), f.begin() + static_cast<long>(s.data()), f.end());
            }
            BOOST_REQUIRE(std::equal(data.begin(), data.end(),
                                     whole.begin() + static_cast<long>(s.data()), whole.end()));
          }
}

BOOST_AUTO_TEST_CASE(udp_segments_are_datagrams_of_their_own) {
  for (bool v6 : {false, true}) {
    FrameSpec s;
    s.tcp = false;
    s.v6 = v6;
    s.payload = 3001;
    const auto frames = cut(s, kGsoUdpL4, 1000);
    BOOST_REQUIRE(frames.size() == 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      BOOST_TEST(checksums_right(frames[i], s));
      BOOST_TEST(get16(frames[i], s.l4() + 4) == (i == 3 ? 9u : 1008u));
    }
  }
}

BOOST_AUTO_TEST_CASE(udp_fragments_make_the_datagram_again) {
  for (bool v6 : {false, true}) {
    FrameSpec s;
    s.tcp = false;
    s.v6 = v6;
    s.payload = 5000;
    const auto frames = cut(s, kGsoUdp, 1480);
    BOOST_REQUIRE(frames.size() == 4u);  // 5008 bytes of UDP in pieces of 1480
    Bytes datagram;
    for (std::size_t i = 0; i < 4; ++i) {
      const Bytes& f = frames[i];
      const std::size_t at = s.l4() + (v6 ? 8 : 0);
      const unsigned field = v6 ? get16(f, s.l4() + 2) : get16(f, s.l3() + 6);
      const bool more = v6 ? field & 1 : field & 0x2000;
      const std::size_t offset = v6 ? field & ~7u : (field & 0x1fff) * 8;
      BOOST_TEST(more == (i != 3));
      BOOST_TEST(offset == datagram.size());
      if (v6) BOOST_TEST(f[s.l3() + 6] == 44);
      if (v6) BOOST_TEST(f[s.l4()] == 17);
      if (!v6) BOOST_TEST(ones_sum(f, s.l3(), s.l4()) == 0xffffu);
      datagram.insert(datagram.end(), f.begin() + static_cast<long>(at), f.end());
    }
    Bytes whole = make_frame(s);
    whole.resize(s.l4());
    whole.insert(whole.end(), datagram.begin(), datagram.end());
    BOOST_TEST(whole == make_frame(s));
  }
}

BOOST_AUTO_TEST_CASE(length_fields_of_large_packets_are_not_believed) {
  FrameSpec s;
  s.payload = 3000;
  Frame packet = with_pseudo_checksum(make_frame(s), s);
  put16(packet, 16, 0);
  std::vector<Frame> frames;
  BOOST_TEST((prepare_transmit(gso(s, kGsoTcpV4, 1448), packet, kAll, frames) ==
              TransmitResult::Segmented));
  BOOST_REQUIRE(frames.size() == 3u);
  for (const Bytes& f : frames) BOOST_TEST(checksums_right(f, s));
}

BOOST_AUTO_TEST_CASE(every_damaged_header_gives_an_answer) {
  for (bool v6 : {false, true})
    for (bool tcp : {false, true}) {
      FrameSpec s;
      s.v6 = v6;
      s.tcp = tcp;
      s.payload = 400;
      for (std::size_t at = 12; at < s.data(); ++at)
        for (unsigned value : {0u, 1u, 0x05u, 0x40u, 0xf0u, 0xffu})
          for (unsigned type : {1u, 3u, 4u, 5u}) {
            Frame packet = with_pseudo_checksum(make_frame(s), s);
            packet[at] = static_cast<std::uint8_t>(value);
            std::vector<Frame> frames;
            prepare_transmit(gso(s, type, 100), packet, kAll, frames);
            BOOST_REQUIRE(frames.size() <= 2048u);
          }
      for (std::size_t bytes = 0; bytes < s.data() + 1; ++bytes)
        for (unsigned type : {0u, 1u, 3u, 4u, 5u}) {
          Frame packet = make_frame(s);
          packet.resize(bytes);
          packet.shrink_to_fit();
          std::vector<Frame> frames;
          prepare_transmit(gso(s, type, 100), packet, kAll, frames);
        }
    }
  BOOST_TEST(true);  // that this is reached, under the sanitizers, is the test
}
