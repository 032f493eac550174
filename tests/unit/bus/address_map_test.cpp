// SPDX-License-Identifier: Apache-2.0
#include "bus/address_map.h"

#include <boost/test/unit_test.hpp>

using ringside::AddressMap;
using ringside::AddressWindow;

namespace {
constexpr std::uint64_t kTop = ~std::uint64_t{0};
}

BOOST_AUTO_TEST_CASE(finds_windows_and_not_the_gaps_between_them) {
  AddressMap map;
  BOOST_TEST(!map.add(0x3000, 0x1000, 3));
  BOOST_TEST(!map.add(0x1000, 0x1000, 1));
  BOOST_TEST(!map.add(0x2000, 0x100, 2));
  BOOST_TEST(!map.find(0xfff));
  BOOST_REQUIRE(map.find(0x1000));
  BOOST_TEST(map.find(0x1000)->target == 1u);
  BOOST_TEST(map.find(0x1fff)->target == 1u);
  BOOST_TEST(map.find(0x20ff)->target == 2u);
  BOOST_TEST(!map.find(0x2100));
  BOOST_TEST(map.find(0x3fff)->target == 3u);
  BOOST_TEST(!map.find(0x4000));
}

BOOST_AUTO_TEST_CASE(windows_are_sorted_by_address) {
  AddressMap map;
  for (std::uint64_t base : {0x5000, 0x1000, 0x9000, 0x3000}) map.add(base, 16, base);
  std::uint64_t before = 0;
  for (const AddressWindow& window : map.windows()) {
    BOOST_TEST(window.first > before);
    before = window.last;
  }
  BOOST_TEST(map.windows().size() == 4u);
}

BOOST_AUTO_TEST_CASE(overlaps_are_refused_from_every_side) {
  AddressMap map;
  map.add(0x1000, 0x1000, 7);
  for (const auto& [base, bytes] : {std::pair<std::uint64_t, std::uint64_t>{0x0, 0x1001},
                                    {0x1fff, 1},
                                    {0x1400, 0x10},
                                    {0x0, 0x10000},
                                    {0x1000, 0x1000}}) {
    const AddressWindow* taken = map.add(base, bytes, 8);
    BOOST_REQUIRE(taken);
    BOOST_TEST(taken->target == 7u);
  }
  BOOST_TEST(!map.add(0x0, 0x1000, 8));
  BOOST_TEST(!map.add(0x2000, 1, 9));
  BOOST_TEST(map.windows().size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_last_byte_of_the_address_space_can_be_in_a_window) {
  AddressMap map;
  BOOST_TEST(!map.add(kTop, 1, 1));
  BOOST_REQUIRE(map.find(kTop));
  BOOST_TEST(map.find(kTop)->holds(kTop, 1));
  BOOST_TEST(!map.find(kTop)->holds(kTop, 2));
}

BOOST_AUTO_TEST_CASE(gaps_reach_from_window_to_window) {
  AddressMap map;
  BOOST_TEST(map.gap(0).last == kTop);
  map.add(0x1000, 0x1000, 0);
  map.add(0x4000, 0x1000, 1);
  BOOST_TEST(map.gap(0x10).first == 0u);
  BOOST_TEST(map.gap(0x10).last == 0xfffu);
  BOOST_TEST(map.gap(0x2000).first == 0x2000u);
  BOOST_TEST(map.gap(0x2000).last == 0x3fffu);
  BOOST_TEST(map.gap(0x9999).first == 0x5000u);
  BOOST_TEST(map.gap(0x9999).last == kTop);
}
