// SPDX-License-Identifier: Apache-2.0
#include "backend/vnc_keys.h"

#include <linux/input-event-codes.h>

#include <boost/test/unit_test.hpp>

#include "backend/keys.h"

using namespace ringside::backend;

BOOST_AUTO_TEST_CASE(each_printable_character_has_the_key_that_types_it) {
  for (std::uint32_t character = ' '; character <= '~'; ++character) {
    const auto updates = type_text(std::string(1, static_cast<char>(character)));
    const bool shifted = updates.size() == 4;
    BOOST_TEST(key_of_keysym(character).value() == updates[shifted ? 1 : 0][0].code);
    BOOST_TEST(key_of_keysym(0x01000000 + character).value() == key_of_keysym(character).value());
  }
}

BOOST_AUTO_TEST_CASE(keys_without_a_character) {
  BOOST_TEST(key_of_keysym(0xff0d).value() == KEY_ENTER);
  BOOST_TEST(key_of_keysym(0xff8d).value() == KEY_KPENTER);
  BOOST_TEST(key_of_keysym(0xffb7).value() == KEY_KP7);
  BOOST_TEST(key_of_keysym(0xff95).value() == KEY_KP7);
  BOOST_TEST(key_of_keysym(0xffe3).value() == KEY_LEFTCTRL);
  BOOST_TEST(key_of_keysym(0xfe03).value() == KEY_RIGHTALT);
  BOOST_TEST(key_of_keysym(0xffbe).value() == KEY_F1);
  BOOST_TEST(key_of_keysym(0xffc7).value() == KEY_F10);
  BOOST_TEST(key_of_keysym(0xffc8).value() == KEY_F11);
  BOOST_TEST(key_of_keysym(0xffff).value() == KEY_DELETE);
}

BOOST_AUTO_TEST_CASE(what_no_key_gives) {
  for (const std::uint32_t keysym : {0u, 0x7fu, 0xe4u, 0x20acu, 0x010020acu, 0xff00u, 0xffffffffu})
    BOOST_TEST(!key_of_keysym(keysym));
}
