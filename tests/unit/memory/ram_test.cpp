// SPDX-License-Identifier: Apache-2.0
#include "memory/ram.h"

#include <fmt/format.h>

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  test::register_bus_models(registry);
}

std::string platform_with(const std::string& ram, const char* accuracy = "functional") {
  return fmt::format(
      "accuracy: {}\nchildren:\n  bus:\n    type: bus\n    latency: 0\n    children:\n"
      "      m: {{type: test-master}}\n      ram: {{type: ram, base: 0x8000_0000, {}}}\n",
      accuracy, ram);
}

std::string findings(const std::string& ram) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(platform_with(ram), "x.yaml"));
  return platform.diagnostics().str();
}

struct Listener : CodePageListener {
  void code_page_written(const std::uint8_t*) override { ++calls; }
  int calls = 0;
};

}  // namespace

SIM_TEST_CASE(what_is_written_is_read_by_transactions_debug_and_pointers) {
  test::Sim sim(platform_with("size: 1MiB"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.write32(0x80000010, 0xcafe);
  BOOST_TEST(master.read32(0x80000010) == 0xcafeu);
  std::uint32_t value = 0;
  BOOST_TEST(master.debug(tlm::TLM_READ_COMMAND, 0x80000010, &value, 4) == 4u);
  BOOST_TEST(value == 0xcafeu);
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(master.direct(0x80000010, dmi));
  BOOST_TEST(dmi.is_read_write_allowed());
  BOOST_TEST(dmi.get_start_address() == 0x80000000u);
  BOOST_TEST(dmi.get_end_address() == 0x800fffffu);
  BOOST_TEST(dmi.get_dmi_ptr()[0x10] == 0xfe);
}

SIM_TEST_CASE(sixty_four_gibibytes_cost_only_what_is_touched) {
  test::Sim sim(platform_with("size: 64GiB"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  const std::uint64_t last = 0x80000000ull + (64ull << 30) - 4;
  master.write32(last, 7);
  BOOST_TEST(master.read32(last) == 7u);
  BOOST_TEST(master.read32(0x80000000) == 0u);
  master.read32(last + 4);
  BOOST_TEST(master.last == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

SIM_TEST_CASE(a_reset_keeps_the_contents) {
  test::Sim sim(platform_with("size: 1MiB"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.write32(0x80000000, 5);
  sim.platform.request_reset();
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(sim.platform.resets() == 1u);
  BOOST_TEST(master.read32(0x80000000) == 5u);
}

SIM_TEST_CASE(writes_of_both_kinds_reach_decoded_code) {
  test::Sim sim(platform_with("size: 1MiB"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  Listener listener;
  sim.platform.code_pages().add_listener(&listener);
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(master.direct(0x80000000, dmi));
  sim.platform.code_pages().mark(dmi.get_dmi_ptr() + 0x2000);
  master.write32(0x80001ffc, 1);
  BOOST_TEST(listener.calls == 0);
  master.write32(0x80002000, 1);
  BOOST_TEST(listener.calls == 1);
  sim.platform.code_pages().mark(dmi.get_dmi_ptr() + 0x2000);
  std::uint32_t value = 9;
  master.debug(tlm::TLM_WRITE_COMMAND, 0x80002ffc, &value, 4);
  BOOST_TEST(listener.calls == 2);
}

SIM_TEST_CASE(timed_accesses_take_latency_and_the_time_of_their_bytes) {
  test::Sim sim(platform_with("size: 1MiB, latency: 50ns, bandwidth: 8Gbps", "timed"),
                register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  char data[64];
  master.access(tlm::TLM_READ_COMMAND, 0x80000000, data, sizeof data);
  BOOST_TEST((master.delay == sc_core::sc_time(50 + 64, sc_core::SC_NS)));
}

SIM_TEST_CASE(functional_accesses_take_no_time) {
  test::Sim sim(platform_with("size: 1MiB, latency: 50ns"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.read32(0x80000000);
  BOOST_TEST((master.delay == sc_core::SC_ZERO_TIME));
}

SIM_TEST_CASE(sizes_that_cannot_be_are_reported) {
  BOOST_TEST(findings("size: 65GiB").find("expected 4KiB to 64GiB") != std::string::npos,
             findings("size: 65GiB"));
  BOOST_TEST(findings("size: 5000B").find("expected a multiple of 4KiB") != std::string::npos);
  BOOST_TEST(findings("size: 8KiB").empty());
}

SIM_TEST_CASE(the_device_tree_has_a_memory_node) {
  test::Sim sim(platform_with("size: 64MiB"), register_types);
  DeviceTree tree;
  sim.model<Ram>("bus.ram").device_tree(tree);
  const DeviceTreeNode* node = tree.root().find("memory@80000000");
  BOOST_REQUIRE(node);
  const std::vector<std::uint8_t> reg{0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0};
  BOOST_TEST((node->find_property("reg")->value == reg));
}
