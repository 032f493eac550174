// SPDX-License-Identifier: Apache-2.0
#include "board/fw_cfg.h"

#include <unistd.h>

#include <fstream>

#include "bus/bus.h"
#include "memory/ram.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

constexpr std::uint64_t kBase = 0x10100000;
constexpr std::uint64_t kRam = 0x80000000;
constexpr std::uint32_t kRead = 2, kSkip = 4, kSelect = 8, kWrite = 16;

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, FwCfg>("fw-cfg", "items");
  test::register_bus_models(registry);
}

std::string yaml(const std::string& more) {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      h: {type: test-harts, count: 3}\n      ram: {type: ram, size: 1MiB}\n"
         "      fw: {type: fw-cfg, base: 0x10100000" +
         more + "}\n";
}

struct Board : test::Sim {
  explicit Board(const std::string& more = "") : Sim(yaml(more), register_types) {
    run(sc_core::SC_ZERO_TIME);
  }
  void select(std::uint16_t key) { master.write<std::uint16_t>(kBase + 8, __builtin_bswap16(key)); }
  std::string take(unsigned bytes) {
    std::string text;
    for (unsigned i = 0; i < bytes; ++i)
      text += static_cast<char>(master.read<std::uint8_t>(kBase));
    return text;
  }
  std::uint32_t take_big(unsigned bytes) {
    std::uint32_t value = 0;
    for (char c : take(bytes)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  /// Key and size of a file; key 0 if the directory does not have it.
  std::pair<std::uint16_t, std::uint32_t> find(const std::string& name) {
    select(0x19);
    for (std::uint32_t left = take_big(4); left > 0; --left) {
      const std::uint32_t size = take_big(4);
      const auto key = static_cast<std::uint16_t>(take_big(2));
      take_big(2);
      if (take(56).c_str() == name) return {key, size};
    }
    return {0, 0};
  }
  /// The control word when the command is done.
  std::uint32_t command(std::uint32_t control, std::uint32_t bytes, std::uint64_t address,
                        std::uint64_t at = kRam) {
    master.write32(at, __builtin_bswap32(control));
    master.write32(at + 4, __builtin_bswap32(bytes));
    master.write<std::uint64_t>(at + 8, __builtin_bswap64(address));
    master.write32(kBase + 16, __builtin_bswap32(static_cast<std::uint32_t>(at >> 32)));
    master.write32(kBase + 20, __builtin_bswap32(static_cast<std::uint32_t>(at)));
    return __builtin_bswap32(master.read32(at));
  }
  BusMaster& master = model<BusMaster>("bus.m");
};

struct TemporaryFile {
  explicit TemporaryFile(const std::string& content)
      : path("/tmp/ringside-fwcfg-" + std::to_string(getpid())) {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { unlink(path.c_str()); }
  std::string path;
};

}  // namespace

SIM_TEST_CASE(the_signature_and_the_version_are_there) {
  Board board;
  board.select(0);
  BOOST_TEST(board.take(6) == std::string("QEMU\0\0", 6));  // zeros after the end
  board.select(1);
  BOOST_TEST(board.take(4) == std::string("\3\0\0\0", 4));
  board.select(5);
  BOOST_TEST(board.take(2) == std::string("\3\0", 2));                                // harts
  BOOST_TEST(board.master.read<std::uint64_t>(kBase + 16) == 0x47464320554d4551ull);  // "QEMU CFG"
}

SIM_TEST_CASE(wide_reads_keep_the_order_of_bytes) {
  Board board;
  board.select(0);
  BOOST_TEST(board.master.read32(kBase) == 0x554d4551u);
}

SIM_TEST_CASE(unknown_items_are_empty) {
  Board board;
  board.select(0x7777);
  BOOST_TEST(board.take_big(4) == 0u);
}

SIM_TEST_CASE(files_are_listed_by_name) {
  TemporaryFile file("contents of the file");
  Board board(", files: {opt/test/a: " + file.path + ", aaa: " + file.path + "}");
  const auto [key, size] = board.find("opt/test/a");
  BOOST_TEST(key >= 0x20);
  BOOST_TEST(size == 20u);
  board.select(key);
  BOOST_TEST(board.take(20) == "contents of the file");
  BOOST_TEST(board.find("bootorder").first != 0);
  BOOST_TEST(board.find("aaa").first < board.find("bootorder").first);
  BOOST_TEST(board.find("etc/boot-fail-wait").second == 4u);
  BOOST_TEST(board.find("nothing").first == 0);
}

SIM_TEST_CASE(dma_copies_skips_and_fills_with_zeros) {
  Board board;
  board.master.write32(kRam + 0x108, 0xffffffff);
  BOOST_TEST(board.command(kSelect | kRead, 12, kRam + 0x100) == 0u);
  BOOST_TEST(board.master.read32(kRam + 0x100) == 0x554d4551u);
  BOOST_TEST(board.master.read32(kRam + 0x104) == 0u);
  BOOST_TEST(board.master.read32(kRam + 0x108) == 0u);
  BOOST_TEST(board.command(kSelect | kSkip, 2, 0) == 0u);
  BOOST_TEST(board.command(kRead, 2, kRam + 0x100) == 0u);
  BOOST_TEST(board.master.read32(kRam + 0x100) == 0x554d554du);  // "MU", and the "MU" of before
}

SIM_TEST_CASE(one_64_bit_write_starts_dma_too) {
  Board board;
  board.master.write32(kRam, __builtin_bswap32(kSelect | kRead));
  board.master.write32(kRam + 4, __builtin_bswap32(4));
  board.master.write<std::uint64_t>(kRam + 8, __builtin_bswap64(kRam + 0x200));
  board.master.write<std::uint64_t>(kBase + 16, __builtin_bswap64(kRam));
  BOOST_TEST(board.master.read32(kRam + 0x200) == 0x554d4551u);
}

SIM_TEST_CASE(dma_that_cannot_be_done_reports_an_error) {
  Board board;
  BOOST_TEST(board.command(kSelect | kRead, 4, 0x40) == 1u);             // no memory there
  BOOST_TEST(board.command(kSelect | kRead, 64, kRam + 0xfffe0) == 1u);  // over its end
  BOOST_TEST(board.command(kSelect | kWrite, 4, kRam) == 1u);            // read-only
  BOOST_TEST(board.command(kSelect | kRead, 0xffffffff, kRam) != 0u);
}

SIM_TEST_CASE(a_command_outside_memory_is_ignored) {
  Board board;
  board.master.write<std::uint64_t>(kBase + 16, __builtin_bswap64(0x123));
  BOOST_TEST(board.master.last == tlm::TLM_OK_RESPONSE);
  board.master.write<std::uint64_t>(kBase + 16, __builtin_bswap64(kBase));
  BOOST_TEST(board.master.last == tlm::TLM_OK_RESPONSE);
}

SIM_TEST_CASE(a_command_that_writes_to_the_device_itself_ends) {
  // The item holds the address of its own command.
  TemporaryFile file(std::string("\0\0\0\0\x80\0\0\0", 8));
  Board board(", files: {opt/self: " + file.path + "}");
  const std::uint32_t key = board.find("opt/self").first;
  BOOST_TEST(board.command(key << 16 | kSelect | kRead, 8, kBase + 16) == 0u);
}

SIM_TEST_CASE(files_that_are_not_there_are_reported) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(yaml(", files: {opt/x: /nonexistent/y}"), "x.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("cannot read '/nonexistent/y'") != std::string::npos,
             platform.diagnostics().str());
}
