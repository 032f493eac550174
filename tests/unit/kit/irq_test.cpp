// SPDX-License-Identifier: Apache-2.0
#include "kit/irq.h"

#include "kit/device_tree.h"
#include "support/sim.h"

using namespace ringside;

namespace {

struct Controller : Model, WiredInterruptController {
  Controller(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  void irq_level(unsigned line, bool high) override { changes.emplace_back(line, high); }
  unsigned sources() const override { return 32; }
  std::string phandle_name() const override { return path(); }
  std::vector<std::uint32_t> specifier(unsigned source) const override { return {source, 4}; }
  std::vector<std::pair<unsigned, bool>> changes;
};

struct Source : Model {
  Source(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  IrqOut irq{this, "irq", "one wire"};
  IrqOut four{this, "irqs", "four wires", 4};
};

void register_types(Registry& registry) {
  registry.add<Model, Controller>("controller", "takes interrupts");
  registry.add<Model, Source>("source", "gives interrupts");
}

void expect(const std::string& children, const std::string& message) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse("children:\n" + children, "f.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find(message) != std::string::npos, "expected: " << message << "\nfound: " << text);
}

}  // namespace

SIM_TEST_CASE(wires_carry_changes_of_level_only) {
  test::Sim sim("children: {c: {type: controller}, s: {type: source, irq: 5, irqs: 8}, t: {type: source}}",
                register_types);
  Source& s = sim.model<Source>("s");
  const Controller& c = sim.model<Controller>("c");
  s.irq.set(false);
  s.irq.set(true);
  s.irq.set(true);
  s.four.set(true, 3);
  s.irq.set(false);
  sim.model<Source>("t").irq.set(true);  // ends nowhere
  const std::vector<std::pair<unsigned, bool>> expected = {{5, true}, {11, true}, {5, false}};
  BOOST_TEST((c.changes == expected));
  BOOST_TEST(s.four.level(3));
  BOOST_TEST(!s.four.level(0));
}

SIM_TEST_CASE(wires_describe_themselves_to_the_guest) {
  test::Sim sim("children: {c: {type: controller}, s: {type: source, irq: 5, irqs: 8}, t: {type: source}}",
                register_types);
  DeviceTree tree;
  DeviceTreeNode node("s");
  sim.model<Source>("s").four.describe(tree, node);
  BOOST_TEST(node.find_property("interrupts")->value.size() == 4 * 2 * 4u);
  BOOST_TEST(node.find_property("interrupts")->value[3] == 8);
  BOOST_TEST(node.find_property("interrupt-parent")->value[3] == tree.phandle("c"));
  DeviceTreeNode other("t");
  sim.model<Source>("t").irq.describe(tree, other);
  BOOST_TEST(other.properties().empty());
}

SIM_TEST_CASE(two_wires_on_one_source) {
  expect("  c: {type: controller}\n  a: {type: source, irq: 9}\n  b: {type: source, irqs: 7}\n",
         "f.yaml:4:27: error: interrupt 9 of b (source) is in use already: by a (source) at f.yaml:3:26; expected a source of its own");
}
SIM_TEST_CASE(wires_beyond_the_controller) {
  expect("  c: {type: controller}\n  a: {type: source, irq: 33}\n", "'irq' of a (source) is 33; expected an interrupt source from 1 to 32");
  expect("  c: {type: controller}\n  a: {type: source, irqs: 30}\n", "'irqs' of a (source) is 33; expected");
  expect("  c: {type: controller}\n  a: {type: source, irqs: 4294967295}\n", "expected an interrupt source from 1 to 32");
  expect("  c: {type: controller}\n  a: {type: source, irq: 0}\n", "'irq' of a (source) is 0; expected");
}
SIM_TEST_CASE(wires_without_a_controller) {
  expect("  a: {type: source, irq: 3}\n", "f.yaml:2:26: error: 'irq' of a (source) names an interrupt, but the platform has no interrupt controller");
}
