// SPDX-License-Identifier: Apache-2.0
#include "irq/aclint.h"

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using sc_core::sc_time;
using test::BusMaster;
using test::FakeHarts;

namespace {

constexpr std::uint64_t kBase = 0x2000000;
constexpr std::uint64_t kCompare = kBase + 0x4000;
constexpr std::uint64_t kTime = kBase + 0xbff8;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Aclint>("aclint", "timer");
  test::register_bus_models(registry);
}

constexpr const char* kYaml = R"(
children:
  bus:
    type: bus
    children:
      m: {type: test-master}
      h: {type: test-harts, count: 2}
      aclint: {type: aclint, base: 0x2000000, timebase: 10MHz, sswi: true}
)";

struct Board : test::Sim {
  Board() : Sim(kYaml, register_types) { run(sc_core::SC_ZERO_TIME); }
  BusMaster& master = model<BusMaster>("bus.m");
  FakeHarts::Hart& hart0 = model<FakeHarts>("bus.h").all[0];
  FakeHarts::Hart& hart1 = model<FakeHarts>("bus.h").all[1];
};

}  // namespace

SIM_TEST_CASE(time_counts_at_the_timebase_and_with_the_time_of_the_asker) {
  Board board;
  board.run(sc_time(1, sc_core::SC_US));
  BOOST_TEST(board.master.read<std::uint64_t>(kTime) == 10u);
  board.master.delay = sc_time(350, sc_core::SC_NS);  // a hart that has run ahead
  BOOST_TEST(board.master.read<std::uint64_t>(kTime) == 13u);
  BOOST_TEST(board.master.read32(kTime) == 13u);
  BOOST_TEST(board.master.read32(kTime + 4) == 0u);
  BOOST_REQUIRE(board.hart0.time);
  BOOST_TEST(board.hart0.time->ticks_at(sc_time(2, sc_core::SC_US)) == 20u);
}

SIM_TEST_CASE(the_moment_of_a_count_is_found) {
  Board board;
  board.run(sc_time(1, sc_core::SC_US));
  const TimeSource& time = *board.hart0.time;
  BOOST_TEST((time.time_of(25) == sc_time(2500, sc_core::SC_NS)));
  BOOST_TEST((time.time_of(3) == sc_core::sc_time_stamp()));
  BOOST_TEST((time.time_of(kNever) == sc_core::sc_max_time()));
}

SIM_TEST_CASE(a_timer_interrupt_comes_at_the_compared_time) {
  Board board;
  board.master.write<std::uint64_t>(kCompare + 8, 30);
  board.run(sc_time(2999, sc_core::SC_NS));
  BOOST_TEST(!board.hart1.level(HartIrq::MachineTimer));
  board.run(sc_time(2, sc_core::SC_NS));  // a run ends before what happens at its last moment
  BOOST_TEST(board.hart1.level(HartIrq::MachineTimer));
  BOOST_TEST((board.hart1.when[HartIrq::MachineTimer] == sc_time(3, sc_core::SC_US)));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineTimer));
  board.master.write<std::uint64_t>(kCompare + 8, kNever);
  BOOST_TEST(!board.hart1.level(HartIrq::MachineTimer));
}

SIM_TEST_CASE(an_earlier_deadline_does_not_lose_a_later_one_of_another_hart) {
  Board board;
  board.master.write<std::uint64_t>(kCompare + 8, 50);
  board.master.write<std::uint64_t>(kCompare, 20);
  board.run(sc_time(3, sc_core::SC_US));
  BOOST_TEST(board.hart0.level(HartIrq::MachineTimer));
  BOOST_TEST(!board.hart1.level(HartIrq::MachineTimer));
  board.run(sc_time(2001, sc_core::SC_NS));
  BOOST_TEST(board.hart1.level(HartIrq::MachineTimer));
}

SIM_TEST_CASE(a_compared_time_in_the_past_interrupts_at_once) {
  Board board;
  board.run(sc_time(5, sc_core::SC_US));
  board.master.write<std::uint64_t>(kCompare, 10);
  BOOST_TEST(board.hart0.level(HartIrq::MachineTimer));
}

SIM_TEST_CASE(the_halves_of_a_compare_register_can_be_written_alone) {
  Board board;
  board.master.write32(kCompare, 0x11111111);
  board.master.write32(kCompare + 4, 0x22222222);
  BOOST_TEST(board.master.read<std::uint64_t>(kCompare) == 0x2222222211111111u);
}

SIM_TEST_CASE(writing_time_moves_it_and_the_interrupts_with_it) {
  Board board;
  board.master.write<std::uint64_t>(kCompare, 1000000);
  board.master.write<std::uint64_t>(kTime, 999999);
  BOOST_TEST(!board.hart0.level(HartIrq::MachineTimer));
  board.run(sc_time(101, sc_core::SC_NS));
  BOOST_TEST(board.hart0.level(HartIrq::MachineTimer));
  board.master.write<std::uint64_t>(kTime, 0);
  BOOST_TEST(!board.hart0.level(HartIrq::MachineTimer));
}

SIM_TEST_CASE(software_interrupts_follow_bit_0) {
  Board board;
  board.master.write32(kBase + 4, 0xffffffff);
  BOOST_TEST(board.hart1.level(HartIrq::MachineSoftware));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineSoftware));
  BOOST_TEST(board.master.read32(kBase + 4) == 1u);
  board.master.write32(kBase + 4, 2);
  BOOST_TEST(!board.hart1.level(HartIrq::MachineSoftware));
  board.master.write32(kBase + 4 * 7, 1);  // no such hart
  BOOST_TEST(board.master.read32(kBase + 4 * 7) == 0u);
}

SIM_TEST_CASE(supervisor_software_interrupts_are_edges) {
  Board board;
  board.master.write32(0x2f00004, 1);
  BOOST_TEST(board.hart1.rises[HartIrq::SupervisorSoftware] == 1u);
  BOOST_TEST(!board.hart1.level(HartIrq::SupervisorSoftware));
  board.master.write32(0x2f00004, 0);
  BOOST_TEST(board.hart1.rises[HartIrq::SupervisorSoftware] == 1u);
  BOOST_TEST(board.master.read32(0x2f00004) == 0u);
}

SIM_TEST_CASE(accesses_of_other_sizes_are_refused) {
  Board board;
  for (std::uint64_t address : {kTime + 1, kCompare + 2}) {
    board.master.read32(address);
    BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
  }
  board.master.read<std::uint8_t>(kTime);
  BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
}

SIM_TEST_CASE(a_reset_restarts_time_and_takes_interrupts_back) {
  Board board;
  board.master.write<std::uint64_t>(kCompare, 0);
  board.master.write32(kBase, 1);
  board.run(sc_time(50, sc_core::SC_US));
  BOOST_TEST(board.hart0.level(HartIrq::MachineTimer));
  board.platform.request_reset();
  board.run(sc_time(1, sc_core::SC_US));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineTimer));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineSoftware));
  BOOST_TEST(board.master.read<std::uint64_t>(kTime) == 10u);
  BOOST_TEST(board.master.read<std::uint64_t>(kCompare) == kNever);
}

SIM_TEST_CASE(the_device_tree_names_two_interrupts_of_each_hart) {
  Board board;
  DeviceTree tree;
  board.model<Aclint>("bus.aclint").device_tree(tree);
  const DeviceTreeNode* clint = tree.soc().find("clint@2000000");
  BOOST_REQUIRE(clint);
  BOOST_TEST(clint->find_property("interrupts-extended")->value.size() == 2 * 2 * 8u);
  BOOST_TEST(tree.soc().find("sswi@2f00000"));
  const std::vector<std::uint8_t> hz{0, 0x98, 0x96, 0x80};
  BOOST_TEST((tree.root().find("cpus")->find_property("timebase-frequency")->value == hz));
}
