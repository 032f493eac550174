// SPDX-License-Identifier: Apache-2.0
// The manager's core against the subordinate's, back to back on one struct of pins.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "cosim/axi/axi_manager.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/flat_memory.h"
#include "pins.h"

using namespace ringside::cosim;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kBase = 0x10000;
constexpr std::uint32_t kSize = 0x6000;

/// A bus of kBytes between both: names of either side are the same pins.
template <unsigned kBytes>
struct Bus {
  struct Data {
    std::uint8_t bytes[kBytes];
  };
  std::uint8_t m_axi_arvalid = 0, m_axi_arready = 0, m_axi_arid = 0, m_axi_arlen = 0,
               m_axi_arsize = 0, m_axi_arburst = 0;
  std::uint64_t m_axi_araddr = 0, m_axi_awaddr = 0;
  std::uint32_t m_axi_aruser = 0, m_axi_awuser = 0, m_axi_wstrb = 0;
  std::uint8_t m_axi_rvalid = 0, m_axi_rready = 0, m_axi_rid = 0, m_axi_rresp = 0, m_axi_rlast = 0;
  std::uint8_t m_axi_awvalid = 0, m_axi_awready = 0, m_axi_awid = 0, m_axi_awlen = 0,
               m_axi_awsize = 0, m_axi_awburst = 0;
  std::uint8_t m_axi_wvalid = 0, m_axi_wready = 0, m_axi_wlast = 0;
  std::uint8_t m_axi_bvalid = 0, m_axi_bready = 0, m_axi_bid = 0, m_axi_bresp = 0;
  Data m_axi_rdata{}, m_axi_wdata{};

  std::uint8_t &s_axi_arvalid = m_axi_arvalid, &s_axi_arready = m_axi_arready,
               &s_axi_arid = m_axi_arid, &s_axi_arlen = m_axi_arlen, &s_axi_arsize = m_axi_arsize,
               &s_axi_arburst = m_axi_arburst;
  std::uint64_t &s_axi_araddr = m_axi_araddr, &s_axi_awaddr = m_axi_awaddr;
  std::uint32_t &s_axi_aruser = m_axi_aruser, &s_axi_awuser = m_axi_awuser,
                &s_axi_wstrb = m_axi_wstrb;
  std::uint8_t &s_axi_rvalid = m_axi_rvalid, &s_axi_rready = m_axi_rready, &s_axi_rid = m_axi_rid,
               &s_axi_rresp = m_axi_rresp, &s_axi_rlast = m_axi_rlast;
  std::uint8_t &s_axi_awvalid = m_axi_awvalid, &s_axi_awready = m_axi_awready,
               &s_axi_awid = m_axi_awid, &s_axi_awlen = m_axi_awlen, &s_axi_awsize = m_axi_awsize,
               &s_axi_awburst = m_axi_awburst;
  std::uint8_t &s_axi_wvalid = m_axi_wvalid, &s_axi_wready = m_axi_wready,
               &s_axi_wlast = m_axi_wlast;
  std::uint8_t &s_axi_bvalid = m_axi_bvalid, &s_axi_bready = m_axi_bready, &s_axi_bid = m_axi_bid,
               &s_axi_bresp = m_axi_bresp;
  Data &s_axi_rdata = m_axi_rdata, &s_axi_wdata = m_axi_wdata;
};

template <unsigned kBytes>
struct Pair {
  using Pins = Bus<kBytes>;
  explicit Pair(const AxiManagerSettings& settings = {}, const AxiTiming& timing = {})
      : manager(AxiManagerPort<Pins>(pins), settings),
        subordinate(AxiPort<Pins>(pins), memory, timing) {
    subordinate.user_tells = false;
    subordinate.observer = [this](const BusAccess& access) { seen.push_back(access); };
    manager.finished = [this](unsigned command, Response response) {
      ended.push_back({command, response});
    };
  }
  void cycle() {
    manager.sample();
    subordinate.sample();
    manager.drive();
    subordinate.drive();
  }
  Response finish() {
    ended.clear();
    for (unsigned i = 0; i < 20'000 && !manager.idle(); ++i) cycle();
    BOOST_REQUIRE(ended.size() == 1u);
    return ended[0].second;
  }

  Pins pins;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kSize);
  FlatMemory memory{kBase, kSize, bytes.data()};
  AxiManager<AxiManagerPort<Pins>> manager;
  AxiSubordinate<AxiPort<Pins>, FlatMemory> subordinate;
  std::vector<BusAccess> seen;
  std::vector<std::pair<unsigned, Response>> ended;
};

/// Random commands, several out at once in regions of their own, against a model of memory.
template <unsigned kBytes>
void random_traffic(const AxiManagerSettings& settings, const AxiTiming& timing) {
  constexpr unsigned kRegions = 4;
  constexpr std::uint32_t kRegion = kSize / kRegions;  // 6 KiB: over pages
  Pair<kBytes> pair(settings, timing);
  Random random(settings.seed);
  std::vector<std::uint8_t> model(kSize);
  struct Running {
    unsigned command = ~0u;
    bool write = false;
    std::uint32_t at = 0;
    std::vector<std::uint8_t> data, enables;
  };
  std::array<Running, kRegions> running;
  unsigned started = 0, done = 0;
  pair.manager.finished = [&](unsigned command, Response response) {
    BOOST_TEST((response == Response::Okay));
    for (Running& r : running)
      if (r.command == command) {
        if (!r.write) BOOST_TEST(std::memcmp(r.data.data(), &model[r.at], r.data.size()) == 0);
        r.command = ~0u;
        ++done;
        return;
      }
    BOOST_ERROR("a command that is not out has ended");
  };
  constexpr unsigned kCommands = 400;
  for (unsigned clocks = 0; done < kCommands; ++clocks) {
    BOOST_REQUIRE(clocks < 2'000'000u);
    const unsigned region = random.below(kRegions);
    Running& r = running[region];
    if (started < kCommands && r.command == ~0u) {
      const std::uint32_t bytes = 1 + random.below(random.below(4) == 0 ? kRegion : 2 * kBytes);
      r.at = region * kRegion + random.below(kRegion - bytes + 1);
      r.write = random.below(2) == 0;
      r.data.resize(bytes);
      r.enables.clear();
      if (r.write) {
        for (auto& byte : r.data) byte = static_cast<std::uint8_t>(random.below(256));
        if (random.below(2) == 0)
          for (std::uint32_t i = 0; i < bytes; ++i)
            r.enables.push_back(static_cast<std::uint8_t>(random.below(2)));
        for (std::uint32_t i = 0; i < bytes; ++i)
          if (r.enables.empty() || r.enables[i] != 0) model[r.at + i] = r.data[i];
        r.command = pair.manager.start_write(kBase + r.at, r.data.data(),
                                             r.enables.empty() ? nullptr : r.enables.data(), bytes);
      } else {
        r.command = pair.manager.start_read(kBase + r.at, r.data.data(), bytes);
      }
      BOOST_REQUIRE(r.command != ~0u);
      ++started;
    }
    pair.cycle();
  }
  BOOST_TEST(pair.bytes == model);
  BOOST_TEST(pair.subordinate.violations().str() == "");
  BOOST_TEST(pair.manager.violations().str() == "");
  BOOST_TEST(pair.manager.bursts() == pair.subordinate.bursts());
}

template <unsigned kBytes>
void all_timings() {
  random_traffic<kBytes>({}, {});
  random_traffic<kBytes>({1, 1, 0, 2}, {});
  random_traffic<kBytes>({16, 256, 0, 3}, {20, 0, 0, false, 4});
  random_traffic<kBytes>({8, 5, 30, 5}, {3, 20, 30, true, 6});
}

}  // namespace

BOOST_AUTO_TEST_CASE(manager_and_subordinate_agree_on_64_bits) {
  all_timings<8>();
}
BOOST_AUTO_TEST_CASE(manager_and_subordinate_agree_on_128_bits) {
  all_timings<16>();
}
BOOST_AUTO_TEST_CASE(manager_and_subordinate_agree_on_256_bits) {
  all_timings<32>();
}

BOOST_AUTO_TEST_CASE(bursts_end_at_4_KiB_and_at_the_most_beats) {
  Pair<8> pair({4, 4, 0, 1});
  std::vector<std::uint8_t> to(100);
  pair.manager.start_read(kBase + 0x1000 - 13, to.data(), 60);
  BOOST_TEST((pair.finish() == Response::Okay));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> parts;
  for (const BusAccess& access : pair.seen) parts.push_back({access.address, access.bytes});
  // 13 bytes up to the page, four beats, and what is left, up to its last beat's end.
  const std::vector<std::pair<std::uint64_t, std::uint32_t>> expected{
      {kBase + 0xff3, 13}, {kBase + 0x1000, 32}, {kBase + 0x1020, 16}};
  BOOST_TEST((parts == expected));
}

BOOST_AUTO_TEST_CASE(the_worst_response_of_a_command_is_told) {
  Pair<8> pair({4, 2, 0, 1}, {0, 10, 0, true, 3});
  std::vector<std::uint8_t> data(64, 0x55);
  pair.memory.fail(kBase + 0x120, kBase + 0x120);
  pair.manager.start_read(kBase + 0x100, data.data(), 64);
  BOOST_TEST((pair.finish() == Response::SlaveError));
  data.assign(64, 0x55);
  pair.manager.start_write(kBase + 0x100, data.data(), nullptr, 64);
  BOOST_TEST((pair.finish() == Response::SlaveError));
  BOOST_TEST(pair.bytes[0x100] == 0x55);  // bursts that did not fail
  pair.manager.start_read(kBase + kSize - 32, data.data(), 64);
  BOOST_TEST((pair.finish() == Response::DecodeError));
  pair.manager.start_read(kBase, data.data(), 64);
  BOOST_TEST((pair.finish() == Response::Okay));
}

BOOST_AUTO_TEST_CASE(commands_beyond_the_room_are_refused) {
  Pair<8> pair;
  std::uint8_t byte[16];
  for (unsigned i = 0; i < decltype(pair.manager)::kCommands; ++i)
    BOOST_TEST(pair.manager.start_read(kBase, byte + i, 1) == i);
  BOOST_TEST(!pair.manager.has_room());
  BOOST_TEST(pair.manager.start_read(kBase, byte, 1) == decltype(pair.manager)::kNone);
  for (unsigned i = 0; i < 100; ++i) pair.cycle();
  BOOST_TEST(pair.ended.size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_reset_ends_commands_with_an_error) {
  Pair<8> pair({}, {20, 0, 0, false, 1});
  std::vector<std::uint8_t> data(64);
  pair.manager.start_read(kBase, data.data(), 64);
  pair.manager.start_write(kBase, data.data(), nullptr, 64);
  for (unsigned i = 0; i < 8; ++i) pair.cycle();
  pair.manager.reset();
  pair.subordinate.reset();
  BOOST_REQUIRE(pair.ended.size() == 2u);
  BOOST_TEST((pair.ended[0].second == Response::SlaveError));
  BOOST_TEST(pair.manager.idle());
  BOOST_TEST(pair.subordinate.idle());
  BOOST_TEST(pair.pins.m_axi_arvalid == 0);
  BOOST_TEST(pair.pins.m_axi_rvalid == 0);
  for (unsigned i = 0; i < 40; ++i) pair.cycle();
  pair.manager.start_read(kBase, data.data(), 64);
  BOOST_TEST((pair.finish() == Response::Okay));
  BOOST_TEST(pair.manager.violations().str() == "");
  BOOST_TEST(pair.subordinate.violations().str() == "");
}

BOOST_AUTO_TEST_CASE(violations_of_a_subordinate_are_seen) {
  const auto complaint = [](auto&& play) {
    Bus<8> pins;
    AxiManager<AxiManagerPort<Bus<8>>> manager{AxiManagerPort<Bus<8>>(pins)};
    std::uint8_t byte[16];
    manager.start_read(0, byte, 16);
    tick(manager);
    pins.m_axi_arready = 1;
    tick(manager);
    play(pins, manager);
    return manager.violations().str();
  };
  const auto has = [](const std::string& text, const char* what) {
    return text.find(what) != std::string::npos;
  };
  BOOST_TEST(complaint([](auto&, auto& manager) { tick(manager); }) == "");
  BOOST_TEST(has(complaint([](auto& pins, auto& manager) {
                   pins.m_axi_rvalid = 1;
                   pins.m_axi_rid = 3;
                   tick(manager);
                 }),
                 "R: no burst"));
  BOOST_TEST(has(complaint([](auto& pins, auto& manager) {
                   pins.m_axi_rvalid = 1;
                   pins.m_axi_rlast = 1;
                   tick(manager);
                 }),
                 "R: RLAST"));
  BOOST_TEST(has(complaint([](auto& pins, auto& manager) {
                   pins.m_axi_bvalid = 1;
                   tick(manager);
                 }),
                 "B: no burst"));
}
