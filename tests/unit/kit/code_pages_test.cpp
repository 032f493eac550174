// SPDX-License-Identifier: Apache-2.0
#include "kit/code_pages.h"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace ringside;

namespace {

struct Listener : CodePageListener {
  void code_page_written(const std::uint8_t* page) override { pages.push_back(page); }
  std::vector<const std::uint8_t*> pages;
};

struct Fixture {
  Fixture() {
    pages.add_memory(memory, sizeof memory);
    pages.add_listener(&listener);
  }
  static constexpr std::size_t kPage = CodePages::kPageBytes;
  alignas(4096) std::uint8_t memory[4 * kPage];
  CodePages pages;
  Listener listener;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(code_pages, Fixture)

BOOST_AUTO_TEST_CASE(a_write_to_a_marked_page_is_told_once) {
  pages.mark(memory + kPage + 100);
  BOOST_TEST(pages.is_marked(memory + kPage));
  BOOST_TEST(!pages.is_marked(memory));
  pages.written(memory + kPage + 4000, 4);
  BOOST_REQUIRE_EQUAL(listener.pages.size(), 1u);
  BOOST_TEST(listener.pages[0] == memory + kPage);
  BOOST_TEST(!pages.is_marked(memory + kPage));
  pages.written(memory + kPage + 4000, 4);
  BOOST_TEST(listener.pages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_write_across_pages_reaches_each) {
  pages.mark(memory + kPage);
  pages.mark(memory + 2 * kPage);
  pages.written(memory + 2 * kPage - 1, 2);
  BOOST_TEST(listener.pages.size() == 2u);
}

BOOST_AUTO_TEST_CASE(neighbours_and_strangers_do_not_matter) {
  std::uint8_t elsewhere[16];
  pages.mark(memory + kPage);
  pages.written(memory + kPage - 1, 1);
  pages.written(memory + 2 * kPage, 8);
  pages.written(elsewhere, sizeof elsewhere);
  pages.mark(elsewhere);
  BOOST_TEST(!pages.is_marked(elsewhere));
  BOOST_TEST(listener.pages.empty());
  pages.written(memory + kPage, 0);
  BOOST_TEST(listener.pages.empty());
}

BOOST_AUTO_TEST_CASE(a_write_past_the_end_is_cut) {
  pages.mark(memory + 3 * kPage);
  pages.written(memory + 3 * kPage + 10, 1 << 20);
  BOOST_TEST(listener.pages.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
