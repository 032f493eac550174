// SPDX-License-Identifier: Apache-2.0
#include "board/syscon.h"

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Syscon>("syscon", "power");
  test::register_bus_models(registry);
}

struct Board : test::Sim {
  Board()
      : Sim("children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
            "      s: {type: syscon, base: 0x100000}\n",
            register_types) {
    run(sc_core::SC_ZERO_TIME);
  }
  void write(std::uint32_t value) { model<BusMaster>("bus.m").write32(0x100000, value); }
};

}  // namespace

SIM_TEST_CASE(pass_ends_the_run_with_code_0) {
  Board board;
  board.write(0x5555);
  BOOST_TEST(board.platform.stopped());
  BOOST_TEST(board.platform.stop_reason().exit_code == 0);
  BOOST_TEST(board.platform.stop_reason().text == "guest powered off");
}

SIM_TEST_CASE(fail_ends_the_run_with_the_code_given) {
  Board board;
  board.write(7u << 16 | 0x3333);
  BOOST_TEST(board.platform.stopped());
  BOOST_TEST(board.platform.stop_reason().exit_code == 7);
}

SIM_TEST_CASE(reset_resets_the_machine_and_goes_on) {
  Board board;
  board.write(0x7777);
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!board.platform.stopped());
  BOOST_TEST(board.platform.resets() == 1u);
}

SIM_TEST_CASE(other_values_do_nothing) {
  Board board;
  board.write(0x1234);
  board.write(0);
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!board.platform.stopped());
  BOOST_TEST(board.platform.resets() == 0u);
  BOOST_TEST(board.model<BusMaster>("bus.m").read32(0x100000) == 0u);
}

SIM_TEST_CASE(the_device_tree_tells_how_to_switch_off) {
  Board board;
  DeviceTree tree;
  board.model<Syscon>("bus.s").device_tree(tree);
  BOOST_REQUIRE(tree.soc().find("test@100000"));
  const DeviceTreeNode* poweroff = tree.root().find("poweroff");
  BOOST_REQUIRE(poweroff);
  BOOST_TEST(
      (poweroff->find_property("value")->value == std::vector<std::uint8_t>{0, 0, 0x55, 0x55}));
  BOOST_TEST((poweroff->find_property("regmap")->value ==
              tree.soc().find("test@100000")->find_property("phandle")->value));
  BOOST_TEST((tree.root().find("reboot")->find_property("value")->value ==
              std::vector<std::uint8_t>{0, 0, 0x77, 0x77}));
}
