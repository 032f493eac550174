// SPDX-License-Identifier: Apache-2.0
#include "board/goldfish_rtc.h"

#include <chrono>

#include "bus/bus.h"
#include "irq/plic.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using sc_core::sc_time;
using test::BusMaster;

namespace {

constexpr std::uint64_t kBase = 0x101000;
constexpr std::uint64_t kSecond = 1000000000;

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, GoldfishRtc>("goldfish-rtc", "clock");
  registry.add<Model, Plic>("plic", "interrupts");
  test::register_bus_models(registry);
}

std::string yaml(const std::string& start) {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      plic: {type: plic}\n"
         "      rtc: {type: goldfish-rtc, base: 0x101000, irq: 11, start: '" +
         start + "'}\n";
}

struct Board : test::Sim {
  explicit Board(const std::string& start = "1970-01-02T00:00:01Z")
      : Sim(yaml(start), register_types) {
    run(sc_core::SC_ZERO_TIME);
  }
  std::uint64_t time() {
    const std::uint64_t low = master.read32(kBase);
    return std::uint64_t{master.read32(kBase + 4)} << 32 | low;
  }
  void set_alarm(std::uint64_t at) {
    master.write32(kBase + 0x0c, static_cast<std::uint32_t>(at >> 32));
    master.write32(kBase + 0x08, static_cast<std::uint32_t>(at));
    master.write32(kBase + 0x10, 1);
  }
  BusMaster& master = model<BusMaster>("bus.m");
  GoldfishRtc& rtc = model<GoldfishRtc>("bus.rtc");
};

std::string findings(const std::string& start) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(yaml(start), "x.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(the_clock_counts_simulated_nanoseconds_from_its_start) {
  Board board;
  BOOST_TEST(board.time() == 86401 * kSecond);
  board.run(sc_time(1500, sc_core::SC_US));
  BOOST_TEST(board.time() == 86401 * kSecond + 1500000);
  board.master.delay = sc_time(5, sc_core::SC_NS);
  BOOST_TEST(board.time() == 86401 * kSecond + 1500005);
}

SIM_TEST_CASE(reading_the_low_half_latches_the_high_one) {
  Board board;
  board.master.read32(kBase);
  const std::uint32_t before = board.master.read32(kBase + 4);
  board.run(sc_time(5, sc_core::SC_SEC));
  BOOST_TEST(board.master.read32(kBase + 4) == before);
  board.master.read32(kBase);
  BOOST_TEST(board.master.read32(kBase + 4) == before + 1);
}

SIM_TEST_CASE(the_clock_can_be_set) {
  Board board;
  const std::uint64_t wanted = 0x1234567890abcdefull;
  board.master.write32(kBase + 4, wanted >> 32);
  board.master.write32(kBase, static_cast<std::uint32_t>(wanted));
  BOOST_TEST(board.time() == wanted);
}

SIM_TEST_CASE(an_alarm_interrupts_at_its_time) {
  Board board;
  board.set_alarm(86402 * kSecond);
  BOOST_TEST(board.master.read32(kBase + 0x18) == 1u);
  board.run(sc_time(999, sc_core::SC_MS));
  BOOST_TEST(!board.rtc.irq.level());
  board.run(sc_time(2, sc_core::SC_MS));
  BOOST_TEST(board.rtc.irq.level());
  BOOST_TEST(board.master.read32(kBase + 0x18) == 0u);
  board.master.write32(kBase + 0x1c, 1);
  BOOST_TEST(!board.rtc.irq.level());
}

SIM_TEST_CASE(an_alarm_in_the_past_interrupts_at_once_if_enabled) {
  Board board;
  board.set_alarm(5);
  BOOST_TEST(board.rtc.irq.level());
  board.master.write32(kBase + 0x10, 0);
  BOOST_TEST(!board.rtc.irq.level());
}

SIM_TEST_CASE(an_alarm_can_be_taken_back_or_be_out_of_reach) {
  Board board;
  board.set_alarm(86402 * kSecond);
  board.master.write32(kBase + 0x14, 1);
  board.run(sc_time(2, sc_core::SC_SEC));
  BOOST_TEST(!board.rtc.irq.level());
  board.set_alarm(~std::uint64_t{0});
  board.run(sc_time(1, sc_core::SC_SEC));
  BOOST_TEST(!board.rtc.irq.level());
}

SIM_TEST_CASE(a_reset_keeps_the_time_and_loses_the_alarm) {
  Board board;
  board.master.write32(kBase + 4, 0x10000000);
  board.set_alarm(5);
  const std::uint64_t before = board.time();
  board.platform.request_reset();
  board.run(sc_time(10, sc_core::SC_NS));
  BOOST_TEST(!board.rtc.irq.level());
  BOOST_TEST(board.time() == before + 10);
}

SIM_TEST_CASE(the_clock_of_the_host_is_read_only_when_asked_for) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto host =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  Board board("host");
  BOOST_TEST(board.time() / kSecond >= host);
  BOOST_TEST(board.time() / kSecond <= host + 100);
}

SIM_TEST_CASE(dates_that_are_none_are_reported) {
  for (const char* text :
       {"yesterday", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T25:00:00Z",
        "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z", ""}) {
    const std::string found = findings(text);
    BOOST_TEST(found.find("expected a date such as") != std::string::npos, text << ": " << found);
  }
  BOOST_TEST(findings("2024-02-29T12:00:00Z").empty());
}
