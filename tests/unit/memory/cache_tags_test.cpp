// SPDX-License-Identifier: Apache-2.0
#include "memory/cache_tags.h"

#include <boost/test/unit_test.hpp>

using ringside::CacheTags;

BOOST_AUTO_TEST_CASE(a_line_is_held_until_its_set_needs_the_room) {
  CacheTags tags(4, 2);
  BOOST_TEST(!tags.touch(1, false));
  BOOST_TEST(!tags.allocate(1, 2, false).has_value());
  BOOST_TEST(!tags.allocate(5, 2, false).has_value());
  BOOST_TEST(tags.touch(1, false));                     // 5 is the older one now
  BOOST_TEST(!tags.allocate(9, 2, false).has_value());  // 5 was clean
  BOOST_TEST(tags.touch(1, false));
  BOOST_TEST(!tags.touch(5, false));
  BOOST_TEST(tags.touch(9, false));
  BOOST_TEST(!tags.touch(2, false));  // another set
}

BOOST_AUTO_TEST_CASE(a_dirty_line_that_has_to_go_is_told) {
  CacheTags tags(1, 2);
  tags.allocate(10, 2, true);
  tags.allocate(11, 2, false);
  tags.touch(11, true);
  BOOST_TEST(tags.allocate(12, 2, false).value() == 10u);
  BOOST_TEST(tags.allocate(13, 2, false).value() == 11u);
  BOOST_TEST(!tags.allocate(14, 2, false).has_value());
}

BOOST_AUTO_TEST_CASE(some_ways_only_are_used_if_asked_for) {
  CacheTags tags(1, 4);
  for (std::uint64_t line = 0; line < 4; ++line) tags.allocate(100 + line, 4, false);
  for (std::uint64_t line = 0; line < 50; ++line) tags.allocate(line, 1, false);
  unsigned held = 0;
  for (std::uint64_t line = 0; line < 4; ++line) held += tags.touch(100 + line, false);
  BOOST_TEST(held == 3u);
}

BOOST_AUTO_TEST_CASE(dropped_lines_leave_room_and_nothing_to_write) {
  CacheTags tags(1, 2);
  tags.allocate(1, 2, true);
  BOOST_TEST(tags.drop(1));
  BOOST_TEST(!tags.drop(1));
  tags.allocate(2, 2, false);
  tags.allocate(3, 2, false);
  BOOST_TEST(tags.touch(2, false));
  tags.clear();
  BOOST_TEST(!tags.touch(2, false));
}
