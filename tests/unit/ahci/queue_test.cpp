// SPDX-License-Identifier: Apache-2.0
// Native command queuing.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {
void all_tags(Bench& b) {
  b.start();
  const Bytes data = pattern(16 * 4096, 3);
  b.write(Bench::kData + 0x100000, data);
  for (unsigned t = 0; t < 32; ++t) {
    const bool write = t % 2 == 1;
    b.issue(t, Bench::queued(write, t, (write ? 512 : 0) + t / 2 * 8, 8,
                             Bench::kData + (write ? 0x100000 : 0) + t / 2 * 4096));
  }
  b.run(3000);
  BOOST_TEST(b.port(Bench::kSact) == 0u);
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  BOOST_TEST(b.port(Bench::kTfd) == 0x50u);
  BOOST_TEST(b.port(Bench::kPxIs) == Bench::kSdbs);
  BOOST_TEST(b.read(Bench::kData, 16 * 4096) == b.on_medium(0, 16 * 4096));
  BOOST_TEST(b.on_medium(512 * 512, 16 * 4096) == data);
  BOOST_TEST(b.count("port0", "requests") == 32u);
  BOOST_TEST(b.disk.reads.value() == 16u);
  BOOST_TEST(b.disk.writes.value() == 16u);
}
}  // namespace

SIM_TEST_CASE(all_tags_functional) {
  Bench b;
  all_tags(b);
}

SIM_TEST_CASE(all_tags_timed) {
  Bench b("", "service: ssd", "accuracy: timed\n");
  all_tags(b);
  BOOST_TEST(b.hba.port(0).statistics.in_flight.max() == 32u);
  BOOST_TEST(b.hba.port(0).statistics.in_flight.count() == 32u);
}

SIM_TEST_CASE(all_tags_gathered) {
  Bench b("gather: 32", "service: {type: service, channels: 32, latency_in: 50us}",
          "accuracy: timed\n");
  all_tags(b);
}

SIM_TEST_CASE(frames_of_a_queued_command) {
  Bench b;
  b.start();
  b.issue(4, Bench::queued(false, 4, 11, 1));
  b.run(50);
  Bytes fis = b.read(Bench::kFis, 28);
  BOOST_TEST(fis[0] == 0x41u);
  BOOST_TEST(fis[1] == 0x20u, "to the host");
  BOOST_TEST(fis[4] == 4u);
  BOOST_TEST((fis[16] | fis[17] << 8) == 512);
  fis = b.read(Bench::kFis + 0x40, 4);
  BOOST_TEST(fis == (Bytes{0x34, 0, 0x50, 0}), "the acceptance, without an interrupt");
  fis = b.read(Bench::kFis + 0x58, 8);
  BOOST_TEST(fis == (Bytes{0xa1, 0x40, 0x50, 0, 0x10, 0, 0, 0}));
  BOOST_TEST(b.guest.get32(Bench::kList + 4 * 32 + 4) == 0u, "PRDBC is not for queued commands");
}

SIM_TEST_CASE(ends_come_together_when_they_are_gathered) {
  Bench b("gather: 32", "service: {type: service, channels: 32, latency_in: 50us}",
          "accuracy: timed\n");
  b.start();
  for (unsigned t = 0; t < 4; ++t) {
    b.fill(t, Bench::queued(false, t, t, 1, Bench::kData + t * 512));
  }
  b.set_port(Bench::kSact, 0xf);
  b.set_port(Bench::kCi, 0xf);
  b.run(500);
  BOOST_TEST(b.port(Bench::kSact) == 0u);
  const Bytes fis = b.read(Bench::kFis + 0x58, 8);
  BOOST_TEST(fis[4] != 8u, "the last frame names more than the last tag");
}

SIM_TEST_CASE(queued_writes_with_force_unit_access) {
  Bench b;
  b.start();
  AtaCommand c = Bench::queued(true, 0, 5, 1);
  b.issue(0, c);
  b.run(50);
  BOOST_TEST(b.medium.unstable);
  c.device = 0xc0;
  b.issue(0, c);
  b.run(50);
  BOOST_TEST(!b.medium.unstable);
}

SIM_TEST_CASE(a_queued_command_fails_and_the_log_tells_which) {
  Bench b;
  b.start();
  b.medium.bad = 21 * 512;
  b.medium.bad_end = 22 * 512;
  b.fill(2, Bench::queued(false, 2, 0, 1));
  b.fill(5, Bench::queued(false, 5, 20, 4));
  b.fill(9, Bench::queued(false, 9, 40, 1));
  b.set_port(Bench::kSact, 1u << 2 | 1u << 5 | 1u << 9);
  b.set_port(Bench::kCi, 1u << 2 | 1u << 5 | 1u << 9);
  b.run(100);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kTfes) == Bench::kTfes);
  BOOST_TEST(b.port(Bench::kTfd) == 0x4051u);
  BOOST_TEST(b.port(Bench::kSact) == (1u << 5 | 1u << 9), "one has ended well before");
  const Bytes sdb = b.read(Bench::kFis + 0x58, 8);
  BOOST_TEST(sdb[2] == 0x51u);
  BOOST_TEST(sdb[3] == 0x40u);
  // Nothing moves until the port has been restarted.
  b.fill(1, Bench::dma(false, 0, 1));
  b.set_port(Bench::kCi, 2);
  b.run(100);
  BOOST_TEST((b.port(Bench::kCi) & 2) == 2u);
  b.restart();
  BOOST_TEST(b.port(Bench::kSact) == 0u);
  // Nor does the disk, until it has been asked.
  BOOST_TEST(!b.command(Bench::dma(false, 0, 1)));
  b.restart();
  BOOST_REQUIRE(b.command(Bench::log(Bench::kReadLogExt, 0x10)));
  const Bytes log = b.read(Bench::kData, 512);
  BOOST_TEST(log[0] == 5u);
  BOOST_TEST(log[2] == 0x51u);
  BOOST_TEST(log[3] == 0x40u);
  BOOST_TEST(log[4] == 21u, "the sector");
  unsigned sum = 0;
  for (const unsigned byte : log) sum += byte;
  BOOST_TEST((sum & 0xff) == 0u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  b.issue(9, Bench::queued(false, 9, 40, 1));
  b.run(50);
  BOOST_TEST(b.port(Bench::kSact) == 0u);
}

SIM_TEST_CASE(a_queued_command_past_the_end) {
  Bench b;
  b.start();
  b.issue(7, Bench::queued(true, 7, 2048, 1));
  b.run(50);
  BOOST_TEST(b.port(Bench::kTfd) == 0x1051u);
  BOOST_TEST((b.port(Bench::kPxIs) & (Bench::kTfes | Bench::kSdbs)) ==
             (Bench::kTfes | Bench::kSdbs));
  b.restart();
  BOOST_REQUIRE(b.command(Bench::log(Bench::kReadLogDma, 0x10)));
  BOOST_TEST(b.read(Bench::kData, 1)[0] == 7u);
  BOOST_TEST(b.medium.writes == 0u);
}

SIM_TEST_CASE(what_breaks_into_the_queue_ends_it) {
  Bench b("", "service: ssd", "accuracy: timed\n");
  b.start();
  b.issue(0, Bench::queued(false, 0, 0, 1));
  b.run(20);
  BOOST_TEST(b.port(Bench::kSact) == 1u, "under way");
  b.issue(1, Bench::dma(false, 0, 1));
  b.run(200);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kTfes) == Bench::kTfes);
  BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
  BOOST_TEST(b.port(Bench::kSact) == 1u);
  b.restart();
  BOOST_REQUIRE(b.command(Bench::log(Bench::kReadLogExt, 0x10), 500));
  BOOST_TEST(b.read(Bench::kData, 1)[0] == 0x80u, "it was not a queued one");
}

SIM_TEST_CASE(a_tag_that_is_used_already) {
  Bench b("", "service: ssd", "accuracy: timed\n");
  b.start();
  b.fill(0, Bench::queued(false, 3, 0, 1));
  b.fill(1, Bench::queued(false, 3, 0, 1));
  b.set_port(Bench::kSact, 8);
  b.set_port(Bench::kCi, 3);
  b.run(200);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kTfes) == Bench::kTfes);
  b.com_reset();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1), 500));
}
