// SPDX-License-Identifier: Apache-2.0
// Sessions of the model driver with a TLM device behind virtio-pci, recorded and played again
// without driver and memory: the same hash each time; and logs that say otherwise. Each simulation
// has a process of its own.
#include <iostream>
#include <random>

#include "cosim/check/observe.h"
#include "cosim/replay/virtio_replay.h"
#include "driver/exercise.h"
#include "driver/pci_bench.h"
#include "log_file.h"

using namespace ringside;
using namespace ringside::test;
using cosim::Difference;
using cosim::Kind;
using cosim::Purpose;
using cosim::Transaction;

namespace {

/// What the processes of a test share.
struct Shared {
  std::string accuracy = "functional";
  std::string link, settings;
  std::string log;
  std::string monitor;  // further settings of the replay
  unsigned requests = 60;
  int exit_code = 0;
  std::string expected;  // of the first difference or the error
} shared;

struct Recording {
  explicit Recording(PciBench& bench) : writer(shared.log) {
    stream.add(writer);
    stream.add(hash);
    auto& card = bench.sim.model<virtio::VirtioPci>("bus.pci.card");
    card.dma_port().observe(&dma);
    card.observe(&registers);
  }
  cosim::LogWriter writer;
  cosim::StreamHash hash;
  cosim::TransactionStream stream;
  cosim::DmaWatch dma{stream};
  cosim::TransportWatch registers{stream};
};

void put_hash(const char* name, std::uint64_t hash) {
  std::ofstream(shared.log + name) << hash;
}
std::uint64_t take_hash(const char* name) {
  const std::string path = shared.log + name;
  std::uint64_t hash = 0;
  std::ifstream(path) >> hash;
  std::remove(path.c_str());
  return hash;
}

void record() {
  PciBench bench(shared.accuracy.c_str(), shared.link, shared.settings);
  Recording recording(bench);
  std::mt19937 random(4);
  bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true}) {
          Combination c;
          c.packed = packed;
          c.form = form;
          c.event_idx = event_idx;
          c.in_order = random() % 2 != 0;
          c.size = 16;
          c.batch = 1 + random() % 8;
          c.requests = shared.requests;
          const Outcome outcome =
              exercise(bench.driver, bench.access, bench.memory, bench.arena, c, random());
          BOOST_TEST(outcome.ok, outcome.why);
        }
    sc_core::wait(1, sc_core::SC_MS);
  });
  BOOST_TEST(recording.writer.close());
  put_hash(".hash", recording.hash.value());
}

struct ReplayBench {
  ReplayBench()
      : sim("accuracy: " + shared.accuracy + R"(
children:
  bus:
    type: bus
    children:
      ram: {type: ram, base: 0x80000000, size: 64MiB}
      pci:
        type: pci-host
        children:
          card:
            type: virtio-pci
)" + (shared.link.empty() ? "" : "            link: " + shared.link + "\n") +
                "            monitor: {type: virtio-replay, log: " + shared.log + shared.monitor +
                "}\n            device: {type: loopback, packed: true, in_order: true, "
                "notification_data: true, suspend: true" +
                (shared.settings.empty() ? "" : ", " + shared.settings) + "}\n",
            [](Registry& registry) {
              register_pci_bench(registry);
              registry.add<virtio::TransportMonitor, cosim::VirtioReplay>("virtio-replay", "plays");
            }),
        replay(sim.model<cosim::VirtioReplay>("bus.pci.card.monitor")) {
    sim.run({100, sc_core::SC_SEC});
    sim.platform.finish();
  }
  Sim sim;
  cosim::VirtioReplay& replay;
};

void replay() {
  ReplayBench bench;
  const cosim::ReplayOutcome& outcome = bench.replay.outcome();
  BOOST_TEST(bench.sim.platform.stopped());
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == shared.exit_code);
  put_hash(".played", outcome.hash);
  if (shared.exit_code == 0) {
    BOOST_TEST(outcome.good(), outcome.str());
    BOOST_TEST(outcome.requests == 8 * shared.requests);
    return;
  }
  const std::string found = !outcome.error.empty() ? outcome.error
                            : outcome.differences.empty()
                                ? outcome.findings.str()
                                : outcome.differences.kept().front().str();
  BOOST_TEST(found.find(shared.expected) != std::string::npos, found);
}

void twice() {
  const TemporaryFile log;
  shared.log = log.path;
  run_in_child(record);
  const std::uint64_t recorded = take_hash(".hash");
  run_in_child(replay);
  const std::uint64_t first = take_hash(".played");
  shared.monitor = ", check: true";
  run_in_child(replay);
  const std::uint64_t second = take_hash(".played");
  BOOST_TEST(first == recorded);
  BOOST_TEST(second == recorded);
  std::cout << "hash " << std::hex << recorded << ", " << first << " and " << second << std::dec
            << std::endl;
}

/// The log with a change, played.
void changed(const std::vector<Entry>& entries, const std::string& expected,
             const std::function<void(std::vector<Entry>&)>& change) {
  const TemporaryFile log;
  std::vector<Entry> other = entries;
  change(other);
  write_log(log.path, other);
  shared.log = log.path;
  shared.exit_code = 1;
  shared.expected = expected;
  run_in_child(replay);
  take_hash(".played");
  const std::string waves = shared.log + ".fst";
  BOOST_TEST(std::ifstream(waves).good(), "no waves around the difference");
  std::remove(waves.c_str());
}

}  // namespace

BOOST_AUTO_TEST_CASE(tlm_functional_twice) {
  shared = {};
  twice();
}
BOOST_AUTO_TEST_CASE(tlm_timed_twice) {
  shared = {};
  shared.accuracy = "timed";
  twice();
}
BOOST_AUTO_TEST_CASE(tlm_timed_behind_a_link_twice) {
  shared = {};
  shared.accuracy = "timed";
  shared.link = "pcie-link";
  shared.settings = "engine: fpga, service: {type: ssd, channels: 4}";
  twice();
}

BOOST_AUTO_TEST_CASE(tlm_differences) {
  const TemporaryFile log;
  shared = {};
  shared.log = log.path;
  run_in_child(record);
  take_hash(".hash");
  const std::vector<Entry> entries = read_log(log.path);
  const auto purpose = [](Purpose p, Kind kind) {
    return [=](const Transaction& t) { return t.purpose == p && t.kind == kind; };
  };
  const auto is_interrupt = [](const Transaction& t) { return t.kind == Kind::Interrupt; };
  const std::size_t middle = entries.size() / 2;
  changed(entries, "written-bytes: record ", [&](auto& e) {
    e[find_entry(e, purpose(Purpose::UsedRing, Kind::DmaWrite), middle)].data[4] ^= 1;
  });
  changed(entries, "register-value: record ", [&](auto& e) {
    for (Entry& at : e)
      if (at.t.kind == Kind::RegisterRead && at.t.address == 0x14 && at.data[0] != 0) {
        at.data[0] ^= 0x40;  // as if it had needed a reset
        break;
      }
  });
  changed(entries, "expected interrupt queue 0, found dma", [&](auto& e) {
    const std::size_t at = find_entry(e, is_interrupt);
    e.insert(e.begin() + static_cast<long>(at), e[at]);
  });
  changed(entries, "found interrupt queue 0", [&](auto& e) {
    e.erase(e.begin() + static_cast<long>(find_entry(e, is_interrupt, middle)));
  });
  changed(entries, "order: record ", [&](auto& e) {
    const std::size_t at = find_entry(e, purpose(Purpose::Descriptor, Kind::DmaRead), middle);
    e.erase(e.begin() + static_cast<long>(at));
  });
  changed(entries, "order: record ", [&](auto& e) {
    const std::size_t element = find_entry(e, purpose(Purpose::UsedRing, Kind::DmaWrite));
    const std::size_t index = find_entry(e, purpose(Purpose::UsedIndex, Kind::DmaWrite), element);
    std::swap(e[element], e[index]);
  });
  // Other memory: the device does something else.
  changed(entries, "record ", [&](auto& e) {
    e[find_entry(e, purpose(Purpose::AvailRing, Kind::DmaRead), 40)].data[0] ^= 1;
  });
}

BOOST_AUTO_TEST_CASE(tlm_broken_logs) {
  const TemporaryFile log;
  shared = {};
  shared.log = log.path;
  run_in_child(record);
  take_hash(".hash");
  const std::string whole = log.bytes();
  log.put(whole.substr(0, whole.size() / 2));
  shared.exit_code = 1;
  shared.expected = ": the log is cut off";
  run_in_child(replay);
  take_hash(".played");
}
