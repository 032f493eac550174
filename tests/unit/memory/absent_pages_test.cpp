// SPDX-License-Identifier: Apache-2.0
#include "memory/absent_pages.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using ringside::AbsentPages;

namespace {

constexpr std::uint64_t kPage = AbsentPages::kPageBytes;

}  // namespace

BOOST_AUTO_TEST_CASE(a_memory_without_size_has_none) {
  AbsentPages pages;
  BOOST_TEST(!pages.leave(0, 10 * kPage));
  BOOST_TEST(!pages.any());
  BOOST_TEST(!pages.touch(0, 10 * kPage));
}

BOOST_AUTO_TEST_CASE(whole_pages_leave_and_come_back_once) {
  AbsentPages pages(8 * kPage);
  BOOST_TEST(!pages.leave(1, kPage), "no whole page");
  BOOST_TEST(pages.leave(kPage - 1, 3 * kPage + 1));
  BOOST_TEST(!pages.leave(2 * kPage, kPage), "it has gone already");
  BOOST_TEST(!pages.touch(0, kPage));
  BOOST_TEST(pages.touch(2 * kPage + 8, 1));
  BOOST_TEST(!pages.touch(2 * kPage, kPage));
  BOOST_TEST(pages.touch(2 * kPage - 1, 2), "the page before");
  BOOST_TEST(pages.any());
  BOOST_TEST(pages.touch(0, 8 * kPage));
  BOOST_TEST(!pages.any());
}

BOOST_AUTO_TEST_CASE(what_is_outside_is_no_page) {
  AbsentPages pages(4 * kPage);
  BOOST_TEST(!pages.leave(4 * kPage, kPage));
  BOOST_TEST(pages.leave(3 * kPage, 100 * kPage));
  BOOST_TEST(pages.present_around(0).last == 3 * kPage - 1);
  BOOST_TEST(!pages.touch(4 * kPage, kPage));
  BOOST_TEST(pages.touch(3 * kPage, 100 * kPage));
}

BOOST_AUTO_TEST_CASE(as_a_list_of_pages_would_have_it) {
  constexpr std::uint64_t kPages = 64;
  AbsentPages pages(kPages * kPage);
  std::vector<bool> absent(kPages);
  std::mt19937 random(7);
  for (unsigned round = 0; round < 20000; ++round) {
    const std::uint64_t first = random() % kPages;
    const std::uint64_t count = 1 + random() % std::min<std::uint64_t>(9, kPages - first);
    const bool leaves = random() % 2 != 0;
    bool changes = false;
    for (std::uint64_t page = first; page < first + count; ++page) {
      changes = changes || absent[page] != leaves;
      absent[page] = leaves;
    }
    const bool changed = leaves ? pages.leave(first * kPage, count * kPage)
                                : pages.touch(first * kPage, count * kPage);
    BOOST_REQUIRE_EQUAL(changed, changes);
    BOOST_REQUIRE_EQUAL(pages.any(), std::find(absent.begin(), absent.end(), true) != absent.end());
    const std::uint64_t at = random() % kPages;
    if (absent[at]) continue;
    std::uint64_t low = at, high = at;
    while (low > 0 && !absent[low - 1]) --low;
    while (high + 1 < kPages && !absent[high + 1]) ++high;
    const AbsentPages::Range range = pages.present_around(at * kPage + 5);
    BOOST_REQUIRE_EQUAL(range.first, low * kPage);
    BOOST_REQUIRE_EQUAL(range.last, (high + 1) * kPage - 1);
  }
}
