// SPDX-License-Identifier: Apache-2.0
// The monitor: silent on what is right, and what it does when something is not.
#include <filesystem>
#include <fstream>

#include "bench.h"
#include "cosim/log/log.h"
#include "driver/exercise.h"

using namespace ringside;
using namespace ringside::test;

namespace {

const std::string kLoopback =
    "{type: loopback, packed: true, in_order: true, notification_data: true}";

/// A folder of its own for files.
std::string file_in_test_folder(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("ringside-{}", getpid());
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}
std::string device_with_bug(unsigned bug) {
  return fmt::format("{{type: virtio-blk, impl: rtl, bug: {}}}", bug);
}
/// One read of a sector.
int read_sector(PlatformBench& bench) {
  if (!bench.driver.bring_up({32}, 64)) return -1;
  const std::uint64_t at = bench.arena.take(0x1000, 4096);
  const std::uint64_t words[2] = {0, 0};
  bench.memory.write(at, words, sizeof words);
  return bench.ask({{at, 16}}, {{at + 64, 512}, {at + 32, 1}});
}

}  // namespace

SIM_TEST_CASE(silent_on_our_own_device) {
  const std::string log = file_in_test_folder("log"), waves = file_in_test_folder("waves.fst");
  PlatformBench bench(kLoopback,
                      fmt::format("{{type: virtio-monitor, log: '{}', waves: '{}'}}", log, waves));
  bench.run([&] {
    for (bool packed : {false, true}) {
      Combination c;
      c.packed = packed;
      c.size = 16;
      c.batch = 4;
      c.requests = 200;
      const Outcome outcome =
          exercise(bench.driver, bench.access, bench.memory, bench.arena, c, packed + 1);
      BOOST_TEST(outcome.ok, outcome.why);
    }
  });
  bench.nothing_found();
  BOOST_TEST(bench.monitor.chains.value() == 400u);
  BOOST_TEST(bench.monitor.used_chains.value() == 400u);
  BOOST_TEST(bench.monitor.findings.value() == 0u);
  BOOST_TEST(bench.monitor.registers.value() > 20u);
  BOOST_TEST(!std::filesystem::exists(waves));
  // The log has all that the monitor has seen.
  cosim::LogReader reader(log);
  cosim::Transaction t;
  std::uint64_t records = 0;
  while (reader.next(t)) ++records;
  BOOST_TEST(records == bench.monitor.registers.value() + bench.monitor.accesses.value() +
                            bench.monitor.notifications.value());
}

SIM_TEST_CASE(the_first_finding_ends_the_run) {
  const std::string waves = file_in_test_folder("found.fst");
  PlatformBench bench(device_with_bug(4),
                      fmt::format("{{type: virtio-monitor, waves: '{}'}}", waves));
  bench.run_until_stopped([&] {
    read_sector(bench);
    sc_core::wait(1, sc_core::SC_MS);  // longer than the monitor lingers
    BOOST_TEST(false, "the run goes on");
  });
  const StopReason& stop = bench.sim.platform.stop_reason();
  BOOST_TEST(stop.exit_code == 3);
  BOOST_TEST(stop.text.find("bus.pci.card.monitor") != std::string::npos, stop.text);
  BOOST_TEST(stop.text.find("index-before-element: transaction ") != std::string::npos, stop.text);
  BOOST_TEST(bench.monitor.findings.value() > 0u);
  BOOST_TEST(std::filesystem::file_size(waves) > 300u);
}

SIM_TEST_CASE(or_it_is_counted) {
  PlatformBench bench(device_with_bug(2),
                      fmt::format("{{type: virtio-monitor, on_finding: go-on, waves: '{}'}}",
                                  file_in_test_folder("more.fst")));
  bench.run([&] {
    BOOST_TEST(read_sector(bench) == 529);
    BOOST_TEST(read_sector(bench) == 529);
  });
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 0);
  BOOST_TEST(bench.monitor.findings.value() == 2u);
}

SIM_TEST_CASE(waves_that_cannot_be_written) {
  PlatformBench bench(device_with_bug(2),
                      "{type: virtio-monitor, exit_code: 7, waves: /nowhere/at/all.fst}");
  bench.run_until_stopped([&] {
    read_sector(bench);
    sc_core::wait(1, sc_core::SC_MS);
  });
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 7);
}

/// What is missing shows at the end, and then the run has failed, too: here interrupts that the RTL
/// owes, as it goes by an old event index.
SIM_TEST_CASE(what_is_missing_at_the_end) {
  PlatformBench bench("{type: virtio-rng, impl: rtl, bug: 5}", "{type: virtio-monitor, waves: ''}");
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32, 29}, 16));
    for (unsigned i = 0; i < 20; ++i)
      if (bench.ask({}, {{bench.arena.take(64, 64), 16}}) < 0) break;
  });
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 3);
  BOOST_TEST(bench.sim.platform.stop_reason().text.find("interrupt-missing") != std::string::npos,
             bench.sim.platform.stop_reason().text);
}
