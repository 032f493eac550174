// SPDX-License-Identifier: Apache-2.0
#include "kit/stat.h"

#include <boost/test/unit_test.hpp>

using namespace ringside;

BOOST_AUTO_TEST_SUITE(stat)

BOOST_AUTO_TEST_CASE(groups_form_a_tree_and_are_cleared_together) {
  StatGroup top("top");
  StatGroup queue(&top, "queue0");
  Counter a{&top, "a", "count", "one"};
  Counter b{&queue, "b", "bytes", "two"};
  Histogram h{&queue, "h", "ps", "three"};
  ++a;
  b += 41;
  ++b;
  h.record(7);
  BOOST_TEST(top.stat_groups().at(0)->find_counter("b")->value() == 42u);
  BOOST_TEST(top.find_counter("b") == nullptr);
  top.clear_stats();
  BOOST_TEST(a.value() + b.value() + h.count() == 0u);
}

BOOST_AUTO_TEST_CASE(totals_that_are_copied_in_count_from_when_they_were_cleared) {
  StatGroup group("g");
  Counter c{&group, "c", "count", ""};
  c.set(100);
  BOOST_TEST(c.value() == 100u);
  c.clear();
  BOOST_TEST(c.value() == 0u);
  c.set(130);
  BOOST_TEST(c.value() == 30u);
  c.take_back();
  BOOST_TEST(c.value() == 29u);
  c.set(7);  // who keeps it has begun anew
  BOOST_TEST(c.value() == 7u);
  c.clear();
  c.take_back();
  BOOST_TEST(c.value() == 0u);
}

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
  StatGroup group("g");
  Histogram h{&group, "h", "count", ""};
  for (std::uint64_t i = 0; i < 16; ++i) h.record(i);
  BOOST_TEST(h.count() == 16u);
  BOOST_TEST(h.sum() == 120u);
  BOOST_TEST(h.min() == 0u);
  BOOST_TEST(h.max() == 15u);
  BOOST_TEST(h.mean() == 7.5);
  BOOST_TEST(h.percentile(0.5) == 7u);
  BOOST_TEST(h.percentile(1) == 15u);
  BOOST_TEST(h.percentile(0) == 0u);
}

BOOST_AUTO_TEST_CASE(buckets_hold_what_was_recorded) {
  StatGroup group("g");
  Histogram h{&group, "h", "ns", ""};
  BOOST_TEST(h.buckets().empty());
  for (const std::uint64_t value : {0u, 3u, 3u, 16u, 33u, 1000u}) h.record(value);
  h.record(~std::uint64_t{0});
  const auto all = h.buckets();
  BOOST_TEST_REQUIRE(all.size() == 6u);
  BOOST_TEST(all[1].first == 3u);
  BOOST_TEST(all[1].last == 3u);
  BOOST_TEST(all[1].count == 2u);
  BOOST_TEST(all[3].first == 32u);
  BOOST_TEST(all[3].last == 33u);
  BOOST_TEST((all[4].first <= 1000u && 1000u <= all[4].last));
  BOOST_TEST(all[5].last == ~std::uint64_t{0});
}

BOOST_AUTO_TEST_CASE(large_values_are_within_a_sixteenth) {
  StatGroup group("g");
  for (std::uint64_t value : {17ull, 1000ull, 123456789ull, 1ull << 40, (1ull << 63) + 12345}) {
    Histogram h{&group, "h", "ps", ""};
    h.record(value);
    h.record(~std::uint64_t{0});
    const std::uint64_t median = h.percentile(0.5);
    BOOST_TEST(median >= value);
    BOOST_TEST(median - value <= value / 16);
    BOOST_TEST(h.percentile(1) == ~std::uint64_t{0});
  }
}

BOOST_AUTO_TEST_CASE(an_empty_histogram_is_all_zero) {
  StatGroup group("g");
  Histogram h{&group, "h", "ps", ""};
  BOOST_TEST(h.min() == 0u);
  BOOST_TEST(h.max() == 0u);
  BOOST_TEST(h.mean() == 0.0);
  BOOST_TEST(h.percentile(0.99) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
