// SPDX-License-Identifier: Apache-2.0
// The function, its registers, and the resets of the adapter.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

SIM_TEST_CASE(identity_and_bars) {
  Bench b;
  BOOST_TEST(b.guest.get32(b.function) == 0x29228086u);
  BOOST_TEST(b.guest.get32(b.function + 8) == 0x01060102u);
  BOOST_TEST(b.guest.get8(b.function + 0x3d) == 1u);
  BOOST_TEST(b.guest.size_of(b.function, 5) == 4096u);
  BOOST_TEST(b.guest.size_of(b.function, 4) == 32u);
  for (unsigned bar = 0; bar < 4; ++bar) BOOST_TEST(b.guest.size_of(b.function, bar) == 0u);
  const std::uint64_t msi = b.function + b.guest.capability(b.function, pci::kMsi);
  BOOST_TEST(b.guest.get16(msi + 2) == 0x80u, "one message, 64-bit, no masks");
  const std::uint64_t sata = b.function + b.guest.capability(b.function, pci::kSata);
  BOOST_TEST(b.guest.get16(sata + 2) == 0x10u);
  BOOST_TEST(b.guest.get32(sata + 4) == 0x48u, "in register 4, at 16 bytes");
}

SIM_TEST_CASE(what_the_adapter_can) {
  Bench b;
  // 64-bit, queuing, list override, 6 Gbit/s, AHCI only, multiple blocks, 32 slots, 2 ports.
  BOOST_TEST(b.get(Bench::kCap) == 0xc1349f01u);
  BOOST_TEST(b.get(Bench::kPi) == 3u);
  BOOST_TEST(b.get(Bench::kVs) == 0x00010301u);
  BOOST_TEST(b.get(Bench::kCap2) == 0u);
  BOOST_TEST(b.get(Bench::kGhc) == 0x80000000u);
  for (const unsigned offset : {Bench::kCap, Bench::kPi, Bench::kVs, Bench::kCap2}) {
    const std::uint32_t before = b.get(offset);
    b.put(offset, ~before);
    BOOST_TEST(b.get(offset) == before);
  }
  b.put(Bench::kGhc, 0x7ffffffe);
  BOOST_TEST(b.get(Bench::kGhc) == 0x80000002u, "AE stays, IE is kept");
}

SIM_TEST_CASE(registers_keep_what_they_have) {
  Bench b;
  b.set_port(Bench::kClb, ~0u);
  b.set_port(Bench::kClbu, 0x12345678);
  b.set_port(Bench::kFb, ~0u);
  b.set_port(Bench::kPxIe, ~0u);
  BOOST_TEST(b.port(Bench::kClb) == 0xfffffc00u);
  BOOST_TEST(b.port(Bench::kClbu) == 0x12345678u);
  BOOST_TEST(b.port(Bench::kFb) == 0xffffff00u);
  BOOST_TEST(b.port(Bench::kPxIe) == 0xfdc000ffu);
  b.set_port(Bench::kSact, 5);
  b.set_port(Bench::kCi, 5);
  BOOST_TEST(b.port(Bench::kSact) == 0u, "nothing is issued while the port does not run");
  BOOST_TEST(b.port(Bench::kCi) == 0u);
  for (const unsigned none : {0x1cu, 0x3cu, 0x40u, 0x44u, 0x70u}) {
    b.set_port(none, ~0u);
    BOOST_TEST(b.port(none) == 0u);
  }
  b.put(0x200, ~0u);
  BOOST_TEST(b.get(0x200) == 0u, "a port that is not there");
  BOOST_TEST(b.get(0xffc) == 0u);
}

SIM_TEST_CASE(the_pair_of_ports_reaches_the_same) {
  Bench b;
  const std::uint64_t io = Guest::kPorts + Bench::kPortsBase;
  b.guest.put32(io + 0x10, Bench::kPi);
  BOOST_TEST(b.guest.get32(io + 0x14) == 3u);
  b.guest.put32(io + 0x10, 0x100 + Bench::kClb);
  b.guest.put32(io + 0x14, 0xabcdec00);
  BOOST_TEST(b.guest.get32(io + 0x10) == 0x100u);
  BOOST_TEST(b.port(Bench::kClb) == 0xabcdec00u);
  b.guest.put32(io + 0x10, ~0u);
  BOOST_TEST(b.guest.get32(io + 0x14) == 0u);
  BOOST_TEST(b.guest.get32(io) == 0u);
}

SIM_TEST_CASE(the_disk_sends_its_signature) {
  Bench b;
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0x80u, "it spins up");
  BOOST_TEST(b.port(Bench::kSsts) == 0x133u);
  b.start();
  BOOST_TEST(b.port(Bench::kSig) == 0x00000101u);
  BOOST_TEST(b.port(Bench::kTfd) == 0x0150u);
  const Bytes fis = b.read(Bench::kFis + 0x40, 20);
  BOOST_TEST(fis == (Bytes{0x34, 0, 0x50, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  BOOST_TEST(b.port(Bench::kSsts, 1) == 0u, "nothing is at the other port");
  BOOST_TEST(b.port(Bench::kTfd, 1) == 0x7fu);
  BOOST_TEST(b.port(Bench::kSig, 1) == 0xffffffffu);
  BOOST_TEST((b.port(Bench::kCmd) & 0xc000) == 0xc000u, "FR, CR");
}

SIM_TEST_CASE(a_reset_of_the_adapter_keeps_addresses_only) {
  Bench b;
  b.start();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.get(Bench::kIs) == 1u);
  b.put(Bench::kGhc, 0x80000001);
  BOOST_TEST(b.get(Bench::kGhc) == 0x80000000u);
  BOOST_TEST(b.get(Bench::kIs) == 0u);
  BOOST_TEST(b.port(Bench::kClb) == static_cast<std::uint32_t>(Bench::kList));
  BOOST_TEST(b.port(Bench::kFb) == static_cast<std::uint32_t>(Bench::kFis));
  BOOST_TEST(b.port(Bench::kPxIe) == 0u);
  BOOST_TEST(b.port(Bench::kCmd) == 6u);
  BOOST_TEST((b.port(Bench::kTfd) & 0x80) == 0x80u);
  b.start();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
}

SIM_TEST_CASE(a_reset_of_the_platform_keeps_the_medium) {
  Bench b;
  b.start();
  b.write(Bench::kData, pattern(512, 1));
  BOOST_TEST(b.command(Bench::dma(true, 3, 1)));
  b.hba.reset();
  b.disk.reset();
  BOOST_TEST(b.guest.get32(b.function + pci::kBar0 + 20) == 0u);
  b.guest.put32(b.function + pci::kBar0 + 20, Bench::kRegisters);
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  BOOST_TEST(b.port(Bench::kClb) == 0u);
  b.start();
  BOOST_TEST(b.command(Bench::dma(false, 3, 1, Bench::kData + 512)));
  BOOST_TEST(b.read(Bench::kData + 512, 512) == pattern(512, 1));
}

namespace {
std::string findings(const std::string& adapter) {
  Registry registry;
  register_ahci(registry);
  Platform platform(registry);
  platform.build(Node::parse(pci_platform("          hba: " + adapter + "\n"), "test.yaml"));
  return platform.diagnostics().str();
}
}  // namespace

SIM_TEST_CASE(disks_that_do_not_fit) {
  const std::string text = findings(
      "{type: ahci, ports: 2, disks: {a: {type: ata-disk, port: 1, backend: medium}, "
      "b: {type: ata-disk, port: 1, backend: medium}, c: {type: ata-disk, port: 2, backend: "
      "medium}, d: {type: ata-disk, backend: medium}, e: {type: ata-disk, backend: medium}}}");
  BOOST_TEST(text.find("'port' of bus.pci.hba.b (ata-disk) is 1; expected a free one of the 2") !=
             std::string::npos);
  BOOST_TEST(text.find("'port' of bus.pci.hba.c (ata-disk) is 2") != std::string::npos);
  BOOST_TEST(text.find("bus.pci.hba.d") == std::string::npos);
  BOOST_TEST(text.find("bus.pci.hba.e (ata-disk) finds no free port") != std::string::npos);
}

SIM_TEST_CASE(parameters_of_a_disk_are_checked) {
  const std::string text = findings(
      "{type: ahci, disks: {a: {type: ata-disk, serial: \"123456789012345678901\", block_size: "
      "1KiB, backend: {type: medium, size: 512B}}}}");
  BOOST_TEST(text.find("expected at most 20 characters") != std::string::npos);
  BOOST_TEST(text.find("expected 512B or 4096B") != std::string::npos);
  BOOST_TEST(text.find("smaller than a sector") != std::string::npos);
}

SIM_TEST_CASE(thirty_two_ports) {
  Sim sim(
      pci_platform("          hba: {type: ahci, slot: 3, ports: 32, disks: {a: {type: ata-disk, "
                   "port: 31, backend: medium}}}\n"),
      register_ahci);
  sim.run(sc_core::sc_time(2, sc_core::SC_MS));
  Guest guest(sim);
  const std::uint64_t function = Guest::place(0, 3);
  BOOST_TEST(guest.size_of(function, 5) == 8192u);
  guest.put32(function + pci::kBar0 + 20, Bench::kRegisters);
  guest.put16(function + pci::kCommand, pci::kMemoryEnable);
  BOOST_TEST(guest.get32(Bench::kRegisters + Bench::kPi) == 0xffffffffu);
  BOOST_TEST((guest.get32(Bench::kRegisters) & 0x1f) == 31u);
  BOOST_TEST(guest.get32(Bench::kRegisters + 0x100 + 31 * 0x80 + Bench::kSig) == 0x101u);
  BOOST_TEST(guest.get32(Bench::kRegisters + 0x1100) == 0u);
}
