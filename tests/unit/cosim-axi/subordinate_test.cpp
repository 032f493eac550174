// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <vector>

#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/flat_memory.h"
#include "pins.h"

using namespace ringside::cosim;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kBase = 0x1000;

struct Bench {
  explicit Bench(const AxiTiming& timing = {}) : core(AxiPort<Pins>(pins), memory, timing) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    core.observer = [this](const BusAccess& access) {
      seen.push_back(access);
      data.emplace_back(access.data, access.data + access.bytes);
      if (access.is_write) strobes.emplace_back(access.strobes, access.strobes + access.bytes);
    };
    core.user_tells = false;
  }
  /// Puts a read address and waits until it is taken.
  void read(std::uint64_t address, unsigned beats, unsigned id = 0) {
    pins.m_axi_arvalid = 1;
    pins.m_axi_araddr = address;
    pins.m_axi_arlen = static_cast<std::uint8_t>(beats - 1);
    pins.m_axi_arid = static_cast<std::uint8_t>(id);
    while (!pins.m_axi_arready) cycle();
    cycle();
    pins.m_axi_arvalid = 0;
  }
  void write_address(std::uint64_t address, unsigned beats, unsigned id = 0) {
    pins.m_axi_awvalid = 1;
    pins.m_axi_awaddr = address;
    pins.m_axi_awlen = static_cast<std::uint8_t>(beats - 1);
    pins.m_axi_awid = static_cast<std::uint8_t>(id);
    while (!pins.m_axi_awready) cycle();
    cycle();
    pins.m_axi_awvalid = 0;
  }
  void beat(std::uint64_t value, unsigned lanes, bool last) {
    pins.m_axi_wvalid = 1;
    pins.m_axi_wdata = value;
    pins.m_axi_wstrb = static_cast<std::uint8_t>(lanes);
    pins.m_axi_wlast = last;
    while (!pins.m_axi_wready) cycle();
    cycle();
    pins.m_axi_wvalid = 0;
  }
  /// A clock; what is answered in it is kept.
  void cycle() {
    if (pins.m_axi_rvalid && pins.m_axi_rready) {
      order.push_back(pins.m_axi_rid);
      beats.push_back(pins.m_axi_rdata);
      responses.push_back(pins.m_axi_rresp);
      lasts += pins.m_axi_rlast;
    }
    if (pins.m_axi_bvalid && pins.m_axi_bready) {
      written.push_back(pins.m_axi_bid);
      responses.push_back(pins.m_axi_bresp);
    }
    tick(core);
  }
  void settle() {
    for (unsigned i = 0; i < 1000 && !core.idle(); ++i) cycle();
    BOOST_TEST(core.idle());
  }
  std::uint64_t word(std::uint64_t address) const {
    std::uint64_t value;
    std::memcpy(&value, &bytes[address - kBase], 8);
    return value;
  }

  Pins pins;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(0x3000);
  FlatMemory memory{kBase, bytes.size(), bytes.data()};
  AxiSubordinate<AxiPort<Pins>, FlatMemory> core;
  std::vector<BusAccess> seen;
  std::vector<std::vector<std::uint8_t>> data, strobes;
  std::vector<unsigned> order, written, responses;
  std::vector<std::uint64_t> beats;
  unsigned lasts = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_read_brings_what_memory_has) {
  Bench bench;
  bench.read(kBase + 16, 3);
  bench.settle();
  BOOST_REQUIRE(bench.beats.size() == 3u);
  for (unsigned i = 0; i < 3; ++i) BOOST_TEST(bench.beats[i] == bench.word(kBase + 16 + 8 * i));
  BOOST_TEST(bench.lasts == 1u);
  BOOST_TEST(bench.core.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_read_that_is_not_aligned_begins_in_its_lane) {
  Bench bench;
  bench.read(kBase + 13, 2);
  bench.settle();
  BOOST_REQUIRE(bench.seen.size() == 1u);
  BOOST_TEST(bench.seen[0].address == kBase + 13);
  BOOST_TEST(bench.seen[0].bytes == 11u);
  BOOST_TEST(bench.beats[0] >> 40 == bench.word(kBase + 8) >> 40);
  BOOST_TEST(bench.beats[1] == bench.word(kBase + 16));
}

BOOST_AUTO_TEST_CASE(the_user_signal_says_what_is_meant_and_the_rest_is_noise) {
  Bench bench;
  bench.core.user_tells = true;
  bench.pins.m_axi_aruser = 2u << 16 | 3u << 8 | 1u;
  bench.read(kBase + 2, 1);
  bench.settle();
  BOOST_TEST(bench.seen[0].bytes == 2u);
  BOOST_TEST(bench.seen[0].queue == 3u);
  BOOST_TEST(bench.seen[0].step == 1u);
  BOOST_TEST(((bench.beats[0] >> 16) & 0xffff) == ((bench.word(kBase) >> 16) & 0xffff));
  BOOST_TEST(bench.beats[0] >> 32 == 0xdbdbdbdbu);
  bench.pins.m_axi_aruser = 9u << 16;  // more than a beat has
  bench.read(kBase, 1);
  bench.settle();
  BOOST_TEST(bench.core.violations().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_write_changes_the_bytes_of_its_strobes) {
  Bench bench;
  const std::uint64_t before = bench.word(kBase + 8);
  bench.write_address(kBase + 3, 2);
  bench.beat(0x1122334455667788, 0xf8, false);
  bench.beat(0xaabbccddeeff0011, 0x03, true);
  bench.settle();
  BOOST_TEST(bench.word(kBase) >> 24 == 0x1122334455u);
  BOOST_TEST(bench.word(kBase + 8) == ((before & ~std::uint64_t{0xffff}) | 0x0011));
  BOOST_REQUIRE(bench.seen.size() == 1u);
  BOOST_TEST(bench.seen[0].is_write);
  BOOST_TEST(bench.seen[0].bytes == 13u);
  BOOST_TEST(bench.data[0][5] == 0x11);
  const std::vector<std::uint8_t> expected{1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
  BOOST_TEST(bench.strobes[0] == expected, boost::test_tools::per_element());
  BOOST_TEST(bench.core.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_mapped_is_an_error) {
  Bench bench;
  bench.read(0, 1);
  bench.settle();
  bench.write_address(kBase + 0x3000, 1);
  bench.beat(1, 0xff, true);
  bench.settle();
  bench.memory.fail(kBase + 0x100, kBase + 0x100);
  bench.read(kBase + 0xf8, 2);
  bench.settle();
  const std::vector<unsigned> expected{3, 3, 2, 2};
  BOOST_TEST(bench.responses == expected, boost::test_tools::per_element());
  BOOST_TEST(bench.lasts == 2u);
  BOOST_TEST(bench.core.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(latency_is_kept) {
  Bench bench({20, 0, 0, false, 1});
  bench.read(kBase, 1);
  bench.settle();
  BOOST_TEST(bench.seen[0].cycle - bench.seen[0].announced >= 20u);
  BOOST_TEST(bench.seen[0].cycle - bench.seen[0].announced <= 21u);
}

BOOST_AUTO_TEST_CASE(bursts_are_out_together_and_in_order_without_reordering) {
  Bench bench({30, 0, 0, false, 1});
  for (unsigned id = 0; id < 4; ++id) bench.read(kBase + 64 * id, 2, id);
  BOOST_TEST(bench.seen.empty());
  bench.settle();
  const std::vector<unsigned> expected{0, 0, 1, 1, 2, 2, 3, 3};
  BOOST_TEST(bench.order == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(reordering_mixes_ids_but_never_one_id) {
  bool mixed = false, interleaved = false;
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    Bench bench({30, 10, 20, true, seed});
    for (unsigned i = 0; i < 8; ++i) bench.read(kBase + 64 * i, 2, i / 2);
    bench.settle();
    std::vector<std::uint64_t> last(4);
    for (const BusAccess& access : bench.seen) {
      mixed |= access.address < (last[0] > last[1] ? last[0] : last[1]);
      BOOST_TEST(access.address >= last[access.id]);
      last[access.id] = access.address;
    }
    for (std::size_t i = 2; i < bench.order.size(); i += 2)
      interleaved |= bench.order[i] != bench.order[i + 1];
    BOOST_TEST(bench.beats.size() == 16u);
  }
  BOOST_TEST(mixed);
  BOOST_TEST(interleaved);
}

BOOST_AUTO_TEST_CASE(one_seed_is_one_run) {
  const auto run = [](std::uint64_t seed) {
    Bench bench({3, 20, 30, true, seed});
    for (unsigned i = 0; i < 12; ++i) bench.read(kBase + 32 * i, 1 + i % 3, i % 4);
    bench.settle();
    return std::make_pair(bench.order, bench.core.cycle());
  };
  BOOST_TEST((run(5) == run(5)));
  BOOST_TEST((run(5) != run(6)));
}

BOOST_AUTO_TEST_CASE(violations_are_seen) {
  const auto complaint = [](auto&& play) {
    Bench bench({0, 0, 0, false, 1});
    play(bench);
    return bench.core.violations().str();
  };
  const auto has = [](const std::string& text, const char* what) {
    return text.find(what) != std::string::npos;
  };
  // Taken slowly, so that something waits.
  const auto wait_for = [](Bench& bench) {
    bench.core.set_timing({0, 0, 100, false, 1});
    bench.cycle();
  };
  BOOST_TEST(
      has(complaint([](Bench& b) { b.read(kBase + 0xff8, 2); }), "AR: a burst crosses 4 KiB"));
  BOOST_TEST(has(complaint([](Bench& b) {
                   b.pins.m_axi_arburst = 0;
                   b.read(kBase, 1);
                 }),
                 "AR: a burst that is not INCR"));
  BOOST_TEST(has(complaint([](Bench& b) {
                   b.pins.m_axi_arsize = 2;
                   b.read(kBase, 1);
                 }),
                 "AR: narrow"));
  BOOST_TEST(has(complaint([&](Bench& b) {
                   wait_for(b);
                   b.pins.m_axi_arvalid = 1;
                   b.cycle();
                   b.pins.m_axi_arvalid = 0;
                   b.cycle();
                 }),
                 "AR: VALID fell"));
  BOOST_TEST(has(complaint([&](Bench& b) {
                   wait_for(b);
                   b.pins.m_axi_awvalid = 1;
                   b.cycle();
                   b.pins.m_axi_awaddr = 8;
                   b.cycle();
                 }),
                 "AW: changed"));
  BOOST_TEST(has(complaint([&](Bench& b) {
                   b.pins.m_axi_wvalid = 1;  // no address yet: it waits
                   b.cycle();
                   b.pins.m_axi_wdata = 8;
                   b.cycle();
                 }),
                 "W: changed"));
  BOOST_TEST(has(complaint([](Bench& b) {
                   b.write_address(kBase, 2);
                   b.beat(0, 0xff, true);
                 }),
                 "W: WLAST"));
  BOOST_TEST(has(complaint([](Bench& b) {
                   b.write_address(kBase + 4, 1);
                   b.beat(0, 0xff, true);
                 }),
                 "W: strobes before"));
}
