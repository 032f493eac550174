// SPDX-License-Identifier: Apache-2.0
#include "pci/config_space.h"

#include <boost/test/unit_test.hpp>

#include "pci/registers.h"

using namespace ringside::pci;

BOOST_AUTO_TEST_CASE(only_allowed_bits_change) {
  ConfigSpace config;
  config.set(0x10, 4, 0x12345678);
  config.allow(0x10, 4, 0x00ff0f00);
  config.write(0x10, 4, 0xffffffff);
  BOOST_TEST(config.get32(0x10) == 0x12ff5f78u);
  config.write(0x11, 1, 0);
  BOOST_TEST(config.get32(0x10) == 0x12ff5078u);
  BOOST_TEST(config.read(0x11, 2) == 0xff50u);
}

BOOST_AUTO_TEST_CASE(ones_clear_where_told) {
  ConfigSpace config;
  config.set(kStatus, 2, 0xf910);
  config.clear_by_one(kStatus, 2, kStatusClearOnWrite);
  config.write(kStatus, 2, 0x2010);
  BOOST_TEST(config.get16(kStatus) == 0xd910);
}

BOOST_AUTO_TEST_CASE(each_capability_goes_to_the_head_of_the_list) {
  ConfigSpace config;
  BOOST_TEST((config.get16(kStatus) & kHasCapabilities) == 0);
  BOOST_TEST(config.add_capability(9, 16) == 0x40u);
  BOOST_TEST(config.add_capability(9, 18) == 0x50u);
  BOOST_TEST(config.add_capability(0x11, 12) == 0x64u);
  BOOST_TEST(config.get8(kCapabilityPointer) == 0x64);
  BOOST_TEST(config.get16(0x64) == 0x5011);
  BOOST_TEST(config.get16(0x50) == 0x4009);
  BOOST_TEST(config.get16(0x40) == 0x0009);
  BOOST_TEST((config.get16(kStatus) & kHasCapabilities) != 0);
}

BOOST_AUTO_TEST_CASE(the_list_ends_at_256_bytes) {
  ConfigSpace config;
  BOOST_TEST(config.add_capability(9, 0xc0) == 0x40u);
  BOOST_TEST(config.add_capability(9, 4) == 0u);
  BOOST_TEST(config.get8(kCapabilityPointer) == 0x40);
}

BOOST_AUTO_TEST_CASE(extended_capabilities_are_a_list_of_their_own) {
  ConfigSpace config;
  BOOST_TEST(config.add_extended_capability(1, 2, 0x48) == 0x100u);
  BOOST_TEST(config.add_extended_capability(0xd, 1, 8) == 0x148u);
  BOOST_TEST(config.get32(0x100) == 0x14820001u);
  BOOST_TEST(config.get32(0x148) == 0x0001000du);
  BOOST_TEST(config.add_extended_capability(0xd, 1, 4096) == 0u);
}

BOOST_AUTO_TEST_CASE(restore_gives_back_what_was_saved) {
  ConfigSpace config;
  config.allow(0x3c, 1, 0xff);
  config.set(0x3c, 1, 7);
  config.save();
  config.write(0x3c, 1, 9);
  BOOST_TEST(config.get8(0x3c) == 9);
  config.restore();
  BOOST_TEST(config.get8(0x3c) == 7);
}

BOOST_AUTO_TEST_CASE(writes_at_the_end_stay_inside) {
  ConfigSpace config;
  config.allow(ConfigSpace::kBytes - 4, 4, 0xffffffff);
  config.write(ConfigSpace::kBytes - 2, 4, 0xa1b2c3d4);
  BOOST_TEST(config.get16(ConfigSpace::kBytes - 2) == 0xc3d4);
}
