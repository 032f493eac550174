// SPDX-License-Identifier: Apache-2.0
#include "kit/device_tree.h"

#include <libfdt.h>

#include <boost/test/unit_test.hpp>

using namespace ringside;

BOOST_AUTO_TEST_SUITE(device_tree)

BOOST_AUTO_TEST_CASE(libfdt_reads_what_was_written) {
  DeviceTree tree;
  tree.root().cell("#address-cells", 2).text("compatible", "a,b");
  DeviceTreeNode& uart = tree.soc().child("serial@10000000");
  uart.wide("reg", {0x10000000, 0x100}).texts("compatible", {"ns16550a", "x"}).empty("flag");
  uart.cells("interrupts", {10, 4});
  tree.chosen().text("bootargs", "console=ttyS0");

  const std::vector<std::uint8_t> blob = tree.flatten();
  BOOST_REQUIRE_EQUAL(fdt_check_full(blob.data(), blob.size()), 0);
  const int node = fdt_path_offset(blob.data(), "/soc/serial@10000000");
  BOOST_REQUIRE_GE(node, 0);
  int length = 0;
  const auto* reg = static_cast<const fdt64_t*>(fdt_getprop(blob.data(), node, "reg", &length));
  BOOST_REQUIRE_EQUAL(length, 16);
  BOOST_TEST(fdt64_to_cpu(reg[0]) == 0x10000000u);
  BOOST_TEST(fdt64_to_cpu(reg[1]) == 0x100u);
  BOOST_TEST(fdt_stringlist_count(blob.data(), node, "compatible") == 2);
  BOOST_TEST(fdt_getprop(blob.data(), node, "flag", &length) != nullptr);
  BOOST_TEST(length == 0);
  const auto* irq = static_cast<const fdt32_t*>(fdt_getprop(blob.data(), node, "interrupts", &length));
  BOOST_REQUIRE_EQUAL(length, 8);
  BOOST_TEST(fdt32_to_cpu(irq[1]) == 4u);
  const int chosen = fdt_path_offset(blob.data(), "/chosen");
  BOOST_TEST(std::string(static_cast<const char*>(
                 fdt_getprop(blob.data(), chosen, "bootargs", &length))) == "console=ttyS0");
}

BOOST_AUTO_TEST_CASE(setting_again_replaces_and_children_are_found_again) {
  DeviceTree tree;
  tree.soc().cell("x", 1);
  tree.soc().cell("x", 2);
  BOOST_TEST(tree.root().children().size() == 1u);
  BOOST_REQUIRE_EQUAL(tree.soc().properties().size(), 1u);
  BOOST_TEST(tree.soc().find_property("x")->value[3] == 2);
  BOOST_TEST(tree.root().find("nothing") == nullptr);
  BOOST_TEST(tree.soc().find_property("nothing") == nullptr);
}

BOOST_AUTO_TEST_CASE(phandles_are_stable_and_distinct) {
  DeviceTree tree;
  const std::uint32_t plic = tree.phandle("plic");
  BOOST_TEST(plic != 0u);
  BOOST_TEST(tree.phandle("imsic") != plic);
  BOOST_TEST(tree.phandle("plic") == plic);
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_too_large_is_an_error_not_a_crash) {
  DeviceTree tree;
  tree.root().bytes("big", std::vector<std::uint8_t>(2 << 20));
  BOOST_CHECK_THROW(tree.flatten(), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
