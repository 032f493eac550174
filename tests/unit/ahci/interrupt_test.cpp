// SPDX-License-Identifier: Apache-2.0
// From PxIS by IS to the pin or a message (AHCI 1.3.1, 10.6 and 10.7).
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

SIM_TEST_CASE(the_pin_has_a_level) {
  Bench b;
  b.start();
  BOOST_TEST(!b.hba.pin_level());
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.hba.pin_level());
  b.put(Bench::kIs, 1);
  BOOST_TEST(b.get(Bench::kIs) == 1u, "the port still wants one");
  BOOST_TEST(b.hba.pin_level());
  b.set_port(Bench::kPxIs, Bench::kDhrs);
  BOOST_TEST(b.get(Bench::kIs) == 1u, "only a write clears it");
  BOOST_TEST(b.hba.pin_level());
  b.put(Bench::kIs, 1);
  BOOST_TEST(b.get(Bench::kIs) == 0u);
  BOOST_TEST(!b.hba.pin_level());
}

SIM_TEST_CASE(enables_hold_interrupts_back) {
  Bench b;
  b.start();
  b.put(Bench::kGhc, 0x80000000);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.get(Bench::kIs) == 1u);
  BOOST_TEST(!b.hba.pin_level());
  b.put(Bench::kGhc, 0x80000002);
  BOOST_TEST(b.hba.pin_level());
  b.set_port(Bench::kPxIs, ~0u);
  b.put(Bench::kIs, 1);
  b.set_port(Bench::kPxIe, 0);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.port(Bench::kPxIs) == Bench::kDhrs);
  BOOST_TEST(b.get(Bench::kIs) == 0u);
  b.set_port(Bench::kPxIe, Bench::kDhrs);
  BOOST_TEST(b.get(Bench::kIs) == 1u);
  BOOST_TEST(b.hba.pin_level());
}

SIM_TEST_CASE(messages) {
  Bench b;
  b.start();
  b.enable_msi();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_REQUIRE(b.messages.messages.size() == 1u);
  BOOST_TEST(b.messages.messages[0].data == 0x21u);
  BOOST_TEST(!b.hba.pin_level());
  // Another end finds the bit set: no message, the handler is still to come.
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.messages.messages.size() == 1u);
  // As the handler does: PxIS, then IS.
  b.set_port(Bench::kPxIs, b.port(Bench::kPxIs));
  BOOST_TEST(b.messages.messages.size() == 1u);
  b.put(Bench::kIs, 1);
  BOOST_TEST(b.messages.messages.size() == 1u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.messages.messages.size() == 2u);
  // What ends between the two writes is not lost.
  b.set_port(Bench::kPxIs, ~0u);
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  BOOST_TEST(b.messages.messages.size() == 2u);
  b.put(Bench::kIs, 1);
  BOOST_TEST(b.messages.messages.size() == 3u);
  BOOST_TEST(b.count("port0", "interrupts") == 3u);
}

SIM_TEST_CASE(what_waits_when_messages_are_enabled) {
  Bench b;
  b.start();
  BOOST_TEST(b.command(Bench::dma(false, 0, 1)));
  b.enable_msi();
  BOOST_TEST(b.messages.messages.size() == 1u);
  b.put(Bench::kGhc, 0x80000000);
  b.put(Bench::kGhc, 0x80000002);
  BOOST_TEST(b.messages.messages.size() == 2u);
}

SIM_TEST_CASE(two_ports_share_the_message) {
  Sim sim(pci_platform("          hba: {type: ahci, slot: 3, ports: 2, spin_up: 0, disks: {"
                       "a: {type: ata-disk, backend: medium}, b: {type: ata-disk, backend: "
                       "medium}}}\n"),
          register_ahci);
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  Guest guest(sim);
  auto& hba = sim.model<Ahci>("bus.pci.hba");
  auto& messages = sim.model<FakeMessages>("bus.messages");
  const std::uint64_t function = Guest::place(0, 3);
  guest.put32(function + pci::kBar0 + 20, Bench::kRegisters);
  guest.put16(function + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  const std::uint64_t msi = function + guest.capability(function, pci::kMsi);
  guest.put32(msi + 4, Guest::kMessages);
  guest.put16(msi + 2, 1);
  guest.put32(Bench::kRegisters + Bench::kGhc, 2);
  // Both have something to tell: their links have come up.
  guest.put32(Bench::kRegisters + 0x100 + Bench::kPxIe, Bench::kPcs);
  BOOST_TEST(messages.messages.size() == 1u);
  guest.put32(Bench::kRegisters + 0x180 + Bench::kPxIe, Bench::kPcs);
  BOOST_TEST(messages.messages.size() == 2u, "another bit of IS");
  BOOST_TEST(guest.get32(Bench::kRegisters + Bench::kIs) == 3u);
  guest.put32(Bench::kRegisters + 0x100 + Bench::kSerr, ~0u);
  guest.put32(Bench::kRegisters + Bench::kIs, 1);
  BOOST_TEST(guest.get32(Bench::kRegisters + Bench::kIs) == 2u);
  BOOST_TEST(messages.messages.size() == 3u, "some remain");
  guest.put32(Bench::kRegisters + 0x180 + Bench::kSerr, ~0u);
  guest.put32(Bench::kRegisters + Bench::kIs, 2);
  BOOST_TEST(messages.messages.size() == 3u);
  BOOST_TEST(hba.msi_messages.value() == 3u);
}
