// SPDX-License-Identifier: Apache-2.0
#include "kit/calendar.h"

#include <boost/test/unit_test.hpp>
#include <vector>

using ringside::Calendar;

namespace {

/// 5 between uses of different kinds.
std::uint64_t five(Calendar::Kind before, Calendar::Kind after) {
  return before == after ? 0 : 5;
}

std::uint64_t book(Calendar& calendar, std::uint64_t from, std::uint64_t duration,
                   Calendar::Kind kind) {
  const Calendar::Slot slot = calendar.find(from, duration, kind, five);
  calendar.take(slot, duration, kind);
  return slot.start;
}

}  // namespace

BOOST_AUTO_TEST_CASE(uses_in_order_follow_each_other) {
  Calendar calendar;
  BOOST_TEST(calendar.book(100, 10) == 100u);
  BOOST_TEST(calendar.book(100, 10) == 110u);
  BOOST_TEST(calendar.book(115, 10) == 120u);
  BOOST_TEST(calendar.book(200, 10) == 200u);
  BOOST_TEST(calendar.end() == 210u);
}

BOOST_AUTO_TEST_CASE(an_earlier_use_told_of_later_fills_a_gap) {
  Calendar calendar;
  calendar.book(1000, 100);
  BOOST_TEST(calendar.book(50, 100) == 50u);
  BOOST_TEST(calendar.book(50, 100) == 150u);
  BOOST_TEST(calendar.book(0, 50) == 0u);
  BOOST_TEST(calendar.book(0, 800) == 1100u);  // does not fit before 1000
  BOOST_TEST(calendar.book(0, 750) == 250u);   // fits exactly
  BOOST_TEST(calendar.book(0, 1) == 1900u);
}

BOOST_AUTO_TEST_CASE(kinds_keep_their_distance_on_both_sides) {
  Calendar calendar;
  BOOST_TEST(book(calendar, 100, 10, 1) == 100u);
  BOOST_TEST(book(calendar, 100, 10, 0) == 115u);
  BOOST_TEST(book(calendar, 200, 10, 1) == 200u);
  BOOST_TEST(book(calendar, 120, 75, 1) == 210u);  // 130 to 200 leaves no room for 75
  BOOST_TEST(book(calendar, 120, 65, 1) == 130u);  // after a 0, before a 1: 130 to 195 and on
}

BOOST_AUTO_TEST_CASE(two_uses_never_overlap_whatever_the_order) {
  Calendar calendar;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> uses;
  std::uint32_t state = 7;
  std::uint64_t base = 0;
  for (int i = 0; i < 3000; ++i) {
    state = state * 1664525 + 1013904223;
    base += state >> 27;
    const std::uint64_t from = base + (state >> 8) % 2000;
    const std::uint64_t duration = 1 + (state >> 4) % 30;
    const std::uint64_t start = calendar.book(from, duration);
    BOOST_REQUIRE(start >= from);
    uses.push_back({start, start + duration});
  }
  std::sort(uses.begin(), uses.end());
  for (std::size_t i = 1; i < uses.size(); ++i) BOOST_REQUIRE(uses[i - 1].second <= uses[i].first);
}

BOOST_AUTO_TEST_CASE(one_far_ahead_does_not_hold_up_the_rest) {
  Calendar calendar;
  calendar.book(1'000'000, 10);
  for (std::uint64_t at = 0; at < 900'000; at += 1000) BOOST_TEST(calendar.book(at, 10) == at);
}
