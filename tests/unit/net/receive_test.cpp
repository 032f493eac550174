// SPDX-License-Identifier: Apache-2.0
#include "net_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(a_frame_is_received_with_a_plain_header) {
  SPEC("net.setting-up-receive-buffers.1");
  SPEC("net.setting-up-receive-buffers.2");
  SPEC("net.processing-of-incoming-packets.1");
  SPEC("net.processing-of-incoming-packets.5");
  SPEC("net.processing-of-incoming-packets.6");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac}));
    b.post(4, 1600);
    b.wire.arrive(make_frame({}));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == make_frame({}));
    BOOST_TEST(r.header.flags == 0);
    BOOST_TEST(r.header.gso_type == 0);
    BOOST_TEST(r.header.num_buffers == 1);
  });
}

SIM_TEST_CASE(waiting_for_the_network_is_no_delay_of_the_notification) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac}));
    b.post(4, 1600);
    sc_core::wait(5, sc_core::SC_MS);
    b.wire.arrive(make_frame({}));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    const Virtqueue& queue = b.device.queue(0);
    BOOST_TEST(queue.kick_time.count() > 0u);
    BOOST_TEST(queue.kick_time.max() < 1000000u);
  });
}

SIM_TEST_CASE(packets_are_spread_over_mergeable_buffers) {
  SPEC("net.processing-of-incoming-packets.2");
  SPEC("net.processing-of-incoming-packets.3");
  SPEC("net.processing-of-incoming-packets.4");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));
    FrameSpec s;
    s.payload = 1000;
    const Bytes frame = make_frame(s);
    b.post(3, 400);
    b.wire.arrive(frame);
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == frame);  // which needs all but the last buffer to be full
    BOOST_TEST(r.header.num_buffers == 3);
    BOOST_TEST(b.last_written == frame.size() + 12 - 800);

    // Two buffers are not enough: nothing is used until the third is there.
    b.post(2, 400);
    b.wire.arrive(frame);
    settle();
    BOOST_TEST(!b.driver.queue(0).used_waiting());
    b.post(1, 400);
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == frame);
  });
}

SIM_TEST_CASE(a_buffer_that_is_too_small_drops_the_packet_and_stays) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac}));
    FrameSpec small;
    small.payload = 10;
    FrameSpec big;
    big.payload = 1000;
    b.post(1, 200);
    b.wire.arrive(make_frame(big));
    b.wire.arrive(make_frame(small));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == make_frame(small));
    BOOST_TEST(b.device.rx_dropped.value() == 1u);
  });
}

SIM_TEST_CASE(a_ring_full_of_tiny_buffers_does_not_stop_the_device) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));
    b.post(NetBench::kSize, 12);
    FrameSpec big;
    big.payload = 1400;
    b.wire.arrive(make_frame(big));
    settle();
    BOOST_TEST(b.device.rx_dropped.value() == 1u);
    FrameSpec small;
    small.payload = 10;
    b.wire.arrive(make_frame(small));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == make_frame(small));
  });
}

SIM_TEST_CASE(a_buffer_without_room_for_the_header_breaks_the_device) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));
    b.post(2, 11);
    b.wire.arrive(make_frame({}));
    settle();
    BOOST_TEST((b.access.status() & 64) == 64);
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));  // and reset mends it
    b.post(2, 1600);
    b.wire.arrive(make_frame({}));
    settle();
    Received r;
    BOOST_TEST(b.receive(r));
  });
}

SIM_TEST_CASE(frames_wait_in_a_bounded_fifo) {
  NetBench b("fifo: 8");
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac}));
    for (unsigned i = 0; i < 20; ++i) b.wire.arrive(frame_to(kStation, 60 + i));
    settle();
    BOOST_TEST(b.device.rx_dropped.value() >= 11u);  // one may be in hand
    b.post(20, 1600);
    const auto got = b.receive_all();
    BOOST_TEST(got.size() + b.device.rx_dropped.value() == 20u);
    BOOST_TEST(got.at(0).frame.size() == 60u);
  });
}

SIM_TEST_CASE(checksums_are_verified_if_the_driver_wants_that) {
  SPEC("net.processing-of-incoming-packets.30");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetGuestCsum}));
    b.post(8, 1600);
    const Bytes good = make_frame({});
    Bytes bad = good;
    bad[60] ^= 1;
    Bytes other = frame_to(kStation);
    for (const Bytes& f : {good, bad, other}) b.wire.arrive(f);
    settle();
    const auto got = b.receive_all();
    BOOST_REQUIRE(got.size() == 3u);
    BOOST_TEST(got[0].header.flags == net::kDataValid);
    BOOST_TEST(got[1].header.flags == 0);
    BOOST_TEST(got[1].frame == bad);
    BOOST_TEST(got[2].header.flags == 0);
  });
}

namespace {

/// Three full segments and a rest, of one flow.
std::vector<Bytes> burst(FrameSpec s, unsigned last_flags = 0x18) {
  std::vector<Bytes> frames;
  for (unsigned i = 0; i < 4; ++i) {
    s.payload = i == 3 ? 77 : 1000;
    s.flags = i == 3 ? last_flags : 0x10;
    frames.push_back(make_frame(s));
    s.sequence += 1000;
    ++s.id;
  }
  return frames;
}

std::vector<Received> after_burst(NetBench& b, const FrameSpec& s) {
  b.post(8, 8000);
  for (const Bytes& f : burst(s)) b.wire.arrive(f);
  settle();
  return b.receive_all();
}

}  // namespace

SIM_TEST_CASE(segments_of_a_flow_become_one_packet) {
  SPEC("net.processing-of-incoming-packets.15");
  SPEC("net.processing-of-incoming-packets.16");
  SPEC("net.processing-of-incoming-packets.17");
  SPEC("net.processing-of-incoming-packets.18");
  SPEC("net.processing-of-incoming-packets.25");
  SPEC("net.processing-of-incoming-packets.26");
  SPEC("net.processing-of-incoming-packets.28");
  SPEC("net.processing-of-incoming-packets.29");
  NetBench b;
  b.run([&] {
    for (bool v6 : {false, true}) {
      BOOST_REQUIRE(b.start_with_all());
      FrameSpec s;
      s.v6 = v6;
      const auto got = after_burst(b, s);
      BOOST_REQUIRE(got.size() == 1u);
      const net::Header& h = got[0].header;
      BOOST_TEST(h.gso_type == (v6 ? net::kGsoTcpV6 : net::kGsoTcpV4));
      BOOST_TEST(h.gso_size == 1000);
      BOOST_TEST(h.flags == net::kNeedsCsum);
      BOOST_TEST(h.hdr_len >= s.data());
      BOOST_TEST(h.csum_start == s.l4());
      BOOST_TEST(h.csum_offset == 16);
      Bytes packet = got[0].frame;
      BOOST_REQUIRE(packet.size() == s.data() + 3077);
      // The field holds the pseudo header's sum, and completing it as told gives a right packet.
      BOOST_TEST(get16(packet, checksum_at(s)) == pseudo(packet, s, packet.size() - s.l4()));
      put16(packet, checksum_at(s), ~ones_sum(packet, s.l4(), packet.size()) & 0xffff);
      BOOST_TEST(checksums_right(packet, s));
      const auto frames = burst(s);
      for (unsigned i = 0; i < 4; ++i)
        BOOST_TEST(std::equal(frames[i].begin() + static_cast<long>(s.data()), frames[i].end(),
                              packet.begin() + static_cast<long>(s.data() + 1000 * i)));
    }
  });
}

SIM_TEST_CASE(nothing_is_coalesced_that_was_not_negotiated) {
  SPEC("net.processing-of-incoming-packets.7");
  SPEC("net.processing-of-incoming-packets.8");
  SPEC("net.processing-of-incoming-packets.9");
  SPEC("net.processing-of-incoming-packets.10");
  SPEC("net.processing-of-incoming-packets.24");
  NetBench b;
  b.run([&] {
    const std::vector<unsigned> guest{kNetGuestTso4, kNetGuestTso6, kNetGuestEcn,
                                      kNetGuestUfo,  kNetGuestUso4, kNetGuestUso6};
    for (bool tcp : {true, false})
      for (bool v6 : {false, true}) {
        const unsigned own = tcp  ? v6 ? kNetGuestTso6 : kNetGuestTso4
                             : v6 ? kNetGuestUso6
                                  : kNetGuestUso4;
        for (bool only_own_missing : {true, false}) {
          Driver::Bits bits{kVersion1, kNetMac, kNetGuestCsum, kNetMrgRxbuf};
          for (unsigned bit : guest)
            if (only_own_missing && bit != own && bit != kNetGuestEcn) bits.push_back(bit);
          BOOST_REQUIRE(b.start(bits));
          FrameSpec s;
          s.tcp = tcp;
          s.v6 = v6;
          const auto got = after_burst(b, s);
          BOOST_TEST(got.size() == 4u);
          for (const Received& r : got) {
            BOOST_TEST(r.header.gso_type == net::kGsoNone);
            BOOST_TEST(r.header.flags == net::kDataValid);
          }
        }
      }
  });
}

SIM_TEST_CASE(packets_in_tunnels_are_passed_on_one_by_one) {
  SPEC("net.processing-of-incoming-packets.11");
  SPEC("net.processing-of-incoming-packets.12");
  SPEC("net.processing-of-incoming-packets.19");
  SPEC("net.processing-of-incoming-packets.23");
  SPEC("net.processing-of-incoming-packets.35");
  SPEC("net.processing-of-incoming-packets.38");
  NetBench b;
  b.run([&] {
    for (unsigned port : {4754u, 4789u, 4790u, 6081u}) {
      BOOST_REQUIRE(b.start_with_all());
      b.post(8, 8000);
      FrameSpec s;
      s.tcp = false;
      s.destination_port = port;
      for (int i = 0; i < 4; ++i) b.wire.arrive(make_frame(s));
      settle();
      const auto got = b.receive_all();
      BOOST_TEST(got.size() == 4u);
      for (const Received& r : got) {
        BOOST_TEST(r.header.gso_type == net::kGsoNone);
        BOOST_TEST(r.header.flags == net::kDataValid);  // neither tunnel nor security flags
        BOOST_TEST(r.frame == make_frame(s));
      }
    }
  });
}

SIM_TEST_CASE(the_driver_can_switch_coalescing_off_and_on) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(b.ack(5, 0, Fields().le64(0)) == 0);
    auto got = after_burst(b, {});
    BOOST_TEST(got.size() == 4u);
    for (const Received& r : got) BOOST_TEST(r.header.flags == 0);
    BOOST_TEST(b.ack(5, 0, Fields().le64(1u << kNetGuestCsum | 1u << kNetGuestTso4)) == 0);
    FrameSpec s;
    s.sequence = 5000;
    BOOST_TEST(after_burst(b, s).size() == 1u);
    // What was not negotiated can't be enabled; short and unknown commands are errors.
    BOOST_TEST(b.ack(5, 0, Fields().le64(1u << kNetGuestCsum | 1ull << 46)) == 1);
    BOOST_TEST(b.ack(5, 0, Fields().le32(0)) == 1);
    BOOST_TEST(b.ack(5, 1, Fields().le64(0)) == 1);
  });
}

SIM_TEST_CASE(congestion_marks_are_passed_on_only_if_negotiated) {
  SPEC("net.processing-of-incoming-packets.13");
  SPEC("net.processing-of-incoming-packets.14");
  NetBench b;
  b.run([&] {
    for (bool ecn : {true, false}) {
      BOOST_REQUIRE(ecn ? b.start_with_all() : b.start_with_all({kNetGuestEcn}));
      b.post(8, 8000);
      FrameSpec s;
      s.flags = 0x90;  // CWR, ACK
      b.wire.arrive(make_frame(s));
      s.flags = 0x10;
      s.sequence += 100;
      b.wire.arrive(make_frame(s));
      settle();
      const auto got = b.receive_all();
      BOOST_TEST(got.size() == (ecn ? 1u : 2u));
      BOOST_TEST(got.at(0).header.gso_type == (ecn ? net::kGsoTcpV4 | net::kGsoEcn : 0));
    }
  });
}

SIM_TEST_CASE(coalesced_segments_are_counted_with_rsc_ext) {
  SPEC("net.processing-of-incoming-packets.27");
  NetBench b("rsc_ext: true");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const auto got = after_burst(b, {});
    BOOST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got[0].header.flags == (net::kNeedsCsum | net::kRscInfo));
    BOOST_TEST(got[0].header.csum_start == 4);
    BOOST_TEST(got[0].header.csum_offset == 0);
  });
}

SIM_TEST_CASE(frames_beyond_the_mtu_do_not_reach_the_driver) {
  SPEC("net.device-configuration-layout.4");
  SPEC("net.device-configuration-layout.5");
  NetBench b("mtu: 1300");
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMtu}));
    b.post(4, 4000);
    b.wire.arrive(frame_to(kStation, 1315));
    b.wire.arrive(frame_to(kStation, 1314));
    settle();
    const auto got = b.receive_all();
    BOOST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got[0].frame.size() == 1314u);
    BOOST_TEST(le(b.config(10, 2), 0, 2) == 1300u);  // as it was
    BOOST_REQUIRE(b.start({kVersion1, kNetMac}));    // not negotiated: no limit
    b.post(4, 4000);
    b.wire.arrive(frame_to(kStation, 1315));
    settle();
    BOOST_TEST(b.receive_all().size() == 1u);
  });
}

SIM_TEST_CASE(reset_in_the_middle_of_slow_memory_is_clean) {
  NetBench b;
  b.memory.latency = sc_core::sc_time(3, sc_core::SC_US);
  b.run([&] {
    for (unsigned round = 0; round < 40; ++round) {
      BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));
      b.post(8, 300);
      for (unsigned i = 0; i < 4; ++i) b.wire.arrive(make_frame({}));
      settle(round);  // wherever that hits
    }
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetMrgRxbuf}));
    b.post(8, 300);
    b.wire.arrive(make_frame({}));
    settle(200);
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.frame == make_frame({}));
  });
}
