// SPDX-License-Identifier: Apache-2.0
#include "board/boot_tree.h"

#include <libfdt.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>

#include "kit/device_tree.h"

using namespace ringside;

namespace {

struct File {
  File() : path("/tmp/ringside-tree-" + std::to_string(getpid())) {}
  ~File() { unlink(path.c_str()); }
  void write(const std::vector<std::uint8_t>& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  std::string path;
};

std::vector<std::uint8_t> sample(bool with_chosen) {
  DeviceTree tree;
  tree.root().text("model", "sample");
  if (with_chosen) tree.chosen().text("bootargs", "old").text("keep", "me");
  return tree.flatten();
}

std::string property(const std::vector<std::uint8_t>& tree, const char* name) {
  int bytes = 0;
  const int chosen = fdt_path_offset(tree.data(), "/chosen");
  const auto* value = static_cast<const char*>(fdt_getprop(tree.data(), chosen, name, &bytes));
  return value ? std::string(value, static_cast<std::size_t>(bytes)) : "absent";
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_tree_from_a_file_gets_what_is_being_booted, File) {
  write(sample(true));
  BootTreeChanges changes;
  changes.bootargs = "console=ttyS0";
  changes.initrd_first = 0x90000000;
  changes.initrd_end = 0x90001000;
  const auto tree = adapt_device_tree(read_device_tree(path, 1 << 20), changes);
  BOOST_TEST(fdt_check_full(tree.data(), tree.size()) == 0);
  BOOST_TEST(property(tree, "bootargs") == std::string("console=ttyS0\0", 14));
  BOOST_TEST(property(tree, "linux,initrd-end") == std::string("\0\0\0\0\x90\0\x10\0", 8));
  BOOST_TEST(property(tree, "keep") == std::string("me\0", 3));
}

BOOST_FIXTURE_TEST_CASE(without_changes_the_tree_stays, File) {
  write(sample(true));
  const auto tree = adapt_device_tree(read_device_tree(path, 1 << 20), {});
  BOOST_TEST(property(tree, "bootargs") == std::string("old\0", 4));
  BOOST_TEST(property(tree, "linux,initrd-start") == "absent");
}

BOOST_FIXTURE_TEST_CASE(a_tree_without_chosen_gets_one, File) {
  write(sample(false));
  BootTreeChanges changes;
  changes.bootargs = "x";
  const auto tree = adapt_device_tree(read_device_tree(path, 1 << 20), changes);
  BOOST_TEST(property(tree, "bootargs") == std::string("x\0", 2));
}

BOOST_FIXTURE_TEST_CASE(files_that_are_no_tree_are_refused, File) {
  write({1, 2, 3});
  BOOST_CHECK_THROW(read_device_tree(path, 1 << 20), std::runtime_error);
  auto cut = sample(true);
  cut.resize(cut.size() - 8);
  write(cut);
  BOOST_CHECK_THROW(read_device_tree(path, 1 << 20), std::runtime_error);
  write(sample(true));
  BOOST_CHECK_THROW(read_device_tree(path, 16), std::runtime_error);
  BOOST_CHECK_THROW(read_device_tree("/nonexistent/x", 1 << 20), std::runtime_error);
}

BOOST_FIXTURE_TEST_CASE(damaged_trees_never_get_through_with_a_broken_structure, File) {
  const auto good = sample(true);
  unsigned refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 0xff;
    write(bad);
    try {
      adapt_device_tree(read_device_tree(path, 1 << 20), {});
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  BOOST_TEST(refused > 30u);
}
