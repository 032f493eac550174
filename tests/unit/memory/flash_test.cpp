// SPDX-License-Identifier: Apache-2.0
#include "memory/flash.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

constexpr std::uint64_t kBase = 0x20000000;

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Flash>("flash", "flash");
  test::register_bus_models(registry);
}

std::string platform_with(const std::string& more = "size: 1MiB") {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      f0: {type: flash, base: 0x2000_0000, " +
         more +
         "}\n"
         "      f1: {type: flash, base: 0x2200_0000, size: 1MiB}\n";
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& content)
      : path("/tmp/ringside-flash-" + std::to_string(getpid())) {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { unlink(path.c_str()); }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  std::string path;
};

void program(BusMaster& master, std::uint64_t address, std::uint32_t value) {
  master.write32(address, 0x00400040);
  master.write32(address, value);
  master.write32(address, 0x00ff00ff);
}

std::string findings(const std::string& more) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(platform_with(more), "x.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(an_image_shows_with_ones_after_it) {
  TemporaryFile file("FLASH!");
  test::Sim sim(platform_with("size: 1MiB, image: " + file.path), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  BOOST_TEST(master.read32(kBase) == 0x53414c46u);
  BOOST_TEST(master.read32(kBase + 4) == 0xffff2148u);
  BOOST_TEST(master.read32(kBase + 0xffffc) == 0xffffffffu);
  BOOST_TEST(sim.model<Flash>("bus.f0").holds_image());
  BOOST_TEST(!sim.model<Flash>("bus.f1").holds_image());
  BOOST_TEST(master.read<std::uint64_t>(0x22000000) == ~std::uint64_t{0});
}

SIM_TEST_CASE(direct_pointers_are_for_reading_and_end_with_the_array_mode) {
  test::Sim sim(platform_with(), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(master.direct(kBase, dmi));
  BOOST_TEST(dmi.is_read_allowed());
  BOOST_TEST(!dmi.is_write_allowed());
  BOOST_TEST(dmi.get_dmi_ptr()[0] == 0xff);
  BOOST_TEST(master.invalidated.empty());
  master.write32(kBase, 0x00700070);
  BOOST_REQUIRE(master.invalidated.size() == 1u);
  BOOST_TEST(master.invalidated[0].first == kBase);
  BOOST_TEST(master.invalidated[0].second == kBase + 0xfffff);
  BOOST_TEST(!master.direct(kBase, dmi));
  master.write32(kBase, 0x00ff00ff);
  BOOST_TEST(master.direct(kBase, dmi));
}

SIM_TEST_CASE(contents_outlive_a_reset_and_the_mode_does_not) {
  test::Sim sim(platform_with(), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  program(master, kBase + 8, 0x1234);
  master.write32(kBase, 0x00900090);
  sim.platform.request_reset();
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(master.read32(kBase + 8) == 0x1234u);
}

SIM_TEST_CASE(changes_go_to_the_image_if_asked_for) {
  TemporaryFile file("0123");
  test::Sim sim(platform_with("size: 1MiB, persist: true, image: " + file.path), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  program(master, kBase + 8, 0x41424344);
  BOOST_TEST((file.content() == std::string("0123\xff\xff\xff\xff"
                                            "DCBA")));
  BOOST_TEST(sim.model<Flash>("bus.f0").programmed.value() == 4u);
}

SIM_TEST_CASE(changes_stay_in_memory_otherwise) {
  TemporaryFile file("0123");
  test::Sim sim(platform_with("size: 1MiB, image: " + file.path), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  program(master, kBase, 0);
  BOOST_TEST(master.read32(kBase) == 0u);
  BOOST_TEST(file.content() == "0123");
}

SIM_TEST_CASE(commands_of_odd_shape_are_refused) {
  test::Sim sim(platform_with(), register_types);
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  char data[16] = {};
  BOOST_TEST(master.access(tlm::TLM_WRITE_COMMAND, kBase, data, 16) ==
             tlm::TLM_BURST_ERROR_RESPONSE);
  BOOST_TEST(master.access(tlm::TLM_WRITE_COMMAND, kBase + 2, data, 4) ==
             tlm::TLM_BURST_ERROR_RESPONSE);
  master.write32(kBase, 0x00980098);
  BOOST_TEST(master.read<std::uint64_t>(kBase + 0x40) == 0x0052005200510051ull);
}

SIM_TEST_CASE(broken_settings_are_reported) {
  const std::string missing = findings("size: 1MiB, image: /nonexistent/x");
  BOOST_TEST(missing.find("cannot open '/nonexistent/x'") != std::string::npos, missing);
  const std::string odd = findings("size: 3MiB");
  BOOST_TEST(odd.find("expected a power of two") != std::string::npos, odd);
  TemporaryFile large(std::string(300000, 'x'));
  const std::string too_large = findings("size: 256KiB, image: " + large.path);
  BOOST_TEST(too_large.find("has 300000 bytes; expected at most 262144") != std::string::npos,
             too_large);
}

SIM_TEST_CASE(the_banks_are_one_device_in_the_tree) {
  test::Sim sim(platform_with(), register_types);
  DeviceTree tree;
  sim.model<Flash>("bus.f0").device_tree(tree);
  sim.model<Flash>("bus.f1").device_tree(tree);
  BOOST_REQUIRE(tree.root().find("flash@20000000"));
  BOOST_TEST(!tree.root().find("flash@22000000"));
  BOOST_TEST(tree.root().find("flash@20000000")->find_property("reg")->value.size() == 32u);
}
