// SPDX-License-Identifier: Apache-2.0
// Guests that write nonsense: nothing hangs, nothing is read or written out of bounds, and after a
// reset all is well.
#include <random>

#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::e1000;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

namespace {

/// A reset, and frames go both ways.
void check_alive(Bench& b) {
  b.put(Bench::kCtrl, 1u << 26);
  b.put(Bench::kMdic, 1u << 26 | 1u << 21 | 0x1140);
  b.run(10000);
  b.tail = b.head = 0;
  b.wire.sent.clear();
  b.start_transmit();
  b.start_receive();
  b.send(make_frame({}));
  b.run(20);
  BOOST_REQUIRE(b.wire.sent.size() == 1u);
  BOOST_TEST(b.wire.sent[0] == make_frame({}));
  b.arrive(frame_to(kStation, 321));
  b.run(20);
  BOOST_TEST(b.take().length == 325u);
}

}  // namespace

SIM_TEST_CASE(a_tail_beyond_the_ring_stops_the_engine) {
  Bench b;
  b.start_transmit();
  b.start_receive();
  b.put(Bench::kTdt, Bench::kRing);
  b.put(Bench::kRdt, 0xffff);
  b.arrive(frame_to(kStation));
  BOOST_TEST(b.get(Bench::kTdh) == 0u);
  BOOST_TEST(b.get(Bench::kRdh) == 0u);
  b.put(Bench::kTdh, Bench::kRing);
  b.put(Bench::kTdt, 1);
  b.run(1);
  BOOST_TEST(b.get(Bench::kTdh) == Bench::kRing);
  b.put(Bench::kTdlen, 0);
  b.put(Bench::kTdh, 0);
  b.put(Bench::kTdt, 0);
  b.run(1);
  check_alive(b);
}

SIM_TEST_CASE(rings_that_are_nowhere) {
  Bench b;
  for (const std::uint32_t high : {0u, 0xffffffffu}) {
    b.start_transmit();
    b.start_receive();
    b.put(Bench::kTdbah, high);
    b.put(Bench::kTdbal, 0xffffffff);
    b.put(Bench::kRdbah, high);
    b.put(Bench::kRdbal, 0xfffffff0);
    b.put(Bench::kTdt, 20);
    b.arrive(frame_to(kStation));
    BOOST_TEST(b.get(Bench::kTdh) == 0u);
    BOOST_TEST(b.get(Bench::kRdh) == 0u);
  }
  BOOST_TEST(b.card.dma_errors.value() >= 4u);
  check_alive(b);
}

SIM_TEST_CASE(the_largest_ring_of_the_largest_buffers_does_not_stop_the_world) {
  Bench b;
  // Every descriptor of a ring of 1 MiB is the same: a packet of a megabyte, to be segmented.
  FrameSpec spec;
  spec.payload = 1000;
  b.start_transmit();
  b.add(segment_context(spec, 16000));
  b.kick();
  b.run(1);
  b.put(Bench::kTdlen, 0xfff80);
  const TransmitDescriptor d =
      data_descriptor(Guest::kRam, 0xfffff, kSegment | Bench::kWhole, kTransportChecksum);
  Bytes ring;
  for (unsigned i = 0; i < 256; ++i)
    for (const std::uint64_t word : {d.low, d.high})
      for (unsigned k = 0; k < 8; ++k) ring.push_back(static_cast<std::uint8_t>(word >> 8 * k));
  const std::uint64_t base = Guest::kRam + 0x400000;
  for (std::uint64_t at = 0; at < 0xfff80; at += ring.size()) b.write(base + at, ring);
  b.put(Bench::kTdbal, static_cast<std::uint32_t>(base));
  b.put(Bench::kTdh, 0);
  b.put(Bench::kTdt, 0xfff7);
  const sc_core::sc_time before = sc_core::sc_time_stamp();
  b.run(20);
  BOOST_TEST((sc_core::sc_time_stamp() == before + sc_core::sc_time(20, sc_core::SC_US)),
             "time goes on");
  const std::uint32_t head = b.get(Bench::kTdh);
  BOOST_TEST(head > 20u);
  BOOST_TEST(head < 2000u);
  b.wire.sent.clear();
  check_alive(b);
}

SIM_TEST_CASE(descriptors_over_registers_and_over_themselves) {
  Bench b;
  b.start_transmit();
  b.start_receive();
  // Buffers in our own registers: the bridge gives peers access.
  b.add(legacy_descriptor(Bench::kRegisters, 2000, Bench::kWhole));
  b.add(legacy_descriptor(Bench::kRegisters + 0x1fff0, 2000, Bench::kWhole));
  // Frames land on the ring that describes them.
  for (unsigned i = 0; i < 8; ++i)
    b.guest.put<std::uint64_t>(Bench::kReceiveRing + i * 16, Bench::kReceiveRing);
  b.guest.put<std::uint64_t>(Bench::kReceiveRing + 8 * 16, Bench::kRegisters + 0x2800);
  b.kick();
  for (unsigned i = 0; i < 40; ++i) b.arrive(frame_to(kStation, 300, 0xff));
  check_alive(b);
}

namespace {

void random_descriptors(Bench& b, unsigned seed) {
  std::mt19937 random(seed);
  const FrameSpec spec;
  for (unsigned round = 0; round < 300; ++round) {
    b.tail = 0;
    b.start_transmit();
    b.put(Bench::kCtrl, random() & 1u << 30);
    for (unsigned i = 0; i < 40; ++i) {
      TransmitDescriptor d{Bench::kBuffers + random() % 4096,
                           static_cast<std::uint64_t>(random()) << 32 | random()};
      if (random() % 4 == 0) d = segment_context(spec, random() % 3000);
      if (random() % 8 == 0) d.low = static_cast<std::uint64_t>(random()) << 32 | random();
      if (random() % 4 == 0) d.high ^= std::uint64_t{1} << random() % 64;
      b.add(d);
    }
    b.kick();
    b.run(5);
    b.wire.sent.clear();
  }
  check_alive(b);
}

}  // namespace

SIM_TEST_CASE(random_descriptors_functional) {
  Bench b;
  random_descriptors(b, 4711);
}

SIM_TEST_CASE(random_descriptors_timed) {
  Bench b("", "accuracy: timed\n");
  random_descriptors(b, 4712);
}

namespace {

void random_registers(Bench& b, unsigned seed) {
  std::mt19937 random(seed);
  const unsigned interesting[] = {0x0,    0x10,   0x14,   0x20,   0x38,   0xc0,   0xc4,   0xc8,
                                  0xd0,   0xd8,   0x100,  0x400,  0x1000, 0x2800, 0x2804, 0x2808,
                                  0x2810, 0x2818, 0x2820, 0x282c, 0x3800, 0x3804, 0x3808, 0x3810,
                                  0x3818, 0x3820, 0x382c, 0x5000, 0x5200, 0x5400, 0x5404, 0x5600};
  b.start_transmit();
  b.start_receive();
  for (unsigned round = 0; round < 4000; ++round) {
    const unsigned offset = random() % 4 == 0 ? random() % 0x20000 & ~3u
                                              : interesting[random() % std::size(interesting)];
    std::uint32_t value = random();
    if (random() % 2) value &= 0xff;
    if (offset == 0x2800 || offset == 0x3800) value = Guest::kRam + (value & 0xffffff);
    if (offset == 0x2804 || offset == 0x3804) value = random() % 8 == 0 ? value : 0;
    if (offset == 0x100 || offset == 0x400) value |= 2;
    if (offset == 0 && random() % 8) value &= ~(1u << 26);
    switch (random() % 4) {
      case 0:
        b.get(offset);
        break;
      case 1:
        b.wire.arrive(frame_to(kStation, 14 + random() % 3000, static_cast<std::uint8_t>(value)));
        break;
      default:
        b.put(offset, value);
    }
    if (random() % 8 == 0) b.run(random() % 1000 / 100.0);
    if (b.wire.sent.size() > 1000) b.wire.sent.clear();
  }
}

}  // namespace

SIM_TEST_CASE(random_registers_functional) {
  Bench b;
  random_registers(b, 1);
  check_alive(b);
}

SIM_TEST_CASE(random_registers_timed) {
  Bench b("timers: chip", "accuracy: timed\n");
  random_registers(b, 2);
  check_alive(b);
}
