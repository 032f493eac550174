// SPDX-License-Identifier: Apache-2.0
// Sections are those of the RISC-V Advanced Interrupt Architecture 1.0.
#include "irq/aplic_domain.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

using ringside::AplicDelivery;
using ringside::AplicDomain;

namespace {

enum Offset : std::uint64_t {
  kDomainConfig = 0x0000,
  kSetPending = 0x1c00,
  kSetPendingNumber = 0x1cdc,
  kInputs = 0x1d00,
  kClearPendingNumber = 0x1ddc,
  kSetEnable = 0x1e00,
  kSetEnableNumber = 0x1edc,
  kClearEnable = 0x1f00,
  kClearEnableNumber = 0x1fdc,
  kSetPendingLittle = 0x2000,
  kSetPendingBig = 0x2004,
  kGenerate = 0x3000,
};
constexpr std::uint64_t config(unsigned source) {
  return 4 * source;
}
constexpr std::uint64_t target(unsigned source) {
  return 0x3000 + 4 * source;
}
constexpr std::uint64_t idc(unsigned hart, unsigned reg) {
  return 0x4000 + 32 * hart + reg;
}
constexpr unsigned kIdelivery = 0, kIforce = 4, kIthreshold = 8, kTopi = 0x18, kClaimi = 0x1c;
constexpr std::uint32_t kDelegate = 1 << 10, kOn = 1 << 8;
constexpr std::uint32_t kDetached = 1, kRising = 4, kFalling = 5, kHigh = 6, kLow = 7;

struct Domains {
  explicit Domains(AplicDelivery delivery)
      : root({40, delivery}, nullptr, output("m")), child({40, delivery}, &root, output("s")) {
    root.set_harts(2);
    child.set_harts(2);
    for (AplicDomain* domain : {&root, &child}) domain->write(kDomainConfig, kOn);
  }
  AplicDomain::Output output(const std::string& level) {
    AplicDomain::Output out;
    out.message = [this](std::uint64_t address, std::uint32_t data) {
      messages.push_back({address, data});
    };
    out.wire = [this, level](unsigned hart, bool high) {
      wires[level + std::to_string(hart)] = high;
    };
    return out;
  }
  AplicDomain root;
  AplicDomain child;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> messages;
  std::map<std::string, bool> wires;
};

struct Msi : Domains {
  Msi() : Domains(AplicDelivery::Msi) {
    root.write(0x1bc0, 0x24000);  // machine-level base page
    root.write(0x1bc4, 1 << 12);  // one bit of hart number
    root.write(0x1bc8, 0x28000);
    root.write(0x1bcc, 0);
  }
  /// Source 5 in the root, enabled, sending identity 33 to hart 1.
  void use(std::uint32_t mode) {
    root.write(config(5), mode);
    root.write(target(5), 1u << 18 | 33);
    root.write(kSetEnableNumber, 5);
  }
  bool pending(unsigned source) { return root.read(kSetPending) >> source & 1; }
};

struct Direct : Domains {
  Direct() : Domains(AplicDelivery::Direct) {
    for (unsigned hart : {0, 1}) root.write(idc(hart, kIdelivery), 1);
  }
  void use(unsigned source, std::uint32_t mode, unsigned hart, unsigned priority) {
    root.write(config(source), mode);
    root.write(target(source), hart << 18 | priority);
    root.write(kSetEnableNumber, source);
  }
};

}  // namespace

// -- configuration

BOOST_FIXTURE_TEST_CASE(domaincfg_shows_its_fixed_bits, Msi) {  // 4.5.1
  BOOST_TEST(root.read(kDomainConfig) == 0x80000104u);
  root.write(kDomainConfig, 0xffffffff & ~kOn);
  BOOST_TEST(root.read(kDomainConfig) == 0x80000004u);
}

BOOST_FIXTURE_TEST_CASE(only_modes_that_exist_are_taken, Msi) {  // 4.5.2
  for (std::uint32_t mode : {kDetached, kRising, kFalling, kHigh, kLow}) {
    root.write(config(1), mode);
    BOOST_TEST(root.read(config(1)) == mode);
  }
  for (std::uint32_t mode : {2u, 3u, 0u}) {
    root.write(config(1), mode);
    BOOST_TEST(root.read(config(1)) == 0u);
  }
  root.write(config(41), kHigh);  // no such source
  BOOST_TEST(root.read(config(41)) == 0u);
  child.write(config(1), kDelegate);  // a domain without children
  BOOST_TEST(child.read(config(1)) == 0u);
}

BOOST_FIXTURE_TEST_CASE(sources_belong_to_the_child_only_when_delegated, Msi) {
  child.write(config(3), kHigh);
  BOOST_TEST(child.read(config(3)) == 0u);
  root.write(config(3), kDelegate);
  BOOST_TEST(root.read(config(3)) == kDelegate);
  child.write(config(3), kHigh);
  BOOST_TEST(child.read(config(3)) == kHigh);
  root.write(config(3), kHigh);
  BOOST_TEST(child.read(config(3)) == 0u);
}

BOOST_FIXTURE_TEST_CASE(inactive_sources_cannot_be_enabled_pending_or_targeted, Msi) {  // 4.5.2
  root.write(kSetEnableNumber, 5);
  root.write(kSetPendingNumber, 5);
  root.write(target(5), 1);
  BOOST_TEST(root.read(kSetEnable) == 0u);
  BOOST_TEST(root.read(kSetPending) == 0u);
  BOOST_TEST(root.read(target(5)) == 0u);
  use(kDetached);
  root.write(kDomainConfig, 0);
  root.write(kSetPendingNumber, 5);
  BOOST_TEST(root.read(kSetEnable) == 1u << 5);
  BOOST_TEST(root.read(kSetPending) == 1u << 5);
  root.write(config(5), 0);
  BOOST_TEST(root.read(kSetEnable) == 0u);
  BOOST_TEST(root.read(kSetPending) == 0u);
  BOOST_TEST(root.read(target(5)) == 0u);
}

BOOST_FIXTURE_TEST_CASE(enables_are_set_and_cleared_by_bit_and_by_number, Msi) {
  for (unsigned source : {1u, 33u, 40u}) root.write(config(source), kDetached);
  root.write(kSetEnable + 4, 0xffffffff);
  BOOST_TEST(root.read(kSetEnable + 4) == (1u << 1 | 1u << 8));
  root.write(kClearEnable + 4, 1u << 8);
  BOOST_TEST(root.read(kSetEnable + 4) == 1u << 1);
  root.write(kClearEnableNumber, 33);
  BOOST_TEST(root.read(kSetEnable + 4) == 0u);
  root.write(kSetEnableNumber, 0);
  root.write(kSetEnableNumber, 1000);
  BOOST_TEST(root.read(kSetEnable) == 0u);
}

// -- messages

BOOST_FIXTURE_TEST_CASE(an_edge_sends_one_message, Msi) {
  use(kRising);
  root.set_wire(5, true);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == 0x24001000u);
  BOOST_TEST(messages[0].second == 33u);
  BOOST_TEST(!pending(5));  // cleared when it is sent (4.7)
  root.set_wire(5, false);
  BOOST_TEST(messages.size() == 1u);
  root.set_wire(5, true);
  BOOST_TEST(messages.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(falling_edges_are_inverted, Msi) {
  root.set_wire(5, true);
  use(kFalling);
  BOOST_TEST(messages.empty());
  root.set_wire(5, false);
  BOOST_TEST(messages.size() == 1u);
  BOOST_TEST((root.read(kInputs) >> 5 & 1) == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_level_sends_when_it_rises_and_again_when_software_asks, Msi) {  // 4.9.2
  use(kHigh);
  root.set_wire(5, true);
  BOOST_TEST(messages.size() == 1u);
  root.write(kSetPendingLittle, 5);  // as Linux does at the end of the interrupt
  BOOST_TEST(messages.size() == 2u);
  root.set_wire(5, false);
  root.write(kSetPendingLittle, 5);  // the wire is low: no effect
  BOOST_TEST(messages.size() == 2u);
  BOOST_TEST(!pending(5));
}

BOOST_FIXTURE_TEST_CASE(a_level_that_falls_before_it_is_sent_is_forgotten, Msi) {
  use(kHigh);
  root.write(kDomainConfig, 0);
  root.set_wire(5, true);
  BOOST_TEST(pending(5));
  root.set_wire(5, false);
  BOOST_TEST(!pending(5));
  root.write(kDomainConfig, kOn);
  BOOST_TEST(messages.empty());
}

BOOST_FIXTURE_TEST_CASE(an_edge_that_is_over_is_not_forgotten, Msi) {
  use(kRising);
  root.write(kDomainConfig, 0);
  root.set_wire(5, true);
  root.set_wire(5, false);
  BOOST_TEST(pending(5));
  root.write(kDomainConfig, kOn);
  BOOST_TEST(messages.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(enabling_sends_what_is_pending, Msi) {
  root.write(config(5), kRising);
  root.write(target(5), 12);
  root.set_wire(5, true);
  BOOST_TEST(messages.empty());
  root.write(kSetEnable, 1u << 5);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == 0x24000000u);
  BOOST_TEST(messages[0].second == 12u);
}

BOOST_FIXTURE_TEST_CASE(detached_sources_listen_to_software_only, Msi) {
  use(kDetached);
  root.set_wire(5, true);
  BOOST_TEST(messages.empty());
  BOOST_TEST(root.read(kInputs) == 0u);
  root.write(kSetPending, 1u << 5);
  BOOST_TEST(messages.size() == 1u);
  root.write(kSetPendingBig, 0x05000000);
  BOOST_TEST(messages.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(pending_can_be_taken_back, Msi) {
  use(kDetached);
  root.write(kDomainConfig, 0);
  root.write(kSetPendingNumber, 5);
  root.write(kClearPendingNumber, 5);
  BOOST_TEST(!pending(5));
}

BOOST_FIXTURE_TEST_CASE(a_level_that_is_there_when_its_source_is_set_up_counts, Msi) {
  root.set_wire(5, true);
  use(kHigh);
  BOOST_TEST(messages.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_edge_that_was_before_its_source_is_set_up_does_not, Msi) {
  root.set_wire(5, true);
  use(kRising);
  BOOST_TEST(messages.empty());
}

BOOST_FIXTURE_TEST_CASE(the_child_sends_to_supervisor_level, Msi) {
  root.write(config(9), kDelegate);
  child.write(config(9), kHigh);
  child.write(target(9), 1u << 18 | 77);
  child.write(kSetEnableNumber, 9);
  root.set_wire(9, true);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == 0x28001000u);
  BOOST_TEST(messages[0].second == 77u);
}

BOOST_FIXTURE_TEST_CASE(addresses_follow_the_layout_of_harts, Msi) {  // 4.9.1
  // Groups of 4 harts, 16 pages (2^4) apart; groups 2^(12 + 8) pages apart; base page
  // 0x1_0000_0000.
  root.write(0x1bc0, 0);
  root.write(0x1bc4, 8u << 24 | 4u << 20 | 3u << 16 | 2u << 12 | 1);
  root.write(config(5), kDetached);
  root.write(target(5), (2u << 2 | 3u) << 18 | 1);
  root.write(kSetEnableNumber, 5);
  root.write(kSetPendingNumber, 5);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == (0x100000000u | 2ull << 20 | 3ull << 4) << 12);
}

BOOST_FIXTURE_TEST_CASE(supervisor_addresses_have_a_spread_of_their_own_and_guests, Msi) {
  root.write(0x1bcc, 1u << 20);  // supervisor files 2 pages apart
  root.write(config(9), kDelegate);
  child.write(config(9), kDetached);
  child.write(target(9), 1u << 18 | 1u << 12 | 5);  // guest 1
  child.write(kSetEnableNumber, 9);
  child.write(kSetPendingNumber, 9);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == (0x28000u | 1u << 1 | 1u) * 4096ull);
}

BOOST_FIXTURE_TEST_CASE(message_addresses_are_the_root_s_and_can_be_locked, Msi) {  // 4.5.3
  child.write(0x1bc8, 0x99);
  BOOST_TEST(child.read(0x1bc8) == 0u);
  BOOST_TEST(root.read(0x1bc8) == 0x28000u);
  root.write(0x1bc4, 0x80000000);
  root.write(0x1bc0, 0x99);
  root.write(0x1bc8, 0x99);
  BOOST_TEST(root.read(0x1bc0) == 0x24000u);
  BOOST_TEST(root.read(0x1bc8) == 0x28000u);
}

BOOST_FIXTURE_TEST_CASE(genmsi_sends_without_a_source, Msi) {  // 4.5.15
  root.write(kGenerate, 1u << 18 | 44);
  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].first == 0x24001000u);
  BOOST_TEST(messages[0].second == 44u);
  BOOST_TEST((root.read(kGenerate) & 1u << 12) == 0u);  // not busy
}

BOOST_FIXTURE_TEST_CASE(a_reset_keeps_wires_and_nothing_else, Msi) {
  use(kHigh);
  root.set_wire(5, true);
  root.reset();
  BOOST_TEST(root.read(kDomainConfig) == 0x80000004u);
  BOOST_TEST(root.read(config(5)) == 0u);
  BOOST_TEST(root.read(0x1bc0) == 0u);
  root.write(config(5), kHigh);
  BOOST_TEST(root.read(kInputs) == 1u << 5);
}

// -- direct delivery

BOOST_FIXTURE_TEST_CASE(direct_levels_raise_the_wire_of_their_hart, Direct) {
  use(7, kHigh, 1, 3);
  root.set_wire(7, true);
  BOOST_TEST(wires["m1"]);
  BOOST_TEST(!wires["m0"]);
  BOOST_TEST(root.read(idc(1, kTopi)) == (7u << 16 | 3u));
  BOOST_TEST(root.read(idc(1, kClaimi)) == (7u << 16 | 3u));
  BOOST_TEST(wires["m1"]);  // the level is still there
  root.set_wire(7, false);
  BOOST_TEST(!wires["m1"]);
  BOOST_TEST(root.read(idc(1, kTopi)) == 0u);
  BOOST_TEST(messages.empty());
}

BOOST_FIXTURE_TEST_CASE(software_cannot_change_direct_levels, Direct) {  // 4.7
  use(7, kHigh, 0, 1);
  root.write(kSetPendingNumber, 7);
  BOOST_TEST(root.read(kSetPending) == 0u);
  root.set_wire(7, true);
  root.write(kClearPendingNumber, 7);
  BOOST_TEST(root.read(kSetPending) == 1u << 7);
}

BOOST_FIXTURE_TEST_CASE(claims_take_the_best_priority_then_the_lowest_number, Direct) {
  use(9, kRising, 0, 5);
  use(8, kRising, 0, 5);
  use(20, kRising, 0, 2);
  for (unsigned source : {8, 9, 20}) root.set_wire(source, true);
  for (unsigned expected : {20, 8, 9, 0}) BOOST_TEST(root.read(idc(0, kClaimi)) >> 16 == expected);
  BOOST_TEST(!wires["m0"]);
}

BOOST_FIXTURE_TEST_CASE(thresholds_hold_back_equal_and_worse_priorities, Direct) {
  use(8, kRising, 0, 5);
  root.set_wire(8, true);
  root.write(idc(0, kIthreshold), 5);
  BOOST_TEST(!wires["m0"]);
  BOOST_TEST(root.read(idc(0, kTopi)) == 0u);
  root.write(idc(0, kIthreshold), 6);
  BOOST_TEST(wires["m0"]);
}

BOOST_FIXTURE_TEST_CASE(priority_zero_becomes_one, Direct) {  // 4.5.16.1
  use(8, kRising, 0, 0);
  BOOST_TEST(root.read(target(8)) == 1u);
}

BOOST_FIXTURE_TEST_CASE(iforce_raises_a_spurious_interrupt_until_it_is_claimed, Direct) {
  root.write(idc(1, kIforce), 1);
  BOOST_TEST(wires["m1"]);
  BOOST_TEST(root.read(idc(1, kClaimi)) == 0u);
  BOOST_TEST(!wires["m1"]);
  BOOST_TEST(root.read(idc(1, kIforce)) == 0u);
}

BOOST_FIXTURE_TEST_CASE(delivery_needs_the_domain_and_the_hart, Direct) {
  use(8, kHigh, 0, 1);
  root.set_wire(8, true);
  root.write(idc(0, kIdelivery), 0);
  BOOST_TEST(!wires["m0"]);
  root.write(idc(0, kIdelivery), 1);
  BOOST_TEST(wires["m0"]);
  root.write(kDomainConfig, 0);
  BOOST_TEST(!wires["m0"]);
}

BOOST_FIXTURE_TEST_CASE(a_new_target_moves_the_interrupt, Direct) {
  use(8, kHigh, 0, 1);
  root.set_wire(8, true);
  root.write(target(8), 1u << 18 | 1);
  BOOST_TEST(!wires["m0"]);
  BOOST_TEST(wires["m1"]);
  root.write(config(8), 0);
  BOOST_TEST(!wires["m1"]);
}

// Run with the address sanitizer, this finds any way out of the arrays.
BOOST_AUTO_TEST_CASE(any_register_can_be_written_with_anything) {
  for (AplicDelivery delivery : {AplicDelivery::Msi, AplicDelivery::Direct}) {
    Domains domains(delivery);
    std::uint32_t state = 99;
    for (int i = 0; i < 300000; ++i) {
      state = state * 1664525 + 1013904223;
      AplicDomain& domain = state & 0x10000 ? domains.root : domains.child;
      const std::uint64_t offset = (state >> 17) % (AplicDomain::kBytes / 4) * 4;
      if (state & 0x20000)
        domain.read(offset);
      else
        domain.write(offset, state * 2654435761u >> (state % 24));
      domains.root.set_wire(state % 64, state & 0x400);
    }
    for (const auto& message : domains.messages) BOOST_REQUIRE(message.second <= 0x7ff);
  }
}
