// SPDX-License-Identifier: Apache-2.0
// Sessions of the model driver with the engine in RTL, recorded and played again: the same hash
// each time; and logs that say otherwise.
#include <algorithm>
#include <iostream>

#include "cosim/axi/random.h"
#include "log_file.h"
#include "rtl/chains.h"
#include "rtl/recorder.h"
#include "rtl/replay.h"

using namespace ringside;
using namespace ringside::test;
using cosim::Difference;
using cosim::Kind;
using cosim::Purpose;
using cosim::ReplayOutcome;
using cosim::Transaction;

namespace {

DutSettings rough(unsigned width, std::uint64_t seed) {
  DutSettings settings;
  settings.width = width;
  settings.timing = {8, 20, 20, true, seed};
  settings.stream_stall = 10;
  settings.interrupt_stall = 20;
  return settings;
}

/// Chains in all layouts, and resets between.
std::uint64_t record_chains(const std::string& path, const DutSettings& settings,
                            unsigned chains = 100) {
  RtlBench bench(settings);
  RtlRecorder recorder(bench, path);
  std::uint64_t seed = 1;
  bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true}) {
          ChainsOptions options;
          options.packed = packed;
          options.form = form;
          options.event_idx = event_idx;
          options.chains = chains;
          options.seed = ++seed;
          BOOST_TEST(move_chains(bench, options) == "");
        }
    bench.pass(20);
  });
  BOOST_TEST(recorder.close());
  return recorder.hash();
}

void same(const ReplayOutcome& outcome, std::uint64_t hash) {
  BOOST_TEST(outcome.good(), outcome.str());
  BOOST_TEST(outcome.hash == hash);
}

void twice(unsigned width) {
  const TemporaryFile log;
  const DutSettings settings = rough(width, 40 + width);
  const std::uint64_t hash = record_chains(log.path, settings);
  const ReplayOutcome first = replay_on_rtl(log.path, settings);
  const ReplayOutcome second = replay_on_rtl(log.path, settings, {true, "", ""});
  same(first, hash);
  same(second, hash);
  BOOST_TEST(first.requests == 800u);
  std::cout << width << " bits: " << first.records << " records, hash " << std::hex << first.hash
            << " and " << second.hash << std::dec << std::endl;
  // A memory of another speed is the same to the log.
  DutSettings quick = settings;
  quick.timing = {};
  quick.stream_stall = 0;
  same(replay_on_rtl(log.path, quick), hash);
}

/// The log with one change, played.
ReplayOutcome changed(const std::vector<Entry>& entries, const DutSettings& settings,
                      const std::function<void(std::vector<Entry>&)>& change) {
  const TemporaryFile log;
  std::vector<Entry> other = entries;
  change(other);
  write_log(log.path, other);
  return replay_on_rtl(log.path, settings);
}

void found(const ReplayOutcome& outcome, Difference::Kind kind, const std::string& text) {
  BOOST_TEST_REQUIRE(!outcome.differences.empty(), outcome.str());
  const Difference& first = outcome.differences.kept().front();
  std::cout << first.str() << std::endl;
  BOOST_TEST((first.kind == kind), first.str());
  BOOST_TEST(first.str().find(text) != std::string::npos, first.str());
}

}  // namespace

SIM_TEST_CASE(rtl_64_bits_twice) {
  twice(64);
}
SIM_TEST_CASE(rtl_256_bits_twice) {
  twice(256);
}

/// The same requests cut into other bursts.
SIM_TEST_CASE(rtl_of_greater_width) {
  const TemporaryFile log;
  const std::uint64_t hash = record_chains(log.path, rough(64, 7));
  same(replay_on_rtl(log.path, rough(256, 8)), hash);
}
SIM_TEST_CASE(rtl_of_lesser_width) {
  const TemporaryFile log;
  const std::uint64_t hash = record_chains(log.path, rough(256, 7));
  same(replay_on_rtl(log.path, rough(128, 8)), hash);
}

SIM_TEST_CASE(rtl_differences) {
  const TemporaryFile log;
  const DutSettings settings = rough(64, 3);
  record_chains(log.path, settings, 20);
  const std::vector<Entry> entries = read_log(log.path);
  const auto purpose = [](Purpose p, Kind kind) {
    return [=](const Transaction& t) { return t.purpose == p && t.kind == kind; };
  };
  const auto is_interrupt = [](const Transaction& t) { return t.kind == Kind::Interrupt; };
  const std::size_t middle = entries.size() / 2;

  found(changed(entries, settings,
                [&](auto& e) {
                  e[find_entry(e, purpose(Purpose::UsedRing, Kind::DmaWrite), middle)].data[4] ^= 1;
                }),
        Difference::Kind::WrittenBytes, "dma write queue 0 used_ring");
  found(changed(entries, settings,
                [&](auto& e) {
                  e[find_entry(e, [](const Transaction& t) {
                    return t.kind == Kind::RegisterRead && t.address == 0x18;
                  })].data[0] ^= 1;
                }),
        Difference::Kind::RegisterValue, "register read 0x18 +2");
  // An interrupt that the device has no reason for.
  found(changed(entries, settings,
                [&](auto& e) {
                  const std::size_t at = find_entry(e, is_interrupt);
                  e.insert(e.begin() + static_cast<long>(at), e[at]);
                }),
        Difference::Kind::Order, "expected interrupt queue 0, found dma");
  // One that the log does not have: the device waits with it.
  found(changed(
            entries, settings,
            [&](auto& e) { e.erase(e.begin() + static_cast<long>(find_entry(e, is_interrupt))); }),
        Difference::Kind::Extra, "interrupt");
  // A read that the log does not have.
  found(changed(entries, settings,
                [&](auto& e) {
                  const std::size_t at =
                      find_entry(e, purpose(Purpose::Descriptor, Kind::DmaRead), 40);
                  e.erase(e.begin() + static_cast<long>(at));
                }),
        Difference::Kind::Order, "dma read queue 0 descriptor");
  // Used index before the element.
  found(changed(entries, settings,
                [&](auto& e) {
                  const std::size_t element =
                      find_entry(e, purpose(Purpose::UsedRing, Kind::DmaWrite));
                  const std::size_t index =
                      find_entry(e, purpose(Purpose::UsedIndex, Kind::DmaWrite), element);
                  std::swap(e[element], e[index]);
                }),
        Difference::Kind::Order, "used_ring");
  // A cut-off log.
  const std::string whole = log.bytes();
  log.put(whole.substr(0, whole.size() / 2));
  const ReplayOutcome cut = replay_on_rtl(log.path, settings);
  BOOST_TEST(cut.error.find("the log is cut off") != std::string::npos, cut.str());
}

/// Recorded with an engine as it should be, played to one with a bug.
SIM_TEST_CASE(rtl_bugs_differ) {
  const TemporaryFile log, window;
  DutSettings settings;
  record_chains(log.path, settings, 40);
  for (unsigned bug : {1u, 2u, 4u, 6u, 9u, 10u, 11u, 15u, 16u}) {
    settings.bug = bug;
    const ReplayOutcome outcome = replay_on_rtl(log.path, settings, {false, "", window.path});
    BOOST_TEST(!outcome.differences.empty(), "bug " << bug << "\n" << outcome.str());
    BOOST_TEST(outcome.hash != 0u);
    if (!outcome.differences.empty())
      std::cout << "bug " << bug << ": " << outcome.differences.kept().front().str() << std::endl;
    BOOST_TEST(!window.bytes().empty());
    window.put("");
  }
}

namespace {

void whole_device(Device device) {
  const TemporaryFile log, waves;
  DutSettings settings;
  settings.device = device;
  settings.timing = {6, 20, 10, true, 5};
  RtlBench bench(settings);
  RtlRecorder recorder(bench, log.path);
  cosim::Random random(9);
  bench.run([&] {
    const std::uint64_t head = bench.arena.take(64, 64);
    const std::uint64_t data = bench.arena.take(16384, 4096);
    BOOST_REQUIRE(bench.driver.bring_up({32, 29}, 16));
    for (unsigned i = 0; i < 40; ++i) {
      const std::uint32_t bytes = 512 * (1 + random.below(8));
      const bool out = device == Device::Block && i % 2 == 0;
      bench.memory.store<std::uint64_t>(head, out ? 1 : 0);
      bench.memory.store<std::uint64_t>(head + 8, random.below(16));
      for (std::uint32_t k = 0; out && k < bytes; k += 4)
        bench.memory.store<std::uint32_t>(data + k, random.below(~0u));
      std::vector<Piece> readable, writable;
      if (device == Device::Block) readable.push_back({head, 16});
      (out ? readable : writable).push_back({data, bytes});
      if (device == Device::Block) writable.push_back({head + 32, 1});
      BOOST_REQUIRE(bench.driver.queue().add(readable, writable, i, Form::Direct));
      bench.driver.submit();
      BOOST_REQUIRE(bench.driver.wait_used(0, {1, sc_core::SC_MS}));
      BOOST_REQUIRE(bench.driver.queue().next_used().has_value());
    }
    bench.pass(20);
  });
  BOOST_TEST(recorder.close());
  const ReplayOutcome first = replay_on_rtl(log.path, settings, {true, waves.path, ""});
  same(first, recorder.hash());
  same(replay_on_rtl(log.path, settings), recorder.hash());
  BOOST_TEST(first.requests == 40u);
  BOOST_TEST(waves.bytes().size() > 1000u);
  std::cout << "device " << bench.dut->device_id() << ": hash " << std::hex << first.hash
            << std::dec << std::endl;
}

}  // namespace

SIM_TEST_CASE(rtl_entropy_twice) {
  whole_device(Device::Entropy);
}
SIM_TEST_CASE(rtl_block_twice) {
  whole_device(Device::Block);
}
