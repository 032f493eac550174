// SPDX-License-Identifier: Apache-2.0
// The latency of single accesses to an idle DRAM, which is a sum of JEDEC's times.
#include <boost/test/unit_test.hpp>

#include "dram_bench.h"

using namespace ringside;
using namespace ringside::test;

BOOST_AUTO_TEST_CASE(a_closed_bank_takes_activate_read_and_burst) {
  for (const DramProfile& p : {round_profile(), ddr4_profile()}) {
    DramBench b(p);
    BOOST_TEST(b.read(b.address(5), 1000) == 1000 + p.overhead + p.rcd + p.cl + p.burst);
    BOOST_TEST(b.channel().row_misses.value() == 1u);
    DramBench w(p);
    BOOST_TEST(w.write(w.address(5), 1000) == 1000 + p.overhead + p.rcd + p.cwl + p.burst);
  }
}

BOOST_AUTO_TEST_CASE(an_open_row_takes_read_and_burst) {
  for (const DramProfile& p : {round_profile(), ddr4_profile()}) {
    DramBench b(p);
    b.read(b.address(5), 0);
    BOOST_TEST(b.read(b.address(5, 0, 0, 1), 500000) == 500000 + p.overhead + p.cl + p.burst);
    BOOST_TEST(b.write(b.address(5, 0, 0, 2), 900000) == 900000 + p.overhead + p.cwl + p.burst);
    BOOST_TEST(b.channel().row_hits.value() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(another_row_takes_a_precharge_more) {
  for (const DramProfile& p : {round_profile(), ddr4_profile()}) {
    DramBench b(p);
    b.read(b.address(5), 0);
    BOOST_TEST(b.read(b.address(6), 500000) == 500000 + p.overhead + p.rp + p.rcd + p.cl + p.burst);
    BOOST_TEST(b.write(b.address(7), 900000) ==
               900000 + p.overhead + p.rp + p.rcd + p.cwl + p.burst);
    BOOST_TEST(b.channel().row_conflicts.value() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_row_stays_open_for_tras_and_until_writes_have_recovered) {
  const DramProfile p = round_profile();
  DramBench b(p);
  b.read(b.address(5), 0);  // activated at 0, so precharged at tRAS, activated at tRC
  BOOST_TEST(b.read(b.address(6), 0) == p.rc + p.rcd + p.cl + p.burst);
  DramBench w(p);
  const std::uint64_t written = w.write(w.address(5), 0);
  BOOST_TEST(w.read(w.address(6), 0) ==
             written + p.wr + p.rp + p.rcd + p.cl + p.burst);  // later than tRC here
}

BOOST_AUTO_TEST_CASE(a_late_read_holds_the_row_for_trtp) {
  const DramProfile p = round_profile();
  DramBench b(p);
  b.read(b.address(5), 0);
  b.read(b.address(5), 100000);  // its command is at 100 ns
  BOOST_TEST(b.read(b.address(6), 100000) == 100000 + p.rtp + p.rp + p.rcd + p.cl + p.burst);
}

BOOST_AUTO_TEST_CASE(reads_after_writes_wait_for_the_turnaround) {
  const DramProfile p = round_profile();
  DramBench b(p);
  for (unsigned group = 0; group < 2; ++group) b.read(b.address(1, 0, group), 0);
  const std::uint64_t written = b.write(b.address(1, 0, 0), 1000000);
  BOOST_TEST(written == 1000000 + p.cwl + p.burst);
  BOOST_TEST(b.read(b.address(1, 0, 1), 1000000) == written + p.wtr_s + p.cl + p.burst);
  const std::uint64_t again = b.write(b.address(1, 0, 0), 2000000);
  BOOST_TEST(b.read(b.address(1, 0, 0), 2000000) == again + p.wtr_l + p.cl + p.burst);
}

BOOST_AUTO_TEST_CASE(writes_after_reads_leave_the_pause_between) {
  const DramProfile p = round_profile();
  DramBench b(p);
  b.read(b.address(1), 0);
  const std::uint64_t end = b.read(b.address(1), 1000000);
  BOOST_TEST(b.write(b.address(1, 0, 0, 1), 1000000) == end + p.rtw + p.burst);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_burst_takes_a_whole_one_and_a_border_two) {
  const DramProfile p = round_profile();
  DramBench b(p);
  BOOST_TEST(b.read(8, 0, 8) == p.rcd + p.cl + p.burst);
  BOOST_TEST(b.channel().busy_ps.value() == p.burst);
  BOOST_TEST(b.channel().bytes_read.value() == 8u);
  // The second lies in another bank group, whose activate comes tRRD_S later.
  DramBench two(p);
  BOOST_TEST(two.read(60, 0, 8) == p.rrd_s + p.rcd + p.cl + p.burst);
  BOOST_TEST(two.channel().busy_ps.value() == 2 * p.burst);
}

BOOST_AUTO_TEST_CASE(a_refresh_closes_rows_and_keeps_commands_waiting) {
  DramProfile p = round_profile();
  p.rfc = 300000;
  p.refi = 4000000;
  DramBench b(p);
  b.read(b.address(1), 0);
  BOOST_TEST(b.read(b.address(1), 3900000) == 3900000 + p.cl + p.burst);
  // In the refresh that begins at tREFI.
  BOOST_TEST(b.read(b.address(1), 4100000) == 4300000 + p.rcd + p.cl + p.burst);
  BOOST_TEST(b.read(b.address(1), 9000000) == 9000000 + p.rcd + p.cl + p.burst);
  BOOST_TEST(b.channel().row_misses.value() == 3u);
  b.dram.count_refreshes(9000000);
  b.dram.count_refreshes(9000000);
  BOOST_TEST(b.channel().refreshes.value() == 2u);
}

BOOST_AUTO_TEST_CASE(ranks_are_refreshed_in_turn_and_pause_between_each_other) {
  DramProfile p = round_profile();
  p.ranks = 2;
  p.rfc = 300000;
  p.refi = 4000000;
  DramBench b(p, {"row", "bank", "column", "bank_group", "rank"});
  b.read(0, 0);
  b.read(64, 0);
  // Rank 0 is refreshed at 2 us, rank 1 at 4 us.
  BOOST_TEST(b.read(64, 2100000) == 2100000 + p.cl + p.burst);
  BOOST_TEST(b.read(0, 2100000) == 2300000 + p.rcd + p.cl + p.burst);
  const std::uint64_t end = b.read(0, 3000000);
  BOOST_TEST(b.read(64, 3000000) == end + p.rtrs + p.burst);
}

BOOST_AUTO_TEST_CASE(an_access_told_of_late_is_not_held_up_by_one_far_ahead) {
  const DramProfile p = round_profile();
  DramBench b(p);
  b.read(b.address(1), 0);
  b.read(b.address(2), 5000000);  // the same bank, another row, the far future
  BOOST_TEST(b.read(b.address(1), 1000000) == 1000000 + p.cl + p.burst);
  BOOST_TEST(b.read(b.address(3), 2000000) == 2000000 + p.rp + p.rcd + p.cl + p.burst);
  BOOST_TEST(b.read(b.address(3, 1), 3000000) == 3000000 + p.rcd + p.cl + p.burst);
  BOOST_TEST(b.channel().backfilled.value() == 3u);
  // Too short a time before that row is opened: it stays open first.
  BOOST_TEST(b.read(b.address(4), 4990000) == 5000000 + p.rp + p.rc + p.rcd + p.cl + p.burst);
}
