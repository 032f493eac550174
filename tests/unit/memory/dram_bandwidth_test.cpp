// SPDX-License-Identifier: Apache-2.0
// Bandwidth against closed forms, within 2 %. All accesses of a run arrive at once, so that the
// DRAM alone limits it.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "dram_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr unsigned kBursts = 20000;

/// Bursts per second of what `next` asks for.
template <typename Next>
double rate(DramBench& bench, const Next& next, unsigned bursts = kBursts) {
  std::uint64_t end = 0;
  for (unsigned i = 0; i < bursts; ++i) end = std::max(end, next(bench, i));
  return bursts / (static_cast<double>(end) * 1e-12);
}

void check_within(double found, double expected, double tolerance, const std::string& what) {
  BOOST_TEST(std::abs(found / expected - 1) <= tolerance,
             what << ": " << found << ", expected " << expected << ", off by "
                  << 100 * (found / expected - 1) << " %");
}

std::uint64_t stream(DramBench& b, unsigned i) {
  return b.read(std::uint64_t{i} * 64, 0);
}

double per_second(std::uint64_t ps) {
  return 1e12 / static_cast<double>(ps);
}

double refreshed(const DramProfile& p) {
  return 1 - static_cast<double>(p.rfc) / static_cast<double>(p.refi);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stream_has_the_rate_of_the_data_path_less_refresh) {
  const DramProfile p = ddr4_profile();
  DramBench reads(p);
  check_within(rate(reads, stream), per_second(p.burst) * refreshed(p), 0.02, "reads");
  DramBench writes(p);
  const auto write = [](DramBench& b, unsigned i) { return b.write(std::uint64_t{i} * 64, 0); };
  check_within(rate(writes, write), per_second(p.burst) * refreshed(p), 0.02, "writes");
  writes.dram.count_refreshes(writes.write(0, 0));
  BOOST_TEST(writes.channel().refreshes.value() >= kBursts * p.burst / p.refi);
  BOOST_TEST(writes.channel().busy_ps.value() == (kBursts + 1) * p.burst);
}

BOOST_AUTO_TEST_CASE(large_accesses_are_as_fast_as_many_small_ones) {
  const DramProfile p = ddr4_profile();
  DramBench b(p);
  const auto page = [](DramBench& bench, unsigned i) {
    return bench.read(std::uint64_t{i} * 4096, 0, 4096);
  };
  check_within(64 * rate(b, page, 400), per_second(p.burst) * refreshed(p), 0.02, "pages");
}

BOOST_AUTO_TEST_CASE(one_bank_group_is_limited_by_tccd_l) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  DramBench b(p);
  const auto next = [](DramBench& bench, unsigned i) {
    return bench.read(bench.address(i / 128, 0, 0, i % 128), 0);
  };
  // A conflict every 128 bursts: the next row is opened tRC after the last one, at the earliest
  // tRTP + tRP after its last read.
  const double row =
      127.0 * static_cast<double>(p.ccd_l) + static_cast<double>(p.rtp + p.rp + p.rcd);
  check_within(rate(b, next), 128e12 / row, 0.001, "one bank group");
}

BOOST_AUTO_TEST_CASE(rows_of_one_bank_are_limited_by_trc) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  DramBench b(p);
  const auto next = [](DramBench& bench, unsigned i) {
    return bench.read(bench.address(i % 60000), 0);
  };
  check_within(rate(b, next), per_second(p.rc), 0.001, "one bank");
  p = ddr4_profile();
  DramBench with_refresh(p);
  check_within(rate(with_refresh, next), per_second(p.rc) * refreshed(p), 0.02, "and refresh");
}

BOOST_AUTO_TEST_CASE(rows_of_a_few_banks_are_limited_by_trc_over_banks) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  for (const unsigned banks : {2u, 4u, 8u}) {
    DramBench b(p);
    const auto next = [banks](DramBench& bench, unsigned i) {
      const unsigned bank = i % banks;
      return bench.read(bench.address(i / banks % 60000, bank / 4, bank % 4), 0);
    };
    check_within(rate(b, next), banks * per_second(p.rc), 0.02, std::to_string(banks) + " banks");
  }
}

BOOST_AUTO_TEST_CASE(rows_of_all_banks_are_limited_by_tfaw) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  DramBench b(p);
  const auto next = [](DramBench& bench, unsigned i) {
    return bench.read(bench.address(i / 16 % 60000, i / 4 % 4, i % 4), 0);
  };
  check_within(rate(b, next), 4 * per_second(p.faw), 0.02, "all banks");
  BOOST_TEST(b.channel().row_hits.value() == 0u);
}

BOOST_AUTO_TEST_CASE(rows_of_all_banks_without_tfaw_are_limited_by_trrd) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  p.faw = 0;
  p.rrd_s = p.rrd_l = 6000;
  DramBench b(p);
  const auto next = [](DramBench& bench, unsigned i) {
    return bench.read(bench.address(i / 16 % 60000, i / 4 % 4, i % 4), 0);
  };
  check_within(rate(b, next), per_second(p.rrd_s), 0.02, "tRRD");
}

BOOST_AUTO_TEST_CASE(reads_and_writes_in_turn_pay_both_turnarounds) {
  DramProfile p = ddr4_profile();
  p.refi = 0;
  DramBench b(p);
  const auto next = [](DramBench& bench, unsigned i) {
    const std::uint64_t at = std::uint64_t{i} * 64;
    return i % 2 ? bench.write(at, i * 1000) : bench.read(at, i * 1000);
  };
  // A read and a write, each with its data, and the pauses after each.
  const std::uint64_t pair = 2 * p.burst + p.rtw + p.wtr_s + p.cl;
  check_within(rate(b, next) / 2, per_second(pair), 0.02, "turnarounds");
}

BOOST_AUTO_TEST_CASE(channels_work_side_by_side) {
  DramProfile p = ddr4_profile();
  p.channels = 4;
  DramBench b(p);
  check_within(rate(b, stream), 4 * per_second(p.burst) * refreshed(p), 0.02, "channels");
  for (unsigned i = 0; i < 4; ++i)
    BOOST_TEST(b.dram.channel(i).bytes_read.value() == kBursts / 4 * 64);
}

BOOST_AUTO_TEST_CASE(two_runs_are_the_same_and_no_time_is_given_twice) {
  std::vector<std::uint64_t> first;
  for (int run = 0; run < 2; ++run) {
    DramBench b(ddr4_profile());
    Numbers numbers;
    std::uint64_t now = 0;
    std::uint64_t last = 0;
    for (unsigned i = 0; i < kBursts; ++i) {
      now += numbers.below(3000);
      const std::uint64_t arrival = now + numbers.below(2) * numbers.below(3'000'000);
      const std::uint64_t at = numbers.below(1 << 20) * std::uint64_t{64};
      const std::uint64_t end = b.dram.access(at, 64, numbers.below(3) == 0, arrival);
      BOOST_REQUIRE(end >= arrival + b.dram.profile().overhead + b.dram.profile().cwl);
      last = std::max(last, end);
      if (run == 0)
        first.push_back(end);
      else
        BOOST_REQUIRE(first[i] == end);
    }
    BOOST_TEST(b.channel().busy_ps.value() == kBursts * b.dram.profile().burst);
    BOOST_TEST(b.channel().busy_ps.value() < last);
    BOOST_TEST(b.channel().backfilled.value() > 0u);
  }
}
