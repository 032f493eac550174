// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_window.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bus/bus.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

constexpr std::uint64_t kBase = 0x100000000;

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, MemoryWindow>("device-memory", "memory");
  test::register_bus_models(registry);
}

std::string platform_with(const std::string& params, const char* accuracy = "functional",
                          const char* more = "") {
  return fmt::format(
      "accuracy: {}\nchildren:\n  bus:\n    type: bus\n    latency: 0\n    children:\n"
      "      m: {{type: test-master}}\n      w: {{type: device-memory, base: {:#x}, {}}}\n{}",
      accuracy, kBase, params, more);
}

std::string findings(const std::string& params) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(platform_with(params), "x.yaml"));
  return platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A file of 64 KiB of 'x' in the directory for temporary files.
struct Image {
  Image() {
    path = (std::filesystem::temp_directory_path() / "ringside-XXXXXX").string();
    close(mkstemp(path.data()));
    std::ofstream(path) << std::string(64 << 10, 'x');
  }
  ~Image() { std::remove(path.c_str()); }
  char at(long offset) const {
    std::ifstream file(path, std::ios::binary);
    file.seekg(offset);
    return static_cast<char>(file.get());
  }
  std::string path;
};

struct Setup : test::Sim {
  explicit Setup(const std::string& params, const char* accuracy = "functional",
                 const char* more = "")
      : Sim(platform_with(params, accuracy, more), register_types),
        master(model<BusMaster>("bus.m")),
        memory(model<MemoryWindow>("bus.w")) {
    run(sc_core::SC_ZERO_TIME);
  }
  bool answers(std::uint64_t offset) {
    master.read32(kBase + offset);
    return master.last == tlm::TLM_OK_RESPONSE;
  }
  bool takes(std::uint64_t offset) {
    master.write32(kBase + offset, 0x11);
    return master.last == tlm::TLM_OK_RESPONSE;
  }
  BusMaster& master;
  MemoryWindow& memory;
};

}  // namespace

SIM_TEST_CASE(it_is_memory_that_no_device_tree_mentions) {
  Setup s("size: 1MiB");
  BOOST_TEST(s.takes(0xffffc));
  BOOST_TEST(s.master.read32(kBase + 0xffffc) == 0x11u);
  BOOST_TEST(!s.answers(0x100000));
  BOOST_TEST((s.memory.region_use() == MemoryRegion::Use::Device));
  const auto tree = s.platform.flatten_device_tree();
  BOOST_TEST(!contains(std::string(tree.begin(), tree.end()), "memory@"));
  BOOST_TEST(!s.memory.persistent());
  BOOST_TEST(s.memory.sync());
}

SIM_TEST_CASE(blocks_are_accessible_as_their_device_says) {
  Setup s("size: 64KiB");
  s.memory.divide(16 << 10, MemoryAccess::None);
  for (const std::uint64_t offset : {0x0u, 0x4000u, 0xfffcu}) BOOST_TEST(!s.answers(offset));
  tlm::tlm_dmi dmi;
  BOOST_TEST(!s.master.direct(kBase + 0x4000, dmi));
  s.memory.set_access(0x4000, 0x8000, MemoryAccess::All);
  BOOST_TEST(s.takes(0x4000));
  BOOST_TEST(s.takes(0xbffc));
  BOOST_TEST(!s.answers(0x3ffc));
  BOOST_TEST(!s.takes(0xc000));
  // An access over the border is refused as a whole.
  BOOST_TEST((s.master.read<std::uint64_t>(kBase + 0x3ffc), s.master.last != tlm::TLM_OK_RESPONSE));
  BOOST_TEST((s.master.read<std::uint64_t>(kBase + 0xbffc), s.master.last != tlm::TLM_OK_RESPONSE));
  BOOST_REQUIRE(s.master.direct(kBase + 0x5000, dmi));
  BOOST_TEST(dmi.get_start_address() == kBase + 0x4000);
  BOOST_TEST(dmi.get_end_address() == kBase + 0xbfff);
  BOOST_TEST(dmi.is_read_write_allowed());
  BOOST_TEST(s.memory.refused.value() > 0u);
}

SIM_TEST_CASE(direct_pointers_are_called_back_with_each_change) {
  Setup s("size: 64KiB");
  s.memory.divide(4096, MemoryAccess::All);
  s.memory.set_access(0x2000, 0x1000, MemoryAccess::All);  // as before
  BOOST_TEST(s.master.invalidated.size() == 0u);
  s.memory.set_access(0x2000, 0x1000, MemoryAccess::Read);
  BOOST_REQUIRE(s.master.invalidated.size() == 1u);
  BOOST_TEST(s.master.invalidated[0].first == kBase + 0x2000);
  BOOST_TEST(s.master.invalidated[0].second == kBase + 0x2fff);
  BOOST_TEST(s.answers(0x2000));
  BOOST_TEST(!s.takes(0x2000));
  BOOST_TEST(s.master.last == tlm::TLM_COMMAND_ERROR_RESPONSE);
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(s.master.direct(kBase + 0x2800, dmi));
  BOOST_TEST(!dmi.is_write_allowed());
  BOOST_TEST(dmi.get_start_address() == kBase + 0x2000);
  BOOST_TEST(dmi.get_end_address() == kBase + 0x2fff);
  s.memory.set_access(0x2000, 0x1000, MemoryAccess::None);
  BOOST_TEST(s.master.invalidated.size() == 2u);
}

SIM_TEST_CASE(what_is_discarded_is_zero_and_what_is_not_accessible_stays) {
  Setup s("size: 64KiB");
  for (std::uint64_t at = 0; at < 0x10000; at += 0x1000) BOOST_TEST(s.takes(at));
  BOOST_TEST(s.memory.discard(0x1000, 0x2000));
  BOOST_TEST(s.master.read32(kBase + 0x2000) == 0u);
  BOOST_TEST(s.master.read32(kBase + 0x3000) == 0x11u);
  s.memory.set_access(0x4000, 0x1000, MemoryAccess::None);
  BOOST_TEST(!s.memory.discard(0x3000, 0x2000));
  BOOST_TEST(!s.memory.discard(0xf000, 0x2000));
  BOOST_TEST(!s.memory.discard(~std::uint64_t{0}, 2));
  BOOST_TEST(s.master.read32(kBase + 0x3000) == 0x11u);
}

SIM_TEST_CASE(an_image_keeps_what_is_written) {
  Image image;
  Setup s("image: " + image.path);
  BOOST_TEST(s.memory.region_bytes() == 64u << 10);
  BOOST_TEST(s.master.read32(kBase + 0x8000) == 0x78787878u);
  BOOST_TEST(s.takes(0x8000));
  BOOST_TEST(s.memory.persistent());
  BOOST_TEST(s.memory.sync());
  BOOST_TEST(int{image.at(0x8000)} == 0x11);
  BOOST_TEST(!s.memory.discard(0x8000, 0x1000));  // it has to last
  BOOST_TEST(s.memory.discard_zeros(0x8000, 0x1000) == 0u);
}

SIM_TEST_CASE(a_snapshot_leaves_the_image_alone) {
  Image image;
  Setup s("snapshot: true, image: " + image.path);
  BOOST_TEST(s.takes(0x8000));
  BOOST_TEST(s.master.read32(kBase + 0x8000) == 0x11u);
  BOOST_TEST(s.memory.sync());
  BOOST_TEST(image.at(0x8000) == 'x');
}

SIM_TEST_CASE(an_image_for_reading_takes_no_writes) {
  Image image;
  Setup s("read_only: true, image: " + image.path);
  BOOST_TEST(s.answers(0x8000));
  BOOST_TEST(!s.takes(0x8000));
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(s.master.direct(kBase, dmi));
  BOOST_TEST(!dmi.is_write_allowed());
  std::uint32_t word = 5;
  s.master.debug(tlm::TLM_WRITE_COMMAND, kBase + 0x8000, &word, 4);  // a debugger's way
  BOOST_TEST(image.at(0x8000) == 'x');
}

SIM_TEST_CASE(two_writers_of_one_image_exclude_each_other) {
  Image image;
  const std::string other =
      "      v: {type: device-memory, base: 0x2_0000_0000, image: " + image.path + "}\n";
  test::Sim sim(platform_with("image: " + image.path, "functional", other.c_str()), register_types);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(sim.platform.stop_reason().exit_code == 1);
  BOOST_TEST(contains(sim.platform.stop_reason().text, "is in use"));
}

SIM_TEST_CASE(readers_of_one_image_share_it) {
  Image image;
  const std::string other =
      "      v: {type: device-memory, base: 0x2_0000_0000, snapshot: true, image: " + image.path +
      "}\n";
  test::Sim sim(platform_with("read_only: true, image: " + image.path, "functional", other.c_str()),
                register_types);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!sim.platform.stopped());
}

SIM_TEST_CASE(an_access_takes_time_in_timed_mode) {
  Setup s("size: 64KiB, latency: 60ns, bandwidth: 8Gbps", "timed");
  s.master.delay = sc_core::SC_ZERO_TIME;
  s.master.read<std::uint64_t>(kBase);
  BOOST_TEST(s.master.delay == sc_core::sc_time(68, sc_core::SC_NS));
}

SIM_TEST_CASE(mistakes_in_the_configuration_are_found) {
  Image image;
  BOOST_TEST(findings("size: 64KiB") == "");
  BOOST_TEST(contains(findings("latency: 1ns"), "multiple of 4KiB"));
  BOOST_TEST(contains(findings("size: 5KiB"), "multiple of 4KiB"));
  BOOST_TEST(contains(findings("image: /no/such/file"), "cannot open the image"));
  BOOST_TEST(contains(findings("image: /"), "cannot open the image"));
  BOOST_TEST(contains(findings("read_only: true, image: /"), "is not a file"));
  BOOST_TEST(contains(findings("read_only: true, image: /dev/null"), "is not a file"));
  BOOST_TEST(contains(findings("size: 32KiB, image: " + image.path), "but the image has 64KiB"));
  BOOST_TEST(findings("size: 64KiB, image: " + image.path) == "");
  std::ofstream(image.path) << "short";
  BOOST_TEST(contains(findings("image: " + image.path), "has 5B; expected a multiple of 4KiB"));
}
