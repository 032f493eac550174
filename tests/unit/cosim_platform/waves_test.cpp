// SPDX-License-Identifier: Apache-2.0
// Waves of a design in RTL: the same times as transactions have, the stretch that was asked for,
// errors.
#include "support/waves.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// When a device wrote into memory, by the transactions that the monitor sees.
struct Writes final : cosim::Listener {
  void see(const cosim::Transaction& t) override {
    const bool message =
        t.purpose == cosim::Purpose::Interrupt;  // the function's, not the design's
    if (t.kind == cosim::Kind::DmaWrite && !message) times.push_back(t.time);
  }
  std::vector<std::uint64_t> times;
  std::uint64_t bursts = 0;
};

/// A file that is gone at the end.
struct WavesFile {
  ~WavesFile() { std::remove(path); }
  bool exists() const { return std::filesystem::exists(path); }
  const char* path = "rtl_waves_test.fst";
};

std::string entropy(const std::string& parameters) {
  return "{type: virtio-rng, impl: rtl, quantum: 1" + parameters + "}";
}

/// Requests of an entropy device.
Writes ask_for_bytes(const std::string& parameters, const char* accuracy = "functional") {
  PlatformBench bench(entropy(parameters), "virtio-monitor", accuracy);
  Writes writes;
  bench.monitor.stream().add(writes);
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    const std::uint64_t at = bench.arena.take(4096, 4096);
    for (unsigned i = 0; i < 20; ++i) {
      BOOST_TEST(bench.ask({}, {{at, 100}}) == 100);
      sc_core::wait(1, sc_core::SC_US);  // the design comes to rest
    }
  });
  bench.nothing_found();
  writes.bursts = bench.rtl().write_bursts.value();
  return writes;
}

std::string errors_of(const std::string& parameters) {
  Registry registry;
  register_platform_bench(registry);
  Platform platform(registry);
  const std::string text =
      PlatformBench::yaml(entropy(parameters), "virtio-monitor", "functional", "");
  return platform.build(Node::parse(text, "test.yaml")) ? "" : platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Of the design's own pins, by the port's name.
const Seen::mapped_type& pin(const Seen& seen, const std::string& name) {
  const auto found = std::find_if(seen.begin(), seen.end(), [&](const auto& signal) {
    const std::string& path = signal.first;
    return path.size() > name.size() && path.substr(path.size() - name.size() - 1) == "." + name;
  });
  BOOST_TEST_REQUIRE((found != seen.end()), name);
  return found->second;
}

/// The value that a signal had just before.
std::string before(const Seen::mapped_type& signal, std::uint64_t time) {
  const auto next =
      std::lower_bound(signal.begin(), signal.end(), time,
                       [](const auto& change, std::uint64_t at) { return change.first < at; });
  return next == signal.begin() ? "" : std::prev(next)->second;
}

bool is_high(const Seen::mapped_type& signal, std::uint64_t time) {
  return before(signal, time) == "1";
}

std::vector<std::uint64_t> rising_edges(const Seen::mapped_type& clock) {
  std::vector<std::uint64_t> edges;
  for (const auto& [time, value] : clock)
    if (value == "1") edges.push_back(time);
  return edges;
}

}  // namespace

SIM_TEST_CASE(a_write_is_on_the_pins_when_the_transaction_is) {
  const WavesFile file;
  const Writes writes = ask_for_bytes(std::string(", waves: ") + file.path);
  BOOST_TEST_REQUIRE(writes.times.size() >= 60u);
  const Seen seen = read_waves(file.path);
  const auto& address = pin(seen, "m_axi_awvalid");
  const auto& data = pin(seen, "m_axi_wvalid");
  const auto edges = rising_edges(pin(seen, "aclk"));
  for (const std::uint64_t time : writes.times) {
    BOOST_TEST(std::binary_search(edges.begin(), edges.end(), time), "no edge at " << time);
    // Whichever of the two comes last.
    BOOST_TEST((is_high(address, time) || is_high(data, time)), "nothing written at " << time);
  }
  const auto& ready = pin(seen, "m_axi_awready");
  const auto taken = std::count_if(edges.begin(), edges.end(), [&](std::uint64_t time) {
    return is_high(address, time) && is_high(ready, time);
  });
  BOOST_TEST(static_cast<std::uint64_t>(taken) == writes.bursts);
}

SIM_TEST_CASE(time_goes_on_where_the_design_rests) {
  const WavesFile file;
  ask_for_bytes(std::string(", clock: 100MHz, waves: ") + file.path, "timed");
  const auto edges = rising_edges(pin(read_waves(file.path), "aclk"));
  BOOST_TEST_REQUIRE(edges.size() > 100u);
  std::uint64_t shortest = ~std::uint64_t{0}, longest = 0;
  for (std::size_t i = 1; i < edges.size(); ++i) {
    shortest = std::min(shortest, edges[i] - edges[i - 1]);
    longest = std::max(longest, edges[i] - edges[i - 1]);
  }
  BOOST_TEST(shortest == 10000u);
  BOOST_TEST(longest > 10000u, "and no clock meanwhile");
}

SIM_TEST_CASE(waves_are_of_the_stretch_that_was_asked_for) {
  const WavesFile file;
  const Writes writes =
      ask_for_bytes(std::string(", waves_from: 3us, waves_to: 4us, waves: ") + file.path);
  BOOST_TEST_REQUIRE(writes.times.back() > 4'000'000u);
  const auto edges = rising_edges(pin(read_waves(file.path), "aclk"));
  BOOST_TEST_REQUIRE(edges.size() > 10u);
  BOOST_TEST(edges.front() >= 3'000'000u);
  BOOST_TEST(edges.back() <= 4'000'000u);
}

SIM_TEST_CASE(no_waves_unless_asked_for) {
  const WavesFile file;
  ask_for_bytes("");
  BOOST_TEST(!file.exists());
}

SIM_TEST_CASE(waves_that_cannot_be) {
  BOOST_TEST(contains(errors_of(", waves: not/there/x.fst"), "test.yaml:"));
  BOOST_TEST(contains(errors_of(", waves: not/there/x.fst"),
                      "cannot be written to not/there/x.fst: the file cannot be made"));
}
SIM_TEST_CASE(a_stretch_that_ends_before_it_begins) {
  const WavesFile file;
  BOOST_TEST(
      contains(errors_of(std::string(", waves_from: 3us, waves_to: 2us, waves: ") + file.path),
               "expected a time after 'waves_from'"));
  BOOST_TEST(!file.exists());
}
SIM_TEST_CASE(a_stretch_without_a_file) {
  BOOST_TEST(contains(errors_of(", waves_to: 2us"), "expected 'waves'"));
}
