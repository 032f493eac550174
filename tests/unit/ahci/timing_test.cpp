// SPDX-License-Identifier: Apache-2.0
// What takes time, and how long.
#include "unit/ahci/ahci_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = AhciBench;

namespace {
/// From PxCI to the end, in ns, as the port has counted.
double latency(Bench& b, const AtaCommand& c) {
  b.hba.clear_stats();
  BOOST_TEST(b.command(c, 5000));
  for (const StatGroup* group : b.hba.stat_groups())
    if (group->stat_name() == "port0") return group->histograms().front()->mean();
  return 0;
}
}  // namespace

SIM_TEST_CASE(functional_takes_no_time) {
  Bench b("wire_time: true, command_time: 10us", "service: ssd");
  b.start();
  BOOST_TEST(latency(b, Bench::dma(false, 0, 8)) == 0.0);
}

SIM_TEST_CASE(the_wire_has_its_rate) {
  Bench slow("wire_time: true, speed: 1.5Gbit/s", "", "accuracy: timed\n");
  slow.start();
  const double small = latency(slow, Bench::dma(false, 0, 16));
  const double large = latency(slow, Bench::dma(false, 0, 1040));
  // 1024 sectors at 150 MB/s.
  const double expected = 1024 * 512 / 0.150;
  BOOST_TEST(large - small > expected);
  BOOST_TEST(large - small < expected * 1.02);
}

SIM_TEST_CASE(a_command_takes_the_adapters_time) {
  Bench b("command_time: 7us", "", "accuracy: timed\n");
  b.start();
  const double with = latency(b, Bench::plain(Bench::kFlush));
  BOOST_TEST(with >= 7000.0);
  BOOST_TEST(with < 8000.0);
}

SIM_TEST_CASE(the_medium_takes_its_time) {
  Bench b("", "service: {type: service, latency_in: 80us, latency_out: 20us}", "accuracy: timed\n");
  b.start();
  const double read = latency(b, Bench::dma(false, 0, 8));
  BOOST_TEST(read >= 80000.0);
  BOOST_TEST(read < 85000.0);
  const double write = latency(b, Bench::dma(true, 0, 8));
  BOOST_TEST(write >= 20000.0);
  BOOST_TEST(write < 25000.0);
  const double queued = latency(b, Bench::queued(false, 0, 0, 8));
  BOOST_TEST(queued >= 80000.0);
  BOOST_TEST(queued < 85000.0);
}

SIM_TEST_CASE(queued_commands_share_the_mediums_channels) {
  Bench b("", "service: {type: service, channels: 8, latency_in: 80us}", "accuracy: timed\n");
  b.start();
  b.hba.clear_stats();
  for (unsigned t = 0; t < 32; ++t) b.issue(t, Bench::queued(false, t, t, 1));
  b.run(300);
  BOOST_TEST(b.port(Bench::kSact) != 0u);
  b.run(50);
  BOOST_TEST(b.port(Bench::kSact) == 0u, "four rounds of 80 us");
}

SIM_TEST_CASE(memory_takes_time) {
  Bench b("", "", "accuracy: timed\n");
  b.start();
  BOOST_TEST(latency(b, Bench::dma(false, 0, 8)) > 0.0);
}

SIM_TEST_CASE(with_a_slow_pcie_link) {
  Bench far("link: {type: pcie-link, generation: 1, lanes: 1}", "", "accuracy: timed\n");
  far.start();
  // 520 KiB more at 250 MB/s and less.
  const double more =
      latency(far, Bench::dma(false, 0, 1040)) - latency(far, Bench::dma(false, 0, 16));
  BOOST_TEST(more > 1024 * 512 / 0.250);
  BOOST_TEST(more < 1024 * 512 / 0.180);
}
