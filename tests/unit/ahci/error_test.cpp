// SPDX-License-Identifier: Apache-2.0
// What goes wrong: sectors, the medium, memory.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

SIM_TEST_CASE(sectors_that_do_not_exist) {
  Bench b;
  b.start();
  for (const auto& wrong :
       {Bench::dma(false, 2048, 1), Bench::dma(true, 2047, 2), Bench::dma(false, ~0ull >> 16, 1)}) {
    BOOST_TEST(!b.command(wrong));
    BOOST_TEST(b.port(Bench::kTfd) == 0x1051u);
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kTfes) == Bench::kTfes);
    BOOST_TEST(b.port(Bench::kCi) == 1u, "the command stays issued");
    b.restart();
    BOOST_TEST(b.port(Bench::kCi) == 0u);
  }
  BOOST_TEST(b.medium.writes == 0u);
  BOOST_TEST(b.count("port0", "failed") == 3u);
  BOOST_TEST(b.command(Bench::dma(false, 2047, 1)));
}

SIM_TEST_CASE(a_sector_that_cannot_be_read_is_named) {
  Bench b;
  b.start();
  b.medium.bad = 103 * 512;
  b.medium.bad_end = 104 * 512;
  BOOST_TEST(!b.command(Bench::dma(false, 100, 8)));
  BOOST_TEST(b.port(Bench::kTfd) == 0x4051u);
  const Bytes fis = b.read(Bench::kFis + 0x40, 20);
  BOOST_TEST(fis[2] == 0x51u);
  BOOST_TEST(fis[3] == 0x40u);
  BOOST_TEST(fis[4] == 103u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(false, 100, 3)));
  AtaCommand pio = Bench::dma(false, 102, 4);
  pio.command = Bench::kReadSectors;
  BOOST_TEST(!b.command(pio));
  BOOST_TEST(b.port(Bench::kTfd) == 0x4051u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(false, 104, 3)));
}

SIM_TEST_CASE(damage_is_healed_by_writing) {
  Bench b;
  b.start();
  b.call(b.disk.damage, "{sector: 10, count: 20}");
  BOOST_TEST(!b.command(Bench::dma(false, 0, 20)));
  BOOST_TEST(b.read(Bench::kFis + 0x44, 1)[0] == 10u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(true, 15, 5)));
  BOOST_TEST(b.command(Bench::dma(false, 15, 5)));
  BOOST_TEST(!b.command(Bench::dma(false, 15, 6)));
  BOOST_TEST(b.read(Bench::kFis + 0x44, 1)[0] == 20u);
  b.restart();
  BOOST_TEST(!b.command(Bench::dma(false, 14, 1)));
  b.restart();
  BOOST_TEST(b.command(Bench::dma(true, 0, 40)));
  BOOST_TEST(b.command(Bench::dma(false, 0, 40)));
}

SIM_TEST_CASE(a_medium_that_has_gone) {
  Bench b;
  b.start();
  b.medium.detached = true;
  BOOST_TEST(!b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.port(Bench::kTfd) == 0x4051u);
  b.restart();
  for (const auto& c : {Bench::dma(true, 0, 1), Bench::plain(Bench::kFlushExt)}) {
    BOOST_TEST(!b.command(c));
    BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
    b.restart();
  }
  b.medium.detached = false;
  BOOST_TEST(b.command(Bench::dma(true, 0, 1)));
  BOOST_TEST(b.disk.errors.value() == 3u);
}

SIM_TEST_CASE(a_medium_that_shrinks_under_the_command) {
  Bench b("", "service: {type: service, latency_in: 100us}", "accuracy: timed\n");
  b.start();
  b.issue(0, Bench::dma(false, 2000, 8));
  b.run(20);
  b.medium.data.resize(512 << 10);
  b.run(500);
  BOOST_TEST(b.port(Bench::kTfd) == 0x1051u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(false, 1023, 1), 500));
}

SIM_TEST_CASE(too_few_bytes_of_memory) {
  Bench b;
  b.start();
  for (const bool write : {false, true}) {
    AtaCommand c = Bench::dma(write, 0, 4);
    c.data = {{Bench::kData, 512}, {Bench::kData + 512, 512}};
    BOOST_TEST(!b.command(c));
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kOfs) == Bench::kOfs);
    b.com_reset();
    c.data.clear();
    BOOST_TEST(!b.command(c));
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kOfs) == Bench::kOfs);
    b.com_reset();
  }
  BOOST_TEST(b.medium.writes == 0u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 4)));
}

SIM_TEST_CASE(memory_that_is_not_there) {
  Bench b;
  b.start();
  const auto fatal = [&](const AtaCommand& c) {
    BOOST_TEST(!b.command(c));
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kHbfs) == Bench::kHbfs);
    b.com_reset();
  };
  fatal(Bench::dma(false, 0, 1, 0x7000'0000'0000));
  fatal(Bench::dma(true, 0, 1, 0x7000'0000'0000));
  fatal(Bench::queued(false, 0, 0, 1, ~0ull - 1));
  // The table, the list, and where frames go.
  b.fill(0, Bench::dma(false, 0, 1));
  b.guest.put32(Bench::kList + 12, 0x7000);
  b.set_port(Bench::kCi, 1);
  b.run(50);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kHbfs) == Bench::kHbfs);
  b.com_reset();
  b.set_port(Bench::kClbu, 0x7000);
  fatal(Bench::dma(false, 0, 1));
  b.set_port(Bench::kClbu, 0);
  b.set_port(Bench::kFbu, 0x7000);
  fatal(Bench::dma(false, 0, 1));
  b.set_port(Bench::kFbu, 0);
  b.com_reset();
  BOOST_TEST(b.hba.dma_errors.value() >= 6u);
  BOOST_TEST(b.count("port0", "fatal") >= 6u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(without_the_right_to_be_a_bus_master) {
  Bench b;
  b.start();
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable);
  BOOST_TEST(!b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kHbfs) == Bench::kHbfs);
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  b.com_reset();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(frames_that_are_none) {
  Bench b;
  b.start();
  const auto fatal = [&](unsigned at, std::uint8_t value) {
    b.fill(0, Bench::dma(false, 0, 1));
    b.guest.put8(Bench::kTables + at, value);
    b.set_port(Bench::kCi, 1);
    b.run(50);
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kIfs) == Bench::kIfs);
    b.com_reset();
  };
  fatal(0, 0x46);  // data
  fatal(1, 0x81);  // for a port multiplier
  for (const unsigned words : {0u, 1u, 17u, 31u}) {
    b.fill(0, Bench::dma(false, 0, 1));
    b.guest.put32(Bench::kList, words | 1u << 16);
    b.set_port(Bench::kCi, 1);
    b.run(50);
    BOOST_TEST((b.port(Bench::kPxIs) & Bench::kIfs) == Bench::kIfs);
    b.com_reset();
  }
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}
