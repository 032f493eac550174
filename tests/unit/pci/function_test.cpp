// SPDX-License-Identifier: Apache-2.0
#include "pci/function.h"

#include "support/pci.h"

using namespace ringside;
using namespace ringside::pci;
using ringside::test::Guest;
using ringside::test::pci_platform;
using ringside::test::register_pci_models;
using ringside::test::TestFunction;

namespace {

/// A function at 00:03.0 and the processor.
struct Bench {
  explicit Bench(const std::string& settings = "", const std::string& machine = "")
      : sim(pci_platform("          card: {type: test-function, slot: 3" + settings + "}\n", "",
                         machine),
            register_pci_models),
        card(sim.model<TestFunction>("bus.pci.card")),
        messages(sim.model<test::FakeMessages>("bus.messages")),
        wires(sim.model<test::FakeWires>("wires")),
        guest(sim) {
    sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  }
  void command(std::uint16_t value) { guest.put16(at + kCommand, value); }
  /// Puts the three kinds of registers, and MSI-X, into their windows.
  void place_bars() {
    guest.put32(at + kBar0, 0x1000);
    guest.put32(at + kBar0 + 4, 0x40001000);
    guest.put32(at + kBar0 + 8, 0x00010000);
    guest.put32(at + kBar0 + 12, 4);
    guest.put32(at + kBar0 + 16, 0x40002000);
  }
  void enable_msix(std::uint16_t control = 0x8000) {
    guest.put16(at + card.msix().capability() + 2, control);
  }
  void program_vector(unsigned vector, std::uint32_t data, std::uint32_t mask) {
    const std::uint64_t entry = 0x40002000 + vector * 16;
    guest.put32(entry, 0x28000000);
    guest.put32(entry + 4, 0);
    guest.put32(entry + 8, data);
    guest.put32(entry + 12, mask);
  }

  test::Sim sim;
  TestFunction& card;
  test::FakeMessages& messages;
  test::FakeWires& wires;
  Guest guest;
  const std::uint64_t at = Guest::place(0, 3);
};

constexpr std::uint16_t kAll = kIoEnable | kMemoryEnable | kBusMaster;

}  // namespace

SIM_TEST_CASE(sizing_shows_kind_and_size) {
  Bench b;
  for (unsigned bar = 0; bar < 6; ++bar) b.guest.put32(b.at + kBar0 + 4 * bar, 0xffffffff);
  BOOST_TEST(b.guest.get32(b.at + kBar0) == 0xffffffe1u);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 4) == 0xfffff000u);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 8) == 0xffff000cu);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 12) == 0xffffffffu);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 16) == 0xfffff000u);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 20) == 0u);
  BOOST_TEST(b.guest.get32(b.at + 0x30) == 0u, "no expansion ROM");
}

SIM_TEST_CASE(identity_and_fixed_registers_do_not_change) {
  Bench b;
  for (unsigned offset = 0; offset < 0x40; offset += 4)
    if (offset < kBar0 || offset >= 0x28) b.guest.put32(b.at + offset, 0xffffffff);
  BOOST_TEST(b.guest.get32(b.at) == 0x56781234u);
  BOOST_TEST(b.guest.get16(b.at + kCommand) == 0x0547);
  BOOST_TEST(b.guest.get16(b.at + kStatus) == kHasCapabilities);
  BOOST_TEST(b.guest.get32(b.at + kRevision) == 0x02000003u);
  BOOST_TEST(b.guest.get32(b.at + kCacheLineSize) == 0x000000ffu);
  BOOST_TEST(b.guest.get32(b.at + kSubsystemVendorId) == 0xef01abcdu);
  BOOST_TEST(b.guest.get16(b.at + kInterruptLine) == 0x01ff);
}

SIM_TEST_CASE(a_conventional_function_has_256_bytes_of_configuration) {
  Bench b;
  BOOST_TEST(b.guest.get32(b.at + 0x100) == 0xffffffffu);
  BOOST_TEST(b.guest.capability(b.at, kExpress) == 0u);
}

SIM_TEST_CASE(accesses_need_their_enable_bit) {
  Bench b;
  b.place_bars();
  const std::uint64_t port = Guest::kPorts + 0x1004;
  const std::uint64_t low = 0x40001010;
  BOOST_TEST(b.guest.get32(port) == 0xffffffffu);
  BOOST_TEST(b.guest.get32(low) == 0xffffffffu);
  b.command(kIoEnable);
  BOOST_TEST(b.guest.get32(port) == 0x55667788u);
  BOOST_TEST(b.card.last.bar == 0u);
  BOOST_TEST(b.card.last.offset == 4u);
  BOOST_TEST(b.guest.get32(low) == 0xffffffffu);
  b.command(kMemoryEnable);
  BOOST_TEST(b.guest.get32(port) == 0xffffffffu);
  BOOST_TEST(b.guest.get16(low) == 0x7788);
  BOOST_TEST(b.card.last.bar == 1u);
  BOOST_TEST(b.card.last.offset == 0x10u);
  BOOST_TEST(b.card.last.bytes == 2u);
  b.guest.put<std::uint64_t>(low + 8, 0x0102030405060708);
  BOOST_TEST(b.card.last.value == 0x0102030405060708u);
  BOOST_TEST(b.card.last.offset == 0x18u);
}

SIM_TEST_CASE(moving_a_bar_moves_its_window) {
  Bench b;
  b.place_bars();
  b.command(kMemoryEnable);
  BOOST_TEST(b.guest.get32(0x40001000) == 0x55667788u);
  b.guest.put32(b.at + kBar0 + 4, 0x40009000);
  BOOST_TEST(b.guest.get32(0x40001000) == 0xffffffffu);
  BOOST_TEST(b.guest.get32(0x40009ffc) == 0x55667788u);
  BOOST_TEST(b.guest.get32(0x4000a000) == 0xffffffffu);
}

SIM_TEST_CASE(an_access_over_the_end_of_a_bar_finds_nobody) {
  Bench b;
  b.place_bars();
  b.command(kMemoryEnable);
  b.guest.put32(b.at + kBar0 + 16, 0x40100000);
  BOOST_TEST(b.guest.get32(0x40001ffe) == 0xffffffffu);
  BOOST_TEST(b.card.reads == 0u);
}

SIM_TEST_CASE(memory_behind_a_bar_is_memory_and_gives_direct_pointers) {
  Bench b;
  b.place_bars();
  b.command(kMemoryEnable);
  const std::uint64_t base = 0x400010000;
  b.guest.put32(base + 0x100, 0xdeadbeef);
  BOOST_TEST(b.card.memory[0x103] == 0xde);
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(b.guest.cpu.direct(base + 0x2000, dmi));
  BOOST_TEST(dmi.get_end_address() == base + 0xffff);
  const std::uint64_t offset = base + 0x2000 - dmi.get_start_address();
  BOOST_TEST(dmi.get_dmi_ptr() + offset == b.card.memory + 0x2000);
  b.guest.cpu.invalidated.clear();
  b.guest.put32(b.at + kBar0 + 12, 5);
  BOOST_TEST(!b.guest.cpu.invalidated.empty(), "pointers die when the register moves");
  BOOST_TEST(!b.guest.cpu.direct(base + 0x2000, dmi));
  BOOST_TEST(b.guest.get32(0x500010100) == 0xdeadbeefu);
}

SIM_TEST_CASE(dma_needs_bus_master) {
  Bench b;
  TransactionTag tag;
  std::uint32_t word = 0x12345678;
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, tag) == DmaStatus::AddressError));
  BOOST_TEST((b.card.dma().read(Guest::kRam, &word, 4, tag) == DmaStatus::AddressError));
  BOOST_TEST(b.card.dma_refused.value() == 2u);
  b.command(kBusMaster);
  BOOST_TEST((b.card.dma().write(Guest::kRam, &word, 4, tag) == DmaStatus::Ok));
  BOOST_TEST(b.guest.get32(Guest::kRam) == 0x12345678u);
  b.command(0);
  BOOST_TEST((b.card.dma().read(Guest::kRam, &word, 4, tag) == DmaStatus::AddressError));
}

SIM_TEST_CASE(dma_to_nowhere_is_an_error_and_leaves_a_trace) {
  Bench b;
  b.command(kBusMaster);
  TransactionTag tag;
  std::uint32_t word = 0;
  BOOST_TEST((b.card.dma().read(0x1, &word, 4, tag) == DmaStatus::AddressError));
  BOOST_TEST((b.guest.get16(b.at + kStatus) & kReceivedMasterAbort) != 0);
  b.guest.put16(b.at + kStatus, kReceivedMasterAbort);
  BOOST_TEST((b.guest.get16(b.at + kStatus) & kReceivedMasterAbort) == 0);
}

SIM_TEST_CASE(timed_dma_is_transactions_through_the_bus) {
  Bench b("", "accuracy: timed\n");
  b.command(kBusMaster);
  TransactionTag tag;
  std::uint32_t word = 0xabcd;
  // Not in a thread, so nothing may wait: post, as messages do.
  const std::uint64_t before = b.sim.model<Bus>("bus").accesses.value();
  BOOST_TEST((b.card.dma_port().post(Guest::kRam + 8, &word, 4, tag) == DmaStatus::Ok));
  BOOST_TEST(b.sim.model<Bus>("bus").accesses.value() == before + 1);
  BOOST_TEST(b.guest.get32(Guest::kRam + 8) == 0xabcdu);
}

SIM_TEST_CASE(dma_reaches_another_function) {
  test::Sim sim(pci_platform("          a: {type: test-function, slot: 1}\n"
                             "          b: {type: test-function, slot: 2}\n"),
                register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  auto& a = sim.model<TestFunction>("bus.pci.a");
  auto& b = sim.model<TestFunction>("bus.pci.b");
  guest.put32(Guest::place(0, 2) + kBar0 + 4, 0x40001000);
  guest.put16(Guest::place(0, 2) + kCommand, kMemoryEnable);
  guest.put16(Guest::place(0, 1) + kCommand, kBusMaster);
  std::uint32_t word = 77;
  BOOST_TEST((a.dma().write(0x40001020, &word, 4, {}) == DmaStatus::Ok));
  BOOST_TEST(b.last.offset == 0x20u);
  BOOST_TEST(b.last.value == 77u);
}

SIM_TEST_CASE(messages_are_tagged_memory_writes) {
  Bench b;
  b.place_bars();
  b.command(kAll);
  b.enable_msix();
  b.program_vector(2, 0x55, 0);
  b.card.raise_msix(2, 7);
  BOOST_REQUIRE(b.messages.messages.size() == 1u);
  const auto& message = b.messages.messages[0];
  BOOST_TEST(message.data == 0x55u);
  BOOST_TEST(message.bytes == 4u);
  BOOST_TEST(message.offset == 0u);
  BOOST_TEST((message.tag.step == Step::Interrupt));
  BOOST_TEST(message.tag.requester_id == 3 << 3);
  BOOST_TEST(message.tag.queue == 7);
  BOOST_TEST(b.card.msix_messages.value() == 1u);
}

SIM_TEST_CASE(messages_wait_for_unmasking_through_the_bar) {
  Bench b;
  b.place_bars();
  b.command(kAll);
  b.enable_msix();
  b.program_vector(1, 9, 1);
  b.card.raise_msix(1);
  b.card.raise_msix(1);
  BOOST_TEST(b.messages.messages.empty());
  BOOST_TEST(b.guest.get32(0x40002800) == 2u);
  BOOST_TEST(b.card.msix_deferred.value() == 2u);
  b.guest.put32(0x40002000 + 16 + 12, 0);
  BOOST_TEST(b.messages.messages.size() == 1u);
  BOOST_TEST(b.guest.get32(0x40002800) == 0u);
  b.enable_msix(0xc000);
  b.card.raise_msix(1);
  BOOST_TEST(b.messages.messages.size() == 1u);
  b.enable_msix(0x8000);
  BOOST_TEST(b.messages.messages.size() == 2u);
}

SIM_TEST_CASE(no_messages_without_enable_or_bus_master) {
  Bench b;
  b.place_bars();
  b.command(kAll);
  b.program_vector(0, 1, 0);
  b.card.raise_msix(0);
  BOOST_TEST(b.messages.messages.empty(), "MSI-X is disabled");
  b.enable_msix();
  b.command(kMemoryEnable);
  b.card.raise_msix(0);
  BOOST_TEST(b.messages.messages.empty(), "not a bus master");
  BOOST_TEST(b.card.dma_refused.value() == 1u);
}

SIM_TEST_CASE(the_pin_follows_condition_disable_and_msix) {
  Bench b;
  const auto status = [&] { return b.guest.get16(b.at + kStatus) & kInterruptStatus; };
  b.card.set_intx(true);
  BOOST_TEST(b.wires.levels[35]);
  BOOST_TEST(status() != 0);
  b.command(kInterruptDisable);
  BOOST_TEST(!b.wires.levels[35]);
  BOOST_TEST(status() != 0, "the status bit shows the condition, disabled or not");
  b.command(0);
  BOOST_TEST(b.wires.levels[35]);
  b.enable_msix();
  BOOST_TEST(!b.wires.levels[35]);
  BOOST_TEST(status() == 0);
  b.enable_msix(0);
  BOOST_TEST(b.wires.levels[35]);
  b.card.set_intx(false);
  BOOST_TEST(!b.wires.levels[35]);
  BOOST_TEST(b.card.intx_assertions.value() == 3u);
}

SIM_TEST_CASE(a_function_without_pin_has_no_wire) {
  Bench b(", pin: 0");
  b.card.set_intx(true);
  BOOST_TEST(b.wires.rises.empty());
}

SIM_TEST_CASE(a_platform_reset_brings_power_on_values) {
  Bench b;
  b.place_bars();
  b.command(kAll);
  b.enable_msix();
  b.card.set_intx(true);
  b.sim.platform.request_reset();
  b.sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(b.card.resets == 2u);
  BOOST_TEST(b.guest.get16(b.at + kCommand) == 0);
  BOOST_TEST(b.guest.get32(b.at + kBar0 + 4) == 0u);
  BOOST_TEST(!b.card.msix().enabled());
  BOOST_TEST(!b.wires.levels[35]);
  BOOST_TEST(b.guest.get32(0x40001000) == 0xffffffffu);
  b.card.set_intx(true);
  BOOST_TEST(b.wires.levels[35], "wires still count right after a reset");
}

SIM_TEST_CASE(wide_and_odd_register_accesses_are_handled) {
  Bench b;
  b.place_bars();
  b.command(kMemoryEnable);
  std::uint8_t block[16] = {};
  BOOST_TEST(b.guest.cpu.access(tlm::TLM_READ_COMMAND, 0x40001000, block, 16) ==
             tlm::TLM_BURST_ERROR_RESPONSE);
  BOOST_TEST(b.guest.cpu.access(tlm::TLM_READ_COMMAND, 0x40001001, block, 3) ==
             tlm::TLM_OK_RESPONSE);
  BOOST_TEST(b.card.last.bytes == 3u);
  BOOST_TEST(b.guest.cpu.access(tlm::TLM_READ_COMMAND, b.at + 3, block, 3) == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(block[0] == 0x56);
  std::uint8_t big[64];
  BOOST_TEST(
      b.guest.cpu.access(tlm::TLM_READ_COMMAND, 0x400010000, big, 64) == tlm::TLM_OK_RESPONSE,
      "memory takes any length");
}

SIM_TEST_CASE(accesses_are_counted) {
  Bench b;
  b.place_bars();
  const std::uint64_t reads = b.card.config_reads.value();
  const std::uint64_t writes = b.card.config_writes.value();
  b.guest.get32(b.at);
  b.guest.put8(b.at + kInterruptLine, 1);
  BOOST_TEST(b.card.config_reads.value() == reads + 1);
  BOOST_TEST(b.card.config_writes.value() == writes + 1);
  b.command(kMemoryEnable);
  b.guest.get32(0x40002000);
  BOOST_TEST(b.card.msix_accesses.value() == 1u);
  BOOST_TEST(b.card.reads == 0u);
}
