// SPDX-License-Identifier: Apache-2.0
#include "pci/slot.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "pci/express.h"

using namespace ringside::pci;

namespace {

struct Bench {
  explicit Bench(bool occupied) {
    slot.declare(kAt, occupied);
    slot.reset();
  }
  std::uint16_t control() const { return config.get16(kAt + kSlotControl); }
  std::uint16_t status() const { return config.get16(kAt + kSlotStatus); }
  /// As a driver: writes the control register.
  void command(std::uint16_t value) {
    config.write(kAt + kSlotControl, 2, value);
    slot.written(kAt + kSlotControl, 2);
  }
  void clear(std::uint16_t events) {
    config.write(kAt + kSlotStatus, 2, events);
    slot.written(kAt + kSlotStatus, 2);
  }
  bool link_active() const { return config.get16(kAt + kLinkStatus) & 1u << 13; }

  static constexpr unsigned kAt = 0x40;
  ConfigSpace config;
  std::vector<bool> links;
  Slot slot{config, [this](bool up) { links.push_back(up); }};
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_slot_says_what_it_can) {
  Bench b(true);
  b.slot.set_number(9);
  BOOST_TEST((b.config.get16(Bench::kAt + kExpressFlags) & 0x100) != 0);
  BOOST_TEST(b.config.get32(Bench::kAt + kSlotCapabilities) == (9u << 19 | 0x7b));
  b.config.write(Bench::kAt + kSlotControl, 2, 0xffff);
  BOOST_TEST(b.control() == 0x17ff);
}

BOOST_AUTO_TEST_CASE(a_full_slot_begins_with_power_and_an_empty_one_without) {
  Bench full(true);
  BOOST_TEST(full.slot.link_up());
  BOOST_TEST(full.link_active());
  BOOST_TEST(full.status() == kSlotPresent);
  BOOST_TEST(full.control() == 0x01c0);
  Bench empty(false);
  BOOST_TEST(!empty.slot.link_up());
  BOOST_TEST(!empty.link_active());
  BOOST_TEST(empty.status() == 0);
  BOOST_TEST(empty.control() == 0x07c0);
}

BOOST_AUTO_TEST_CASE(a_card_comes_and_the_guest_gives_it_power) {
  Bench b(false);
  b.slot.insert();
  BOOST_TEST(b.status() == (kSlotPresent | kSlotPresenceChanged | kSlotButtonPressed));
  BOOST_TEST(!b.slot.link_up());
  b.clear(0xffff);
  BOOST_TEST(b.status() == kSlotPresent);
  b.command(0x01c0);
  BOOST_TEST(b.slot.link_up());
  BOOST_TEST(b.link_active());
  BOOST_TEST(b.status() == (kSlotPresent | kSlotCommandCompleted | kSlotLinkChanged));
  BOOST_TEST(b.links == std::vector<bool>{true}, boost::test_tools::per_element());
  b.slot.insert();
  BOOST_TEST((b.status() & kSlotPresenceChanged) == 0);
}

BOOST_AUTO_TEST_CASE(a_card_goes_when_its_power_is_off) {
  Bench b(true);
  b.slot.ask_removal();
  BOOST_TEST(b.status() == (kSlotPresent | kSlotButtonPressed));
  b.command(0x02c0);  // the indicator blinks
  BOOST_TEST(b.slot.occupied());
  b.command(0x06c0);
  BOOST_TEST(!b.slot.occupied());
  BOOST_TEST(!b.slot.link_up());
  BOOST_TEST(b.status() ==
             (kSlotPresenceChanged | kSlotButtonPressed | kSlotCommandCompleted | kSlotLinkChanged));
}

BOOST_AUTO_TEST_CASE(power_alone_does_not_take_a_card_away) {
  Bench b(true);
  b.command(0x07c0);
  BOOST_TEST(b.slot.occupied());
  BOOST_TEST(!b.slot.link_up());
  b.command(0x01c0);
  BOOST_TEST(b.slot.link_up());
  b.command(0x07c0);
  b.slot.ask_removal();
  BOOST_TEST(!b.slot.occupied(), "it had no power");
}

BOOST_AUTO_TEST_CASE(a_second_press_takes_the_question_back) {
  Bench b(true);
  b.slot.ask_removal();
  b.slot.ask_removal();
  b.command(0x07c0);
  BOOST_TEST(b.slot.occupied());
  b.slot.reset();
  BOOST_TEST(b.slot.link_up());
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_the_question) {
  Bench b(true);
  b.slot.ask_removal();
  b.slot.reset();
  b.command(0x07c0);
  BOOST_TEST(b.slot.occupied());
}

BOOST_AUTO_TEST_CASE(a_card_can_be_torn_out) {
  Bench b(true);
  b.slot.remove();
  BOOST_TEST(b.status() == (kSlotPresenceChanged | kSlotLinkChanged));
  BOOST_TEST(b.links.back() == false);
  b.slot.remove();
  b.slot.ask_removal();
  BOOST_TEST((b.status() & kSlotButtonPressed) == 0);
}

BOOST_AUTO_TEST_CASE(the_interrupt_needs_an_event_its_enable_and_the_general_one) {
  const struct {
    std::uint16_t enable;
    void (*happen)(Bench&);
  } cases[] = {
      {kSlotButtonPressed, [](Bench& b) { b.slot.ask_removal(); }},
      {kSlotPresenceChanged, [](Bench& b) { b.slot.remove(); }},
      {kSlotCommandCompleted, [](Bench& b) { b.command(b.control()); }},
      {kSlotLinkEventEnable, [](Bench& b) { b.slot.remove(); }},
  };
  for (const auto& one : cases) {
    Bench b(true);
    b.command(0x01c0 | one.enable);
    b.clear(0xffff);
    one.happen(b);
    BOOST_TEST(!b.slot.interrupt());
    b.command(b.control() | kSlotHotPlugInterrupt);
    BOOST_TEST(b.slot.interrupt());
    b.clear(0xffff);
    BOOST_TEST(!b.slot.interrupt());
    Bench silent(true);
    silent.command(0x01c0 | kSlotHotPlugInterrupt);
    one.happen(silent);
    BOOST_TEST(!silent.slot.interrupt());
  }
}

BOOST_AUTO_TEST_CASE(random_writes_and_hands_leave_a_slot_that_makes_sense) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Bench b(round % 2 == 0);
    for (int i = 0; i < 50; ++i) {
      switch (random() % 5) {
        case 0: b.slot.insert(); break;
        case 1: b.slot.ask_removal(); break;
        case 2: b.slot.remove(); break;
        case 3: b.command(static_cast<std::uint16_t>(random())); break;
        case 4: b.clear(static_cast<std::uint16_t>(random())); break;
      }
      BOOST_REQUIRE(((b.status() & kSlotPresent) != 0) == b.slot.occupied());
      BOOST_REQUIRE(b.slot.link_up() == (b.slot.occupied() && !(b.control() & kSlotPowerOff)));
      BOOST_REQUIRE(b.link_active() == b.slot.link_up());
    }
  }
}
