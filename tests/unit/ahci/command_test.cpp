// SPDX-License-Identifier: Apache-2.0
// Commands that are not queued: how data move, and what each leaves behind.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {
void dma_reads_and_writes(Bench& b) {
  b.start();
  BOOST_REQUIRE(b.command(Bench::dma(false, 5, 40), 2000));
  BOOST_TEST(b.read(Bench::kData, 40 * 512) == b.on_medium(5 * 512, 40 * 512));
  BOOST_TEST(b.guest.get32(Bench::kList + 4) == 40u * 512, "PRDBC");
  BOOST_TEST(b.port(Bench::kPxIs) == Bench::kDhrs);
  BOOST_TEST(b.get(Bench::kIs) == 1u);
  const Bytes data = pattern(40 * 512, 9);
  b.write(Bench::kData, data);
  BOOST_REQUIRE(b.command(Bench::dma(true, 100, 40), 2000));
  BOOST_TEST(b.on_medium(100 * 512, 40 * 512) == data);
  const Bytes fis = b.read(Bench::kFis + 0x40, 4);
  BOOST_TEST(fis == (Bytes{0x34, 0x40, 0x50, 0}));
  BOOST_TEST(b.count("port0", "requests") == 2u);
  BOOST_TEST(b.count("port0", "bytes") == 80u * 512);
}
}  // namespace

SIM_TEST_CASE(dma_functional) {
  Bench b;
  dma_reads_and_writes(b);
}

SIM_TEST_CASE(dma_timed) {
  Bench b("", "", "accuracy: timed\n");
  dma_reads_and_writes(b);
}

SIM_TEST_CASE(twenty_eight_bits) {
  Bench b;
  b.start();
  AtaCommand c = Bench::dma(false, 7, 2);
  c.command = Bench::kReadDma;
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.read(Bench::kData, 1024) == b.on_medium(7 * 512, 1024));
  // A count of zero is 256 sectors; bits 24 to 27 of the address are in the device register.
  c.count = 0;
  c.data = {{Bench::kData, 256 * 512}};
  BOOST_REQUIRE(b.command(c, 500));
  BOOST_TEST(b.read(Bench::kData, 256 * 512) == b.on_medium(7 * 512, 256 * 512));
  c.device = 0x41;
  BOOST_TEST(!b.command(c));
  BOOST_TEST(b.port(Bench::kTfd) == 0x1051u, "no such sector");
}

SIM_TEST_CASE(a_count_of_zero_with_48_bits_is_65536) {
  Bench b("", "", "", "size: 40MiB");
  b.start();
  AtaCommand c = Bench::dma(false, 0, 1);
  c.count = 0;
  c.data.clear();
  // The same MiB again and again.
  for (unsigned i = 0; i < 32; ++i) c.data.push_back({Bench::kData, 1 << 20});
  BOOST_REQUIRE(b.command(c, 5000));
  BOOST_TEST(b.guest.get32(Bench::kList + 4) == 32u << 20);
  BOOST_TEST(b.read(Bench::kData, 1 << 20) == b.on_medium(31 << 20, 1 << 20));
}

SIM_TEST_CASE(data_in_pieces) {
  Bench b;
  b.start();
  AtaCommand c = Bench::dma(false, 1, 4);
  c.data.clear();
  // 70 pieces of 2 to 58 bytes, far apart, and a rest that is too long.
  std::uint32_t total = 0;
  for (unsigned i = 0; i < 70; ++i) {
    const std::uint32_t bytes = 2 + 2 * (i % 29);
    c.data.push_back({Bench::kData + i * 4096, bytes, i == 3});
    total += bytes;
  }
  c.data.push_back({Bench::kData + 0x100000, 4096});
  BOOST_REQUIRE(b.command(c));
  std::uint64_t at = 512;
  for (unsigned i = 0; i < 70; ++i) {
    BOOST_TEST(b.read(c.data[i].address, c.data[i].bytes) == b.on_medium(at, c.data[i].bytes));
    at += c.data[i].bytes;
  }
  BOOST_TEST(b.read(Bench::kData + 0x100000, 2048 - total) == b.on_medium(at, 2048 - total));
  BOOST_TEST(b.port(Bench::kPxIs) == (Bench::kDhrs | Bench::kDps), "one piece asked for it");
}

SIM_TEST_CASE(pio_moves_blocks) {
  Bench b;
  b.start();
  AtaCommand c = Bench::dma(false, 9, 3);
  c.command = Bench::kReadSectors;
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.read(Bench::kData, 1536) == b.on_medium(9 * 512, 1536));
  BOOST_TEST(b.port(Bench::kPxIs) == Bench::kPss);
  Bytes fis = b.read(Bench::kFis + 0x20, 20);
  BOOST_TEST(fis[0] == 0x5fu);
  BOOST_TEST(fis[1] == 0x60u, "to the host, with an interrupt");
  BOOST_TEST(fis[2] == 0x58u);
  BOOST_TEST(fis[15] == 0x50u, "the status when the last block has moved");
  BOOST_TEST((fis[16] | fis[17] << 8) == 512);
  b.set_port(Bench::kPxIs, ~0u);
  c.command = Bench::kWriteSectors;
  c.write = true;
  c.lba = 50;
  b.write(Bench::kData, pattern(1536, 4));
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.on_medium(50 * 512, 1536) == pattern(1536, 4));
  BOOST_TEST(b.port(Bench::kPxIs) == (Bench::kPss | Bench::kDhrs));
  fis = b.read(Bench::kFis + 0x20, 20);
  BOOST_TEST(fis[1] == 0x40u);
  BOOST_TEST(fis[15] == 0x80u, "still busy");
}

SIM_TEST_CASE(multiple_sectors_in_a_block) {
  Bench b;
  b.start();
  AtaCommand c = Bench::dma(false, 9, 20);
  c.command = 0xc4;
  BOOST_TEST(!b.command(c), "not before it is set");
  b.restart();
  BOOST_TEST(!b.command(Bench::plain(0xc6, 0, 17)));
  b.restart();
  BOOST_TEST(!b.command(Bench::plain(0xc6, 0, 3)));
  b.restart();
  BOOST_REQUIRE(b.command(Bench::plain(0xc6, 0, 8)));
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.read(Bench::kData, 20 * 512) == b.on_medium(9 * 512, 20 * 512));
  const Bytes fis = b.read(Bench::kFis + 0x20, 20);
  BOOST_TEST((fis[16] | fis[17] << 8) == 4 * 512, "the rest");
  for (const std::uint8_t command : {0x29, 0x24}) {
    c.command = command;
    BOOST_TEST(b.command(c));
  }
  for (const std::uint8_t command : {0xc5, 0x39, 0x34, 0x30, 0x3d, 0xca}) {
    c.command = command;
    c.write = true;
    b.write(Bench::kData, pattern(20 * 512, command));
    BOOST_TEST(b.command(c));
    BOOST_TEST(b.on_medium(9 * 512, 20 * 512) == pattern(20 * 512, command));
  }
}

SIM_TEST_CASE(flushes_and_the_write_cache) {
  Bench b;
  b.start();
  BOOST_REQUIRE(b.command(Bench::dma(true, 0, 1)));
  BOOST_TEST(b.medium.unstable);
  BOOST_REQUIRE(b.command(Bench::plain(Bench::kFlush)));
  BOOST_TEST(!b.medium.unstable);
  BOOST_REQUIRE(b.command(Bench::dma(true, 0, 1)));
  BOOST_REQUIRE(b.command(Bench::plain(Bench::kFlushExt)));
  BOOST_TEST(!b.medium.unstable);
  AtaCommand fua = Bench::dma(true, 0, 1);
  fua.command = 0x3d;
  BOOST_REQUIRE(b.command(fua));
  BOOST_TEST(!b.medium.unstable);
  BOOST_REQUIRE(b.command(Bench::plain(Bench::kSetFeatures, 0x82)));
  BOOST_REQUIRE(b.command(Bench::dma(true, 0, 1)));
  BOOST_TEST(!b.medium.unstable);
  BOOST_TEST(b.disk.flushes.value() == 2u);
}

SIM_TEST_CASE(trim) {
  Bench b;
  b.start();
  Bytes ranges(512);
  ranges[0] = 10;  // sector 10, 2 sectors
  ranges[6] = 2;
  ranges[8 + 0] = 100;
  ranges[8 + 6] = 0;  // none: left out
  ranges[16 + 0] = 30;
  ranges[16 + 6] = 1;
  b.write(Bench::kData, ranges);
  const AtaCommand c{Bench::kDsm, 0, 1, 1, 0x40, {{Bench::kData, 512}}, true};
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.medium.discards == 2u);
  BOOST_TEST(b.on_medium(10 * 512, 1024) == Bytes(1024, 0xdd));
  BOOST_TEST(b.on_medium(30 * 512, 512) == Bytes(512, 0xdd));
  // A range past the end: nothing is done.
  ranges[16 + 1] = 0x80;
  b.write(Bench::kData, ranges);
  BOOST_TEST(!b.command(c));
  BOOST_TEST(b.port(Bench::kTfd) == 0x1051u);
  BOOST_TEST(b.medium.discards == 2u);
  b.restart();
  AtaCommand no_trim = c, too_many = c, none = c;
  no_trim.features = 0;
  too_many.count = 9;
  none.count = 0;
  for (const AtaCommand& wrong : {no_trim, too_many, none}) {
    BOOST_TEST(!b.command(wrong));
    BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
    b.restart();
  }
}

SIM_TEST_CASE(other_commands) {
  Bench b;
  b.start();
  const auto answer = [&] { return b.read(Bench::kFis + 0x40, 20); };
  BOOST_REQUIRE(b.command(Bench::plain(0xe5)));
  BOOST_TEST(answer()[12] == 0xffu, "active or idle");
  BOOST_REQUIRE(b.command(Bench::plain(0xe0)));
  BOOST_REQUIRE(b.command(Bench::plain(0xe5)));
  BOOST_TEST(answer()[12] == 0u, "standby");
  BOOST_REQUIRE(b.command(Bench::dma(false, 0, 1)));
  BOOST_REQUIRE(b.command(Bench::plain(0xe5)));
  BOOST_TEST(answer()[12] == 0xffu, "a read has woken it");
  for (const std::uint8_t good : {0xe1, 0xe2, 0xe3, 0xe6})
    BOOST_TEST(b.command(Bench::plain(good)));
  BOOST_REQUIRE(b.command(Bench::plain(0xf8)));
  BOOST_TEST((answer()[4] | answer()[5] << 8) == 2047);
  BOOST_REQUIRE(b.command(Bench::plain(0x27)));
  BOOST_TEST((answer()[4] | answer()[5] << 8) == 2047);
  AtaCommand verify = Bench::dma(false, 2000, 48);
  verify.data.clear();
  verify.command = 0x42;
  BOOST_TEST(b.command(verify));
  verify.lba = 2001;
  BOOST_TEST(!b.command(verify));
  b.restart();
  BOOST_REQUIRE(b.command(Bench::plain(0x90)));
  BOOST_TEST(answer()[3] == 1u, "diagnostics passed");
  for (const std::uint8_t none : {0x00, 0x10, 0x91, 0xa1, 0xb0, 0xb1, 0xf1, 0xf9, 0xff}) {
    BOOST_TEST(!b.command(Bench::plain(none)));
    BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
    b.restart();
  }
}

SIM_TEST_CASE(slots_go_in_turn) {
  Bench b;
  b.start();
  for (unsigned slot : {3u, 0u, 31u, 7u})
    b.fill(slot, Bench::dma(false, slot, 1, Bench::kData + slot * 512));
  b.set_port(Bench::kCi, 1u << 3 | 1u << 0 | 1u << 31 | 1u << 7);
  b.run(50);
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  for (unsigned slot : {3u, 0u, 31u, 7u})
    BOOST_TEST(b.read(Bench::kData + slot * 512, 512) == b.on_medium(slot * 512, 512));
  BOOST_TEST((b.port(Bench::kCmd) >> 8 & 0x1f) == 31u, "the last");
  BOOST_TEST(b.count("port0", "requests") == 4u);
}

SIM_TEST_CASE(large_sectors) {
  Bench b("", "block_size: 4096B");
  b.start();
  AtaCommand c = Bench::dma(false, 3, 2);
  c.data = {{Bench::kData, 8192}};
  BOOST_REQUIRE(b.command(c));
  BOOST_TEST(b.read(Bench::kData, 8192) == b.on_medium(3 * 4096, 8192));
  c.lba = 255;
  BOOST_TEST(!b.command(c));
}

SIM_TEST_CASE(a_disk_that_is_read_only) {
  Bench b("", "", "", "read_only: true");
  b.start();
  BOOST_TEST(!b.command(Bench::dma(true, 0, 1)));
  BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.medium.writes == 0u);
}
