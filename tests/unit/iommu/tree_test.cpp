// SPDX-License-Identifier: Apache-2.0
// Where an IOMMU may be, and what the guest is told of it.
#include "kit/device_tree.h"
#include "translation_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

std::vector<std::uint32_t> cells(const DeviceTreeNode& node, const std::string& name) {
  const auto* property = node.find_property(name);
  BOOST_REQUIRE_MESSAGE(property, "no property " + name);
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i + 3 < property->value.size(); i += 4)
    words.push_back(static_cast<std::uint32_t>(property->value[i]) << 24 |
                    static_cast<std::uint32_t>(property->value[i + 1]) << 16 |
                    static_cast<std::uint32_t>(property->value[i + 2]) << 8 |
                    property->value[i + 3]);
  return words;
}

std::string finding(const std::string& functions) {
  Registry registry;
  register_translation(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(pci_platform(functions), "test.yaml")));
  return platform.diagnostics().str();
}

using Cells = std::vector<std::uint32_t>;

}  // namespace

SIM_TEST_CASE(the_tree_names_the_iommu_and_who_is_behind_it) {
  Sim sim(
      pci_platform("          iommu: {type: virtio-pci, slot: 1, device: {type: virtio-iommu}}\n"
                   "          card: {type: test-function, slot: 2}\n"),
      register_translation);
  DeviceTree tree;
  sim.model<pci::PciHost>("bus.pci").device_tree(tree);
  const DeviceTreeNode* pci = tree.soc().find("pci@30000000");
  BOOST_REQUIRE(pci);
  const DeviceTreeNode* node = pci->find("virtio_iommu@1,0");
  BOOST_REQUIRE(node);
  const Cells phandle = cells(*node, "phandle");
  BOOST_REQUIRE_EQUAL(phandle.size(), 1u);
  BOOST_TEST((cells(*pci, "iommu-map") == Cells{0, phandle[0], 0, 8, 9, phandle[0], 9, 0xfff7}));
  BOOST_TEST((cells(*node, "reg") == Cells{0x800, 0, 0, 0, 0}));
  BOOST_TEST((cells(*node, "#iommu-cells") == Cells{1}));
  const auto& compatible = node->find_property("compatible")->value;
  BOOST_TEST((std::string(compatible.begin(), compatible.end()) ==
              std::string("virtio,pci-iommu\0pci1af4,1057\0", 30)));
}

SIM_TEST_CASE(functions_outside_are_left_out_of_the_tree) {
  Sim sim(
      pci_platform("          a: {type: test-function, slot: 0x1f.7, iommu: false}\n"
                   "          a0: {type: test-function, slot: 0x1f.0}\n"
                   "          iommu: {type: virtio-pci, slot: 3, device: {type: virtio-iommu}}\n"
                   "          b: {type: test-function, slot: 3.1, iommu: false}\n",
                   "        host_function: false\n"),
      register_translation);
  DeviceTree tree;
  sim.model<pci::PciHost>("bus.pci").device_tree(tree);
  const DeviceTreeNode* pci = tree.soc().find("pci@30000000");
  BOOST_REQUIRE(pci);
  BOOST_REQUIRE(pci->find("virtio_iommu@3,0"));
  const std::uint32_t p = cells(*pci->find("virtio_iommu@3,0"), "phandle")[0];
  BOOST_TEST((cells(*pci, "iommu-map") ==
              Cells{0, p, 0, 24, 26, p, 26, 0xff - 26, 0x100, p, 0x100, 0xff00}));
}

SIM_TEST_CASE(without_an_iommu_the_tree_has_none) {
  Sim sim(pci_platform("          card: {type: test-function, slot: 2}\n"), register_translation);
  DeviceTree tree;
  sim.model<pci::PciHost>("bus.pci").device_tree(tree);
  BOOST_TEST(!tree.soc().find("pci@30000000")->find_property("iommu-map"));
}

SIM_TEST_CASE(an_iommu_behind_a_port_is_refused) {
  const std::string text = finding(
      "          port:\n"
      "            type: pci-root-port\n"
      "            children:\n"
      "              iommu: {type: virtio-pci, device: {type: virtio-iommu}}\n");
  BOOST_TEST(text.find("is not on the bus of bus.pci") != std::string::npos, text);
}

SIM_TEST_CASE(a_second_iommu_is_refused) {
  const std::string text = finding(
      "          one: {type: virtio-pci, device: {type: virtio-iommu}}\n"
      "          two: {type: virtio-pci, device: {type: virtio-iommu}}\n");
  BOOST_TEST(text.find("second IOMMU of bus.pci") != std::string::npos, text);
}

SIM_TEST_CASE(a_function_behind_a_port_cannot_stay_outside) {
  const std::string text = finding(
      "          port:\n"
      "            type: pci-root-port\n"
      "            children:\n"
      "              card: {type: test-function, iommu: false}\n");
  BOOST_TEST(text.find("the device tree can't leave it out") != std::string::npos, text);
}

SIM_TEST_CASE(an_iommu_without_a_bridge_is_refused) {
  Registry registry;
  register_translation(registry);
  registry.add<Model, virtio::Iommu>("lonely", "an IOMMU below a machine");
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse("children:\n  i: {type: lonely}\n", "test.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("no host bridge above it") != std::string::npos);
}

SIM_TEST_CASE(regions_have_to_fit_into_a_probe) {
  const std::string text = finding(
      "          i: {type: virtio-pci, device: {type: virtio-iommu, probe_size: 23, reserved: {a: "
      "{start: 0, end: 9}}}}\n");
  BOOST_TEST(text.find("expected at least 24") != std::string::npos, text);
}
