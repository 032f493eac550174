// SPDX-License-Identifier: Apache-2.0
#include "trace/lanes.h"

#include "read_back.h"

using namespace ringside;
using namespace ringside::trace;

namespace {

struct Bench {
  Bench() : out(file.name, 1 << 24), lanes(out, PerfettoFile::kNone, "lane") {}
  PerfettoFile::Track take(std::uint64_t begin, std::uint64_t end) {
    slice.begin = begin;
    slice.end = end;
    return lanes.take(slice);
  }
  test::TraceFile file;
  PerfettoFile out;
  Lanes lanes;
  Slice slice;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lanes)

BOOST_AUTO_TEST_CASE(what_follows_shares_a_track_and_what_overlaps_does_not) {
  Bench b;
  const auto first = b.take(10, 20);
  BOOST_TEST(b.take(20, 30) == first);
  const auto second = b.take(25, 40);
  BOOST_TEST(second != first);
  BOOST_TEST(b.take(30, 31) == first);
  const auto third = b.take(5, 6);  // told of late
  BOOST_TEST(third != first);
  BOOST_TEST(third != second);
  BOOST_TEST(b.take(6, 90) == third);
}

BOOST_AUTO_TEST_CASE(with_no_track_left_a_slice_begins_later) {
  Bench b;
  for (unsigned i = 0; i < 1024; ++i) b.take(i, 10000 + i);
  BOOST_TEST(b.take(1024, 10500) == 1u);
  BOOST_TEST(b.slice.begin == 10000u);
  BOOST_TEST(b.slice.end == 10500u);
  BOOST_TEST(b.take(1025, 1026) == 2u);
  BOOST_TEST(b.slice.begin == 10001u);
  BOOST_TEST(b.slice.end == 10001u);
}

BOOST_AUTO_TEST_SUITE_END()
