// SPDX-License-Identifier: Apache-2.0
#include "scsi/mode_pages.h"

#include <boost/test/unit_test.hpp>

using namespace ringside::scsi;

namespace {

ModePages two_pages() {
  ModePages pages;
  pages.add({0x08, 2, 0x04, 0x11}, {0, 0, 0x04});
  pages.add({0x0a, 1, 0x00}, {0, 0, 0xff});
  return pages;
}

}  // namespace

BOOST_AUTO_TEST_CASE(pages_are_shown_as_current_changeable_and_default) {
  ModePages pages = two_pages();
  pages.set_current(0x08, 2, 0);
  std::vector<std::uint8_t> out;
  BOOST_TEST(pages.append(0x08, 0, out));
  BOOST_TEST((out == std::vector<std::uint8_t>{8, 2, 0, 0x11}));
  out.clear();
  BOOST_TEST(pages.append(0x08, 1, out));
  BOOST_TEST((out == std::vector<std::uint8_t>{8, 2, 4, 0}));
  out.clear();
  BOOST_TEST(pages.append(0x3f, 2, out));
  BOOST_TEST((out == std::vector<std::uint8_t>{8, 2, 4, 0x11, 10, 1, 0}));
  BOOST_TEST(!pages.append(0x09, 0, out));
  pages.reset();
  BOOST_TEST(pages.current(0x08, 2) == 4);
}

BOOST_AUTO_TEST_CASE(a_selection_changes_all_or_nothing) {
  ModePages pages = two_pages();
  const std::uint8_t good[] = {8, 2, 0, 0x11, 10, 1, 0x55};
  BOOST_TEST((pages.select(good, sizeof good) == sense::kNone));
  BOOST_TEST(pages.current(0x08, 2) == 0);
  BOOST_TEST(pages.current(0x0a, 2) == 0x55);
  const std::uint8_t half[] = {10, 1, 0x66, 8, 2, 0, 0x12};  // the second is not changeable
  BOOST_TEST((pages.select(half, sizeof half) == sense::kInvalidParameter));
  BOOST_TEST(pages.current(0x0a, 2) == 0x55);
  const std::uint8_t unknown[] = {9, 0}, length[] = {8, 1, 0}, cut[] = {8, 2, 0}, one[] = {8};
  BOOST_TEST((pages.select(unknown, 2) == sense::kInvalidParameter));
  BOOST_TEST((pages.select(length, 3) == sense::kInvalidParameter));
  BOOST_TEST((pages.select(cut, 3) == sense::kParameterListLength));
  BOOST_TEST((pages.select(one, 1) == sense::kParameterListLength));
}
