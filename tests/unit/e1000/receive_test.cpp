// SPDX-License-Identifier: Apache-2.0
#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::e1000;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

namespace {

/// With its check sequence.
Bytes with_fcs(Bytes frame) {
  const std::uint32_t fcs = frame_check_sequence(frame.data(), frame.size());
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<std::uint8_t>(fcs >> 8 * i));
  return frame;
}

}  // namespace

SIM_TEST_CASE(a_frame_arrives) {
  Bench b;
  b.start_receive();
  const Bytes frame = frame_to(kStation, 200);
  b.arrive(frame);
  const auto filled = b.take();
  BOOST_TEST((filled.status & 3) == 3u);
  BOOST_TEST(filled.data == with_fcs(frame));
  BOOST_TEST((b.get(Bench::kIcr) & 0x80) == 0x80u);
  BOOST_TEST(b.get(Bench::kRdh) == 1u);
  BOOST_TEST(b.take().status == 0u);
  BOOST_TEST(b.count("rx", "requests") == 1u);
  BOOST_TEST(b.count("rx", "bytes") == 200u);
  BOOST_TEST(b.get(0x4074) == 1u, "GPRC");
}

SIM_TEST_CASE(the_check_sequence_can_be_stripped_and_short_frames_are_padded) {
  Bench b;
  b.start_receive(Bench::kRing - 1, 1u << 26);
  const Bytes frame = frame_to(kStation, 30);
  b.arrive(frame);
  Bytes padded = frame;
  padded.resize(60);
  BOOST_TEST(b.take().data == padded);
}

SIM_TEST_CASE(frames_for_others_are_passed_over) {
  Bench b;
  b.start_receive();
  b.arrive(frame_to({0x52, 0x54, 0, 9, 9, 9}));
  BOOST_TEST(b.take().status == 0u);
  BOOST_TEST(b.count("rx", "filtered") == 1u);
  b.arrive(frame_to(Bytes(6, 0xff)));
  BOOST_TEST((b.take().status & 1) == 1u);
  b.put(Bench::kRctl, b.get(Bench::kRctl) | 8);
  b.arrive(frame_to({0x52, 0x54, 0, 9, 9, 9}));
  BOOST_TEST((b.take().status & 1) == 1u);
  // By the hash of a group.
  b.put(Bench::kMta + 4 * (0xfb0 >> 5), 1u << (0xfb0 & 31));
  b.arrive(frame_to({0x01, 0x00, 0x5e, 0, 0, 0xfb}));
  BOOST_TEST((b.take().status & 0x81) == 0x81u, "inexact");
  BOOST_TEST(b.get(0x40d0) == 4u, "TPR counts all of them");
}

namespace {

/// A frame of 9000 bytes, in buffers of 2048 bytes, halved `code` times.
void check_long_frame(unsigned code) {
  Bench b;
  b.start_receive(Bench::kRing - 1, code << 16 | 1u << 5);
  const Bytes frame = frame_to(kStation, 9000);
  b.arrive(frame);
  const Bytes whole = with_fcs(frame);
  const std::size_t size = 2048u >> code;
  Bytes data;
  while (data.size() < whole.size()) {
    const auto filled = b.take();
    BOOST_REQUIRE((filled.status & 1) == 1u);
    BOOST_TEST(filled.length == std::min(size, whole.size() - data.size()));
    data.insert(data.end(), filled.data.begin(), filled.data.end());
    BOOST_TEST(((filled.status & 2) != 0) == (data.size() == whole.size()));
  }
  BOOST_TEST(data == whole);
}

}  // namespace

SIM_TEST_CASE(long_frames_take_several_descriptors) {
  check_long_frame(0);
}
SIM_TEST_CASE(long_frames_in_buffers_of_1024_bytes) {
  check_long_frame(1);
}
SIM_TEST_CASE(long_frames_in_buffers_of_256_bytes) {
  check_long_frame(3);
}

SIM_TEST_CASE(large_buffers) {
  Bench b;
  b.start_receive(1, 1u << 16 | 1u << 25 | 1u << 5);  // 16384
  b.arrive(frame_to(kStation, 16000));
  const auto filled = b.take();
  BOOST_TEST(filled.length == 16004u);
  BOOST_TEST((filled.status & 3) == 3u);
}

SIM_TEST_CASE(frames_that_are_too_long_are_dropped) {
  Bench b;
  b.start_receive();
  b.arrive(frame_to(kStation, 1518));
  BOOST_TEST((b.take().status & 1) == 1u);
  b.arrive(frame_to(kStation, 1519));
  BOOST_TEST(b.take().status == 0u);
  BOOST_TEST(b.get(0x40ac) == 1u, "ROC");
  b.put(Bench::kRctl, b.get(Bench::kRctl) | 1u << 5);
  b.arrive(frame_to(kStation, 1519));
  BOOST_TEST((b.take().status & 1) == 1u);
  b.arrive(frame_to(kStation, 16381));
  BOOST_TEST(b.get(0x40ac) == 1u);
}

SIM_TEST_CASE(frames_wait_for_descriptors) {
  Bench b;
  b.start_receive(2);
  for (unsigned i = 0; i < 5; ++i) b.arrive(frame_to(kStation, 60, static_cast<std::uint8_t>(i)));
  BOOST_TEST(b.get(Bench::kRdh) == 2u);
  BOOST_TEST(b.get(0x40a0) == 1u, "RNBC");
  b.put(Bench::kRdt, 10);
  b.run(1);
  for (unsigned i = 0; i < 5; ++i) BOOST_TEST(b.take().data.at(6) == i);
  BOOST_TEST(b.count("rx", "dropped") == 0u);
}

SIM_TEST_CASE(the_fifo_overflows) {
  Bench b("fifo: 3");
  b.start_receive(1);
  b.put(Bench::kIms, 0x40);
  for (unsigned i = 0; i < 10; ++i) b.arrive(frame_to(kStation));
  // One is in memory, one is on its way, three wait.
  BOOST_TEST(b.get(0x4010) == 5u, "MPC");
  BOOST_TEST(b.count("rx", "dropped") == 5u);
  BOOST_TEST((b.get(Bench::kIcr) & 0x40) == 0x40u, "RXO");
}

SIM_TEST_CASE(descriptors_without_a_buffer_are_passed_over) {
  Bench b;
  b.start_receive(8);
  b.guest.put<std::uint64_t>(Bench::kReceiveRing, 0);
  b.arrive(frame_to(kStation));
  const auto none = b.take();
  BOOST_TEST(none.status == 1u);
  BOOST_TEST(none.length == 0u);
  BOOST_TEST((b.take().status & 3) == 3u);
}

SIM_TEST_CASE(vlan_tags_are_taken_off_and_filtered) {
  Bench b;
  b.start_receive();
  FrameSpec spec;
  spec.vlan = true;
  Bytes tagged = make_frame(spec);
  b.arrive(tagged);
  auto filled = b.take();
  BOOST_TEST(filled.data == with_fcs(tagged));
  BOOST_TEST((filled.status & 8) == 0u);
  b.put(Bench::kCtrl, 1u << 30);
  b.arrive(tagged);
  filled = b.take();
  BOOST_TEST((filled.status & 8) == 8u);
  BOOST_TEST(filled.special == 5u);
  BOOST_TEST(filled.length == tagged.size());
  BOOST_TEST(get16(filled.data, 12) == 0x0800u);
  b.put(Bench::kRctl, b.get(Bench::kRctl) | 1u << 18);
  b.arrive(tagged);
  BOOST_TEST(b.take().status == 0u);
  b.put(Bench::kVfta, 1u << 5);
  b.arrive(tagged);
  BOOST_TEST((b.take().status & 9) == 9u);
  b.arrive(frame_to(kStation));
  BOOST_TEST((b.take().status & 9) == 1u, "without a tag");
}

SIM_TEST_CASE(checksums_are_reported_if_wanted) {
  Bench b;
  b.start_receive();
  b.put(Bench::kRxcsum, 0x300 | 14);
  const FrameSpec spec;
  Bytes frame = make_frame(spec);
  b.arrive(frame);
  auto filled = b.take();
  BOOST_TEST((filled.status & 0x64) == 0x60u);
  BOOST_TEST(filled.errors == 0u);
  BOOST_TEST(filled.checksum == (~ones_sum(filled.data, 14, filled.data.size()) & 0xffff));
  frame.back() ^= 1;
  b.arrive(frame);
  BOOST_TEST(b.take().errors == 0x20u);
  b.put(Bench::kRxcsum, 0);
  b.arrive(frame);
  filled = b.take();
  BOOST_TEST((filled.status & 0x60) == 0u);
  BOOST_TEST(filled.errors == 0u);
}

SIM_TEST_CASE(few_free_descriptors_are_told) {
  Bench b;
  b.start_receive(40, 1u << 8);  // a quarter: 16
  b.put(Bench::kIms, 0x10);
  for (unsigned i = 0; i < 23; ++i) b.arrive(frame_to(kStation));
  BOOST_TEST(!b.pin());
  b.arrive(frame_to(kStation));
  BOOST_TEST(b.pin());
}

SIM_TEST_CASE(a_receiver_that_is_off_hears_nothing) {
  Bench b;
  b.start_receive();
  b.put(Bench::kRctl, 0x8000);
  b.arrive(frame_to(kStation));
  b.put(Bench::kRctl, 0x8002);
  b.run(1);
  BOOST_TEST(b.take().status == 0u);
}

SIM_TEST_CASE(timed_accesses_give_the_same_memory) {
  Bench b("", "accuracy: timed\n");
  b.start_receive();
  std::vector<Bytes> frames;
  for (unsigned i = 0; i < 30; ++i) {
    frames.push_back(frame_to(kStation, 100 + 10 * i, static_cast<std::uint8_t>(i)));
    b.wire.arrive(frames.back());
  }
  b.run(1000);
  for (const Bytes& frame : frames) BOOST_TEST(b.take().data == with_fcs(frame));
}

SIM_TEST_CASE(switching_off_in_the_middle_of_an_access_ends_it) {
  Bench b("", "accuracy: timed\n");
  for (unsigned round = 0; round < 40; ++round) {
    b.head = 0;
    b.start_receive();
    for (unsigned i = 0; i < 10; ++i) b.wire.arrive(frame_to(kStation, 1000));
    b.run(0.05 * round);
    b.put(Bench::kRctl, 0);
    const std::uint32_t head = b.get(Bench::kRdh);
    b.run(100);
    BOOST_TEST(b.get(Bench::kRdh) == head);
  }
  b.head = 0;
  b.start_receive();
  b.wire.arrive(frame_to(kStation, 77));
  b.run(10);
  BOOST_TEST(b.take().length == 81u, "nothing is left of the others");
}
