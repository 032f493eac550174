// SPDX-License-Identifier: Apache-2.0
// What the disk says of itself: IDENTIFY DEVICE, logs, and what SET FEATURES changes.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {
std::string text(const std::vector<unsigned>& words, unsigned at, unsigned count) {
  std::string s;
  for (unsigned i = at; i < at + count; ++i) {
    s += static_cast<char>(words[i] >> 8);
    s += static_cast<char>(words[i]);
  }
  return s.substr(0, s.find_last_not_of(' ') + 1);
}
}  // namespace

SIM_TEST_CASE(words_of_identify_device) {
  Bench b("", "model: Ringside test");
  b.start();
  const std::vector<unsigned> w = b.identify();
  BOOST_TEST(w[0] == 0x40u);
  BOOST_TEST(text(w, 10, 10) == "T1");
  BOOST_TEST(text(w, 27, 20) == "Ringside test");
  BOOST_TEST((w[49] & 0x300) == 0x300u, "LBA, DMA");
  BOOST_TEST((w[60] | w[61] << 16) == 2048u);
  BOOST_TEST((w[100] | w[101] << 16) == 2048u);
  BOOST_TEST(w[75] == 31u);
  BOOST_TEST((w[76] & 0x10e) == 0x10eu, "queuing, three generations");
  BOOST_TEST((w[83] & 0xc400) == 0x4400u, "48 bits; the word is valid");
  BOOST_TEST((w[85] & 0x60) == 0x60u, "write cache, look-ahead");
  BOOST_TEST(w[106] == 0x4000u);
  BOOST_TEST(w[169] == 1u);
  BOOST_TEST(w[217] == 1u);
  BOOST_TEST((w[255] & 0xff) == 0xa5u);
  unsigned sum = 0;
  for (const unsigned word : w) sum += (word & 0xff) + (word >> 8);
  BOOST_TEST((sum & 0xff) == 0u);
}

SIM_TEST_CASE(words_of_other_disks) {
  Bench b("speed: 3Gbit/s", "ncq: false, trim: false, write_cache: false, block_size: 4096B");
  b.start();
  const std::vector<unsigned> w = b.identify();
  BOOST_TEST((w[100] | w[101] << 16) == 256u);
  BOOST_TEST(w[75] == 0u);
  BOOST_TEST((w[76] & 0x10e) == 0x006u);
  BOOST_TEST((w[85] & 0x20) == 0u);
  BOOST_TEST(w[106] == 0x5000u);
  BOOST_TEST((w[117] | w[118] << 16) == 2048u);
  BOOST_TEST(w[169] == 0u);
  BOOST_TEST(w[47] == 0x8002u);
  BOOST_TEST(!b.command(Bench::queued(false, 0, 0, 1)), "no queuing");
}

SIM_TEST_CASE(physical_sectors) {
  Bench b("", "physical_block_exp: 3");
  b.start();
  BOOST_TEST(b.identify()[106] == 0x6003u);
}

SIM_TEST_CASE(a_serial_number_is_made_if_none_is_given) {
  Sim sim(
      pci_platform("          hba: {type: ahci, disks: {x: {type: ata-disk, backend: medium}}}\n"),
      register_ahci);
  Bytes page(512);
  sim.model<AtaDisk>("bus.pci.hba.x").identify(page.data());
  BOOST_TEST(page[21] == 'R');
  BOOST_TEST(page[20] == 'S');
  for (unsigned i = 2; i < 10; ++i) BOOST_TEST(std::isxdigit(page[20 + (i ^ 1)]));
  BOOST_TEST(page[30] == ' ');
}

namespace {
void logs(Bench& b, std::uint8_t command) {
  BOOST_REQUIRE(b.command(Bench::log(command, 0)));
  Bytes page = b.read(Bench::kData, 512);
  BOOST_TEST(page[0] == 1u);
  BOOST_TEST(page[0x20] == 1u, "queued command error log");
  BOOST_TEST(page[0x60] == 9u, "identify device data");
  BOOST_REQUIRE(b.command(Bench::log(command, 0x30)));
  page = b.read(Bench::kData, 512);
  BOOST_TEST(page[8] == 4u);
  BOOST_TEST(Bytes(page.begin() + 9, page.begin() + 13) == (Bytes{0, 1, 2, 8}));
  BOOST_REQUIRE(b.command(Bench::log(command, 0x30, 1, 2)));
  Bytes identify(512);
  b.disk.identify(identify.data());
  BOOST_TEST(b.read(Bench::kData, 512) == identify);
  page = b.read(Bench::kData + 512, 512);
  BOOST_TEST(b.guest.get<std::uint64_t>(Bench::kData + 512 + 8) == (1ull << 63 | 2048));
  BOOST_REQUIRE(b.command(Bench::log(command, 0x30, 8)));
  BOOST_TEST(b.guest.get<std::uint64_t>(Bench::kData) == (1ull << 63 | 8u << 16 | 1));
  BOOST_TEST((b.guest.get<std::uint64_t>(Bench::kData + 8) & 0xf) == 0xfu);
  // What is not there.
  for (const auto& wrong : {Bench::log(command, 0x30, 9), Bench::log(command, 0x30, 8, 2),
                            Bench::log(command, 0x11), Bench::log(command, 0, 0, 2)}) {
    BOOST_TEST(!b.command(wrong));
    BOOST_TEST(b.port(Bench::kTfd) == 0x0451u);
    b.restart();
  }
}
}  // namespace

SIM_TEST_CASE(logs_by_pio_and_by_dma) {
  Bench b;
  b.start();
  logs(b, Bench::kReadLogExt);
  logs(b, Bench::kReadLogDma);
}

SIM_TEST_CASE(features_are_set) {
  Bench b;
  b.start();
  const auto set = [&](std::uint16_t feature, std::uint16_t count = 0) {
    const bool good = b.command(Bench::plain(Bench::kSetFeatures, feature, count));
    if (!good) b.restart();
    return good;
  };
  BOOST_TEST(set(0x82));
  BOOST_TEST((b.identify()[85] & 0x20) == 0u);
  BOOST_TEST(b.medium.flushes == 1u, "what was cached becomes stable");
  BOOST_TEST(set(0x02));
  BOOST_TEST(set(0x55));
  BOOST_TEST((b.identify()[85] & 0x60) == 0x20u);
  BOOST_TEST(set(0xaa));
  BOOST_TEST((b.identify()[85] & 0x60) == 0x60u);
  BOOST_TEST((b.identify()[88] >> 8) == 0x40u);
  BOOST_TEST(set(0x03, 0x42));  // UDMA 2
  BOOST_TEST((b.identify()[88] >> 8) == 0x04u);
  BOOST_TEST(set(0x03, 0x21));  // multi-word 1
  BOOST_TEST((b.identify()[88] >> 8) == 0u);
  BOOST_TEST((b.identify()[63] >> 8) == 2u);
  BOOST_TEST(set(0x03, 0x0c));
  BOOST_TEST(!set(0x03, 0x47));
  BOOST_TEST(!set(0x03, 0x23));
  BOOST_TEST(!set(0x03, 0x18));
  BOOST_TEST(!set(0x77));
}
