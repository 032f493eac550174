// SPDX-License-Identifier: Apache-2.0
#include "irq/aplic.h"

#include "bus/bus.h"
#include "irq/imsic.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;
using test::FakeHarts;

namespace {

struct Device : Model {
  Device(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  IrqOut irq{this, "irq", "an interrupt"};
};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Imsic>("imsic", "msi");
  registry.add<Model, Aplic>("aplic", "wired");
  registry.add<Model, Device>("device", "has a wire");
  test::register_bus_models(registry);
}

constexpr const char* kImsic = "      imsic: {type: imsic}\n";

std::string yaml(const std::string& imsic, const std::string& delivery) {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      h: {type: test-harts, count: 2}\n" +
         imsic +
         "      d: {type: device, irq: 10}\n"
         "      aplic: {type: aplic, base_m: 0xc000000, base_s: 0xd000000, delivery: " +
         delivery + "}\n";
}

constexpr std::uint64_t kM = 0xc000000, kS = 0xd000000;

std::string findings(const std::string& text) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(text, "x.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(a_wire_becomes_a_message_to_the_supervisor_file) {
  test::Sim sim(yaml(kImsic, "msi"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  auto& hart1 = sim.model<FakeHarts>("bus.h").all[1];
  hart1.supervisor->write(0x70, 1);
  hart1.supervisor->write(0xc0, ~std::uint64_t{0});
  // As firmware and Linux do.
  master.write32(kM + 0x1bc0, 0x24000);
  master.write32(kM + 0x1bc4, 1u << 12);
  master.write32(kM + 0x1bc8, 0x28000);
  master.write32(kM + 4 * 10, 1 << 10);
  master.write32(kM, 1 << 8);
  master.write32(kS + 4 * 10, 6);
  master.write32(kS + 0x3000 + 4 * 10, 1u << 18 | 21);
  master.write32(kS + 0x1edc, 10);
  master.write32(kS, 1 << 8);
  sim.model<Device>("bus.d").irq.set(true);
  BOOST_TEST(hart1.level(HartIrq::SupervisorExternal));
  BOOST_TEST(hart1.supervisor->top() >> 16 == 21u);
  BOOST_TEST(sim.model<Aplic>("bus.aplic").sent.value() == 1u);
  BOOST_TEST(sim.model<Aplic>("bus.aplic").lost.value() == 0u);
}

SIM_TEST_CASE(messages_that_nothing_takes_are_counted) {
  test::Sim sim(yaml(kImsic, "msi"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.write32(kM, 1 << 8);
  master.write32(kM + 0x3000, 5);  // genmsi with no address set up: to 0
  BOOST_TEST(sim.model<Aplic>("bus.aplic").lost.value() == 1u);
}

SIM_TEST_CASE(direct_delivery_drives_the_wires_of_harts) {
  test::Sim sim(yaml("", "direct"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.write32(kM + 4 * 10, 6);
  master.write32(kM + 0x1edc, 10);
  master.write32(kM + 0x4000, 1);
  master.write32(kM, 1 << 8);
  sim.model<Device>("bus.d").irq.set(true);
  auto& hart0 = sim.model<FakeHarts>("bus.h").all[0];
  BOOST_TEST(hart0.level(HartIrq::MachineExternal));
  sim.platform.request_reset();
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!hart0.level(HartIrq::MachineExternal));
}

SIM_TEST_CASE(aplic_registers_are_aligned_words) {
  test::Sim sim(yaml(kImsic, "msi"), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  master.read<std::uint64_t>(kM);
  BOOST_TEST(master.last == tlm::TLM_BURST_ERROR_RESPONSE);
  master.read32(kM + 2);
  BOOST_TEST(master.last == tlm::TLM_BURST_ERROR_RESPONSE);
  BOOST_TEST(master.read32(kM) == 0x80000004u);
}

SIM_TEST_CASE(delivery_and_imsic_have_to_agree) {
  const std::string no_imsic = findings(yaml("", "msi"));
  BOOST_TEST(no_imsic.find("delivers messages, but nothing takes them") != std::string::npos,
             no_imsic);
  const std::string both = findings(yaml(kImsic, "direct"));
  BOOST_TEST(both.find("expected 'delivery: msi', or no IMSIC") != std::string::npos, both);
}

SIM_TEST_CASE(the_device_tree_delegates_all_sources) {
  test::Sim sim(yaml(kImsic, "msi"), register_types);
  DeviceTree tree;
  auto& aplic = sim.model<Aplic>("bus.aplic");
  aplic.device_tree(tree);
  const DeviceTreeNode* root = tree.soc().find("interrupt-controller@c000000");
  const DeviceTreeNode* child = tree.soc().find("interrupt-controller@d000000");
  BOOST_REQUIRE(root);
  BOOST_REQUIRE(child);
  const auto s = static_cast<std::uint8_t>(tree.phandle(aplic.phandle_name()));
  const std::vector<std::uint8_t> delegation{0, 0, 0, s, 0, 0, 0, 1, 0, 0, 0, 96};
  BOOST_TEST((root->find_property("riscv,delegation")->value == delegation));
  BOOST_TEST(child->find_property("msi-parent"));
  BOOST_TEST(!child->find_property("riscv,children"));
  DeviceTreeNode& device = tree.soc().child("device");
  sim.model<Device>("bus.d").irq.describe(tree, device);
  BOOST_TEST((device.find_property("interrupts")->value ==
              std::vector<std::uint8_t>{0, 0, 0, 10, 0, 0, 0, 4}));
}

SIM_TEST_CASE(direct_delivery_is_described_by_wires) {
  test::Sim sim(yaml("", "direct"), register_types);
  DeviceTree tree;
  sim.model<Aplic>("bus.aplic").device_tree(tree);
  const DeviceTreeNode* child = tree.soc().find("interrupt-controller@d000000");
  BOOST_REQUIRE(child);
  BOOST_TEST(!child->find_property("msi-parent"));
  BOOST_TEST(child->find_property("interrupts-extended")->value[7] == 9);
}
