// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <vector>

#include "baseline/e1000_statistics.h"

using ringside::e1000::Statistics;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes frame(std::size_t bytes, std::uint8_t first = 0x52) {
  Bytes f(bytes, 0);
  f[0] = first;
  return f;
}

void send(Statistics& s, const Bytes& f) {
  s.sent(f.data(), f.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(frames_count_by_size_with_their_check_sequence) {
  Statistics s;
  const std::size_t sizes[] = {60, 61, 123, 124, 251, 252, 507, 508, 1019, 1020, 1514};
  for (const std::size_t size : sizes) {
    send(s, frame(size));
    s.received(frame(size).data(), size);
  }
  const unsigned counts[] = {1, 2, 2, 2, 2, 2};
  for (unsigned i = 0; i < 6; ++i) {
    BOOST_TEST(s.read(0x40d8 + 4 * i) == counts[i]);
    BOOST_TEST(s.read(0x405c + 4 * i) == counts[i]);
    BOOST_TEST(s.read(0x405c + 4 * i) == 0u, "reading clears");
  }
  BOOST_TEST(s.read(0x4080) == 11u);
  BOOST_TEST(s.read(0x4074) == 11u);
}

BOOST_AUTO_TEST_CASE(groups_and_broadcasts) {
  Statistics s;
  send(s, frame(60, 0x01));
  send(s, Bytes(60, 0xff));
  s.received(Bytes(60, 0xff).data(), 60);
  BOOST_TEST(s.read(0x40f0) == 1u);
  BOOST_TEST(s.read(0x40f4) == 1u);
  BOOST_TEST(s.read(0x4078) == 1u);
  BOOST_TEST(s.read(0x407c) == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_are_64_bits_and_cleared_by_the_upper_half) {
  Statistics s;
  for (int i = 0; i < 300000; ++i) s.seen(16380);
  const std::uint64_t expected = 300000ull * 16384;
  BOOST_TEST(s.read(0x40c0) == (expected & 0xffffffff));
  BOOST_TEST(s.read(0x40c0) == (expected & 0xffffffff), "the lower half stays");
  BOOST_TEST(s.read(0x40c4) == expected >> 32);
  BOOST_TEST(s.read(0x40c0) == 0u);
  BOOST_TEST(s.read(0x40c4) == 0u);
  BOOST_TEST(s.read(0x40d0) == 300000u);
}
