// SPDX-License-Identifier: Apache-2.0
#include "board/boot.h"

#include <libfdt.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "board/ns16550a.h"
#include "bus/bus.h"
#include "memory/flash.h"
#include "memory/ram.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, Flash>("flash", "flash");
  registry.add<Model, Boot>("boot", "loader");
  test::register_bus_models(registry);
}

/// A folder of files to boot from.
struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-boot-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, std::size_t bytes, char fill) const {
    std::ofstream(path + "/" + name, std::ios::binary) << std::string(bytes, fill);
    return path + "/" + name;
  }
  std::string path;
};

std::string yaml(const std::string& boot, const std::string& ram = "512MiB",
                 const std::string& flash = "") {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      ram: {type: ram, base: 0x80000000, size: " +
         ram + "}\n" + flash + "      boot: {type: boot" + boot + "}\n";
}

struct Board : test::Sim {
  explicit Board(const std::string& text) : Sim(text, register_types) {
    run(sc_core::SC_ZERO_TIME);
  }
  std::uint64_t rom(unsigned offset) { return master.read<std::uint64_t>(0x1000 + offset); }
  char byte(std::uint64_t address) { return static_cast<char>(master.read<std::uint8_t>(address)); }
  std::vector<std::uint8_t> tree() {
    std::vector<std::uint8_t> blob(64 << 10);
    master.debug(tlm::TLM_READ_COMMAND, rom(32), blob.data(), static_cast<unsigned>(blob.size()));
    return blob;
  }
  std::string chosen(const char* property) {
    const auto blob = tree();
    BOOST_REQUIRE(fdt_check_header(blob.data()) == 0);
    int bytes = 0;
    const auto* value = static_cast<const char*>(
        fdt_getprop(blob.data(), fdt_path_offset(blob.data(), "/chosen"), property, &bytes));
    return value ? std::string(value, static_cast<std::size_t>(bytes)) : "absent";
  }
  BusMaster& master = model<BusMaster>("bus.m");
};

std::string findings(const std::string& text) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(text, "x.yaml"));
  return platform.diagnostics().str();
}

void expect_finding(const std::string& text, const std::string& expected) {
  const std::string found = findings(text);
  BOOST_TEST(found.find(expected) != std::string::npos, found << "\n  instead of: " << expected);
}

}  // namespace

// The numbers are what QEMU 10's virt machine shows with -m 512M.
SIM_TEST_CASE(firmware_kernel_and_initrd_go_where_qemu_puts_them) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 300000, 'f') +
                   ", kernel: " + folder.file("kernel", 5000000, 'k') + ", initrd: " +
                   folder.file("initrd", 100000, 'i') + ", append: 'console=ttyS0'"));
  BOOST_TEST(board.byte(0x80000000) == 'f');
  BOOST_TEST(board.byte(0x80000000 + 299999) == 'f');
  BOOST_TEST(board.byte(0x80000000 + 300000) == 0);
  BOOST_TEST(board.byte(0x80200000) == 'k');
  BOOST_TEST(board.byte(0x80200000 + 4999999) == 'k');
  BOOST_TEST(board.byte(0x90200000) == 'i');
  BOOST_TEST(board.rom(24) == 0x80000000u);
  BOOST_TEST(board.rom(32) == 0x9fe00000u);
  BOOST_TEST(board.chosen("bootargs") == std::string("console=ttyS0\0", 14));
  BOOST_TEST(board.chosen("linux,initrd-start") == std::string("\0\0\0\0\x90\x20\0\0", 8));
  BOOST_TEST(board.chosen("linux,initrd-end") == std::string("\0\0\0\0\x90\x21\x86\xa0", 8));
  BOOST_TEST(board.chosen("rng-seed").size() == 32u);
}

SIM_TEST_CASE(the_reset_code_is_qemu_s_word_for_word) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f') +
                   ", kernel: " + folder.file("kernel", 100, 'k')));
  const std::uint32_t code[] = {0x00000297, 0x02828613, 0xf1402573,
                                0x0202b583, 0x0182b283, 0x00028067};
  for (unsigned i = 0; i < 6; ++i) BOOST_TEST(board.master.read32(0x1000 + 4 * i) == code[i]);
  // struct fw_dynamic_info
  const std::uint64_t info[] = {0x4942534f, 2, 0x80200000, 1, 0, 0};
  for (unsigned i = 0; i < 6; ++i) BOOST_TEST(board.rom(40 + 8 * i) == info[i]);
  board.master.write32(0x1000, 0);
  BOOST_TEST(board.master.last == tlm::TLM_COMMAND_ERROR_RESPONSE);
}

SIM_TEST_CASE(the_device_tree_stays_below_3_gib_of_a_large_memory) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f'), "8GiB"));
  BOOST_TEST(board.rom(32) == 0xbfe00000u);
}

SIM_TEST_CASE(a_large_firmware_moves_the_kernel) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 3 * kMiB, 'f') +
                   ", kernel: " + folder.file("kernel", 100, 'k')));
  BOOST_TEST(board.byte(0x80400000) == 'k');
}

SIM_TEST_CASE(without_firmware_the_kernel_is_entered_at_the_start_of_memory) {
  Folder folder;
  Board board(yaml(", kernel: " + folder.file("kernel", 100, 'k')));
  BOOST_TEST(board.rom(24) == 0x80000000u);
  BOOST_TEST(board.byte(0x80000000) == 'k');
}

SIM_TEST_CASE(a_flash_with_an_image_is_entered_first_without_firmware) {
  Folder folder;
  const std::string flash = "      f0: {type: flash, base: 0x20000000, size: 1MiB, image: " +
                            folder.file("flash", 100, 'x') + "}\n";
  Board board(yaml("", "64MiB", flash));
  BOOST_TEST(board.rom(24) == 0x20000000u);
  BOOST_TEST(board.byte(0x20000000) == 'x');
}

SIM_TEST_CASE(a_flash_with_an_image_is_what_firmware_starts_next) {
  Folder folder;
  const std::string flash = "      f0: {type: flash, base: 0x20000000, size: 1MiB, image: " +
                            folder.file("flash", 100, 'x') + "}\n";
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f'), "64MiB", flash));
  BOOST_TEST(board.rom(24) == 0x80000000u);
  BOOST_TEST(board.rom(40 + 16) == 0x20000000u);
}

SIM_TEST_CASE(a_reset_loads_everything_again) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f')));
  const std::string seed = board.chosen("rng-seed");
  board.master.write32(0x80000000, 0);
  board.platform.request_reset();
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(board.byte(0x80000000) == 'f');
  BOOST_TEST(board.chosen("rng-seed") != seed);
}

SIM_TEST_CASE(files_that_vanish_before_a_reset_end_the_run) {
  Folder folder;
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f')));
  std::filesystem::remove(folder.path + "/fw");
  board.platform.request_reset();
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(board.platform.stopped());
  BOOST_TEST(board.platform.stop_reason().exit_code == 1);
  BOOST_TEST(board.platform.stop_reason().text.find("has changed") != std::string::npos);
}

SIM_TEST_CASE(a_device_tree_from_a_file_is_used) {
  Folder folder;
  DeviceTree tree;
  tree.root().text("model", "from a file");
  const auto blob = tree.flatten();
  std::ofstream(folder.path + "/t.dtb", std::ios::binary)
      .write(reinterpret_cast<const char*>(blob.data()), static_cast<std::streamsize>(blob.size()));
  Board board(yaml(", firmware: " + folder.file("fw", 100, 'f') +
                   ", append: hello, dtb: " + folder.path + "/t.dtb"));
  const auto got = board.tree();
  BOOST_TEST(std::string(static_cast<const char*>(fdt_getprop(got.data(), 0, "model", nullptr))) ==
             "from a file");
  BOOST_TEST(board.chosen("bootargs") == std::string("hello\0", 6));
}

SIM_TEST_CASE(mistakes_are_found_before_the_run) {
  Folder folder;
  const std::string small = folder.file("small", 100, 's');
  const std::string large = folder.file("large", 20 * kMiB, 'l');
  expect_finding(yaml(""), "has nothing to start");
  expect_finding(yaml(", firmware: /nonexistent/fw"),
                 "'firmware' of bus.boot (boot): '/nonexistent/fw' is not there");
  expect_finding(yaml(", firmware: " + small + ", initrd: " + small), "expected 'kernel', too");
  expect_finding(yaml(", firmware: " + large, "16MiB"),
                 "but main memory is 0x80000000 to 0x80ffffff");
  expect_finding(
      yaml(", firmware: " + small + ", kernel: " + small + ", initrd: " + large, "32MiB"),
      "initrd");
  expect_finding(
      yaml(", firmware: " + small + ", kernel: " + large + ", initrd: " + small, "32MiB"),
      "which overlaps 'kernel'");
  expect_finding(yaml(", firmware: " + small + ", kernel: " + large, "22MiB"),
                 "where the device tree goes");
  expect_finding(yaml(", firmware: " + small + ", dtb: " + small),
                 "is not a flattened device tree");
  expect_finding(
      "children:\n  bus:\n    type: bus\n    children:\n      boot: {type: boot, firmware: " +
          small + "}\n",
      "finds no main memory");
}
