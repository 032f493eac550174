// SPDX-License-Identifier: Apache-2.0
#include "pci/host.h"

#include "support/pci.h"

using namespace ringside;
using namespace ringside::pci;
using ringside::test::Guest;
using ringside::test::pci_platform;
using ringside::test::register_pci_models;

namespace {

const char* const kOne = "          card: {type: test-function, slot: 3}\n";

std::string errors_of(const std::string& yaml) {
  Registry registry;
  register_pci_models(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(yaml, "p.yaml")));
  return platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::uint32_t> cells_of(const DeviceTreeNode& node, const std::string& name) {
  const auto* property = node.find_property(name);
  BOOST_REQUIRE_MESSAGE(property, "no property " + name);
  std::vector<std::uint32_t> cells;
  for (std::size_t i = 0; i + 3 < property->value.size(); i += 4)
    cells.push_back(static_cast<std::uint32_t>(property->value[i]) << 24 |
                    property->value[i + 1] << 16 | property->value[i + 2] << 8 |
                    property->value[i + 3]);
  return cells;
}

}  // namespace

SIM_TEST_CASE(empty_slots_read_all_ones) {
  test::Sim sim(pci_platform(kOne), register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  BOOST_TEST(guest.get32(Guest::place(0, 4)) == 0xffffffffu);
  BOOST_TEST(guest.get16(Guest::place(0, 3, 1)) == 0xffff);
  BOOST_TEST(guest.get32(Guest::place(1, 3)) == 0xffffffffu);
  BOOST_TEST(guest.get32(Guest::place(255, 31, 7) + 0xffc) == 0xffffffffu);
  guest.put32(Guest::place(0, 4), 0);
  BOOST_TEST(guest.cpu.last == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(guest.get32(Guest::place(0, 3)) == 0x56781234u);
  BOOST_TEST(guest.get32(Guest::place(0, 3) + 8) == 0x02000003u);
  BOOST_TEST(guest.get8(Guest::place(0, 3) + 2) == 0x78);
  BOOST_TEST(guest.get<std::uint64_t>(Guest::place(0, 3)) == 0x0010000056781234u);
}

SIM_TEST_CASE(the_host_bridge_is_function_0) {
  test::Sim sim(pci_platform("          {}\n"), register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  BOOST_TEST(guest.get32(Guest::place(0, 0)) == 0x00081b36u);
  BOOST_TEST(guest.get32(Guest::place(0, 0) + 8) == 0x06000000u);
  BOOST_TEST(guest.get8(Guest::place(0, 0) + kInterruptPin) == 0);
}

SIM_TEST_CASE(unclaimed_memory_and_ports_read_all_ones) {
  test::Sim sim(pci_platform(kOne), register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  BOOST_TEST(guest.get32(Guest::kMemory32 + 0x1000) == 0xffffffffu);
  BOOST_TEST(guest.get<std::uint64_t>(Guest::kMemory64) == ~std::uint64_t{0});
  BOOST_TEST(guest.get8(Guest::kPorts + 0x3f8) == 0xff);
  guest.put32(Guest::kMemory32, 1);
  BOOST_TEST(guest.cpu.last == tlm::TLM_OK_RESPONSE);
  BOOST_TEST(guest.cpu.address_after == Guest::kMemory32);
}

SIM_TEST_CASE(functions_of_one_device_are_multi_function) {
  test::Sim sim(pci_platform("          a: {type: test-function, slot: '5'}\n"
                             "          b: {type: test-function, slot: '5.3'}\n"
                             "          c: {type: test-function, slot: '0x1f'}\n"),
                register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  BOOST_TEST(guest.get8(Guest::place(0, 5) + kHeaderType) == 0x80);
  BOOST_TEST(guest.get8(Guest::place(0, 5, 3) + kHeaderType) == 0x80);
  BOOST_TEST(guest.get8(Guest::place(0, 31) + kHeaderType) == 0x00);
  BOOST_TEST(sim.model<PciFunction>("bus.pci.b").requester_id() == (5 << 3 | 3));
}

SIM_TEST_CASE(automatic_slots_fill_what_is_free) {
  test::Sim sim(pci_platform("          a: {type: test-function}\n"
                             "          b: {type: test-function, slot: 1}\n"
                             "          c: {type: test-function}\n"),
                register_pci_models);
  BOOST_TEST(sim.model<PciFunction>("bus.pci.a").device() == 2u);
  BOOST_TEST(sim.model<PciFunction>("bus.pci.b").device() == 1u);
  BOOST_TEST(sim.model<PciFunction>("bus.pci.c").device() == 3u);
}

SIM_TEST_CASE(slot_clashes_name_both_places) {
  const std::string text =
      errors_of(pci_platform("          a: {type: test-function, slot: 7}\n"
                             "          b: {type: test-function, slot: '7.0'}\n"));
  BOOST_TEST(contains(text,
                      "slot 7.0 of bus.pci.b (test-function) is in use already: by bus.pci.a "
                      "(test-function) at p.yaml:13:42"),
             text);
}

SIM_TEST_CASE(slots_that_cannot_be_are_refused) {
  BOOST_TEST(
      contains(errors_of(pci_platform("          a: {type: test-function, slot: 32}\n")),
               "'slot' of bus.pci.a (test-function) is '32'; expected a device from 0 to 31"));
  BOOST_TEST(contains(errors_of(pci_platform("          a: {type: test-function, slot: '1.8'}\n")),
                      "is '1.8'; expected"));
  BOOST_TEST(contains(errors_of(pci_platform("          a: {type: test-function, slot: x}\n")),
                      "is 'x'; expected"));
  BOOST_TEST(contains(errors_of(pci_platform("          a: {type: test-function, slot: '4.1'}\n")),
                      "function 0 of that device is missing"));
}

SIM_TEST_CASE(too_many_functions_are_refused) {
  std::string functions;
  for (int i = 0; i < 32; ++i)
    functions += "          f" + std::to_string(i) + ": {type: test-function}\n";
  BOOST_TEST(contains(errors_of(pci_platform(functions)), "finds no free place"));
}

SIM_TEST_CASE(pins_end_in_four_wires_by_device_number) {
  std::string functions;
  for (int device = 1; device <= 5; ++device)
    functions += "          d" + std::to_string(device) +
                 ": {type: test-function, slot: " + std::to_string(device) + "}\n";
  functions += "          p3: {type: test-function, slot: 6, pin: 3}\n";
  test::Sim sim(pci_platform(functions), register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  auto& wires = sim.model<test::FakeWires>("wires");
  const auto pulse = [&](const std::string& name) {
    auto& function = sim.model<test::TestFunction>("bus.pci." + name);
    wires.rises.clear();
    function.set_intx(true);
    function.set_intx(false);
    return wires.rises.size() == 1u ? wires.rises.begin()->first : 0;
  };
  BOOST_TEST(pulse("d1") == 33u);
  BOOST_TEST(pulse("d2") == 34u);
  BOOST_TEST(pulse("d3") == 35u);
  BOOST_TEST(pulse("d4") == 32u);
  BOOST_TEST(pulse("p3") == 32u);
  // d1 and d5 share a wire, which falls when both have let go.
  auto& d1 = sim.model<test::TestFunction>("bus.pci.d1");
  auto& d5 = sim.model<test::TestFunction>("bus.pci.d5");
  d1.set_intx(true);
  d5.set_intx(true);
  d1.set_intx(false);
  BOOST_TEST(wires.levels[33]);
  d5.set_intx(false);
  BOOST_TEST(!wires.levels[33]);
}

SIM_TEST_CASE(the_device_tree_node_is_that_of_qemu) {
  test::Sim sim(pci_platform(kOne), register_pci_models);
  DeviceTree tree;
  const std::uint32_t wires = tree.phandle("wires");
  const std::uint32_t messages = tree.phandle("messages");
  sim.model<PciHost>("bus.pci").device_tree(tree);
  const DeviceTreeNode* node = tree.soc().find("pci@30000000");
  BOOST_REQUIRE(node);
  using Cells = std::vector<std::uint32_t>;
  const auto is = [&](const char* name, const Cells& expected) {
    const Cells found = cells_of(*node, name);
    BOOST_TEST(found == expected, name << boost::test_tools::per_element());
  };
  is("#address-cells", {3});
  is("#size-cells", {2});
  is("#interrupt-cells", {1});
  is("bus-range", {0, 0xff});
  is("linux,pci-domain", {0});
  is("reg", {0, 0x30000000, 0, 0x10000000});
  is("ranges",
     {0x1000000,  0, 0,          0,         0x3000000, 0, 0x10000, 0x2000000, 0, 0x40000000, 0,
      0x40000000, 0, 0x40000000, 0x3000000, 4,         0, 4,       0,         4, 0});
  is("interrupt-map-mask", {0x1800, 0, 0, 7});
  is("msi-parent", {messages});
  Cells map;
  for (std::uint32_t device = 0; device < 4; ++device)
    for (std::uint32_t pin = 1; pin <= 4; ++pin)
      map.insert(map.end(), {device << 11, 0, 0, pin, wires, 32 + (device + pin - 1) % 4, 4});
  is("interrupt-map", map);
  BOOST_TEST(node->find_property("dma-coherent"));
}

SIM_TEST_CASE(fewer_buses_make_a_smaller_window) {
  test::Sim sim(pci_platform(kOne, "        buses: 4\n"), register_pci_models);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  Guest guest(sim);
  BOOST_TEST(guest.get32(Guest::place(3, 0)) == 0xffffffffu);
  BOOST_TEST(guest.cpu.last == tlm::TLM_OK_RESPONSE);
  guest.get32(Guest::place(4, 0));
  BOOST_TEST(guest.cpu.last == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

SIM_TEST_CASE(a_low_window_beyond_4_gib_is_refused) {
  const std::string text = errors_of(pci_platform(kOne, "        mem32: 0xf0000000\n"));
  BOOST_TEST(contains(text, "expected the window to end below 4 GiB"), text);
}
