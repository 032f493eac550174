// SPDX-License-Identifier: Apache-2.0
// The link between port and disk: resets, the engine's start and stop, a disk that comes and goes.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

SIM_TEST_CASE(a_reset_of_the_link) {
  Bench b;
  b.start();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  b.set_port(Bench::kCmd, Bench::kFre);
  b.set_port(Bench::kSctl, 0x301);
  BOOST_TEST(b.port(Bench::kSsts) == 0u);
  BOOST_TEST(b.port(Bench::kTfd) == 0x7fu);
  b.run(1000);
  b.set_port(Bench::kSctl, 0x300);
  BOOST_TEST(b.port(Bench::kSsts) == 0x133u);
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0x80u);
  BOOST_TEST(b.port(Bench::kSerr) == 0x04010000u, "exchanged, PhyRdy changed");
  BOOST_TEST((b.port(Bench::kPxIs) & (Bench::kPcs | Bench::kPrcs)) == (Bench::kPcs | Bench::kPrcs));
  b.set_port(Bench::kPxIs, ~0u);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kPcs) == Bench::kPcs, "as long as PxSERR has it");
  b.set_port(Bench::kSerr, ~0u);
  BOOST_TEST(b.port(Bench::kPxIs) == 0u);
  b.run(998);
  BOOST_TEST(b.port(Bench::kTfd) == 0x80u, "it spins up");
  BOOST_TEST(b.count("port0", "resets") == 1u, "at the start");
  b.run(3);
  BOOST_TEST(b.port(Bench::kTfd) == 0x0150u);
  BOOST_TEST(b.count("port0", "resets") == 2u);
  b.restart();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(the_guest_limits_the_speed) {
  Bench b;
  b.start();
  for (const unsigned most : {1u, 2u, 3u, 0u}) {
    b.set_port(Bench::kCmd, Bench::kFre);
    b.set_port(Bench::kSctl, 0x301 | most << 4);
    b.run(10);
    b.set_port(Bench::kSctl, 0x300 | most << 4);
    const unsigned got = most == 0 ? 3 : most;
    BOOST_TEST(b.port(Bench::kSsts) == (0x103u | got << 4));
    b.run(2000);
    b.restart();
    BOOST_TEST((b.identify()[77] >> 1 & 7) == got);
  }
}

SIM_TEST_CASE(a_link_that_is_switched_off) {
  Bench b;
  b.start();
  b.set_port(Bench::kCmd, Bench::kFre);
  b.set_port(Bench::kSctl, 0x304);
  BOOST_TEST(b.port(Bench::kSsts) == 4u);
  b.call(b.disk.unplug);
  b.call(b.disk.plug);
  BOOST_TEST(b.port(Bench::kSsts) == 4u);
  b.com_reset();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(a_soft_reset) {
  Bench b;
  b.start();
  const auto control = [&](std::uint8_t value, std::uint32_t flags) {
    b.fill(0, AtaCommand{}, flags);
    b.guest.put8(Bench::kTables + 1, 0);
    b.guest.put8(Bench::kTables + 15, value);
    b.set_port(Bench::kCi, 1);
    b.run(50);
  };
  b.write(Bench::kFis + 0x40, Bytes(20, 0xee));
  control(4, 1u << 8 | 1u << 10);  // R, C
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0u, "busy is cleared for the second frame");
  BOOST_TEST(b.read(Bench::kFis + 0x40, 1)[0] == 0xeeu, "nothing yet");
  control(0, 0);
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  BOOST_TEST(b.port(Bench::kTfd) == 0x0150u);
  BOOST_TEST(b.port(Bench::kSig) == 0x101u);
  BOOST_TEST(b.read(Bench::kFis + 0x40, 1)[0] == 0x34u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  // A disk in reset does not listen.
  control(4, 1u << 10);
  BOOST_TEST(!b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0x80u);
  b.com_reset();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(stopping_gives_up_what_is_under_way) {
  Bench b("", "service: {type: service, latency_in: 100us}", "accuracy: timed\n");
  b.start();
  b.write(Bench::kData, Bytes(512, 0xaa));
  b.issue(0, Bench::dma(false, 1, 1));
  b.run(50);
  BOOST_TEST(b.port(Bench::kCi) == 1u);
  b.set_port(Bench::kCmd, Bench::kFre);
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  BOOST_TEST((b.port(Bench::kCmd) & Bench::kCr) == 0u);
  b.run(500);
  BOOST_TEST(b.read(Bench::kData, 512) == Bytes(512, 0xaa));
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0x80u, "the disk has not answered");
  b.set_port(Bench::kCmd, Bench::kFre | Bench::kClo);
  BOOST_TEST((b.port(Bench::kTfd) & 0x88) == 0u);
  BOOST_TEST((b.port(Bench::kCmd) & Bench::kClo) == 0u);
  b.set_port(Bench::kCmd, Bench::kFre | Bench::kSt);
  BOOST_TEST(b.command(Bench::dma(false, 1, 1), 500));
  BOOST_TEST(b.read(Bench::kData, 512) == b.on_medium(512, 512));
}

SIM_TEST_CASE(resets_in_every_moment_of_a_command) {
  Bench b("", "", "accuracy: timed\n");
  b.start();
  for (unsigned i = 0; i < 120; ++i) {
    AtaCommand c = i % 2 == 0 ? Bench::dma(i % 4 == 0, i, 16) : Bench::queued(i % 4 == 1, 0, i, 16);
    b.issue(0, c);
    b.run(i * 0.05);
    if (i % 3 == 0)
      b.com_reset();
    else if (i % 3 == 1)
      b.put(Bench::kGhc, 0x80000001);
    else
      b.set_port(Bench::kCmd, 0);
    // Nothing is written any more.
    b.write(Bench::kData, Bytes(16 * 512, 0x5a));
    b.run(20);
    BOOST_TEST(b.read(Bench::kData, 16 * 512) == Bytes(16 * 512, 0x5a));
    if (i % 3 != 0) b.start();
    if (i % 3 == 2) b.com_reset();
  }
  BOOST_TEST(b.command(Bench::dma(false, 1, 1), 500));
}

SIM_TEST_CASE(a_disk_is_pulled_out_and_put_in) {
  Bench b("", "service: {type: service, latency_in: 100us}", "accuracy: timed\n");
  b.start();
  b.enable_msi();
  b.issue(0, Bench::queued(false, 0, 0, 8));
  b.run(50);
  b.call(b.disk.unplug);
  BOOST_TEST(b.port(Bench::kSsts) == 0u);
  BOOST_TEST(b.port(Bench::kTfd) == 0x7fu);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kPrcs) == Bench::kPrcs);
  b.run(500);
  BOOST_TEST(b.messages.messages.size() == 1u);
  b.restart();
  BOOST_TEST(!b.command(Bench::dma(false, 0, 1), 500), "nobody is there");
  b.restart();
  b.call(b.disk.plug);
  BOOST_TEST((b.port(Bench::kPxIs) & Bench::kPcs) == Bench::kPcs);
  b.run(2000);
  BOOST_TEST(b.port(Bench::kSig) == 0x101u);
  b.com_reset();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1), 500));
}

SIM_TEST_CASE(nothing_is_received_while_reception_is_off) {
  Bench b;
  b.start();
  b.set_port(Bench::kCmd, 0);
  b.write(Bench::kFis + 0x40, Bytes(20, 0xee));
  b.set_port(Bench::kSctl, 1);
  b.run(10);
  b.set_port(Bench::kSctl, 0);
  b.run(2000);
  BOOST_TEST(b.port(Bench::kTfd) == 0x0150u, "the first frame is accepted");
  BOOST_TEST(b.port(Bench::kSig) == 0x101u);
  BOOST_TEST(b.read(Bench::kFis + 0x40, 1)[0] == 0xeeu);
  b.set_port(Bench::kCmd, Bench::kFre);
  b.run(10);
  BOOST_TEST(b.read(Bench::kFis + 0x40, 1)[0] == 0x34u, "and stored when it can be");
}
