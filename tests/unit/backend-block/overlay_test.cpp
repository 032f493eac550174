// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "backend/block_overlay.h"

using ringside::backend::BlockOverlay;

namespace {
constexpr std::size_t kBlock = 64 << 10;
const std::uint8_t kData[1024] = {1, 2, 3};
}  // namespace

BOOST_AUTO_TEST_CASE(contents_below_that_cannot_be_read_fail_the_request_only) {
  bool broken = true;
  BlockOverlay overlay([&](std::uint64_t, std::uint8_t* to, std::size_t bytes) {
    std::fill_n(to, bytes, 9);
    return !broken;
  });
  std::uint8_t got[1024];
  BOOST_TEST(!overlay.read(0, got, sizeof got));
  BOOST_TEST(!overlay.write(512, kData, sizeof kData));
  BOOST_TEST(!overlay.write_zeroes(512, 512));
  BOOST_TEST(overlay.write_zeroes(0, kBlock));  // needs nothing from below
  broken = false;
  BOOST_TEST(overlay.read(0, got, sizeof got));
  BOOST_TEST(got[0] == 0);
  BOOST_TEST(
      overlay.write(kBlock + 512, kData, sizeof kData));  // the failed block has left no trace
  BOOST_TEST(overlay.read(kBlock + 511, got, 4));
  BOOST_TEST(got[0] == 9);
  BOOST_TEST(got[1] == 1);
}

BOOST_AUTO_TEST_CASE(a_block_that_was_zeroed_as_a_whole_can_be_written_in_part) {
  unsigned reads = 0;
  BlockOverlay overlay([&](std::uint64_t, std::uint8_t* to, std::size_t bytes) {
    std::fill_n(to, bytes, 9);
    ++reads;
    return true;
  });
  BOOST_TEST(overlay.write_zeroes(0, 3 * kBlock));
  BOOST_TEST(overlay.write(kBlock, kData, 2));
  std::uint8_t got[4];
  BOOST_TEST(overlay.read(kBlock, got, 4));
  BOOST_TEST(got[1] == 2);
  BOOST_TEST(got[2] == 0);
  BOOST_TEST(reads == 0u);
}
