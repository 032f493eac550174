// SPDX-License-Identifier: Apache-2.0
#include "pci/root_port.h"

#include "support/pci.h"

using namespace ringside;
using namespace ringside::pci;
using ringside::test::Guest;
using ringside::test::pci_platform;
using ringside::test::register_pci_models;
using ringside::test::TestFunction;

namespace {

/// A root port at 00:02.0 and a function behind it.
struct Bench {
  Bench()
      : sim(pci_platform("          port:\n"
                         "            type: pci-root-port\n"
                         "            slot: 2\n"
                         "            children:\n"
                         "              card: {type: test-function}\n"
                         "              twin: {type: test-function, slot: '0.1', pin: 2}\n"),
            register_pci_models),
        port(sim.model<PciRootPort>("bus.pci.port")),
        card(sim.model<TestFunction>("bus.pci.port.card")),
        twin(sim.model<TestFunction>("bus.pci.port.twin")),
        wires(sim.model<test::FakeWires>("wires")),
        guest(sim) {
    sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  }
  /// As firmware does: bus 1 behind the port, 1 MiB of each kind of memory, 4 KiB of ports.
  void enumerate() {
    guest.put32(bridge + kPrimaryBus, 0x00010100);
    guest.put16(bridge + kMemoryBase, 0x4010);
    guest.put16(bridge + kMemoryLimit, 0x4010);
    guest.put16(bridge + kPrefetchBase, 0x0020);
    guest.put16(bridge + kPrefetchLimit, 0x0020);
    guest.put32(bridge + kPrefetchBaseHigh, 4);
    guest.put32(bridge + kPrefetchLimitHigh, 4);
    guest.put8(bridge + kIoBase, 0x20);
    guest.put8(bridge + kIoLimit, 0x20);
    guest.put16(bridge + kCommand, kIoEnable | kMemoryEnable | kBusMaster);
    guest.put32(at + kBar0, 0x2100);
    guest.put32(at + kBar0 + 4, 0x40100000);
    guest.put32(at + kBar0 + 8, 0x00200000);
    guest.put32(at + kBar0 + 12, 4);
    guest.put16(at + kCommand, kIoEnable | kMemoryEnable | kBusMaster);
  }

  test::Sim sim;
  PciRootPort& port;
  TestFunction& card;
  TestFunction& twin;
  test::FakeWires& wires;
  Guest guest;
  const std::uint64_t bridge = Guest::place(0, 2);
  const std::uint64_t at = Guest::place(1, 0);
};

}  // namespace

SIM_TEST_CASE(a_root_port_looks_like_a_bridge) {
  Bench b;
  BOOST_TEST(b.guest.get32(b.bridge) == 0x000c1b36u);
  BOOST_TEST(b.guest.get32(b.bridge + kRevision) == 0x06040000u);
  BOOST_TEST(b.guest.get8(b.bridge + kHeaderType) == 1);
  const unsigned express = b.guest.capability(b.bridge, kExpress);
  BOOST_REQUIRE(express != 0u);
  BOOST_TEST((b.guest.get16(b.bridge + express + kExpressFlags) >> 4 & 0xf) == 4, "root port");
  BOOST_TEST(b.guest.capability(b.bridge, kMsiX) != 0u);
  BOOST_TEST(b.guest.get32(b.bridge + 0x100) == 0u, "extended space is there, and empty");
  BOOST_TEST(b.guest.size_of(b.bridge, 0) == 0x1000u);
}

SIM_TEST_CASE(window_registers_keep_their_low_bits) {
  Bench b;
  for (unsigned offset = kIoBase; offset < 0x34; offset += 4)
    b.guest.put32(b.bridge + offset, 0xffffffff);
  BOOST_TEST(b.guest.get16(b.bridge + kIoBase) == 0xf1f1);
  BOOST_TEST(b.guest.get32(b.bridge + kMemoryBase) == 0xfff0fff0u);
  BOOST_TEST(b.guest.get32(b.bridge + kPrefetchBase) == 0xfff1fff1u);
  BOOST_TEST(b.guest.get32(b.bridge + kPrefetchBaseHigh) == 0xffffffffu);
  BOOST_TEST(b.guest.get32(b.bridge + kIoBaseHigh) == 0xffffffffu);
}

SIM_TEST_CASE(windows_begin_closed) {
  Bench b;
  b.guest.put32(b.bridge + kPrimaryBus, 0x00010100);
  b.guest.put16(b.bridge + kCommand, kIoEnable | kMemoryEnable | kBusMaster);
  b.guest.put16(b.at + kCommand, kIoEnable | kMemoryEnable);
  BOOST_TEST(b.guest.get32(Guest::kPorts) == 0xffffffffu);
  BOOST_TEST(b.port.forwarded_down.value() == 1u, "the configuration write only");
}

SIM_TEST_CASE(bus_numbers_open_the_way_to_functions_behind) {
  Bench b;
  BOOST_TEST(b.guest.get32(b.at) == 0xffffffffu);
  b.enumerate();
  BOOST_TEST(b.guest.get32(b.at) == 0x56781234u);
  BOOST_TEST(b.guest.get32(Guest::place(1, 0, 1)) == 0x56781234u);
  BOOST_TEST(b.guest.get8(b.at + kHeaderType) == 0x80);
  BOOST_TEST(b.guest.get32(Guest::place(1, 1)) == 0xffffffffu, "one device on a link");
  BOOST_TEST(b.guest.get32(Guest::place(2, 0)) == 0xffffffffu);
  BOOST_TEST(b.card.requester_id() == 0x0100);
  BOOST_TEST(b.twin.requester_id() == 0x0101);
  b.guest.put32(b.bridge + kPrimaryBus, 0x00070500);
  BOOST_TEST(b.guest.get32(b.at) == 0xffffffffu);
  BOOST_TEST(b.guest.get32(Guest::place(5, 0)) == 0x56781234u);
  BOOST_TEST(b.guest.get32(Guest::place(6, 0)) == 0xffffffffu);
  BOOST_TEST(b.card.requester_id() == 0x0500);
}

SIM_TEST_CASE(functions_behind_a_port_are_pci_express) {
  Bench b;
  b.enumerate();
  const unsigned express = b.guest.capability(b.at, kExpress);
  BOOST_TEST(express == 0x40u);
  BOOST_TEST(b.guest.get16(b.at + express + kExpressFlags) == 0x0002);
  BOOST_TEST(b.guest.capability(b.at, kPowerManagement) == 0x7cu);
  BOOST_TEST(b.guest.get16(b.at + 0x7e) == 0x0003);
  BOOST_TEST(b.guest.get32(b.at + 0x100) == 0u);
}

SIM_TEST_CASE(accesses_pass_through_all_three_windows) {
  Bench b;
  b.enumerate();
  b.guest.get32(0x40100010);
  BOOST_TEST(b.card.last.bar == 1u);
  BOOST_TEST(b.card.last.offset == 0x10u);
  b.guest.get8(Guest::kPorts + 0x2103);
  BOOST_TEST(b.card.last.bar == 0u);
  BOOST_TEST(b.card.last.offset == 3u);
  b.guest.put8(0x400200005, 0x5a);
  BOOST_TEST(b.card.memory[5] == 0x5a);
  BOOST_TEST(b.port.forwarded_down.value() != 0u);
  tlm::tlm_dmi dmi;
  BOOST_TEST(b.guest.cpu.direct(0x400200000, dmi));
  BOOST_TEST(dmi.get_dmi_ptr() == b.card.memory);
}

SIM_TEST_CASE(closed_windows_and_disabled_ports_pass_nothing) {
  Bench b;
  b.enumerate();
  b.guest.put16(b.bridge + kCommand, kIoEnable | kBusMaster);
  BOOST_TEST(b.guest.get32(0x40100010) == 0xffffffffu);
  b.guest.put16(b.bridge + kCommand, kMemoryEnable | kBusMaster);
  BOOST_TEST(b.guest.get32(0x40100010) == 0x55667788u);
  BOOST_TEST(b.guest.get8(Guest::kPorts + 0x2103) == 0xff);
  b.guest.put16(b.bridge + kMemoryBase, 0x4020);
  BOOST_TEST(b.guest.get32(0x40100010) == 0xffffffffu, "base above limit");
}

SIM_TEST_CASE(dma_needs_bus_master_on_the_whole_way) {
  Bench b;
  b.enumerate();
  std::uint32_t word = 5;
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::Ok));
  BOOST_TEST(b.guest.get32(Guest::kRam) == 5u);
  b.guest.put16(b.bridge + kCommand, kMemoryEnable);
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::AddressError),
             "the direct pointer is gone too");
  b.guest.put16(b.bridge + kCommand, kMemoryEnable | kBusMaster);
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::Ok));
}

SIM_TEST_CASE(messages_pass_upwards) {
  Bench b;
  b.enumerate();
  b.guest.put32(b.at + kBar0 + 16, 0x40101000);
  b.guest.put16(b.at + b.card.msix().capability() + 2, 0x8000);
  b.guest.put32(0x40101000, 0x28000000);
  b.guest.put32(0x40101008, 3);
  b.guest.put32(0x4010100c, 0);
  b.card.raise_msix(0);
  const auto& messages = b.sim.model<test::FakeMessages>("bus.messages").messages;
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].tag.requester_id == 0x0100);
}

SIM_TEST_CASE(pins_swizzle_twice) {
  Bench b;
  // INTA of device 0 is wire 0 of the secondary bus, which is INTA of the port at device 2.
  b.card.set_intx(true);
  BOOST_TEST(b.wires.levels[34]);
  b.twin.set_intx(true);
  BOOST_TEST(b.wires.levels[35], "INTB");
  b.card.set_intx(false);
  BOOST_TEST(!b.wires.levels[34]);
}

SIM_TEST_CASE(a_secondary_reset_resets_what_is_behind) {
  Bench b;
  b.enumerate();
  const unsigned resets = b.card.resets;
  b.guest.put16(b.bridge + kBridgeControl, kSecondaryReset);
  BOOST_TEST(b.card.resets == resets + 1);
  BOOST_TEST(b.guest.get32(b.at) == 0xffffffffu, "nothing answers during the reset");
  b.guest.put16(b.bridge + kBridgeControl, 0);
  BOOST_TEST(b.card.resets == resets + 1);
  BOOST_TEST(b.guest.get32(b.at) == 0x56781234u);
  BOOST_TEST(b.guest.get16(b.at + kCommand) == 0);
}

SIM_TEST_CASE(a_function_level_reset_resets_one_function) {
  Bench b;
  b.enumerate();
  const std::uint64_t control = b.at + 0x40 + kDeviceControl;
  b.guest.put16(control, 0x0020);
  const unsigned card = b.card.resets;
  const unsigned twin = b.twin.resets;
  b.guest.put16(control, 0x8020);
  BOOST_TEST(b.card.resets == card + 1);
  BOOST_TEST(b.twin.resets == twin);
  BOOST_TEST(b.guest.get16(b.at + kCommand) == 0);
  BOOST_TEST(b.guest.get16(control) == 0x2020, "the payload size stays, the request size does not");
}

SIM_TEST_CASE(a_sleeping_function_answers_configuration_only) {
  Bench b;
  b.enumerate();
  b.card.set_intx(true);
  b.guest.put16(b.at + 0x7c + kPowerControl, 3);
  BOOST_TEST(b.guest.get16(b.at + 0x7c + kPowerControl) == 0x000b);
  BOOST_TEST(b.guest.get32(0x40100010) == 0xffffffffu);
  BOOST_TEST(!b.wires.levels[34]);
  std::uint32_t word = 0;
  BOOST_TEST((b.card.dma().read(Guest::kRam, &word, 4, {}) == DmaStatus::AddressError));
  b.guest.put16(b.at + 0x7c + kPowerControl, 0);
  BOOST_TEST(b.guest.get32(0x40100010) == 0x55667788u, "no soft reset");
  BOOST_TEST(b.wires.levels[34]);
}

SIM_TEST_CASE(wrong_bus_numbers_do_no_harm) {
  Bench b;
  b.guest.put32(b.bridge + kPrimaryBus, 0x00000000);
  BOOST_TEST(b.guest.get32(b.bridge) == 0x000c1b36u);
  b.guest.put32(b.bridge + kPrimaryBus, 0x00ff0000);
  BOOST_TEST(b.guest.get32(b.bridge) == 0x000c1b36u);
  BOOST_TEST(b.guest.get32(b.at) == 0xffffffffu);
  b.guest.put32(b.bridge + kPrimaryBus, 0x00010200);
  BOOST_TEST(b.guest.get32(Guest::place(2, 0)) == 0xffffffffu);
}

SIM_TEST_CASE(ports_in_ports_enumerate) {
  test::Sim sim(pci_platform("          top:\n"
                             "            type: pci-root-port\n"
                             "            slot: 1\n"
                             "            children:\n"
                             "              below:\n"
                             "                type: pci-root-port\n"
                             "                children:\n"
                             "                  card: {type: test-function}\n"),
                register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  guest.put32(Guest::place(0, 1) + kPrimaryBus, 0x00020100);
  guest.put32(Guest::place(1, 0) + kPrimaryBus, 0x00020201);
  BOOST_TEST(guest.get32(Guest::place(2, 0)) == 0x56781234u);
  auto& card = sim.model<TestFunction>("bus.pci.top.below.card");
  BOOST_TEST(card.requester_id() == 0x0200);
  card.set_intx(true);
  BOOST_TEST(sim.model<test::FakeWires>("wires").levels[33]);
}

SIM_TEST_CASE(devices_other_than_0_are_refused_below_a_port) {
  Registry registry;
  register_pci_models(registry);
  Platform platform(registry);
  const std::string yaml = pci_platform(
      "          port:\n"
      "            type: pci-root-port\n"
      "            children:\n"
      "              card: {type: test-function, slot: 1}\n");
  BOOST_TEST(!platform.build(Node::parse(yaml, "p.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("expected device 0, the only one below a port") !=
             std::string::npos);
}
