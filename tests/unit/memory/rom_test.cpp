// SPDX-License-Identifier: Apache-2.0
#include "memory/rom.h"

#include <unistd.h>

#include <fstream>

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Rom>("rom", "rom");
  test::register_bus_models(registry);
}

std::string platform_with(const std::string& rom) {
  return "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      rom: {type: rom, base: 0x1000, " +
         rom + "}\n";
}

std::string image(std::size_t bytes) {
  const std::string path = "/tmp/ringside-rom-" + std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << std::string(bytes, 'r');
  return path;
}

}  // namespace

SIM_TEST_CASE(a_rom_shows_its_image_and_refuses_writes) {
  const std::string path = image(5);
  test::Sim sim(platform_with("size: 8KiB, image: " + path), register_types);
  unlink(path.c_str());
  sim.run(sc_core::SC_ZERO_TIME);
  auto& master = sim.model<BusMaster>("bus.m");
  BOOST_TEST(master.read32(0x1000) == 0x72727272u);
  BOOST_TEST(master.read32(0x1004) == 0x72u);
  master.write32(0x1000, 0);
  BOOST_TEST(master.last == tlm::TLM_COMMAND_ERROR_RESPONSE);
  BOOST_TEST(master.read32(0x1000) == 0x72727272u);
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(master.direct(0x1000, dmi));
  BOOST_TEST(!dmi.is_write_allowed());
}

SIM_TEST_CASE(an_image_that_does_not_fit_is_reported) {
  const std::string path = image(4097);
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(platform_with("size: 4KiB, image: " + path), "x.yaml")));
  unlink(path.c_str());
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("has 4097 bytes; expected at most 4096") != std::string::npos, text);
}

SIM_TEST_CASE(an_image_that_is_not_there_is_reported) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(platform_with("image: /nonexistent/file"), "x.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("cannot read '/nonexistent/file'") != std::string::npos, text);
}
