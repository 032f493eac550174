// SPDX-License-Identifier: Apache-2.0
#include "irq/plic.h"

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;
using test::FakeHarts;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Plic>("plic", "wired");
  test::register_bus_models(registry);
}

constexpr const char* kYaml =
    "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
    "      h: {type: test-harts, count: 2}\n      plic: {type: plic, base: 0xc000000}\n";

constexpr std::uint64_t kBase = 0xc000000;
constexpr std::uint64_t priority(unsigned source) {
  return kBase + 4 * source;
}
constexpr std::uint64_t pending(unsigned word) {
  return kBase + 0x1000 + 4 * word;
}
constexpr std::uint64_t enable(unsigned context, unsigned word) {
  return kBase + 0x2000 + 0x80 * context + 4 * word;
}
constexpr std::uint64_t threshold(unsigned context) {
  return kBase + 0x200000 + 0x1000 * context;
}
constexpr std::uint64_t claim(unsigned context) {
  return threshold(context) + 4;
}
// Contexts: machine and supervisor level of hart 0, then of hart 1.
constexpr unsigned kS0 = 1, kM1 = 2, kS1 = 3;

struct Board : test::Sim {
  Board() : Sim(kYaml, register_types) { run(sc_core::SC_ZERO_TIME); }
  void use(unsigned source, unsigned level, unsigned context) {
    master.write32(priority(source), level);
    const std::uint64_t at = enable(context, source / 32);
    master.write32(at, master.read32(at) | 1u << (source % 32));
  }
  void wire(unsigned source, bool high) { plic.irq_level(source, high); }
  BusMaster& master = model<BusMaster>("bus.m");
  Plic& plic = model<Plic>("bus.plic");
  FakeHarts::Hart& hart0 = model<FakeHarts>("bus.h").all[0];
  FakeHarts::Hart& hart1 = model<FakeHarts>("bus.h").all[1];
};

}  // namespace

SIM_TEST_CASE(a_level_interrupt_is_raised_claimed_and_completed) {
  Board board;
  board.use(10, 1, kS0);
  board.wire(10, true);
  BOOST_TEST(board.hart0.level(HartIrq::SupervisorExternal));
  BOOST_TEST(!board.hart0.level(HartIrq::MachineExternal));
  BOOST_TEST(board.master.read32(pending(0)) == 1u << 10);
  BOOST_TEST(board.master.read32(claim(kS0)) == 10u);
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.master.read32(pending(0)) == 0u);
  BOOST_TEST(board.master.read32(claim(kS0)) == 0u);
  board.wire(10, false);
  board.master.write32(claim(kS0), 10);
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
}

SIM_TEST_CASE(a_wire_that_stays_high_interrupts_again_after_completion) {
  Board board;
  board.use(10, 1, kS0);
  board.wire(10, true);
  board.master.read32(claim(kS0));
  board.wire(10, false);
  board.wire(10, true);
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));  // the gateway waits
  board.master.write32(claim(kS0), 10);
  BOOST_TEST(board.hart0.level(HartIrq::SupervisorExternal));
}

SIM_TEST_CASE(a_request_stays_when_its_wire_goes_down) {
  Board board;
  board.use(10, 1, kS0);
  board.wire(10, true);
  board.wire(10, false);
  BOOST_TEST(board.master.read32(claim(kS0)) == 10u);
}

SIM_TEST_CASE(higher_priorities_and_lower_numbers_come_first) {
  Board board;
  board.use(40, 7, kM1);
  board.use(12, 3, kM1);
  board.use(11, 3, kM1);
  board.use(9, 0, kM1);  // never
  for (unsigned source : {9, 11, 12, 40}) board.wire(source, true);
  BOOST_TEST(board.hart1.level(HartIrq::MachineExternal));
  for (unsigned expected : {40, 11, 12, 0}) BOOST_TEST(board.master.read32(claim(kM1)) == expected);
}

SIM_TEST_CASE(thresholds_mask_the_wire_but_not_claims) {  // chapter 7
  Board board;
  board.use(10, 3, kS1);
  board.master.write32(threshold(kS1), 3);
  board.wire(10, true);
  BOOST_TEST(!board.hart1.level(HartIrq::SupervisorExternal));
  board.master.write32(threshold(kS1), 2);
  BOOST_TEST(board.hart1.level(HartIrq::SupervisorExternal));
  board.master.write32(threshold(kS1), 7);
  BOOST_TEST(board.master.read32(claim(kS1)) == 10u);
}

SIM_TEST_CASE(one_of_two_contexts_gets_a_shared_source) {
  Board board;
  board.use(10, 1, kS0);
  board.use(10, 1, kS1);
  board.wire(10, true);
  BOOST_TEST(board.hart0.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.hart1.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.master.read32(claim(kS1)) == 10u);
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.master.read32(claim(kS0)) == 0u);
}

SIM_TEST_CASE(completions_of_disabled_or_unclaimed_sources_are_ignored) {  // chapter 9
  Board board;
  board.use(10, 1, kS0);
  board.wire(10, true);
  board.master.read32(claim(kS0));
  board.master.write32(claim(kS1), 10);  // not enabled there
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
  board.master.write32(claim(kS0), 11);
  board.master.write32(claim(kS0), 0xffffffff);
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
  board.master.write32(claim(kS0), 10);
  BOOST_TEST(board.hart0.level(HartIrq::SupervisorExternal));
}

SIM_TEST_CASE(registers_keep_only_bits_that_exist) {
  Board board;
  board.master.write32(priority(1), 0xff);
  BOOST_TEST(board.master.read32(priority(1)) == 7u);
  board.master.write32(priority(0), 1);
  BOOST_TEST(board.master.read32(priority(0)) == 0u);
  board.master.write32(priority(96), 1);
  BOOST_TEST(board.master.read32(priority(96)) == 0u);
  for (unsigned word : {0, 1, 2, 3}) board.master.write32(enable(0, word), 0xffffffff);
  BOOST_TEST(board.master.read32(enable(0, 0)) == 0xfffffffeu);
  BOOST_TEST(board.master.read32(enable(0, 2)) == 0xffffffffu);  // sources 64 to 95
  BOOST_TEST(board.master.read32(enable(0, 3)) == 0u);
  board.master.write32(enable(4, 0), 2);  // no such context
  BOOST_TEST(board.master.read32(enable(4, 0)) == 0u);
  board.master.write32(pending(0), 0xffffffff);
  BOOST_TEST(board.master.read32(pending(0)) == 0u);
  board.master.write32(threshold(0), 0xffffffff);
  BOOST_TEST(board.master.read32(threshold(0)) == 7u);
}

SIM_TEST_CASE(plic_registers_are_aligned_words) {
  Board board;
  board.master.read<std::uint64_t>(kBase);
  BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
  board.master.read<std::uint16_t>(kBase);
  BOOST_TEST(board.master.last == tlm::TLM_BURST_ERROR_RESPONSE);
}

SIM_TEST_CASE(a_reset_forgets_requests_and_settings) {
  Board board;
  board.use(10, 1, kS0);
  board.wire(10, true);
  board.wire(10, false);
  board.platform.request_reset();
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!board.hart0.level(HartIrq::SupervisorExternal));
  BOOST_TEST(board.master.read32(pending(0)) == 0u);
  BOOST_TEST(board.master.read32(priority(10)) == 0u);
  BOOST_TEST(board.master.read32(enable(kS0, 0)) == 0u);
}

SIM_TEST_CASE(the_device_tree_lists_the_contexts) {
  Board board;
  DeviceTree tree;
  board.plic.device_tree(tree);
  const DeviceTreeNode* node = tree.soc().find("plic@c000000");
  BOOST_REQUIRE(node);
  const auto& wires = node->find_property("interrupts-extended")->value;
  BOOST_REQUIRE(wires.size() == 32u);
  BOOST_TEST(wires[7] == 11);
  BOOST_TEST(wires[15] == 9);
  BOOST_TEST(node->find_property("riscv,ndev")->value[3] == 95);
}
