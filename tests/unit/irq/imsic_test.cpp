// SPDX-License-Identifier: Apache-2.0
#include "irq/imsic.h"

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;
using test::FakeHarts;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Imsic>("imsic", "msi");
  test::register_bus_models(registry);
}

std::string yaml(const std::string& more = "") {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      h: {type: test-harts, count: 2}\n"
         "      imsic: {type: imsic, base_m: 0x24000000, base_s: 0x28000000" +
         more + "}\n";
}

struct Board : test::Sim {
  Board() : Sim(yaml(), register_types) { run(sc_core::SC_ZERO_TIME); }
  void enable(InterruptFile& file) {
    file.write(0x70, 1);
    file.write(0xc0, ~std::uint64_t{0});
  }
  BusMaster& master = model<BusMaster>("bus.m");
  FakeHarts::Hart& hart0 = model<FakeHarts>("bus.h").all[0];
  FakeHarts::Hart& hart1 = model<FakeHarts>("bus.h").all[1];
};

}  // namespace

SIM_TEST_CASE(messages_reach_the_file_of_their_page) {
  Board board;
  board.enable(*board.hart1.supervisor);
  board.enable(*board.hart1.machine);
  board.master.write32(0x28001000, 9);
  BOOST_TEST(board.hart1.supervisor->top() >> 16 == 9u);
  BOOST_TEST(board.hart1.level(HartIrq::SupervisorExternal));
  BOOST_TEST(!board.hart1.level(HartIrq::MachineExternal));
  board.master.write32(0x24001000, 11);
  BOOST_TEST(board.hart1.level(HartIrq::MachineExternal));
  BOOST_TEST(board.hart0.supervisor->top() == 0u);
  board.hart1.supervisor->claim();
  BOOST_TEST(!board.hart1.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.model<Imsic>("bus.imsic").messages_s.value() == 1u);
}

SIM_TEST_CASE(big_endian_messages_have_a_register_of_their_own) {
  Board board;
  board.enable(*board.hart0.supervisor);
  board.master.write32(0x28000004, 0x07000000);
  BOOST_TEST(board.hart0.supervisor->top() >> 16 == 7u);
}

SIM_TEST_CASE(the_rest_of_a_page_reads_zero_and_ignores_writes) {
  Board board;
  board.enable(*board.hart0.supervisor);
  board.master.write32(0x28000008, 7);
  BOOST_TEST(board.master.last == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(board.hart0.supervisor->top() == 0u);
  board.master.write32(0x28000000, 7);
  BOOST_TEST(board.master.read32(0x28000000) == 0u);
}

SIM_TEST_CASE(pages_without_a_hart_and_odd_sizes_are_errors) {
  Board board;
  board.master.write32(0x28002000, 1);
  BOOST_TEST(board.master.last == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  board.master.write<std::uint16_t>(0x28000000, 1);
  BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
  board.master.write32(0x28000002, 1);
  BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
}

SIM_TEST_CASE(a_machine_reset_clears_the_files) {
  Board board;
  board.enable(*board.hart0.machine);
  board.master.write32(0x24000000, 3);
  BOOST_TEST(board.hart0.level(HartIrq::MachineExternal));
  board.platform.request_reset();
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineExternal));
  BOOST_TEST(board.hart0.machine->top() == 0u);
}

SIM_TEST_CASE(a_wrong_number_of_identities_is_reported) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(yaml(", ids: 100"), "x.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("expected one less than a multiple of 64") != std::string::npos, text);
}

SIM_TEST_CASE(the_device_tree_has_both_levels) {
  Board board;
  DeviceTree tree;
  auto& imsic = board.model<Imsic>("bus.imsic");
  imsic.device_tree(tree);
  for (const auto& [name, irq, phandle] :
       {std::tuple{"interrupt-controller@24000000", 11, imsic.machine_msi_phandle_name()},
        std::tuple{"interrupt-controller@28000000", 9, imsic.msi_phandle_name()}}) {
    const DeviceTreeNode* node = tree.soc().find(name);
    BOOST_REQUIRE(node);
    BOOST_TEST(node->find_property("interrupts-extended")->value[7] == irq);
    BOOST_TEST(node->find_property("reg")->value[14] == 0x20);
    BOOST_TEST(node->find_property("phandle")->value[3] == tree.phandle(phandle));
  }
}
