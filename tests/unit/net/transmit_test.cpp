// SPDX-License-Identifier: Apache-2.0
#include "net_bench.h"

using namespace ringside;
using namespace ringside::test;
using virtio::net::Header;

SIM_TEST_CASE(a_packet_is_sent_as_it_is) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const Bytes frame = make_frame({});
    BOOST_TEST(b.send({}, frame));
    BOOST_TEST(b.send({}, frame, 0, 5));   // framing is the driver's choice: cut in the header
    BOOST_TEST(b.send({}, frame, 0, 20));  // and in the packet
    BOOST_REQUIRE(b.wire.sent.size() == 3u);
    for (const Bytes& sent : b.wire.sent) BOOST_TEST(sent == frame);
  });
}

SIM_TEST_CASE(checksums_are_filled_in_only_when_asked_for) {
  SPEC("net.packet-transmission.2");
  SPEC("net.packet-transmission.9");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    for (bool v6 : {false, true})
      for (bool tcp : {false, true})
        for (std::size_t payload : {0u, 1u, 100u, 1451u}) {
          FrameSpec s;
          s.v6 = v6;
          s.tcp = tcp;
          s.payload = payload;
          Header h;
          h.flags = virtio::net::kNeedsCsum;
          h.csum_start = static_cast<std::uint16_t>(s.l4());
          h.csum_offset = tcp ? 16 : 6;
          b.wire.sent.clear();
          BOOST_TEST(b.send(h, with_pseudo_checksum(make_frame(s), s)));
          BOOST_REQUIRE(b.wire.sent.size() == 1u);
          BOOST_TEST(checksums_right(b.wire.sent[0], s));
          // Without the flag neither the fields are looked at, nor is the checksum touched.
          Bytes wrong = make_frame(s);
          wrong[checksum_at(s)] ^= 0x55;
          h.flags = 0;
          BOOST_TEST(b.send(h, wrong));
          h.csum_start = 0xffff;
          BOOST_TEST(b.send(h, wrong));
          BOOST_REQUIRE(b.wire.sent.size() == 3u);
          BOOST_TEST(b.wire.sent[1] == wrong);
          BOOST_TEST(b.wire.sent[2] == wrong);
        }
  });
}

SIM_TEST_CASE(unknown_flags_are_ignored) {
  SPEC("net.packet-transmission.1");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    Header h;
    h.flags = 0xf0 | virtio::net::kDataValid | virtio::net::kRscInfo;
    BOOST_TEST(b.send(h, make_frame({})));
    BOOST_REQUIRE(b.wire.sent.size() == 1u);
    BOOST_TEST(b.wire.sent[0] == make_frame({}));
  });
}

SIM_TEST_CASE(large_packets_leave_in_segments_whatever_hdr_len_says) {
  SPEC("net.packet-transmission.4");
  NetBench b;
  b.run([&] {
    for (bool hdrlen : {false, true}) {
      BOOST_REQUIRE(hdrlen ? b.start_with_all() : b.start_with_all({virtio::kNetGuestHdrlen}));
      FrameSpec s;
      s.payload = 4000;
      for (unsigned claimed : {0u, 1u, 54u, 100u, 65535u}) {
        Header h;
        h.flags = virtio::net::kNeedsCsum;
        h.gso_type = virtio::net::kGsoTcpV4;
        h.gso_size = 1448;
        h.hdr_len = static_cast<std::uint16_t>(claimed);
        h.csum_start = static_cast<std::uint16_t>(s.l4());
        h.csum_offset = 16;
        b.wire.sent.clear();
        BOOST_TEST(b.send(h, with_pseudo_checksum(make_frame(s), s)));
        BOOST_REQUIRE(b.wire.sent.size() == 3u);
        BOOST_TEST(b.wire.sent[0].size() == 54u + 1448u);
        BOOST_TEST(b.wire.sent[2].size() == 54u + 4000u - 2 * 1448u);
        for (const Bytes& sent : b.wire.sent) BOOST_TEST(checksums_right(sent, s));
      }
    }
  });
}

SIM_TEST_CASE(packets_that_contradict_themselves_are_dropped_and_used) {
  SPEC("net.packet-transmission.5");
  SPEC("net.packet-transmission.7");
  SPEC("net.packet-transmission.8");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    FrameSpec s;
    s.payload = 3000;
    const Bytes packet = with_pseudo_checksum(make_frame(s), s);
    Header good;
    good.flags = virtio::net::kNeedsCsum;
    good.gso_type = virtio::net::kGsoTcpV4;
    good.gso_size = 1448;
    good.csum_start = static_cast<std::uint16_t>(s.l4());
    good.csum_offset = 16;
    std::vector<Header> bad;
    const auto with = [&](auto change) {
      Header h = good;
      change(h);
      bad.push_back(h);
    };
    with([](Header& h) { h.gso_size = 0; });
    with([](Header& h) { h.gso_size = 1; });  // 3000 frames of one byte
    with([](Header& h) { h.flags = 0; });
    with([](Header& h) { h.gso_type = virtio::net::kGsoTcpV6; });
    with([](Header& h) { h.gso_type = virtio::net::kGsoUdp; });
    with([](Header& h) { h.gso_type = virtio::net::kGsoUdpL4; });
    with([](Header& h) { h.gso_type = 2; });
    with([](Header& h) { h.gso_type = 0x7f; });
    with([](Header& h) { h.gso_type |= virtio::net::kGsoTunnelV4; });
    with([](Header& h) { h.gso_type |= virtio::net::kGsoTunnelV6; });
    with([](Header& h) { h.gso_type |= virtio::net::kGsoTunnelV4 | virtio::net::kGsoTunnelV6; });
    with([](Header& h) { h.gso_type = virtio::net::kGsoTunnelV4; });
    with([](Header& h) { h.flags |= virtio::net::kUdpTunnelCsum; });
    with([](Header& h) { h.gso_type = 0, h.csum_start = 3054; });
    with([](Header& h) { h.gso_type = 0, h.csum_start = 65535; });
    with([](Header& h) { h.gso_type = 0, h.csum_start = 3000, h.csum_offset = 53; });
    with([](Header& h) { h.gso_type = 0, h.csum_offset = 65535; });
    for (const Header& h : bad) BOOST_TEST(b.send(h, packet));
    BOOST_TEST(b.wire.sent.empty());
    BOOST_TEST(b.device.tx_dropped.value() == bad.size());

    // Too short for a header, for an Ethernet header; too long for anything.
    for (std::size_t bytes : {1u, 11u, 12u, 25u}) BOOST_TEST(b.send_raw(Bytes(bytes)));
    BOOST_TEST(b.send({}, Bytes(virtio::net::kMaxPacket + 1)));
    BOOST_TEST(b.wire.sent.empty());
    BOOST_TEST(b.device.tx_dropped.value() == bad.size() + 5);
    // And it still works.
    BOOST_TEST(b.send(good, packet));
    BOOST_TEST(b.wire.sent.size() == 3u);
    BOOST_TEST((b.access.status() & 64) == 0);
  });
}

SIM_TEST_CASE(offloads_that_were_not_negotiated_are_refused) {
  NetBench b;
  b.run([&] {
    FrameSpec s;
    s.payload = 3000;
    const Bytes packet = with_pseudo_checksum(make_frame(s), s);
    Header h;
    h.flags = virtio::net::kNeedsCsum;
    h.csum_start = static_cast<std::uint16_t>(s.l4());
    h.csum_offset = 16;
    BOOST_REQUIRE(b.start({virtio::kVersion1}));
    BOOST_TEST(b.send(h, packet));
    h.gso_type = virtio::net::kGsoTcpV4;
    h.gso_size = 1448;
    BOOST_TEST(b.send(h, packet));
    BOOST_TEST(b.wire.sent.empty());
  });
}

SIM_TEST_CASE(packets_of_the_whole_mtu_are_sent_in_one_piece) {
  SPEC("net.device-configuration-layout.6");
  NetBench b("mtu: 9000");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const Bytes frame = frame_to(kStation, 9014);
    BOOST_TEST(b.send({}, frame));
    BOOST_REQUIRE(b.wire.sent.size() == 1u);
    BOOST_TEST(b.wire.sent[0] == frame);
  });
}

SIM_TEST_CASE(legacy_headers_are_two_bytes_shorter_without_mergeable_buffers) {
  NetBench b;
  b.access.use_legacy(true);
  b.run([&] {
    BOOST_REQUIRE(b.start({virtio::kNetMac}));
    BOOST_TEST(b.header_bytes() == 10u);
    BOOST_TEST(b.send({}, make_frame({})));
    BOOST_REQUIRE(b.wire.sent.size() == 1u);
    BOOST_TEST(b.wire.sent[0] == make_frame({}));
    b.post(2, 1600);
    b.wire.arrive(make_frame({}));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == make_frame({}));
    // Legacy drivers set the address in the configuration space.
    const std::uint8_t mac[] = {0x52, 0x54, 0, 7, 7, 7};
    b.device.write_config(0, mac, 6);
    BOOST_TEST(b.config(0, 6) == Bytes(mac, mac + 6));
    BOOST_REQUIRE(b.start({virtio::kNetMac, virtio::kNetMrgRxbuf}));
    BOOST_TEST(b.header_bytes() == 12u);
  });
}
