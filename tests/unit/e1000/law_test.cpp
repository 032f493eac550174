// SPDX-License-Identifier: Apache-2.0
// What leaves a guest for each packet and each interrupt, with a driver that does what Linux' does.
#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::e1000;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

namespace {

/// The interrupt handler and the poll that follows.
struct Driver {
  static constexpr std::uint32_t kEnabled = 0x9d;  // RXT0, RXDMT0, RXSEQ, LSC, TXDW
  Bench& b;
  unsigned interrupts = 0;

  void start() {
    b.start_transmit();
    b.start_receive();
    b.put(Bench::kIms, kEnabled);
    b.run(1000);
    b.card.clear_stats();
  }
  void serve() {
    ++interrupts;
    b.get(Bench::kIcr);
    b.put(Bench::kImc, ~0u);
    b.get(Bench::kStatus);
    while (b.take().status & 1) {
    }
    b.put(Bench::kIms, kEnabled);
    b.get(Bench::kStatus);
  }
  void run(double microseconds, double step = 1) {
    for (double done = 0; done < microseconds; done += step) {
      b.run(step);
      if (b.pin()) serve();
    }
  }
  void check_accesses() {
    BOOST_TEST(b.count("registers", "icr_reads") == interrupts);
    BOOST_TEST(b.count("registers", "status_reads") == 2 * interrupts);
    BOOST_TEST(b.count("registers", "imc_writes") == interrupts);
    BOOST_TEST(b.count("registers", "ims_writes") == interrupts);
    BOOST_TEST(b.count("registers", "other_reads") == 0u);
    BOOST_TEST(b.count("registers", "other_writes") == 0u);
    BOOST_TEST(b.card.intx_assertions.value() == interrupts);
  }
};

}  // namespace

SIM_TEST_CASE(without_mitigation_each_packet_has_its_interrupt) {
  Bench b("mitigation: false");
  Driver driver{b};
  driver.start();
  for (unsigned i = 0; i < 100; ++i) {
    b.send(frame_to(kStation, 64), Bench::kWhole | kDelayInterrupt);
    driver.run(9);
  }
  BOOST_TEST(driver.interrupts == 100u);
  BOOST_TEST(b.count("registers", "tdt_writes") == 100u);
  BOOST_TEST(b.count("tx", "interrupts") == 100u);
  driver.check_accesses();
}

SIM_TEST_CASE(paced_packets_have_their_interrupts_with_mitigation_too) {
  Bench b;
  b.put(Bench::kItr, 195);
  b.put(Bench::kTadv, 32);
  b.put(Bench::kTidv, 8);
  Driver driver{b};
  driver.start();
  for (unsigned i = 0; i < 50; ++i) {
    b.send(frame_to(kStation, 64), Bench::kWhole | kDelayInterrupt);
    driver.run(499);
  }
  BOOST_TEST(driver.interrupts == 50u);
  driver.check_accesses();
}

SIM_TEST_CASE(streaming_packets_share_interrupts) {
  Bench b;
  Driver driver{b};
  driver.start();
  for (unsigned i = 0; i < 1000; ++i) {
    b.send(frame_to(kStation, 64), Bench::kWhole | kDelayInterrupt);
    driver.run(9);
  }
  // 10 ms in windows of 128 us.
  BOOST_TEST(driver.interrupts >= 75u);
  BOOST_TEST(driver.interrupts <= 79u);
  BOOST_TEST(b.count("registers", "tdt_writes") == 1000u);
  driver.check_accesses();
}

SIM_TEST_CASE(the_chips_own_timers) {
  Bench b("timers: chip");
  b.put(Bench::kItr, 195);
  b.put(Bench::kTadv, 32);
  b.put(Bench::kTidv, 8);
  Driver driver{b};
  driver.start();
  b.send(frame_to(kStation, 64), Bench::kWhole | kDelayInterrupt);
  b.run(6);
  BOOST_TEST(!b.pin(), "TIDV: 8.2 us");
  b.run(2);
  BOOST_TEST(b.pin());
  driver.run(200);
  // Without a pause of 8 us TADV decides (32.8 us), but ITR allows one in 49.9 us.
  for (unsigned i = 0; i < 1000; ++i) {
    b.send(frame_to(kStation, 64), Bench::kWhole | kDelayInterrupt);
    driver.run(4);
  }
  BOOST_TEST(driver.interrupts >= 96u);
  BOOST_TEST(driver.interrupts <= 102u);
  driver.check_accesses();
}

SIM_TEST_CASE(received_frames_share_windows) {
  Bench b;
  Driver driver{b};
  driver.start();
  for (unsigned i = 0; i < 200; ++i) {
    b.wire.arrive(frame_to(kStation, 64));
    driver.run(10);
    b.put(Bench::kRdt, (b.head + Bench::kRing - 1) % Bench::kRing);
  }
  // 2 ms in windows of 128 us.
  BOOST_TEST(driver.interrupts >= 15u);
  BOOST_TEST(driver.interrupts <= 17u);
  BOOST_TEST(b.count("rx", "requests") == 200u);
  BOOST_TEST(b.count("rx", "interrupts") == driver.interrupts);
  driver.check_accesses();
}
