// SPDX-License-Identifier: Apache-2.0
// Devices in RTL behind a link that carries packets: the same driver, the same checker, DMA and
// registers as packets of PCI Express.
#include <iostream>

#include "cosim/check/bus_transaction.h"
#include "cosim/check/checker.h"
#include "driver/watch.h"
#include "rtl/bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

DutSettings behind_link(Device device, const cosim::AxiTiming& timing) {
  DutSettings settings;
  settings.device = device;
  settings.timing = timing;
  settings.tlp = true;
  return settings;
}

struct CheckedLink {
  CheckedLink(const DutSettings& settings, bool length_is_written)
      : bench(settings),
        access(bench.access, stream),
        driver(access, bench.memory, bench.arena),
        checker(check(length_is_written)),
        random(settings.timing.seed) {
    stream.add(checker);
    bench.dut->observer = [this](const cosim::BusAccess& seen) {
      cosim::Transaction t = cosim::transaction_of(seen, 4000, 0);
      stream.send(t);
    };
    bench.dut->interrupt = [this, inner = bench.dut->interrupt](unsigned vector) {
      if (vector != 0) stream.interrupt(0, vector - 1);
      inner(vector);
    };
  }
  static cosim::CheckSettings check(bool length_is_written) {
    cosim::CheckSettings settings;
    settings.length_is_written = length_is_written;
    return settings;
  }
  /// Nothing was found, by anybody.
  void judge(std::uint64_t chains) {
    bench.pass(20);
    checker.finish();
    BOOST_TEST(checker.findings().empty(), checker.findings().str());
    BOOST_TEST(checker.used() == chains);
    BOOST_TEST(bench.dut->violations() == "");
  }

  cosim::TransactionStream stream;
  RtlBench bench;
  WatchedAccess access;
  Driver driver;
  cosim::Checker checker;
  cosim::Random random;
};

Driver::Bits bits_of(bool packed, bool indirect, bool event_idx) {
  Driver::Bits bits{32};
  if (packed) bits.push_back(34);
  if (indirect) bits.push_back(28);
  if (event_idx) bits.push_back(29);
  return bits;
}

/// Buffers of any alignment, several at once, with guard bytes.
void entropy_chains(const cosim::AxiTiming& timing, bool packed, bool indirect, bool event_idx,
                    unsigned chains) {
  CheckedLink link(behind_link(Device::Entropy, timing), true);
  BOOST_TEST(link.bench.dut->device_id() == 4u);
  link.bench.run([&] {
    BOOST_REQUIRE(link.driver.bring_up(bits_of(packed, indirect, event_idx), 16));
    constexpr std::uint32_t kStretch = 0x2000;
    const std::uint64_t data = link.bench.arena.take(4 * kStretch, 4096);
    for (unsigned sent = 0; sent < chains;) {
      unsigned batch = 1 + link.random.below(4);
      if (batch > chains - sent) batch = chains - sent;
      std::vector<std::uint8_t> before(4 * kStretch, 0xee), after(4 * kStretch);
      link.bench.memory.write(data, before.data(), before.size());
      std::vector<std::vector<Piece>> pieces(batch);
      for (unsigned i = 0; i < batch; ++i, ++sent) {
        std::uint64_t at = data + i * kStretch;
        for (unsigned n = 1 + link.random.below(3); n-- > 0;) {
          at += 1 + link.random.below(70);
          const std::uint32_t bytes = 1 + link.random.below(n == 0 ? 1500 : 300);
          pieces[i].push_back({at, bytes});
          at += bytes;
        }
        BOOST_REQUIRE(
            link.driver.queue().add({}, pieces[i], i, indirect ? Form::Indirect : Form::Direct));
      }
      link.driver.submit();
      for (unsigned i = 0; i < batch; ++i) {
        auto used = link.driver.queue().next_used();
        if (!used) {
          BOOST_REQUIRE(link.driver.wait_used(0, {2, sc_core::SC_MS}));
          used = link.driver.queue().next_used();
        }
        BOOST_REQUIRE(used.has_value());
        std::uint32_t room = 0;
        for (const Piece& p : pieces[used->token]) room += p.length;
        BOOST_TEST(used->written.value() == room);
        for (const Piece& p : pieces[used->token])
          std::fill_n(before.begin() + static_cast<std::ptrdiff_t>(p.address - data), p.length, 0);
      }
      link.bench.memory.read(data, after.data(), after.size());
      unsigned clobbered = 0, untouched = 0, filled = 0;
      for (std::size_t i = 0; i < before.size(); ++i) {
        clobbered += before[i] == 0xee && after[i] != 0xee;
        filled += before[i] == 0;
        untouched += before[i] == 0 && after[i] == 0xee;
      }
      BOOST_TEST(clobbered == 0u);
      BOOST_TEST(untouched <= 8 + filled / 64);
    }
    link.judge(chains);
  });
}

}  // namespace

SIM_TEST_CASE(entropy_behind_a_link_split) {
  entropy_chains({}, false, false, false, 300);
}
SIM_TEST_CASE(entropy_behind_a_link_split_indirect_rough) {
  entropy_chains({5, 40, 20, true, 3}, false, true, true, 1000);
}
SIM_TEST_CASE(entropy_behind_a_link_packed_rough) {
  entropy_chains({5, 40, 20, true, 4}, true, false, true, 1000);
}

namespace {

constexpr std::uint32_t kIn = 0, kOut = 1;

/// Random reads and writes of a disk beside an array.
void block_chains(const cosim::AxiTiming& timing, bool packed, bool event_idx, unsigned chains) {
  CheckedLink link(behind_link(Device::Block, timing), false);
  auto& memory = link.bench.memory;
  link.bench.run([&] {
    BOOST_REQUIRE(link.driver.bring_up(bits_of(packed, true, event_idx), 32));
    const std::uint64_t head = link.bench.arena.take(64, 64);
    const std::uint64_t data = link.bench.arena.take(0x8000, 4096);
    std::vector<std::uint8_t> disk(64 * 512), whole(64 * 512);
    const auto request = [&](std::uint32_t type, unsigned sector, std::uint32_t bytes) {
      memory.store<std::uint32_t>(head, type);
      memory.store<std::uint32_t>(head + 4, 0);
      memory.store<std::uint64_t>(head + 8, sector);
      memory.store<std::uint8_t>(head + 32, 0xff);
      // The data in two pieces, from any byte on.
      const std::uint64_t at = data + link.random.below(100);
      const std::uint32_t first = 1 + link.random.below(bytes - 1);
      const std::vector<Piece> pieces{{at, first}, {at + first, bytes - first}};
      std::vector<Piece> readable{{head, 16}}, writable;
      auto& mine = type == kOut ? readable : writable;
      mine.insert(mine.end(), pieces.begin(), pieces.end());
      writable.push_back({head + 32, 1});
      const auto place = disk.begin() + sector * 512;
      std::vector<std::uint8_t> bytes_of(bytes);
      if (type == kOut) {
        for (auto& byte : bytes_of) byte = static_cast<std::uint8_t>(link.random.below(256));
        memory.write(at, bytes_of.data(), bytes);
        std::copy(bytes_of.begin(), bytes_of.end(), place);
      }
      BOOST_REQUIRE(link.driver.queue().add(
          readable, writable, 1, link.random.below(2) == 0 ? Form::Indirect : Form::Direct));
      link.driver.submit();
      BOOST_REQUIRE(link.driver.wait_used(0, {2, sc_core::SC_MS}));
      BOOST_REQUIRE(link.driver.queue().next_used().has_value());
      BOOST_TEST(memory.load<std::uint8_t>(head + 32) == 0);
      if (type == kOut) return;
      memory.read(at, bytes_of.data(), bytes);
      BOOST_TEST(std::equal(bytes_of.begin(), bytes_of.end(), place));
    };
    for (unsigned sector = 0; sector < 64; sector += 8) request(kOut, sector, 8 * 512);
    for (unsigned i = 8; i < chains; ++i) {
      const unsigned sector = link.random.below(60);
      request(link.random.below(2) == 0 ? kIn : kOut, sector, 512 * (1 + link.random.below(4)));
    }
    link.judge(chains);
  });
}

}  // namespace

SIM_TEST_CASE(block_behind_a_link_split_smallest_limits) {
  block_chains({3, 30, 15, true, 5}, false, true, 300);
}
SIM_TEST_CASE(block_behind_a_link_packed_smallest_limits) {
  block_chains({0, 60, 5, true, 6}, true, false, 300);
}

namespace {

/// An indirect table that cannot be read.
void no_table(bool mapped) {
  CheckedLink link(behind_link(Device::Entropy, {2, 5, 10, true, 8}), true);
  auto& memory = link.bench.memory;
  link.bench.run([&] {
    BOOST_REQUIRE(link.driver.bring_up({32, 28}, 8));
    const std::uint64_t table = link.bench.arena.take(64, 16);
    const std::uint64_t data = link.bench.arena.take(64, 16);
    memory.bus.fail(table, table + 63);
    BOOST_REQUIRE(link.driver.queue().add({}, {{data, 16}}, 1, Form::Indirect));
    // The driver's table is elsewhere: the descriptor, first in the ring's memory, is changed.
    memory.store<std::uint64_t>(RtlBench::kBase, mapped ? table : 0x10);
    link.driver.submit();
    link.bench.pass(50);
    BOOST_TEST((link.access.status() & 0x40) != 0);
    BOOST_TEST((link.bench.access.read(0x1004, 4) & 0xff) == 1u);  // memory
    BOOST_TEST(!link.driver.queue().next_used().has_value());
    // And after a reset it serves again.
    link.bench.arena.release_all();
    memory.bus.fail(1, 0);
    BOOST_REQUIRE(link.driver.bring_up({32}, 8));
    const std::uint64_t again = link.bench.arena.take(64, 16);
    BOOST_REQUIRE(link.driver.queue().add({}, {{again, 16}}, 2, Form::Direct));
    link.driver.submit();
    BOOST_REQUIRE(link.driver.wait_used(0, {1, sc_core::SC_MS}));
    BOOST_TEST(link.driver.queue().next_used().has_value());
  });
  BOOST_TEST(link.bench.dut->violations() == "");
}

}  // namespace

// DMA to where nothing is, or where memory fails: UR or CA comes back, and the device asks for a
// reset.
SIM_TEST_CASE(an_unsupported_request_ends_in_needs_reset) {
  no_table(false);
}
SIM_TEST_CASE(a_completer_abort_ends_in_needs_reset) {
  no_table(true);
}
