// SPDX-License-Identifier: Apache-2.0
// Designs in RTL in the place of devices: data, time, features, resets, errors.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

const std::string kEntropy = "{type: virtio-rng, impl: rtl}";
constexpr std::uint64_t kUnmapped = 0x700000000000;
constexpr std::uint8_t kNeedsReset = 0x40;

/// A sector there and back; true if the data are the same.
bool sector_there_and_back(PlatformBench& bench, std::uint64_t sector) {
  const std::uint64_t at = bench.arena.take(0x2000, 4096);
  const auto header = [&](std::uint32_t type) {
    const std::uint64_t words[2] = {type, sector};
    bench.memory.write(at, words, sizeof words);
  };
  std::vector<std::uint8_t> data(1024), back(1024);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7 + sector);
  bench.memory.write(at + 0x101, data.data(), data.size());
  header(1);
  if (bench.ask({{at, 16}, {at + 0x101, 1024}}, {{at + 0x20, 1}}) != 1) return false;
  header(0);
  if (bench.ask({{at, 16}}, {{at + 0x803, 1024}, {at + 0x20, 1}}) != 1025) return false;
  std::uint8_t status = 0xff;
  bench.memory.read(at + 0x20, &status, 1);
  bench.memory.read(at + 0x803, back.data(), back.size());
  return status == 0 && back == data;
}

void entropy(const std::string& device, const char* accuracy, const std::string& link,
             bool packed) {
  PlatformBench bench(device, "virtio-monitor", accuracy, link);
  bench.run([&] {
    Driver::Bits bits{32, 29};
    if (packed) bits.push_back(34);
    BOOST_TEST_REQUIRE(bench.driver.bring_up(bits, 16));
    const std::uint64_t at = bench.arena.take(0x2000, 4096);
    std::vector<std::uint8_t> last(200);
    for (unsigned i = 0; i < 40; ++i) {
      const std::uint32_t bytes = 1 + i * 5 % 200;
      BOOST_TEST(bench.ask({}, {{at + i, bytes}, {at + 0x1000, 3}}) == static_cast<int>(bytes) + 3);
      std::vector<std::uint8_t> got(200);
      bench.memory.read(at + i, got.data(), bytes);
      BOOST_TEST((bytes < 8 || got != last));
      last = got;
    }
  });
  bench.nothing_found();
  BOOST_TEST(bench.monitor.checker().used() == 40u);
  BOOST_TEST(bench.rtl().violations.value() == 0u);
  BOOST_TEST(bench.rtl().vectors_raised.value() == 40u);
  BOOST_TEST(bench.rtl().write_bytes.value() > 0u);
}

}  // namespace

SIM_TEST_CASE(entropy_functional) {
  entropy(kEntropy, "functional", "", false);
}
SIM_TEST_CASE(entropy_packed_in_lock_step) {
  entropy("{type: virtio-rng, impl: rtl, packed: true, quantum: 1}", "functional", "", true);
}
SIM_TEST_CASE(entropy_timed_behind_a_link) {
  entropy(kEntropy, "timed", "pcie-link", false);
}
SIM_TEST_CASE(entropy_on_a_bus_with_chance) {
  entropy(
      "{type: virtio-rng, impl: rtl, packed: true, latency: 20, jitter: 10, stall: 10, reorder: "
      "true}",
      "timed", "", true);
}

SIM_TEST_CASE(disk) {
  PlatformBench bench("{type: virtio-blk, impl: rtl}");
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 64));
    BOOST_TEST(bench.guest.get32(bench.kModern + 0x2000) == 65536u, "sectors");
    BOOST_TEST(sector_there_and_back(bench, 0));
    BOOST_TEST(sector_there_and_back(bench, 65534));
  });
  bench.nothing_found();
}

/// Simulated time passes while the clock runs, at its frequency, and no clocks while it rests.
SIM_TEST_CASE(time_passes) {
  PlatformBench bench("{type: virtio-rng, impl: rtl, clock: 100MHz, quantum: 1}", "virtio-monitor",
                      "timed");
  const auto clocks = [&] {
    bench.sim.platform.refresh_statistics();
    return bench.rtl().clocks.value();
  };
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    sc_core::wait(1, sc_core::SC_MS);
    const std::uint64_t before = clocks();
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    BOOST_TEST(bench.ask({}, {{bench.arena.take(4096, 4096), 4096}}) == 4096);
    const double took = (sc_core::sc_time_stamp() - begin).to_seconds();
    const std::uint64_t ran = clocks() - before;
    BOOST_TEST(ran >= 512u, "4096 bytes are 512 beats");
    BOOST_TEST(took >= 512 * 10e-9);
    BOOST_TEST(took <= (static_cast<double>(ran) + 2) * 10e-9);
    sc_core::wait(1, sc_core::SC_MS);
    BOOST_TEST(clocks() - before < ran + 50, "it does not come to rest");
  });
}

SIM_TEST_CASE(features_are_masked) {
  PlatformBench bench("{type: virtio-rng, impl: rtl, event_idx: false, packed: true}");
  bench.run([&] {
    const std::uint32_t low = bench.access.device_features(0),
                        high = bench.access.device_features(1);
    BOOST_TEST((low >> 28 & 1) == 1u, "indirect");
    BOOST_TEST((low >> 29 & 1) == 0u, "event index");
    BOOST_TEST((high >> 2 & 1) == 1u, "packed");
    BOOST_TEST((high >> 3 & 1) == 0u, "in order");
    BOOST_TEST(bench.access.device_features(2) == 0u);
    bench.access.device_features(0);
    BOOST_TEST(bench.guest.get8(bench.kModern + 4 + 3) == low >> 24);
  });
}

SIM_TEST_CASE(registers_in_odd_pieces) {
  PlatformBench bench(kEntropy);
  bench.run([&] {
    bench.guest.put16(bench.kModern + 0x16, 0);
    BOOST_TEST(bench.guest.get16(bench.kModern + 0x18) == 256);
    BOOST_TEST(bench.guest.get<std::uint64_t>(bench.kModern + 0x18) >> 16 ==
               bench.guest.get<std::uint64_t>(bench.kModern + 0x1a) % (1ull << 48));
    bench.guest.put<std::uint64_t>(bench.kModern + 0x20, 0x123456789abcdef0);
    BOOST_TEST(bench.guest.get<std::uint64_t>(bench.kModern + 0x20) == 0x123456789abcdef0u);
    bench.guest.put16(bench.kModern + 0x21, 0);
    BOOST_TEST(bench.guest.get32(bench.kModern + 0x24) == 0x12345678u);
    BOOST_TEST(bench.guest.get32(bench.kModern + 0x20) == 0x9abcdef0u);
  });
}

SIM_TEST_CASE(memory_that_is_not_there) {
  PlatformBench bench(kEntropy, "virtio-monitor", "timed");
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    BOOST_TEST(bench.ask({}, {{kUnmapped, 16}}) == -1);
    BOOST_TEST((bench.access.status() & kNeedsReset) != 0);
    // And it lives again after a reset.
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    BOOST_TEST(bench.ask({}, {{bench.arena.take(64, 64), 16}}) == 16);
  });
  bench.nothing_found();
  BOOST_TEST(bench.rtl().memory_errors.value() == 1u);
}

/// A driver that has the device write to the device's own registers: no answer, no hang.
SIM_TEST_CASE(its_own_registers_as_memory) {
  PlatformBench bench(kEntropy, "{type: virtio-monitor, rules: none}");
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    bench.ask({}, {{bench.kModern + 0x14, 1}});
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    BOOST_TEST(bench.ask({}, {{bench.arena.take(64, 64), 16}}) == 16);
  });
}

SIM_TEST_CASE(reset_of_the_machine_in_the_middle) {
  PlatformBench bench("{type: virtio-blk, impl: rtl}", "virtio-monitor", "timed", "pcie-link");
  bench.run([&] {
    for (unsigned i = 0; i < 12; ++i) {
      BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 64));
      const std::uint64_t at = bench.arena.take(0x10000, 4096);
      const std::uint64_t words[2] = {0, 0};
      bench.memory.write(at, words, sizeof words);
      BOOST_TEST_REQUIRE(
          bench.driver.queue().add({{at, 16}}, {{at + 64, 0x8000}, {at + 32, 1}}, 1, Form::Direct));
      bench.driver.submit();
      sc_core::wait(100 + 397 * i, sc_core::SC_NS);
      bench.sim.platform.request_reset();
      sc_core::wait(1, sc_core::SC_US);
      bench.access.enumerate();
    }
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 64));
    BOOST_TEST(sector_there_and_back(bench, 3));
  });
  bench.nothing_found();
}

/// Without MSI-X the ISR status is the line, and the monitor does not miss what it cannot see.
SIM_TEST_CASE(interrupts_on_a_line) {
  PlatformBench bench(kEntropy);
  auto& wires = bench.sim.model<FakeWires>("wires");
  bench.run([&] {
    const std::uint64_t function = Guest::place(0, 1);
    bench.guest.put16(function + bench.guest.capability(function, 0x11) + 2, 0);
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 16));
    for (unsigned i = 0; i < 3; ++i) {
      BOOST_TEST(!wires.levels[33]);
      BOOST_TEST(bench.driver.queue().add({}, {{bench.arena.take(64, 64), 16}}, 1, Form::Direct));
      bench.driver.submit();
      sc_core::wait(100, sc_core::SC_US);
      BOOST_TEST(bench.driver.queue().next_used().has_value());
      BOOST_TEST(wires.levels[33]);
      BOOST_TEST(bench.guest.get8(bench.kModern + 0x1000) == 1);
    }
    BOOST_TEST(!wires.levels[33]);
  });
  bench.nothing_found();
}

/// A rule of AXI is no matter of queues: the device itself ends the run.
SIM_TEST_CASE(a_rule_of_axi) {
  PlatformBench bench("{type: virtio-blk, impl: rtl, bug: 12}",
                      "{type: virtio-monitor, rules: none}");
  bench.run_until_stopped([&] {
    if (!bench.driver.bring_up({32}, 64)) return;
    const std::uint64_t at = bench.arena.take(0x4000, 4096);
    const std::uint64_t words[2] = {0, 0};
    bench.memory.write(at, words, sizeof words);
    bench.ask({{at, 16}}, {{at + 0xf80, 1024}, {at + 32, 1}});
  });
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 3);
  BOOST_TEST(
      bench.sim.platform.stop_reason().text.find("a burst crosses 4 KiB") != std::string::npos,
      bench.sim.platform.stop_reason().text);
}
