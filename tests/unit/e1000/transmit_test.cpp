// SPDX-License-Identifier: Apache-2.0
#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::e1000;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

SIM_TEST_CASE(a_frame_leaves_and_its_descriptor_returns) {
  Bench b;
  b.start_transmit();
  const Bytes frame = make_frame({});
  b.send(frame);
  BOOST_REQUIRE(b.wire.sent.size() == 1u);
  BOOST_TEST(b.wire.sent[0] == frame);
  BOOST_TEST(b.done(0));
  BOOST_TEST(b.get(Bench::kTdh) == 1u);
  BOOST_TEST((b.get(Bench::kIcr) & 3) == 3u, "TXDW, TXQE");
  BOOST_TEST(b.get(0x4080) == 1u, "GPTC");
  BOOST_TEST(b.count("tx", "requests") == 1u);
  BOOST_TEST(b.count("tx", "bytes") == frame.size());
}

SIM_TEST_CASE(without_report_status_nothing_is_written) {
  Bench b;
  b.start_transmit();
  b.send(make_frame({}), kEndOfPacket | kInsertFcs);
  BOOST_TEST(b.wire.sent.size() == 1u);
  BOOST_TEST(!b.done(0));
  BOOST_TEST((b.get(Bench::kIcr) & 3) == 2u, "TXQE only");
}

SIM_TEST_CASE(many_frames_go_around_the_ring) {
  Bench b;
  b.start_transmit();
  std::vector<Bytes> frames;
  for (unsigned i = 0; i < 200; ++i) {
    frames.push_back(frame_to(kStation, 60 + i, static_cast<std::uint8_t>(i)));
    b.queue(frames.back());
    if (i % 7 == 6) {
      b.kick();
      b.run(1);
    }
  }
  b.kick();
  b.run(1);
  BOOST_TEST(b.wire.sent == frames);
  BOOST_TEST(b.get(Bench::kTdh) == 200u % Bench::kRing);
}

SIM_TEST_CASE(one_packet_of_many_buffers) {
  Bench b;
  b.start_transmit();
  const Bytes frame = frame_to(kStation, 1514);
  for (std::size_t at = 0; at < frame.size(); at += 100) {
    const Bytes piece(frame.begin() + static_cast<long>(at),
                      frame.begin() + static_cast<long>(std::min(at + 100, frame.size())));
    b.queue(piece, at + 100 >= frame.size() ? Bench::kWhole : unsigned{kInsertFcs});
  }
  b.kick();
  b.run(1);
  BOOST_REQUIRE(b.wire.sent.size() == 1u);
  BOOST_TEST(b.wire.sent[0] == frame);
  BOOST_TEST(b.count("tx", "descriptors") == 16u);
}

SIM_TEST_CASE(a_packet_may_come_in_several_kicks) {
  Bench b;
  b.start_transmit();
  const Bytes frame = frame_to(kStation, 100);
  b.queue(Bytes(frame.begin(), frame.begin() + 50), kInsertFcs);
  b.kick();
  b.run(1);
  BOOST_TEST(b.wire.sent.empty());
  b.queue(Bytes(frame.begin() + 50, frame.end()));
  b.kick();
  b.run(1);
  BOOST_REQUIRE(b.wire.sent.size() == 1u);
  BOOST_TEST(b.wire.sent[0] == frame);
}

SIM_TEST_CASE(segmentation_through_the_rings) {
  Bench b;
  b.start_transmit();
  FrameSpec spec;
  spec.payload = 10000;
  Bytes whole = make_frame(spec);
  put16(whole, checksum_at(spec), pseudo(whole, spec, 0));
  put16(whole, spec.l3() + 10, 0);
  b.add(segment_context(spec, 1460));
  const std::uint64_t at = b.place(whole);
  b.add(data_descriptor(at, 54, kSegment | kInsertFcs, kIpChecksum | kTransportChecksum));
  b.add(data_descriptor(at + 54, 4096, kSegment | kInsertFcs, 0));
  b.add(data_descriptor(at + 54 + 4096, 10000 - 4096, kSegment | Bench::kWhole, 0));
  b.kick();
  b.run(1);
  BOOST_REQUIRE(b.wire.sent.size() == 7u);
  for (const Bytes& frame : b.wire.sent) BOOST_TEST(checksums_right(frame, spec));
  BOOST_TEST(b.done(3));
  BOOST_TEST(b.count("tx", "requests") == 1u);
  BOOST_TEST(b.count("tx", "frames") == 7u);
  BOOST_TEST(b.get(0x40f8) == 1u, "TSCTC");
  b.add(segment_context(spec, 0));
  b.add(data_descriptor(at, 5000, kSegment | Bench::kWhole, 0));
  b.kick();
  b.run(1);
  BOOST_TEST(b.done(5));
  BOOST_TEST(b.get(0x40fc) == 1u, "TSCTFC");
}

SIM_TEST_CASE(vlan_tags_need_the_mode) {
  Bench b;
  b.start_transmit();
  const Bytes frame = frame_to(kStation, 100);
  for (const bool on : {false, true}) {
    b.put(Bench::kCtrl, on ? 1u << 30 : 0);
    TransmitDescriptor d =
        legacy_descriptor(b.place(frame), frame.size(), Bench::kWhole | kInsertVlan);
    d.high |= std::uint64_t{0x123} << 48;
    b.add(d);
    b.kick();
    b.run(1);
  }
  BOOST_REQUIRE(b.wire.sent.size() == 2u);
  BOOST_TEST(b.wire.sent[0] == frame);
  BOOST_TEST(get32(b.wire.sent[1], 12) == 0x81000123u);
}

SIM_TEST_CASE(an_engine_that_is_off_does_nothing) {
  Bench b;
  b.start_transmit(0);
  b.send(make_frame({}));
  BOOST_TEST(b.wire.sent.empty());
  b.put(Bench::kTctl, 2);
  b.run(1);
  BOOST_TEST(b.wire.sent.size() == 1u, "switching it on is enough");
}

SIM_TEST_CASE(without_bus_mastership_nothing_is_read) {
  Bench b;
  b.start_transmit();
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable);
  b.send(make_frame({}));
  BOOST_TEST(b.wire.sent.empty());
  BOOST_TEST(b.get(Bench::kTdh) == 0u);
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  b.run(1);
  BOOST_TEST(b.wire.sent.size() == 1u);
}

SIM_TEST_CASE(a_buffer_that_is_nowhere_drops_its_packet_only) {
  Bench b;
  b.start_transmit();
  b.add(legacy_descriptor(0x10, 100, Bench::kWhole));
  b.queue(make_frame({}));
  b.kick();
  b.run(1);
  BOOST_TEST(b.wire.sent.size() == 1u);
  BOOST_TEST(b.done(0));
  BOOST_TEST(b.count("tx", "dropped") == 1u);
  BOOST_TEST(b.card.dma_errors.value() == 1u);
}

SIM_TEST_CASE(frames_come_back_in_loopback) {
  Bench b;
  b.start_transmit();
  b.start_receive(Bench::kRing - 1, 1u << 6);
  const Bytes frame = frame_to(kStation, 100);
  b.send(frame);
  BOOST_TEST(b.wire.sent.empty());
  const auto filled = b.take();
  BOOST_TEST(filled.length == 104u);
  // By the transceiver.
  b.put(Bench::kRctl, 0x8002);
  b.put(Bench::kMdic, 1u << 26 | 1u << 21 | 0x4140);
  b.send(frame);
  BOOST_TEST(b.wire.sent.empty());
  BOOST_TEST(b.take().length == 104u);
}

SIM_TEST_CASE(timed_accesses_give_the_same_frames) {
  Bench b("", "accuracy: timed\n");
  b.start_transmit();
  std::vector<Bytes> frames;
  for (unsigned i = 0; i < 50; ++i) {
    frames.push_back(frame_to(kStation, 60 + 20 * i));
    b.queue(frames.back());
  }
  b.kick();
  b.run(1);
  BOOST_TEST(b.wire.sent.size() < 50u, "it takes time");
  b.run(1000);
  BOOST_TEST(b.wire.sent == frames);
}

SIM_TEST_CASE(a_write_of_the_tail_takes_as_long_as_sending) {
  const auto write_takes = [](Bench& b, unsigned frames) {
    for (unsigned i = 0; i < frames; ++i) b.queue(frame_to(kStation, 60));
    b.kick();
    const sc_core::sc_time taken = b.guest.cpu.delay;
    b.run(1000);
    return taken;
  };
  const sc_core::sc_time each(7, sc_core::SC_US);
  Bench b("transmit_time: 7us", "accuracy: timed\n");
  b.start_transmit();
  const sc_core::sc_time none = write_takes(b, 0);
  BOOST_TEST((write_takes(b, 1) == none + each));
  BOOST_TEST((write_takes(b, 3) == none + each * 3));
  BOOST_TEST(b.wire.sent.size() == 4u);
  b.put(Bench::kTdt, 0xffff);
  BOOST_TEST((b.guest.cpu.delay == none), "a ring that is none has nothing to send");
}

SIM_TEST_CASE(functional_writes_of_the_tail_take_no_time) {
  Bench b("transmit_time: 7us");
  b.start_transmit();
  b.send(frame_to(kStation, 60));
  BOOST_TEST((b.guest.cpu.delay == sc_core::SC_ZERO_TIME));
}

SIM_TEST_CASE(behind_a_link_the_pin_follows_the_status) {
  Bench b("link: pcie-link", "accuracy: timed\n");
  b.start_transmit();
  b.start_receive();
  b.run(10);
  b.put(Bench::kIms, 1);
  b.queue(make_frame({}));
  b.kick();
  double waited = 0;
  while (!b.pin() && waited < 100) {
    BOOST_TEST(b.wire.sent.size() <= 1u);
    b.run(0.01);
    waited += 0.01;
  }
  BOOST_TEST(waited > 0.3, "descriptor, data and status pass the link");
  BOOST_TEST(waited < 20);
  BOOST_TEST(b.done(0));
  BOOST_TEST(b.wire.sent.size() == 1u);
  b.wire.arrive(frame_to(kStation, 500));
  b.run(20);
  BOOST_TEST(b.take().length == 504u);
}

SIM_TEST_CASE(a_reset_in_the_middle_of_an_access_ends_it) {
  Bench b("", "accuracy: timed\n");
  for (unsigned round = 0; round < 40; ++round) {
    b.tail = 0;
    b.start_transmit();
    for (unsigned i = 0; i < 10; ++i) b.queue(frame_to(kStation, 1000));
    b.kick();
    b.run(0.05 * round);
    b.put(Bench::kCtrl, 1u << 26);
    const std::size_t sent = b.wire.sent.size();
    b.run(100);
    BOOST_TEST(b.wire.sent.size() == sent, "nothing after the reset");
    BOOST_TEST(b.get(Bench::kTdh) == 0u);
  }
  b.tail = 0;
  b.start_transmit();
  b.send(make_frame({}));
  b.run(10);
  BOOST_TEST(b.wire.sent.back() == make_frame({}));
}
