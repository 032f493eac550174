// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "baseline/e1000_eeprom.h"

using ringside::e1000::Eeprom;
using ringside::e1000::MacAddress;

namespace {

constexpr MacAddress kMac{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/// Speaks Microwire.
struct Master {
  Eeprom& chip;
  void begin() {
    chip.drive(false, false, false);
    chip.drive(true, false, false);
  }
  void out(unsigned value, unsigned bits) {
    while (bits-- > 0) {
      chip.drive(true, false, value >> bits & 1);
      chip.drive(true, true, value >> bits & 1);
    }
    chip.drive(true, false, false);
  }
  unsigned in(unsigned bits) {
    unsigned value = 0;
    for (; bits > 0; --bits) {
      chip.drive(true, true, false);
      value = value << 1 | chip.output();
      chip.drive(true, false, false);
    }
    return value;
  }
  void instruction(unsigned operation, unsigned address) {
    begin();
    out(4 | operation, 3);
    out(address, 6);
  }
  unsigned read(unsigned address) {
    instruction(2, address);
    return in(16);
  }
  void write(unsigned address, unsigned value) {
    instruction(1, address);
    out(value, 16);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(words_add_up_and_hold_the_address) {
  const Eeprom chip(kMac);
  unsigned sum = 0;
  for (unsigned i = 0; i < Eeprom::kWords; ++i) sum += chip.word(i);
  BOOST_TEST((sum & 0xffff) == 0xbabau);
  BOOST_TEST(chip.word(0) == 0x5452);
  BOOST_TEST(chip.word(2) == 0x5634);
  BOOST_TEST(chip.word(Eeprom::kDevice) == 0x100e);
  BOOST_TEST((chip.mac() == kMac));
}

BOOST_AUTO_TEST_CASE(words_are_read_bit_by_bit) {
  Eeprom chip(kMac);
  Master master{chip};
  for (unsigned i = 0; i < Eeprom::kWords; ++i) BOOST_TEST(master.read(i) == chip.word(i));
}

BOOST_AUTO_TEST_CASE(a_dummy_bit_comes_first_and_reading_goes_on) {
  Eeprom chip(kMac);
  Master master{chip};
  master.instruction(2, 62);
  BOOST_TEST(!chip.output());
  BOOST_TEST(master.in(16) == chip.word(62));
  BOOST_TEST(master.in(16) == chip.word(63));
  BOOST_TEST(master.in(16) == chip.word(0));
}

BOOST_AUTO_TEST_CASE(zeros_before_the_start_bit_do_not_count) {
  Eeprom chip(kMac);
  Master master{chip};
  master.begin();
  master.out(0, 5);
  master.out(6, 3);
  master.out(Eeprom::kVendor, 6);
  BOOST_TEST(master.in(16) == 0x8086u);
}

BOOST_AUTO_TEST_CASE(the_clock_counts_only_while_selected) {
  Eeprom chip(kMac);
  Master master{chip};
  master.begin();
  master.out(6, 3);
  chip.drive(false, false, false);
  chip.drive(false, true, true);
  chip.drive(true, true, true);  // no edge
  chip.drive(true, false, false);
  master.out(6, 3);
  master.out(Eeprom::kDevice, 6);
  BOOST_TEST(master.in(16) == 0x100eu);
}

BOOST_AUTO_TEST_CASE(writing_has_to_be_enabled) {
  Eeprom chip(kMac);
  Master master{chip};
  master.write(0x20, 0x1234);
  BOOST_TEST(master.read(0x20) == 0u);
  master.instruction(0, 0x30);  // EWEN
  master.write(0x20, 0x1234);
  BOOST_TEST(chip.output(), "ready");
  BOOST_TEST(master.read(0x20) == 0x1234u);
  master.instruction(3, 0x20);  // ERASE
  BOOST_TEST(master.read(0x20) == 0xffffu);
  master.write(0x20, 0x5678);
  master.instruction(0, 0x00);  // EWDS
  master.write(0x20, 0x1234);
  BOOST_TEST(master.read(0x20) == 0x5678u);
}

BOOST_AUTO_TEST_CASE(all_words_at_once) {
  Eeprom chip(kMac);
  Master master{chip};
  master.instruction(0, 0x20);  // ERAL, not enabled
  BOOST_TEST(chip.word(0) == 0x5452);
  master.instruction(0, 0x30);
  master.instruction(0, 0x20);
  BOOST_TEST(chip.word(0) == 0xffff);
  BOOST_TEST(chip.word(63) == 0xffff);
  master.instruction(0, 0x10);  // WRAL
  master.out(0xa5c3, 16);
  BOOST_TEST(chip.word(7) == 0xa5c3);
  BOOST_TEST(chip.word(63) == 0xa5c3);
}
