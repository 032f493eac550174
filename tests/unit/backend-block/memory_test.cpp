// SPDX-License-Identifier: Apache-2.0
#include "shelf.h"

using namespace ringside;
using test::Disk;
using test::problems;
using test::times;

SIM_TEST_CASE(a_terabyte_takes_no_memory_until_it_is_written) {
  Disk disk("{type: memory, size: 1TiB}");
  BOOST_TEST(disk->next_data(0) == 1ull << 40);
  disk.write((1ull << 40) - 512, times(512, 'm'));
  BOOST_TEST(disk.read((1ull << 40) - 1024, 1024) == times(512, '\0') + times(512, 'm'));
  BOOST_TEST(disk->write_zeroes(0, 1ull << 40, true));
  BOOST_TEST(disk.read((1ull << 40) - 512, 512) == times(512, '\0'));
}

SIM_TEST_CASE(an_odd_size_is_rounded_up) {
  Disk disk("{type: memory, size: 1000B}");
  BOOST_TEST(disk->bytes() == 1024u);
  disk.write(512, times(512, 'm'));
}

SIM_TEST_CASE(read_only_memory_refuses_every_change) {
  Disk disk("{type: memory, size: 1MiB, read_only: true}");
  BOOST_TEST(disk->read_only());
  BOOST_TEST(!disk->write(0, "x", 1));
  BOOST_TEST(!disk->discard(0, 512));
  BOOST_TEST(!disk->write_zeroes(0, 512, false));
}

SIM_TEST_CASE(what_a_resize_cuts_off_does_not_come_back) {
  Disk disk("{type: memory, size: 64KiB}");
  disk.write(0, times(65536, 'm'));
  BOOST_TEST(disk->resize(1024));
  BOOST_TEST(disk->resize(1 << 20));
  BOOST_TEST(disk->bytes() == 1u << 20);
  BOOST_TEST(disk.read(0, 1024) == times(1024, 'm'));
  BOOST_TEST((disk.read(1024, (1 << 20) - 1024) == times((1 << 20) - 1024, '\0')));
  BOOST_TEST(!disk->resize(100));
}

SIM_TEST_CASE(sizes_without_sense_are_refused) {
  const std::string text = problems("{type: memory, size: 0B}");
  BOOST_TEST(text.find("expected 512B to 1TiB") != std::string::npos, text);
}
