// SPDX-License-Identifier: Apache-2.0
#include "pci/msi.h"

#include <vector>

#include "pci/registers.h"
#include "support/pci.h"

using namespace ringside::pci;

namespace {

struct Capability {
  explicit Capability(unsigned messages = 1, bool maskable = false) {
    msi.add(config, messages, maskable, [this](std::uint64_t address, std::uint32_t data) {
      sent.push_back({address, data});
    });
    config.save();
  }
  void write(unsigned offset, unsigned bytes, std::uint32_t value) {
    config.write(msi.capability() + offset, bytes, value);
    msi.written();
  }
  std::uint32_t read(unsigned offset, unsigned bytes) {
    return config.read(msi.capability() + offset, bytes);
  }
  void program(std::uint64_t address, std::uint16_t data) {
    write(4, 4, static_cast<std::uint32_t>(address));
    write(8, 4, static_cast<std::uint32_t>(address >> 32));
    write(12, 2, data);
  }
  struct Message {
    std::uint64_t address;
    std::uint32_t data;
  };
  ConfigSpace config;
  Msi msi;
  std::vector<Message> sent;
};

constexpr std::uint16_t kEnable = 1;

}  // namespace

BOOST_AUTO_TEST_CASE(the_capability_without_masks) {
  Capability c;
  BOOST_TEST(c.config.get8(kCapabilityPointer) == c.msi.capability());
  BOOST_TEST(c.read(0, 1) == kMsi);
  BOOST_TEST(c.read(2, 2) == 0x0080u, "64-bit, one message");
  c.write(2, 2, 0xffff);
  BOOST_TEST(c.read(2, 2) == 0x00f1u);
  c.program(0x123456789abcdeffull, 0xbeef);
  BOOST_TEST(c.read(4, 4) == 0x9abcdefcu, "message addresses are dword aligned");
  BOOST_TEST(c.read(8, 4) == 0x12345678u);
  BOOST_TEST(c.read(12, 2) == 0xbeefu);
  BOOST_TEST(c.config.add_capability(kVendorSpecific, 4) == c.msi.capability() + 0x10);
}

BOOST_AUTO_TEST_CASE(the_capability_with_masks) {
  Capability c(8, true);
  BOOST_TEST(c.read(2, 2) == 0x0186u, "masks, 64-bit, 8 messages");
  c.write(16, 4, 0xffffffff);
  BOOST_TEST(c.read(16, 4) == 0xffu, "only messages that exist");
  c.write(20, 4, 0xffffffff);
  BOOST_TEST(c.read(20, 4) == 0u, "pending bits are read-only");
  c.write(14, 2, 0xffff);
  BOOST_TEST(c.read(14, 2) == 0u);
}

BOOST_AUTO_TEST_CASE(messages_differ_in_the_low_bits_that_were_allocated) {
  Capability c(4);
  c.program(0x28000000, 0x4b);
  BOOST_TEST(!c.msi.raise(0));
  c.write(2, 2, kEnable);
  BOOST_TEST(c.msi.allocated() == 1u);
  BOOST_TEST(c.msi.raise(0));
  BOOST_TEST(!c.msi.raise(1), "not allocated");
  c.write(2, 2, kEnable | 2 << 4);
  BOOST_TEST(c.msi.allocated() == 4u);
  for (unsigned message = 0; message < 5; ++message) c.msi.raise(message);
  BOOST_REQUIRE(c.sent.size() == 5u);
  BOOST_TEST(c.sent[0].address == 0x28000000u);
  BOOST_TEST(c.sent[0].data == 0x4bu);
  for (unsigned message = 0; message < 4; ++message)
    BOOST_TEST(c.sent[1 + message].data == 0x48u + message);
}

BOOST_AUTO_TEST_CASE(more_than_was_asked_for_is_what_was_asked_for) {
  Capability c(2);
  for (const unsigned code : {2u, 5u, 6u, 7u}) {
    c.write(2, 2, kEnable | code << 4);
    BOOST_TEST(c.msi.allocated() == 2u);
    BOOST_TEST(!c.msi.raise(2));
    BOOST_TEST(!c.msi.raise(~0u));
  }
  BOOST_TEST(c.sent.empty());
}

BOOST_AUTO_TEST_CASE(all_32_messages) {
  Capability c(32, true);
  c.program(0x28000000, 0);
  c.write(2, 2, kEnable | 5 << 4);
  BOOST_TEST(c.msi.allocated() == 32u);
  c.write(16, 4, 0x80000000);
  BOOST_TEST(!c.msi.raise(31));
  BOOST_TEST(c.read(20, 4) == 0x80000000u);
  c.write(16, 4, 0);
  BOOST_REQUIRE(c.sent.size() == 1u);
  BOOST_TEST(c.sent[0].data == 31u);
}

BOOST_AUTO_TEST_CASE(a_masked_message_is_sent_once_after_unmasking) {
  Capability c(2, true);
  c.program(0x28000000, 6);
  c.write(2, 2, kEnable | 1 << 4);
  c.write(16, 4, 2);
  BOOST_TEST(c.msi.raise(0));
  BOOST_TEST(!c.msi.raise(1));
  BOOST_TEST(!c.msi.raise(1));
  BOOST_TEST(c.sent.size() == 1u);
  BOOST_TEST(c.read(20, 4) == 2u);
  c.write(16, 1, 1);
  BOOST_REQUIRE(c.sent.size() == 2u);
  BOOST_TEST(c.sent[1].data == 7u);
  BOOST_TEST(c.read(20, 4) == 0u);
}

BOOST_AUTO_TEST_CASE(reset_disables_and_forgets) {
  Capability c(2, true);
  c.program(0x28000000, 6);
  c.write(2, 2, kEnable | 1 << 4);
  c.write(16, 4, 3);
  c.msi.raise(1);
  c.config.restore();
  c.msi.reset();
  BOOST_TEST(!c.msi.enabled());
  BOOST_TEST(c.msi.allocated() == 1u);
  BOOST_TEST(c.read(20, 4) == 0u);
  c.write(2, 2, kEnable | 1 << 4);
  BOOST_TEST(c.sent.empty());
}

BOOST_AUTO_TEST_CASE(nothing_without_the_capability) {
  Msi msi;
  msi.written();
  msi.reset();
  BOOST_TEST(!msi.present());
  BOOST_TEST(!msi.raise(0));
}

// ---- as part of a function --------------------------------------------------------------------

namespace {

using namespace ringside;
using namespace ringside::test;

struct Bench {
  Bench()
      : sim(pci_platform("          card: {type: test-function, slot: 3, messages: 4}\n"),
            register_pci_models),
        card(sim.model<TestFunction>("bus.pci.card")),
        messages(sim.model<FakeMessages>("bus.messages")),
        guest(sim) {
    sim.run(sc_core::sc_time(1, sc_core::SC_NS));
    at = Guest::place(0, 3);
    msi = at + guest.capability(at, kMsi);
    guest.put16(at + kCommand, kMemoryEnable | kBusMaster);
  }
  void enable() {
    guest.put32(msi + 4, 0x28000000);
    guest.put16(msi + 12, 0x40);
    guest.put16(msi + 2, kEnable | 2 << 4);
  }
  Sim sim;
  TestFunction& card;
  FakeMessages& messages;
  Guest guest;
  std::uint64_t at;
  std::uint64_t msi;
};

}  // namespace

SIM_TEST_CASE(messages_of_a_function_are_tagged_memory_writes) {
  Bench b;
  b.card.raise_msi(0);
  BOOST_TEST(b.messages.messages.empty(), "MSI is disabled");
  b.enable();
  b.card.raise_msi(2, 7);
  BOOST_REQUIRE(b.messages.messages.size() == 1u);
  const auto& message = b.messages.messages[0];
  BOOST_TEST(message.data == 0x42u);
  BOOST_TEST(message.bytes == 4u);
  BOOST_TEST((message.tag.step == Step::Interrupt));
  BOOST_TEST(message.tag.queue == 7);
  BOOST_TEST(b.card.msi_messages.value() == 1u);
  BOOST_TEST(b.card.msix_messages.value() == 0u);
}

SIM_TEST_CASE(masks_are_in_configuration_space) {
  Bench b;
  b.enable();
  b.guest.put32(b.msi + 16, 1);
  b.card.raise_msi(0);
  BOOST_TEST(b.card.msi_deferred.value() == 1u);
  BOOST_TEST(b.guest.get32(b.msi + 20) == 1u);
  b.guest.put8(b.msi + 16, 0);
  BOOST_TEST(b.messages.messages.size() == 1u);
  BOOST_TEST(b.guest.get32(b.msi + 20) == 0u);
}

SIM_TEST_CASE(msi_takes_the_place_of_the_pin) {
  Bench b;
  b.card.set_intx(true);
  BOOST_TEST(b.card.pin_level());
  b.enable();
  BOOST_TEST(!b.card.pin_level());
  BOOST_TEST(!(b.guest.get16(b.at + kStatus) & kInterruptStatus));
  b.guest.put16(b.msi + 2, 0);
  BOOST_TEST(b.card.pin_level());
}

SIM_TEST_CASE(no_msi_without_bus_master_or_after_a_reset) {
  Bench b;
  b.enable();
  b.guest.put16(b.at + kCommand, kMemoryEnable);
  b.card.raise_msi(0);
  BOOST_TEST(b.card.dma_refused.value() == 1u);
  b.guest.put16(b.at + kCommand, kMemoryEnable | kBusMaster);
  b.card.reset();
  BOOST_TEST(!b.card.msi().enabled());
  BOOST_TEST(b.guest.get16(b.msi + 2) == 0x0184u);
  b.card.raise_msi(0);
  BOOST_TEST(b.messages.messages.empty());
}
