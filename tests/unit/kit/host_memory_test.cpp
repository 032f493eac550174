// SPDX-License-Identifier: Apache-2.0
#include "kit/host_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>
#include <vector>

using ringside::HostMemory;

namespace {

constexpr std::size_t kPage = 4096;

unsigned resident(const HostMemory& memory) {
  std::vector<unsigned char> pages(memory.size() / kPage);
  BOOST_REQUIRE(mincore(memory.data(), memory.size(), pages.data()) == 0);
  unsigned count = 0;
  for (const unsigned char page : pages) count += page & 1;
  return count;
}

/// An unnamed file of 16 pages of 'x'.
struct File {
  File() : stream(std::tmpfile()), fd(fileno(stream)) {
    const std::vector<char> text(16 * kPage, 'x');
    BOOST_REQUIRE(pwrite(fd, text.data(), text.size(), 0) == ssize_t(text.size()));
  }
  ~File() { std::fclose(stream); }
  char at(std::size_t offset) const {
    char byte = '?';
    BOOST_REQUIRE(pread(fd, &byte, 1, static_cast<off_t>(offset)) == 1);
    return byte;
  }
  std::FILE* stream;
  int fd;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(host_memory)

BOOST_AUTO_TEST_CASE(what_is_discarded_reads_as_zero_and_is_the_hosts) {
  HostMemory memory(16 * kPage);
  std::memset(memory.data(), 1, memory.size());
  BOOST_TEST(resident(memory) == 16u);
  memory.discard(2 * kPage, 8 * kPage);
  BOOST_TEST(resident(memory) == 8u);
  for (std::size_t page = 0; page < 16; ++page)
    BOOST_TEST(int{memory.data()[page * kPage]} == (page >= 2 && page < 10 ? 0 : 1));
}

BOOST_AUTO_TEST_CASE(parts_of_pages_become_zero_too) {
  HostMemory memory(4 * kPage);
  std::memset(memory.data(), 1, memory.size());
  memory.discard(kPage - 3, kPage + 5);  // the end of one page, a whole one, the start of another
  BOOST_TEST(resident(memory) == 3u);
  BOOST_TEST(int{memory.data()[kPage - 4]} == 1);
  for (std::size_t at = kPage - 3; at < 2 * kPage + 2; ++at) BOOST_REQUIRE(memory.data()[at] == 0);
  BOOST_TEST(int{memory.data()[2 * kPage + 2]} == 1);
  memory.discard(100, 10);  // no whole page
  BOOST_TEST(int{memory.data()[99]} == 1);
  BOOST_TEST(int{memory.data()[109]} == 0);
  BOOST_TEST(int{memory.data()[110]} == 1);
  memory.discard(0, 0);
  BOOST_TEST(int{memory.data()[0]} == 1);
}

BOOST_AUTO_TEST_CASE(only_pages_of_zeros_go_without_a_difference) {
  HostMemory memory(8 * kPage);
  std::memset(memory.data(), 0, memory.size());
  memory.data()[3 * kPage + 4095] = 9;
  BOOST_TEST(memory.discard_zeros(1, 8 * kPage - 1) == 6 * kPage);  // not the first, not number 3
  BOOST_TEST(int{memory.data()[3 * kPage + 4095]} == 9);
  BOOST_TEST(memory.discard_zeros(3 * kPage, kPage) == 0u);
}

BOOST_AUTO_TEST_CASE(changes_to_a_file_are_kept) {
  File file;
  HostMemory memory(file.fd, 16 * kPage, HostMemory::Keep::Yes);
  BOOST_TEST(memory.data()[5] == 'x');
  memory.data()[5] = 'y';
  BOOST_TEST(memory.sync());
  BOOST_TEST(file.at(5) == 'y');
  struct stat before {
  }, after{};
  BOOST_REQUIRE(fstat(file.fd, &before) == 0);
  memory.discard(4 * kPage, 8 * kPage);
  BOOST_REQUIRE(fstat(file.fd, &after) == 0);
  BOOST_TEST(after.st_size == before.st_size);
  BOOST_TEST(after.st_blocks <= before.st_blocks);
  BOOST_TEST(int{memory.data()[4 * kPage]} == 0);
  BOOST_TEST(int{file.at(11 * kPage)} == 0);
  BOOST_TEST(file.at(12 * kPage) == 'x');
}

BOOST_AUTO_TEST_CASE(changes_to_a_copy_are_not) {
  File file;
  HostMemory memory(file.fd, 16 * kPage, HostMemory::Keep::No);
  memory.data()[5] = 'y';
  memory.discard(4 * kPage, 8 * kPage);
  BOOST_TEST(memory.sync());
  BOOST_TEST(file.at(5) == 'x');
  BOOST_TEST(file.at(5 * kPage) == 'x');
  BOOST_TEST(int{memory.data()[5 * kPage]} == 0);  // not the file's contents again
  HostMemory moved;
  moved = std::move(memory);
  BOOST_TEST(moved.data()[5] == 'y');
}

BOOST_AUTO_TEST_SUITE_END()
