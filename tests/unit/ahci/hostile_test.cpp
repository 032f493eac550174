// SPDX-License-Identifier: Apache-2.0
// Guests that write nonsense: nothing hangs, nothing is read or written out of bounds, and after a
// reset all is well.
#include <random>

#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {

/// A reset of the adapter, and data come and go.
void check_alive(Bench& b) {
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  b.put(Bench::kGhc, 0x80000001);
  b.set_port(Bench::kSctl, 0x301);
  b.run(10);
  b.set_port(Bench::kSctl, 0x300);
  b.start();
  BOOST_TEST(b.port(Bench::kSig) == 0x101u);
  b.write(Bench::kData, pattern(4096, 77));
  BOOST_REQUIRE(b.command(Bench::dma(true, 64, 8), 1000));
  b.issue(3, Bench::queued(false, 3, 64, 8, Bench::kData + 4096));
  b.run(1000);
  BOOST_TEST(b.port(Bench::kSact) == 0u);
  BOOST_TEST(b.read(Bench::kData + 4096, 4096) == pattern(4096, 77));
}

}  // namespace

SIM_TEST_CASE(the_largest_table_of_the_smallest_pieces_does_not_stop_the_world) {
  Bench b;
  b.start();
  AtaCommand c = Bench::dma(false, 0, 1024);
  c.data.clear();
  b.fill(0, c);
  // 65535 descriptors of two bytes, all the same; more of them than there is data.
  b.guest.put32(Bench::kList, 5u | 0xffffu << 16);
  const std::uint64_t table = Guest::kRam + 0x400000;
  Bytes fis = b.read(Bench::kTables, 20);
  b.write(table, fis);
  Bytes descriptors;
  for (unsigned i = 0; i < 4096; ++i) {
    const std::uint64_t words[2] = {Bench::kData, 1ull << 32};
    for (const std::uint64_t word : words)
      for (unsigned k = 0; k < 8; ++k)
        descriptors.push_back(static_cast<std::uint8_t>(word >> 8 * k));
  }
  for (unsigned i = 0; i < 16; ++i) b.write(table + 0x80 + i * descriptors.size(), descriptors);
  b.guest.put32(Bench::kList + 8, static_cast<std::uint32_t>(table));
  const sc_core::sc_time before = sc_core::sc_time_stamp();
  b.set_port(Bench::kCi, 1);
  b.run(2);
  BOOST_TEST((sc_core::sc_time_stamp() == before + sc_core::sc_time(2, sc_core::SC_US)));
  BOOST_TEST(b.port(Bench::kCi) == 1u, "time goes on meanwhile");
  b.run(500);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kOfs) == Bench::kOfs, "131070 bytes are too few");
  check_alive(b);
}

SIM_TEST_CASE(lists_tables_and_frames_over_each_other_and_over_registers) {
  Bench b;
  b.start();
  // Data over the command list, the table, the received frames, and our own registers.
  for (const std::uint64_t at :
       {Bench::kList, Bench::kTables, Bench::kFis, Bench::kRegisters, Bench::kRegisters + 0x100}) {
    b.command(Bench::dma(false, 0, 8, at), 100);
    b.command(Bench::dma(true, 8, 8, at), 100);
    b.command(Bench::queued(false, 0, 0, 8, at), 100);
    b.run(100);
    check_alive(b);
  }
  // Frames are received over registers.
  b.set_port(Bench::kCmd, 0);
  b.set_port(Bench::kFb, Bench::kRegisters + 0x100);
  b.set_port(Bench::kCmd, Bench::kFre | Bench::kSt);
  b.command(Bench::dma(false, 0, 1), 100);
  check_alive(b);
}

SIM_TEST_CASE(odd_accesses_to_registers) {
  Bench b;
  b.start();
  for (unsigned offset = 0; offset < 0x300; ++offset) {
    b.guest.get8(Bench::kRegisters + offset);
    b.guest.get16(Bench::kRegisters + offset);
    b.guest.get<std::uint64_t>(Bench::kRegisters + offset);
  }
  for (unsigned offset = 0x100; offset < 0x200; ++offset) {
    b.guest.put8(Bench::kRegisters + offset, 0xff);
    b.guest.put<std::uint64_t>(Bench::kRegisters + offset, ~std::uint64_t{0});
  }
  b.run(100);
  check_alive(b);
}

SIM_TEST_CASE(all_commands_with_all_zeroes_and_all_ones) {
  Bench b;
  b.start();
  for (unsigned command = 0; command < 256; ++command)
    for (const bool ones : {false, true}) {
      AtaCommand c;
      c.command = static_cast<std::uint8_t>(command);
      if (ones) {
        c.lba = ~0ull >> 16;
        c.count = c.features = 0xffff;
        c.device = 0xff;
      }
      c.data = {{Bench::kData, 4096}};
      b.issue(0, c);
      b.run(20);
      if (b.port(Bench::kCi) != 0 || b.port(Bench::kSact) != 0) b.com_reset();
    }
  check_alive(b);
}

namespace {

void random_commands(Bench& b, unsigned seed) {
  std::mt19937 random(seed);
  const std::uint8_t likely[] = {0x06, 0x20, 0x24, 0x25, 0x27, 0x29, 0x2f, 0x30, 0x34, 0x35,
                                 0x39, 0x3d, 0x40, 0x42, 0x47, 0x60, 0x60, 0x60, 0x61, 0x61,
                                 0x61, 0x90, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xe5, 0xec, 0xef};
  b.start();
  for (unsigned round = 0; round < 1500; ++round) {
    std::uint32_t issued = 0;
    for (unsigned n = random() % 6; n != 0; --n) {
      const unsigned slot = random() % 32;
      AtaCommand c;
      c.command = random() % 16 == 0 ? static_cast<std::uint8_t>(random())
                                     : likely[random() % std::size(likely)];
      c.lba = random() % 2100;
      if (random() % 8 == 0) c.lba = static_cast<std::uint64_t>(random()) << 16 | random() % 65536;
      const bool queued = c.command == 0x60 || c.command == 0x61;
      const unsigned sectors = random() % 16 == 0 ? random() % 65536 : random() % 40;
      const unsigned tag = random() % 16 == 0 ? random() % 32 : slot;
      c.count = static_cast<std::uint16_t>(queued ? tag << 3 : sectors);
      c.features = static_cast<std::uint16_t>(queued ? sectors : random() % 4);
      if (random() % 8 == 0) c.device = static_cast<std::uint8_t>(random());
      c.write = random() % 2;
      for (unsigned pieces = random() % 8; pieces != 0; --pieces) {
        std::uint64_t at = Bench::kData + random() % 0x100000;
        if (random() % 64 == 0) at = static_cast<std::uint64_t>(random()) << 32 | random();
        const auto bytes = static_cast<std::uint32_t>(1 + random() % 9000);
        c.data.push_back({at, bytes, random() % 8 == 0});
      }
      if (random() % 8 != 0) c.data.push_back({Bench::kData, 1u << 22});  // enough for nearly all
      b.fill(slot, c, random() % 16 == 0 ? random() : 0);
      if (random() % 32 == 0)
        b.guest.put8(Bench::kTables + slot * Bench::kTableBytes + random() % 20,
                     static_cast<std::uint8_t>(random()));
      issued |= 1u << slot;
    }
    b.set_port(Bench::kSact, random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : issued);
    b.set_port(Bench::kCi, issued);
    b.run(random() % 300 / 10.0);
    if (random() % 4 == 0) b.restart();
    // A guest that handles errors, as a rule.
    const bool stopped =
        b.port(Bench::kPxIs) & (Bench::kTfes | Bench::kHbfs | Bench::kIfs | Bench::kOfs);
    if (random() % 32 == 0 || (stopped && random() % 4 != 0)) b.com_reset();
    b.medium.detached = random() % 64 == 0;
  }
  b.medium.detached = false;
  BOOST_TEST(b.count("port0", "requests") > 500u, "most commands reach the disk");
  check_alive(b);
}

/// What reaches the function besides its registers.
void disturb(Bench& b, unsigned what, std::uint32_t value) {
  constexpr std::uint16_t kAll = pci::kIoEnable | pci::kMemoryEnable | pci::kBusMaster;
  const std::uint64_t msi = b.function + b.guest.capability(b.function, pci::kMsi);
  if (what == 0) b.sim.platform.request_reset();
  if (what < 4) b.guest.put16(b.function + pci::kCommand, static_cast<std::uint16_t>(value));
  if (what < 8) b.run(1);
  if (what >= 4 && what < 8) b.guest.put16(msi + 2, static_cast<std::uint16_t>(value));
  if (what == 8) b.guest.put32(b.function + pci::kBar0 + 20, value);
  if (what == 9) b.call(b.disk.damage, "{sector: 8, count: 200}");
  b.guest.put32(b.function + pci::kBar0 + 20, Bench::kRegisters);
  b.guest.put16(b.function + pci::kCommand, kAll);
  if (what == 0) b.start();
}

void random_registers(Bench& b, unsigned seed) {
  std::mt19937 random(seed);
  const unsigned interesting[] = {0x0,   0x4,   0x8,   0x100, 0x104, 0x108, 0x10c, 0x110, 0x114,
                                  0x118, 0x120, 0x128, 0x12c, 0x130, 0x134, 0x138, 0x198, 0x1ac};
  b.start();
  for (unsigned slot = 0; slot < 32; ++slot)
    b.fill(slot, slot % 2 ? Bench::queued(slot % 4 == 1, slot, slot * 8, 8)
                          : Bench::dma(slot % 4 == 0, slot, 3));
  for (unsigned round = 0; round < 20000; ++round) {
    const unsigned offset =
        random() % 8 == 0 ? random() % 0x400 & ~3u : interesting[random() % std::size(interesting)];
    std::uint32_t value = random();
    if (random() % 2) value &= 0xff;
    if (offset == 0x100 && random() % 8) value = static_cast<std::uint32_t>(Bench::kList);
    if (offset == 0x108 && random() % 8) value = static_cast<std::uint32_t>(Bench::kFis);
    if ((offset == 0x104 || offset == 0x10c) && random() % 8) value = 0;
    if (offset == 0x118 && random() % 4) value |= 0x11;
    if (offset == 0x12c && random() % 8) value = 0x300;
    if (offset == 0x4 && random() % 8) value &= ~1u;
    switch (random() % 8) {
      case 0:
        b.get(offset);
        break;
      case 1:
        if (random() % 8 == 0) b.call(b.disk.unplug);
        if (random() % 2 == 0) b.call(b.disk.plug);
        break;
      case 2:
        disturb(b, random() % 64, random());
        break;
      default:
        b.put(offset, value);
    }
    if (random() % 8 == 0) b.run(random() % 1000 / 10.0);
    if (random() % 128 == 0) b.start();
    if (random() % 32 == 0) b.com_reset();
  }
  b.call(b.disk.plug);
  BOOST_TEST(b.count("port0", "requests") > 200u, "commands run meanwhile");
  check_alive(b);
}

}  // namespace

SIM_TEST_CASE(random_commands_functional) {
  Bench b("spin_up: 1us");
  random_commands(b, 4711);
}

SIM_TEST_CASE(random_commands_timed) {
  Bench b("gather: 4, spin_up: 1us", "service: {type: service, channels: 8, latency_in: 5us}",
          "accuracy: timed\n");
  random_commands(b, 4712);
}

SIM_TEST_CASE(random_registers_functional) {
  Bench b("spin_up: 1us");
  random_registers(b, 1);
}

SIM_TEST_CASE(random_registers_timed) {
  Bench b("wire_time: true, spin_up: 1us", "service: ssd", "accuracy: timed\n");
  random_registers(b, 2);
}
