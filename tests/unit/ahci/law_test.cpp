// SPDX-License-Identifier: Apache-2.0
// What leaves a guest for each command and each interrupt, with a driver that does what Linux'
// does.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {

/// Submission and interrupt handler. Each command has a buffer of its own, which is checked.
struct Driver {
  Bench& b;
  unsigned interrupts = 0;
  unsigned commands = 0;
  std::uint32_t active = 0;
  std::size_t seen = 0;
  std::uint64_t sector[32] = {};

  void start() {
    b.start();
    b.enable_msi();
    b.hba.clear_stats();
  }
  void submit(unsigned slot) {
    sector[slot] = commands * 8 % 2000;
    b.write(Bench::kData + slot * 4096, Bytes(4096));
    b.issue(slot, Bench::queued(false, slot, sector[slot], 8, Bench::kData + slot * 4096));
    active |= 1u << slot;
    ++commands;
  }
  void handle() {
    ++interrupts;
    const std::uint32_t ports = b.get(Bench::kIs);
    const std::uint32_t status = b.port(Bench::kPxIs);
    b.set_port(Bench::kPxIs, status);
    const std::uint32_t left = b.port(Bench::kSact);
    for (unsigned slot = 0; slot < 32; ++slot)
      if ((active & ~left) >> slot & 1)
        BOOST_TEST(b.read(Bench::kData + slot * 4096, 4096) ==
                   b.on_medium(sector[slot] * 512, 4096));
    active &= left;
    b.put(Bench::kIs, ports);
  }
  /// Lets time pass, and takes interrupts.
  void run(double microseconds) {
    for (double done = 0; done < microseconds; done += 1) {
      b.run(1);
      if (b.messages.messages.size() == seen) continue;
      seen = b.messages.messages.size();
      handle();
    }
  }
  void check() {
    BOOST_TEST(active == 0u);
    BOOST_TEST(b.count("port0", "requests") == commands);
    BOOST_TEST(b.count("registers", "pxsact_writes") == commands);
    BOOST_TEST(b.count("registers", "pxci_writes") == commands);
    BOOST_TEST(b.count("registers", "is_reads") == interrupts);
    BOOST_TEST(b.count("registers", "pxis_reads") == interrupts);
    BOOST_TEST(b.count("registers", "pxsact_reads") == interrupts);
    BOOST_TEST(b.count("registers", "pxis_writes") == interrupts);
    BOOST_TEST(b.count("registers", "is_writes") == interrupts);
    BOOST_TEST(b.count("registers", "pxci_reads") == 0u);
    BOOST_TEST(b.count("registers", "other_reads") == 0u);
    BOOST_TEST(b.count("registers", "other_writes") == 0u);
    BOOST_TEST(b.hba.msi_messages.value() == interrupts);
  }
};

void one_by_one(Bench& b) {
  Driver driver{b};
  driver.start();
  for (unsigned i = 0; i < 200; ++i) {
    driver.submit(i % 32);
    for (unsigned us = 0; driver.active != 0 && us < 1000; ++us) driver.run(1);
  }
  BOOST_TEST(driver.interrupts == 200u);
  driver.check();
}

}  // namespace

SIM_TEST_CASE(at_depth_1_each_command_has_its_interrupt) {
  Bench b;
  one_by_one(b);
}

SIM_TEST_CASE(the_same_in_time) {
  Bench b("wire_time: true", "service: ssd", "accuracy: timed\n");
  one_by_one(b);
}

SIM_TEST_CASE(interrupts_are_shared_at_depth_32) {
  Bench b("", "service: {type: service, channels: 32, latency_in: 50us}", "accuracy: timed\n");
  Driver driver{b};
  driver.start();
  while (driver.commands < 640) {
    for (unsigned slot = 0; slot < 32; ++slot)
      if (!(driver.active >> slot & 1)) driver.submit(slot);
    driver.run(1);
  }
  driver.run(1000);
  BOOST_TEST(driver.interrupts < 640u);
  BOOST_TEST(driver.interrupts >= 20u);
  driver.check();
}
