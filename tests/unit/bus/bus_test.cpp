// SPDX-License-Identifier: Apache-2.0
#include "bus/bus.h"

#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;
using test::BusTarget;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  test::register_bus_models(registry);
}

constexpr const char* kTwoTargets = R"(
accuracy: timed
children:
  bus:
    type: bus
    latency: 7ns
    children:
      m: {type: test-master}
      other: {type: test-master}
      low: {type: test-target, base: 0x1000}
      high: {type: test-target, base: 0x2000, bytes: 0x800}
      none: {type: test-target, base: 0x2000, bytes: 0}
)";

std::string findings(const std::string& children) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(
      Node::parse("children:\n  bus:\n    type: bus\n    children:\n" + children, "x.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(accesses_reach_their_window_with_relative_addresses) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  auto& low = sim.model<BusTarget>("bus.low");
  auto& high = sim.model<BusTarget>("bus.high");
  master.write32(0x1ffc, 0x11223344);
  BOOST_TEST(master.last == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(master.address_after == 0x1ffcu);
  BOOST_TEST(low.offset == 0xffcu);
  BOOST_TEST(master.read32(0x1ffc) == 0x11223344u);
  BOOST_TEST(high.accesses == 0u);
  master.read32(0x2010);
  BOOST_TEST(high.offset == 0x10u);
  BOOST_TEST(high.accesses == 1u);
}

SIM_TEST_CASE(accesses_outside_windows_or_over_their_ends_are_address_errors) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  for (std::uint64_t address : {0x0ull, 0xffcull, 0x2800ull, 0x27feull, 0x1ffeull, ~0ull}) {
    master.read32(address);
    BOOST_TEST(master.last == tlm::TLM_ADDRESS_ERROR_RESPONSE, "at " << std::hex << address);
    BOOST_TEST(master.address_after == address);
  }
  BOOST_TEST(sim.model<BusTarget>("bus.low").accesses == 0u);
  BOOST_TEST(sim.model<BusTarget>("bus.high").accesses == 0u);
  BOOST_TEST(sim.model<Bus>("bus").errors.value() == 6u);
}

SIM_TEST_CASE(each_access_takes_the_latency_in_timed_mode_only) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.read32(0x1000);
  master.read32(0x1000);
  BOOST_TEST((master.delay == sc_core::sc_time(14, sc_core::SC_NS)));
}

SIM_TEST_CASE(functional_mode_adds_no_latency) {
  test::Sim sim(std::string(kTwoTargets).replace(1, 15, "accuracy: functional"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.read32(0x1000);
  BOOST_TEST((master.delay == sc_core::SC_ZERO_TIME));
}

namespace {

/// Two masters and a path of 16 bytes a nanosecond.
std::string with_path(const char* arbitration, const char* accuracy = "timed") {
  return std::string("accuracy: ") + accuracy +
         "\nchildren:\n  bus:\n    type: bus\n    latency: 7ns\n    width: 128\n"
         "    clock: 1GHz\n    arbitration: " +
         arbitration +
         "\n    children:\n      m: {type: test-master}\n      other: {type: test-master}\n"
         "      low: {type: test-target, base: 0x1000}\n";
}

/// Picoseconds that a transaction of 64 bytes takes.
std::uint64_t takes(BusMaster& master, tlm::tlm_command command) {
  unsigned char data[64] = {};
  master.delay = sc_core::SC_ZERO_TIME;
  master.access(command, 0x1000, data, sizeof data);
  return master.delay.value();
}

}  // namespace

SIM_TEST_CASE(data_takes_its_beats_and_masters_wait_for_each_other) {
  test::Sim sim(with_path("fifo"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& bus = sim.model<Bus>("bus");
  BOOST_TEST(takes(sim.model<BusMaster>("bus.m"), tlm::TLM_READ_COMMAND) == 11000u);
  BOOST_TEST(takes(sim.model<BusMaster>("bus.other"), tlm::TLM_WRITE_COMMAND) == 15000u);
  BOOST_TEST(takes(sim.model<BusMaster>("bus.m"), tlm::TLM_READ_COMMAND) == 19000u);
  BOOST_TEST(bus.bytes.value() == 192u);
  BOOST_TEST(bus.busy_ps.value() == 12000u);
  BOOST_TEST(bus.wait_ps.value() == 4000u + 8000u);
}

SIM_TEST_CASE(a_bus_without_arbitration_lets_everybody_through) {
  test::Sim sim(with_path("none"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  for (const char* name : {"bus.m", "bus.other"})
    BOOST_TEST(takes(sim.model<BusMaster>(name), tlm::TLM_READ_COMMAND) == 11000u);
  BOOST_TEST(sim.model<Bus>("bus").wait_ps.value() == 0u);
}

SIM_TEST_CASE(the_data_path_takes_no_time_in_functional_mode) {
  test::Sim sim(with_path("fifo", "functional"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  BOOST_TEST(takes(sim.model<BusMaster>("bus.m"), tlm::TLM_READ_COMMAND) == 0u);
  BOOST_TEST(sim.model<Bus>("bus").bytes.value() == 0u);
}

SIM_TEST_CASE(data_paths_that_cannot_be_are_reported) {
  const auto with = [](const std::string& values) {
    Registry registry;
    register_types(registry);
    Platform platform(registry);
    platform.build(Node::parse("children:\n  bus:\n    type: bus\n    " + values + "\n", "x.yaml"));
    return platform.diagnostics().str();
  };
  BOOST_TEST(with("width: 100")
                 .find("x.yaml:4:12: error: 'width' of bus (bus) is 100; expected a "
                       "multiple of 8") == 0u);
  BOOST_TEST(with("arbitration: fifo").find("its data path has no width") != std::string::npos);
}

SIM_TEST_CASE(direct_pointers_are_translated_and_end_with_the_window) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  auto& high = sim.model<BusTarget>("bus.high");
  tlm::tlm_dmi dmi;
  BOOST_TEST(master.direct(0x2123, dmi));
  BOOST_TEST(high.offset == 0x123u);
  BOOST_TEST(dmi.get_start_address() == 0x2000u);
  BOOST_TEST(dmi.get_end_address() == 0x27ffu);
  BOOST_TEST((dmi.get_dmi_ptr() == high.memory));
  BOOST_TEST((dmi.get_read_latency() == sc_core::sc_time(7, sc_core::SC_NS)));

  BOOST_TEST(!master.direct(0x3000, dmi));
  BOOST_TEST(dmi.get_start_address() == 0x2800u);
  high.give_direct = false;
  BOOST_TEST(!master.direct(0x2123, dmi));
  BOOST_TEST(dmi.get_end_address() == 0x27ffu);
}

SIM_TEST_CASE(every_master_is_told_of_pointers_that_are_void) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  sim.model<BusTarget>("bus.high").window.invalidate_direct(0x10, ~std::uint64_t{0});
  for (const char* name : {"bus.m", "bus.other"}) {
    const auto& got = sim.model<BusMaster>(name).invalidated;
    BOOST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got[0].first == 0x2010u);
    BOOST_TEST(got[0].second == 0x27ffu);
  }
}

SIM_TEST_CASE(debug_accesses_stop_at_the_end_of_a_window) {
  test::Sim sim(kTwoTargets, register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  unsigned char data[64];
  std::memset(data, 0x5a, sizeof data);
  BOOST_TEST(master.debug(tlm::TLM_WRITE_COMMAND, 0x27f0, data, 64) == 16u);
  BOOST_TEST(sim.model<BusTarget>("bus.high").memory[0x7ff] == 0x5a);
  BOOST_TEST(sim.model<BusTarget>("bus.high").memory[0x800] == 0);
  BOOST_TEST(sim.model<BusTarget>("bus.high").accesses == 0u);
  BOOST_TEST(master.debug(tlm::TLM_READ_COMMAND, 0x2800, data, 4) == 0u);
}

SIM_TEST_CASE(overlaps_name_both_windows_and_places) {
  const std::string text = findings(
      "      a: {type: test-target, base: 0x1000}\n"
      "      b: {type: test-target, base: 0x1fff}\n");
  BOOST_TEST(text.find("x.yaml:6:36: error: 'base' of bus.b (test-target): 0x1fff to 0x2ffe "
                       "overlaps 'base' of bus.a "
                       "(test-target), 0x1000 to 0x1fff, at x.yaml:5:36") != std::string::npos,
             text);
}

SIM_TEST_CASE(windows_beyond_the_address_space_are_refused) {
  const std::string text = findings("      a: {type: test-target, base: 0xffff_ffff_ffff_ff00}\n");
  BOOST_TEST(text.find("beyond the end of the address space") != std::string::npos, text);
}
