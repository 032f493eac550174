// SPDX-License-Identifier: Apache-2.0
// Functions that come and go behind a root port.
#include <nlohmann/json.hpp>

#include "pci/express.h"
#include "pci/root_port.h"
#include "support/pci.h"

using namespace ringside;
using namespace ringside::pci;
using ringside::test::Guest;
using ringside::test::pci_platform;
using ringside::test::register_pci_models;
using ringside::test::TestFunction;

namespace {

constexpr std::uint16_t kPowerOn = 0x01c0;
constexpr std::uint16_t kPowerOffAll = 0x07c0;
constexpr std::uint16_t kAllEvents = kSlotHotPlugInterrupt | kSlotLinkEventEnable | kSlotButtonPressed |
                                     kSlotPresenceChanged | kSlotCommandCompleted;

struct Bench {
  explicit Bench(const std::string& port_settings)
      : sim(pci_platform("          port:\n"
                         "            type: pci-root-port\n"
                         "            slot: 2\n" +
                         port_settings +
                         "            children:\n"
                         "              card: {type: test-function}\n"),
            register_pci_models),
        port(sim.model<PciRootPort>("bus.pci.port")),
        card(sim.model<TestFunction>("bus.pci.port.card")),
        wires(sim.model<test::FakeWires>("wires")),
        guest(sim) {
    sim.run(sc_core::sc_time(1, sc_core::SC_NS));
    guest.put32(bridge + kPrimaryBus, 0x00010100);
    guest.put16(bridge + kMemoryBase, 0x4010);
    guest.put16(bridge + kMemoryLimit, 0x4010);
    guest.put16(bridge + kPrefetchBase, 0x0020);
    guest.put16(bridge + kPrefetchLimit, 0x0020);
    guest.put32(bridge + kPrefetchBaseHigh, 4);
    guest.put32(bridge + kPrefetchLimitHigh, 4);
    guest.put16(bridge + kCommand, kIoEnable | kMemoryEnable | kBusMaster);
    slot = bridge + guest.capability(bridge, kExpress);
  }
  void configure_card() {
    guest.put32(at + kBar0 + 4, 0x40100000);
    guest.put32(at + kBar0 + 8, 0x00200000);
    guest.put32(at + kBar0 + 12, 4);
    guest.put16(at + kCommand, kMemoryEnable | kBusMaster);
  }
  bool card_answers() { return guest.get32(at) == 0x56781234u; }
  void control(std::uint16_t value) { guest.put16(slot + kSlotControl, value); }
  std::uint16_t status() { return guest.get16(slot + kSlotStatus); }
  void clear() { guest.put16(slot + kSlotStatus, 0xffff); }
  void call(CommandBase& command) { command.call(Node::null({})); }
  std::string refusal(CommandBase& command) {
    try {
      call(command);
    } catch (const CommandError& e) {
      return e.what();
    }
    return "(done)";
  }

  test::Sim sim;
  PciRootPort& port;
  TestFunction& card;
  test::FakeWires& wires;
  Guest guest;
  const std::uint64_t bridge = Guest::place(0, 2);
  const std::uint64_t at = Guest::place(1, 0);
  std::uint64_t slot = 0;
};

const char* const kEmpty = "            plugged: false\n";

}  // namespace

SIM_TEST_CASE(a_slot_has_the_number_of_its_port) {
  Bench b("");
  BOOST_TEST(b.guest.get32(b.slot + kSlotCapabilities) == (2u << 19 | 0x7b));
  BOOST_TEST(b.card_answers());
}

SIM_TEST_CASE(a_slot_can_be_given_a_number) {
  Bench b("            slot_number: 77\n");
  BOOST_TEST(b.guest.get32(b.slot + kSlotCapabilities) >> 19 == 77u);
}

SIM_TEST_CASE(a_port_without_hot_plug_has_no_slot) {
  Bench b("            hotplug: false\n");
  BOOST_TEST(b.guest.get32(b.slot + kSlotCapabilities) == 0u);
  BOOST_TEST((b.guest.get16(b.slot + kExpressFlags) & 0x100) == 0);
  BOOST_TEST(b.card_answers());
  BOOST_TEST(b.refusal(b.port.unplug) == "bus.pci.port (pci-root-port) has no slot: 'hotplug' is false");
}

SIM_TEST_CASE(a_function_that_is_not_plugged_is_not_there) {
  Bench b(kEmpty);
  BOOST_TEST(b.guest.get32(b.at) == 0xffffffffu);
  b.configure_card();
  BOOST_TEST(b.guest.get32(0x40100000) == 0xffffffffu);
  BOOST_TEST(b.card.reads == 0u);
  tlm::tlm_dmi dmi;
  BOOST_TEST(!b.guest.cpu.direct(0x400200000, dmi));
  std::uint32_t word = 0;
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::AddressError));
  BOOST_TEST(b.refusal(b.port.unplug) == "the slot of bus.pci.port (pci-root-port) is empty");
  BOOST_TEST(b.refusal(b.port.surprise) == "the slot of bus.pci.port (pci-root-port) is empty");
}

SIM_TEST_CASE(a_card_is_plugged_powered_and_used) {
  Bench b(kEmpty);
  std::vector<std::string> events;
  b.sim.platform.on_event([&](const Event& event) { events.push_back(event.what); });
  b.control(kPowerOffAll | kAllEvents);
  b.clear();
  BOOST_TEST(!b.wires.levels[34]);
  b.call(b.port.plug);
  BOOST_TEST(b.wires.levels[34], "the port's own pin");
  BOOST_TEST(!b.card_answers(), "no power yet");
  b.clear();
  BOOST_TEST(!b.wires.levels[34]);
  const unsigned resets = b.card.resets;
  b.control(kPowerOn | kAllEvents);
  BOOST_TEST(b.wires.levels[34]);
  BOOST_TEST(b.card.resets == resets + 1);
  BOOST_TEST(b.card_answers());
  b.configure_card();
  BOOST_TEST(b.guest.get32(0x40100000) == 0x55667788u);
  std::uint32_t word = 5;
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::Ok));
  BOOST_TEST(b.refusal(b.port.plug) == "the slot of bus.pci.port (pci-root-port) has its card already");
  BOOST_TEST(b.port.cards_in.value() == 1u);
  BOOST_REQUIRE_EQUAL(events.size(), 1u);
  BOOST_TEST(events[0] == "plugged");
}

SIM_TEST_CASE(a_card_leaves_when_the_guest_lets_it) {
  Bench b("");
  b.configure_card();
  tlm::tlm_dmi dmi;
  BOOST_TEST(b.guest.cpu.direct(0x400200000, dmi));
  std::uint32_t word = 5;
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::Ok));
  b.call(b.port.unplug);
  BOOST_TEST((b.status() & kSlotButtonPressed) != 0);
  BOOST_TEST(b.card_answers(), "the guest has not agreed yet");
  b.card.set_intx(true);
  BOOST_TEST(b.wires.levels[34]);
  const std::size_t invalidated = b.guest.cpu.invalidated.size();
  b.control(kPowerOffAll);
  BOOST_TEST(!b.card_answers());
  BOOST_TEST((b.status() & kSlotPresent) == 0);
  BOOST_TEST(!b.wires.levels[34], "its pin fell with it");
  BOOST_TEST(b.guest.cpu.invalidated.size() > invalidated, "direct pointers of harts are void");
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, {}) == DmaStatus::AddressError));
  BOOST_TEST(b.port.cards_out.value() == 1u);
  // And back.
  b.call(b.port.plug);
  b.control(kPowerOn);
  BOOST_TEST(b.card_answers());
  BOOST_TEST(b.guest.get16(b.at + kCommand) == 0, "it remembers nothing");
}

SIM_TEST_CASE(a_card_is_torn_out_in_the_middle) {
  Bench b("");
  b.configure_card();
  b.control(kPowerOn | kAllEvents);
  b.clear();
  b.card.set_intx(true);
  b.call(b.port.surprise);
  BOOST_TEST(!b.card_answers());
  BOOST_TEST(b.guest.get32(0x40100000) == 0xffffffffu);
  BOOST_TEST((b.status() & (kSlotPresenceChanged | kSlotLinkChanged)) ==
             (kSlotPresenceChanged | kSlotLinkChanged));
  BOOST_TEST(b.wires.levels[34], "the port's, not the card's");
  b.clear();
  BOOST_TEST(!b.wires.levels[34]);
}

SIM_TEST_CASE(hot_plug_events_are_messages_if_the_guest_wants_them) {
  Bench b(kEmpty);
  b.guest.put32(b.bridge + kBar0, 0x40000000);
  b.guest.put16(b.bridge + b.port.msix().capability() + 2, 0x8000);
  b.guest.put32(0x40000000, 0x28000000);
  b.guest.put32(0x40000008, 9);
  b.guest.put32(0x4000000c, 0);
  b.control(kPowerOffAll | kAllEvents);
  b.clear();
  const auto& messages = b.sim.model<test::FakeMessages>("bus.messages").messages;
  const std::size_t before = messages.size();
  b.call(b.port.plug);
  BOOST_TEST(messages.size() == before + 1);
  BOOST_TEST(!b.wires.levels[34]);
  b.control(kPowerOffAll | kAllEvents);
  BOOST_TEST(messages.size() == before + 1, "the condition held all the time");
  b.clear();
  b.control(kPowerOn | kAllEvents);
  BOOST_TEST(messages.size() == before + 2);
}

SIM_TEST_CASE(a_reset_of_the_machine_keeps_cards_where_they_are) {
  Bench b(kEmpty);
  b.call(b.port.plug);
  b.sim.platform.request_reset();
  b.sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(b.port.config().get16(static_cast<unsigned>(b.slot - b.bridge) + kSlotStatus) == kSlotPresent);
  b.guest.put32(b.bridge + kPrimaryBus, 0x00010100);
  BOOST_TEST(b.card_answers(), "power-on gives power to what is there");
}

SIM_TEST_CASE(an_absent_card_in_a_port_without_slot_is_refused) {
  Registry registry;
  register_pci_models(registry);
  Platform platform(registry);
  const std::string yaml = pci_platform(
      "          port: {type: pci-root-port, hotplug: false, plugged: false}\n");
  BOOST_TEST(!platform.build(Node::parse(yaml, "p.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("expected a slot that a card can come to") !=
             std::string::npos);
}
