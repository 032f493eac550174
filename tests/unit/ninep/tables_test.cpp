// SPDX-License-Identifier: Apache-2.0
// The server's tables by themselves: fids, locks, ids, inode numbers.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <map>
#include <random>

#include "ninep/fid_table.h"
#include "ninep/id_map.h"
#include "ninep/lock_table.h"
#include "ninep/qid_map.h"

using namespace ringside::ninep;

BOOST_AUTO_TEST_CASE(fids_are_found_whatever_was_added_and_removed) {
  FidTable table(500);
  std::map<std::uint32_t, Tree::Node> expected;
  std::mt19937 random(7);
  for (unsigned i = 0; i < 20000; ++i) {
    const std::uint32_t number = random() % 700 * (i % 2 ? 1u : 0x01000000u);
    if (expected.count(number) != 0) {
      BOOST_TEST_REQUIRE(table.find(number) != nullptr);
      BOOST_TEST(table.find(number)->node == expected[number]);
      table.remove(number);
      expected.erase(number);
    } else {
      BOOST_TEST_REQUIRE(table.find(number) == nullptr);
      BOOST_TEST(table.full() == (expected.size() == 500));
      if (table.full()) continue;
      table.add(number).node = i;
      expected[number] = i;
    }
    BOOST_TEST_REQUIRE(table.size() == expected.size());
  }
  std::size_t seen = 0;
  table.for_each([&](std::uint32_t number, Fid& fid) {
    ++seen;
    BOOST_TEST(expected.at(number) == fid.node);
  });
  BOOST_TEST(seen == expected.size());
  table.clear();
  BOOST_TEST(table.size() == 0u);
  for (const auto& entry : expected) BOOST_TEST(table.find(entry.first) == nullptr);
}

namespace {

LockRange range(std::uint8_t type, std::uint64_t start, std::uint64_t length, std::uint32_t process,
                std::string_view client = "guest") {
  return {type, start, length, process, client};
}

}  // namespace

BOOST_AUTO_TEST_CASE(readers_share_and_writers_do_not) {
  LockTable locks(100);
  BOOST_TEST(locks.set(1, 10, range(kLockRead, 0, 100, 1)) == 0);
  BOOST_TEST(locks.set(1, 11, range(kLockRead, 50, 100, 2)) == 0);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 90, 1, 3)) == EAGAIN);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 150, 1, 3)) == 0);
  BOOST_TEST(locks.set(2, 12, range(kLockWrite, 0, 0, 3)) == 0);  // another file
  // The same process number on another machine is somebody else.
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 0, 10, 1, "other")) == EAGAIN);
  // One's own lock is no obstacle, the other reader's is.
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 0, 50, 1)) == 0);
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 0, 51, 1)) == EAGAIN);
}

BOOST_AUTO_TEST_CASE(a_range_is_cut_in_two) {
  LockTable locks(100);
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 100, 100, 1)) == 0);
  BOOST_TEST(locks.set(1, 10, range(kUnlock, 140, 20, 1)) == 0);
  BOOST_TEST(locks.size() == 2u);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 140, 20, 2)) == 0);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 139, 1, 2)) == EAGAIN);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 160, 1, 2)) == EAGAIN);
  // From the middle to the end of all files.
  BOOST_TEST(locks.set(1, 10, range(kUnlock, 120, 0, 1)) == 0);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 160, 1, 2)) == 0);
  BOOST_TEST(locks.set(1, 11, range(kLockWrite, 119, 1, 2)) == EAGAIN);
}

BOOST_AUTO_TEST_CASE(whoever_is_in_the_way_is_told) {
  LockTable locks(100);
  BOOST_TEST(locks.set(1, 10, range(kLockRead, 100, 0, 7, "there")) == 0);
  LockRange asked = range(kLockWrite, 0, 200, 8);
  BOOST_TEST(locks.test(1, asked) == 0);
  BOOST_TEST(asked.type == kLockRead);
  BOOST_TEST(asked.start == 100u);
  BOOST_TEST(asked.length == 0u);
  BOOST_TEST(asked.process == 7u);
  BOOST_TEST(asked.client == "there");
  asked = range(kLockWrite, 0, 100, 8);
  BOOST_TEST(locks.test(1, asked) == 0);
  BOOST_TEST(asked.type == kUnlock);
  asked = range(kLockRead, 0, 200, 8);
  BOOST_TEST(locks.test(1, asked) == 0);
  BOOST_TEST(asked.type == kUnlock);
}

BOOST_AUTO_TEST_CASE(locks_go_with_their_fid) {
  LockTable locks(100);
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 0, 0, 1)) == 0);
  locks.drop(11);
  BOOST_TEST(locks.size() == 1u);
  // A child gives back what its parent took through the same open file.
  BOOST_TEST(locks.set(1, 10, range(kUnlock, 0, 0, 2)) == 0);
  BOOST_TEST(locks.size() == 0u);
  BOOST_TEST(locks.set(1, 10, range(kLockWrite, 0, 0, 1)) == 0);
  locks.drop(10);
  BOOST_TEST(locks.size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_lock_table_is_bounded) {
  LockTable locks(16);
  for (unsigned i = 0; i < 16; ++i) BOOST_TEST(locks.set(1, 1, range(kLockRead, i * 2, 1, i)) == 0);
  BOOST_TEST(locks.set(1, 1, range(kLockRead, 100, 1, 99)) == ENOLCK);
  locks.clear();
  BOOST_TEST(locks.set(1, 1, range(kLockWrite, 0, 0, 1)) == 0);
  int last = 0;
  for (unsigned i = 0; i < 100; ++i) {
    last = locks.set(1, 1, range(kUnlock, 10 + i * 10, 1, 1));
    BOOST_TEST(locks.size() <= 16u);
  }
  BOOST_TEST(last == ENOLCK);
  BOOST_TEST(locks.set(1, 1, range(kUnlock, 0, 0, 1)) == 0);
  BOOST_TEST(locks.size() == 0u);
}

BOOST_AUTO_TEST_CASE(ranges_that_are_none) {
  LockTable locks(16);
  BOOST_TEST(locks.set(1, 1, range(kLockRead, 2, ~std::uint64_t{0}, 1)) == EINVAL);
  BOOST_TEST(locks.set(1, 1, range(3, 0, 1, 1)) == EINVAL);
  BOOST_TEST(locks.set(1, 1, range(kLockRead, 1, ~std::uint64_t{0}, 1)) == 0);
  BOOST_TEST(locks.set(1, 1, range(kLockRead, 0, 1, 1, std::string(256, 'c'))) == EINVAL);
  LockRange asked = range(kUnlock, 0, 1, 1);
  BOOST_TEST(locks.test(1, asked) == EINVAL);
}

BOOST_AUTO_TEST_CASE(ids_are_mapped_by_ranges) {
  IdMap map;
  std::uint32_t host = 0;
  BOOST_TEST(map.to_host(5, host));
  BOOST_TEST(host == 5u);
  BOOST_TEST(map.to_guest(5) == 5u);
  BOOST_TEST(map.add("0:1000:1"));
  BOOST_TEST(map.add("100:5000:50"));
  for (const char* text : {"", "1", "1:2", "1:2:0", "1:2:3:4", "a:2:3", "1:2:3 ", "-1:2:3",
                           "4294967295:0:1", "0:4294967290:10", "1::3"})
    BOOST_TEST(!map.add(text), text);
  BOOST_TEST(map.to_host(0, host));
  BOOST_TEST(host == 1000u);
  BOOST_TEST(map.to_host(149, host));
  BOOST_TEST(host == 5049u);
  BOOST_TEST(!map.to_host(150, host));
  BOOST_TEST(!map.to_host(1, host));
  BOOST_TEST(map.to_host(kNoId, host));
  BOOST_TEST(host == kNoId);
  BOOST_TEST(map.to_guest(1000) == 0u);
  BOOST_TEST(map.to_guest(5000) == 100u);
  BOOST_TEST(map.to_guest(1001) == IdMap::kNobody);
}

BOOST_AUTO_TEST_CASE(inode_numbers_are_unique_over_file_systems) {
  QidMap map(42);
  std::uint64_t a = 0, b = 0, c = 0;
  BOOST_TEST(map.path(42, 7, a));
  BOOST_TEST(a == 7u);
  BOOST_TEST(map.path(43, 7, b));
  BOOST_TEST(map.path(44, 7, c));
  BOOST_TEST(a != b);
  BOOST_TEST(b != c);
  BOOST_TEST(map.path(43, 7, c));
  BOOST_TEST(b == c);
  const std::uint64_t large = 1ull << 50 | 7;
  BOOST_TEST(map.path(42, large, a));
  BOOST_TEST(map.path(43, large, b));
  BOOST_TEST(a != b);
  BOOST_TEST(map.path(42, large, c));
  BOOST_TEST(a == c);
  for (std::uint64_t device = 100; device < 100 + QidMap::kMostDevices - 3; ++device)
    BOOST_TEST_REQUIRE(map.path(device, 1, a));
  BOOST_TEST(!map.path(9999, 1, a));
  BOOST_TEST(map.path(43, 7, a));
}
