// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "pci/bus.h"

using ringside::pci::DecodeTable;

namespace {
int child_at(const DecodeTable& table, std::uint64_t address, std::uint64_t bytes = 1) {
  const DecodeTable::Range* range = table.find(address, bytes);
  return range ? static_cast<int>(range->child) : -1;
}
}  // namespace

BOOST_AUTO_TEST_CASE(ranges_are_found_by_any_address_in_them) {
  DecodeTable table;
  table.add(0x3000, 0x3fff, 3);
  table.add(0x1000, 0x1fff, 1);
  table.add(0x5000, 0x50ff, 5);
  table.finish();
  for (int turn = 0; turn < 2; ++turn) {
    BOOST_TEST(child_at(table, 0x0fff) == -1);
    BOOST_TEST(child_at(table, 0x1000) == 1);
    BOOST_TEST(child_at(table, 0x3fff) == 3);
    BOOST_TEST(child_at(table, 0x4000) == -1);
    BOOST_TEST(child_at(table, 0x50ff) == 5);
    BOOST_TEST(child_at(table, 0x5100) == -1);
  }
}

BOOST_AUTO_TEST_CASE(an_access_over_the_end_finds_nothing) {
  DecodeTable table;
  table.add(0x1000, 0x1fff, 1);
  table.add(0x2000, 0x2fff, 2);
  table.finish();
  BOOST_TEST(child_at(table, 0x1ffc, 4) == 1);
  BOOST_TEST(child_at(table, 0x1ffe, 4) == -1);
}

BOOST_AUTO_TEST_CASE(of_overlapping_ranges_the_one_that_begins_first_wins) {
  DecodeTable table;
  table.add(0x1800, 0x27ff, 2);
  table.add(0x1000, 0x1fff, 1);
  table.add(0x1100, 0x11ff, 3);
  table.finish();
  BOOST_TEST(child_at(table, 0x1150) == 1);
  BOOST_TEST(child_at(table, 0x1900) == 1);
  BOOST_TEST(child_at(table, 0x2000) == 2);
  BOOST_TEST(table.ranges().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_or_closed_window_claims_nothing) {
  DecodeTable table;
  table.finish();
  BOOST_TEST(child_at(table, 0) == -1);
  table.add(1, 0, 1);
  table.finish();
  BOOST_TEST(child_at(table, 0) == -1);
  BOOST_TEST(child_at(table, 1) == -1);
}

BOOST_AUTO_TEST_CASE(the_last_address_belongs_to_a_range) {
  DecodeTable table;
  table.add(~std::uint64_t{0} - 0xfff, ~std::uint64_t{0}, 1);
  table.add(~std::uint64_t{0} - 0xff, ~std::uint64_t{0}, 2);
  table.finish();
  BOOST_TEST(child_at(table, ~std::uint64_t{0}) == 1);
}
