// SPDX-License-Identifier: Apache-2.0
#include "bus/data_path.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using ringside::Arbitration;
using ringside::DataPath;

namespace {

/// A master that asks for its next transfer when it has got the last one.
struct Asker {
  std::uint64_t bytes;
  std::uint64_t pause = 0;  ///< from the end of one to the next
  std::uint64_t ready = 0;
  std::uint64_t done = 0;  ///< bytes
};

/// Lets them ask, each in its time, until `end`.
void run(DataPath& path, std::vector<Asker>& askers, std::uint64_t end) {
  for (;;) {
    std::size_t next = 0;
    for (std::size_t i = 1; i < askers.size(); ++i)
      if (askers[i].ready < askers[next].ready) next = i;
    Asker& asker = askers[next];
    if (asker.ready >= end) return;
    asker.ready = path.transfer(next, asker.bytes, asker.ready) + asker.pause;
    asker.done += asker.bytes;
  }
}

bool within(double found, double expected, double tolerance) {
  return std::abs(found / expected - 1) <= tolerance;
}

constexpr std::uint64_t kLong = 100'000'000;  // 100 us

// 16 bytes a nanosecond.
DataPath path_of(Arbitration arbitration, std::size_t masters) {
  return DataPath(arbitration, 16, 1000, masters);
}
constexpr double kBytes = 16.0 * kLong / 1000;

}  // namespace

BOOST_AUTO_TEST_CASE(a_transfer_takes_its_beats) {
  for (const Arbitration how : {Arbitration::None, Arbitration::Fifo, Arbitration::RoundRobin}) {
    DataPath path = path_of(how, 2);
    BOOST_TEST(path.transfer(0, 64, 1000) == 5000u);
    BOOST_TEST(path.transfer(0, 1, 10000) == 11000u);
    BOOST_TEST(path.transfer(1, 17, 20000) == 22000u);
  }
  const DataPath odd(Arbitration::None, 8, 1e12 / 3e9, 1);  // 3 GHz
  BOOST_TEST(odd.duration(4096) == 170667u);
}

BOOST_AUTO_TEST_CASE(without_arbitration_nobody_waits) {
  DataPath path = path_of(Arbitration::None, 2);
  BOOST_TEST(path.transfer(0, 4096, 0) == 256000u);
  BOOST_TEST(path.transfer(1, 64, 0) == 4000u);
}

BOOST_AUTO_TEST_CASE(first_come_is_served_until_done) {
  DataPath path = path_of(Arbitration::Fifo, 2);
  BOOST_TEST(path.transfer(0, 4096, 0) == 256000u);
  BOOST_TEST(path.transfer(1, 64, 1000) == 260000u);
  BOOST_TEST(path.transfer(0, 64, 1000) == 264000u);
  // Told of late, but before everything.
  BOOST_TEST(path.transfer(1, 64, 500000) == 504000u);
  BOOST_TEST(path.transfer(0, 64, 300000) == 304000u);
}

BOOST_AUTO_TEST_CASE(in_turn_a_short_transfer_goes_beside_a_long_one) {
  DataPath path = path_of(Arbitration::RoundRobin, 3);
  BOOST_TEST(path.transfer(0, 4096, 0) == 256000u);
  BOOST_TEST(path.transfer(1, 64, 1000) == 1000 + 2 * 4000u);
  BOOST_TEST(path.transfer(2, 64, 1000) == 1000 + 3 * 4000u);
  // The third came while the second had the path with the first, so the second pays for it now, ...
  BOOST_TEST(path.transfer(1, 64, 9000) == 9000 + 4000 + 3 * 4000u);
  // ... and the first for all.
  BOOST_TEST(path.transfer(0, 64, 256000) == 256000 + 3 * 4000 + 4000u);
}

BOOST_AUTO_TEST_CASE(equal_masters_share_equally_and_fully) {
  for (const Arbitration how : {Arbitration::Fifo, Arbitration::RoundRobin}) {
    for (const std::size_t count : {1u, 2u, 5u}) {
      DataPath path = path_of(how, count);
      std::vector<Asker> askers(count, Asker{256});
      run(path, askers, kLong);
      for (const Asker& asker : askers)
        BOOST_TEST(
            within(static_cast<double>(asker.done), kBytes / static_cast<double>(count), 0.02));
    }
  }
}

BOOST_AUTO_TEST_CASE(shares_of_long_and_short_transfers_follow_the_arbitration) {
  // First come, first served: by the sizes of what they ask for. In turn: the same for both.
  const auto share = [](Arbitration how) {
    DataPath path = path_of(how, 2);
    std::vector<Asker> askers{Asker{4096}, Asker{64}};
    run(path, askers, kLong);
    BOOST_TEST(within(static_cast<double>(askers[0].done + askers[1].done), kBytes, 0.02));
    return static_cast<double>(askers[1].done) / kBytes;
  };
  BOOST_TEST(within(share(Arbitration::Fifo), 64.0 / (4096 + 64), 0.02));
  BOOST_TEST(within(share(Arbitration::RoundRobin), 0.5, 0.02));
}

BOOST_AUTO_TEST_CASE(a_master_that_asks_for_less_than_its_share_gets_it) {
  for (const Arbitration how : {Arbitration::Fifo, Arbitration::RoundRobin}) {
    DataPath path = path_of(how, 2);
    // The second asks for a tenth of the rate.
    std::vector<Asker> askers{Asker{64}, Asker{64, 36000}};
    run(path, askers, kLong);
    BOOST_TEST(within(static_cast<double>(askers[0].done + askers[1].done), kBytes, 0.02));
    BOOST_TEST(static_cast<double>(askers[1].done) / kBytes > 0.08);
  }
}
