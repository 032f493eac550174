// SPDX-License-Identifier: Apache-2.0
// The DRAM below a memory: profiles, their mistakes, and the delay that a transaction gets.
#include "memory/dram.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "bus/bus.h"
#include "dram_bench.h"
#include "kit/shipped.h"
#include "memory/memory_window.h"
#include "memory/ram.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, MemoryWindow>("device-memory", "memory");
  for (const char* type : {"dram", "ddr4-3200", "ddr5-4800", "lpddr4-3200"})
    registry.add<MemoryTiming, Dram>(type, "DRAM");
  test::register_bus_models(registry);
}

std::string platform_with(const std::string& ram, const char* accuracy = "timed") {
  return fmt::format(
      "accuracy: {}\nchildren:\n  bus:\n    type: bus\n    latency: 0\n    children:\n"
      "      m: {{type: test-master}}\n      ram: {{type: ram, base: 0x8000_0000, {}}}\n",
      accuracy, ram);
}

std::string findings(const std::string& ram) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(platform_with(ram), "x.yaml"));
  return platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  std::printf("not found: %s\nin: %s\n", part.c_str(), text.c_str());
  return false;
}

struct Setup : test::Sim {
  explicit Setup(const std::string& params, const char* accuracy = "timed")
      : Sim(platform_with(params, accuracy), register_types), master(model<BusMaster>("bus.m")) {
    run(sc_core::SC_ZERO_TIME);
  }
  /// Picoseconds that a transaction takes which arrives `at_ns` from now on.
  std::uint64_t takes(tlm::tlm_command command, std::uint64_t offset, unsigned bytes,
                      unsigned at_ns) {
    std::vector<char> data(bytes);
    master.delay = sc_core::sc_time(at_ns, sc_core::SC_NS);
    master.access(command, 0x80000000 + offset, data.data(), bytes);
    return (master.delay - sc_core::sc_time(at_ns, sc_core::SC_NS)).value();
  }
  BusMaster& master;
};

constexpr const char* kSmall =
    "banks: 4, rows: 1024, columns: 512, width: 64, burst_length: 8, clock: 1GHz, CL: 10, CWL: 8, "
    "tRCD: 11, tRP: 12, tRAS: 30, tCCD_S: 4, tRRD_S: 4, tFAW: 16, tWR: 15, tWTR_S: 4, tRTP: 8, "
    "tRFC: 100, tREFI: 0, overhead: 5ns";

/// A profile as a file.
struct ProfileFile {
  explicit ProfileFile(const std::string& text)
      : path(fmt::format("/tmp/ringside-dram-{}.yaml", getpid())) {
    std::ofstream(path) << text;
  }
  ~ProfileFile() { std::remove(path.c_str()); }
  std::string path;
};

}  // namespace

SIM_TEST_CASE(a_profile_by_name_gives_jedecs_latency) {
  Setup s("size: 1MiB, timing: ddr4-3200");
  // overhead 20, tRCD 13.75, CL 13.75, burst 2.5 ns
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 0) == 50000u);
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 500) == 36250u);
  // Another row of the bank: bank 1 of 4 begins at 32 KiB, row 1 at 128 KiB.
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 128 << 10, 64, 1000) == 63750u);
  BOOST_TEST(s.takes(tlm::TLM_WRITE_COMMAND, 128 << 10, 64, 2000) == 32500u);
}

SIM_TEST_CASE(a_page_takes_its_bytes_at_the_rate_of_the_channel) {
  Setup s("size: 1MiB, timing: ddr4-3200");
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 4096, 0) == 50000u + 63 * 2500u);
  const auto* channel = s.model<Dram>("bus.ram.timing").stat_groups().at(0);
  BOOST_TEST(channel->stat_name() == "channel0");
  BOOST_TEST(channel->find_counter("bytes_read")->value() == 4096u);
  BOOST_TEST(channel->find_counter("row_misses")->value() == 4u);  // one of each bank group
  BOOST_TEST(channel->find_counter("row_hits")->value() == 60u);
}

SIM_TEST_CASE(functional_accesses_use_no_dram) {
  Setup s("size: 1MiB, timing: ddr4-3200", "functional");
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 0) == 0u);
  BOOST_TEST(s.model<Dram>("bus.ram.timing").timing().channel(0).row_misses.value() == 0u);
}

SIM_TEST_CASE(device_memory_has_the_same_timing) {
  Setup s(
      "size: 1MiB}\n      w: {type: device-memory, base: 0x2_0000_0000, size: 1MiB, "
      "timing: ddr4-3200");
  std::uint64_t value = 0;
  s.master.delay = sc_core::SC_ZERO_TIME;
  s.master.access(tlm::TLM_READ_COMMAND, 0x200000000, &value, 8);
  BOOST_TEST(s.master.delay.value() == 50000u);
}

SIM_TEST_CASE(the_shipped_profiles_are_jedecs) {
  Setup s("size: 1MiB, timing: ddr4-3200");
  const DramProfile ddr4 = s.model<Dram>("bus.ram.timing").timing().profile();
  const DramProfile expected = test::ddr4_profile();
  BOOST_TEST(ddr4.capacity() == std::uint64_t{8} << 30);
  BOOST_TEST(ddr4.cl == expected.cl);
  BOOST_TEST(ddr4.cwl == expected.cwl);
  BOOST_TEST(ddr4.rc == expected.rc);
  BOOST_TEST(ddr4.ras == expected.ras);
  BOOST_TEST(ddr4.ccd_l == expected.ccd_l);
  BOOST_TEST(ddr4.rrd_l == expected.rrd_l);
  BOOST_TEST(ddr4.faw == expected.faw);
  BOOST_TEST(ddr4.wtr_l == expected.wtr_l);
  BOOST_TEST(ddr4.rtp == expected.rtp);
  BOOST_TEST(ddr4.rfc == expected.rfc);
  BOOST_TEST(ddr4.refi == expected.refi);
}

SIM_TEST_CASE(ddr5_has_two_channels_and_clocks_that_are_no_whole_picoseconds) {
  Setup s("size: 1MiB, timing: ddr5-4800");
  const DramProfile p = s.model<Dram>("bus.ram.timing").timing().profile();
  BOOST_TEST(p.capacity() == std::uint64_t{16} << 30);
  BOOST_TEST(p.burst_bytes() == 64u);
  BOOST_TEST(p.burst == 3333u);  // 8 clocks of 416.67 ps
  BOOST_TEST(p.cl == 16667u);
  BOOST_TEST(p.rcd == 16250u);
  BOOST_TEST(p.ras == 32083u);  // 77 clocks
  BOOST_TEST(p.rc == 48333u);
  BOOST_TEST(p.ccd_l == 5000u);
  BOOST_TEST(p.ccd_l_wr == 10000u);
  BOOST_TEST(p.faw == 13333u);
  BOOST_TEST(p.rfc == 295000u);
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 0) == 20000 + p.rcd + p.cl + p.burst);
  // 64 bursts, half of them in each channel.
  const std::uint64_t page = s.takes(tlm::TLM_READ_COMMAND, 0, 4096, 1000);
  BOOST_TEST(page < 20000 + p.rcd + p.cl + 33 * p.burst);
}

SIM_TEST_CASE(lpddr4_has_four_channels_of_short_bursts) {
  Setup s("size: 1MiB, timing: lpddr4-3200");
  const DramProfile p = s.model<Dram>("bus.ram.timing").timing().profile();
  BOOST_TEST(p.capacity() == std::uint64_t{4} << 30);
  BOOST_TEST(p.burst_bytes() == 32u);
  BOOST_TEST(p.cl == 34u * 625);  // RL 28 and tDQSCK of 6 clocks
  BOOST_TEST(p.rcd == 29u * 625);
  BOOST_TEST(p.ras == 68u * 625);
  BOOST_TEST(p.rc == 97u * 625);
  BOOST_TEST(p.rfc == 280000u);
  BOOST_TEST(p.ccd_l == p.ccd_s);
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 128, 0) == 20000 + p.rcd + p.cl + p.burst);
}

SIM_TEST_CASE(values_that_are_written_stand_before_the_profiles) {
  Setup s("size: 1MiB, timing: {type: ddr4-3200, CL: 24, overhead: 0, ranks: 2}");
  const DramProfile p = s.model<Dram>("bus.ram.timing").timing().profile();
  BOOST_TEST(p.cl == 15000u);
  BOOST_TEST(p.overhead == 0u);
  BOOST_TEST(p.capacity() == std::uint64_t{16} << 30);
  BOOST_TEST(p.rcd == 13750u);
}

SIM_TEST_CASE(a_profile_may_be_written_out_or_lie_in_a_file) {
  Setup s(fmt::format("size: 1MiB, timing: {{type: dram, {}}}", kSmall));
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 0) == 5000u + 11000 + 10000 + 4000);
}

SIM_TEST_CASE(a_file_of_the_users_is_a_profile_too) {
  std::string text = kSmall;
  for (std::size_t at; (at = text.find(", ")) != std::string::npos;) text.replace(at, 2, "\n");
  const ProfileFile file(text + "\n");
  Setup s(fmt::format("size: 1MiB, timing: {{type: dram, profile: {}, CL: 20}}", file.path));
  BOOST_TEST(s.takes(tlm::TLM_READ_COMMAND, 0, 64, 0) == 5000u + 11000 + 20000 + 4000);
}

SIM_TEST_CASE(refreshes_are_counted_when_somebody_looks) {
  Setup s("size: 1MiB, timing: ddr4-3200");
  s.run(sc_core::sc_time(100, sc_core::SC_US));
  s.platform.refresh_statistics();
  BOOST_TEST(s.model<Dram>("bus.ram.timing").timing().channel(0).refreshes.value() == 12u);
}

SIM_TEST_CASE(times_become_whole_clocks) {
  const double ps625 = 625;
  const auto clocks = [&](const char* text) {
    Clocks value;
    BOOST_TEST(ParamTraits<Clocks>::parse(Node::scalar(text), value), text);
    return value.clocks(ps625);
  };
  BOOST_TEST(clocks("22") == 22u);
  BOOST_TEST(clocks("13.75ns") == 22u);
  BOOST_TEST(clocks("13.76ns") == 22u);  // 22.016: within what tables round
  BOOST_TEST(clocks("13.8ns") == 23u);
  BOOST_TEST(clocks("1ps") == 0u);
  BOOST_TEST(clocks("0") == 0u);
  for (const char* text : {"22 clocks", "-1", "1000001", "2ms", "1Hz", "", "x"}) {
    Clocks value;
    BOOST_TEST(!ParamTraits<Clocks>::parse(Node::scalar(text), value), text);
  }
}

SIM_TEST_CASE(mistakes_of_a_profile_are_found_where_they_are) {
  const auto with = [](const std::string& more) {
    return findings(fmt::format("size: 1MiB, timing: {{type: dram, {}, {}}}", kSmall, more));
  };
  BOOST_TEST(with("tRC: 42") == "");
  BOOST_TEST(contains(with("tCRD: 3"), "unknown key 'tCRD' of bus.ram.timing (dram)"));
  BOOST_TEST(contains(with("ranks: 3"), "'ranks' of bus.ram.timing (dram) is 3; expected a power"));
  BOOST_TEST(contains(with("tRC: 2GHz"), "expected a number of clocks up to 1000000"));
  BOOST_TEST(contains(with("bank_groups: 16, channels: 64, ranks: 16, tRC: 40"), "at most 32768"));
  BOOST_TEST(contains(with("mapping: [row, bank, colum]"), "did you mean 'column'"));
  BOOST_TEST(contains(with("mapping: [row, bank, colum]"), "x.yaml:8:"));
}

SIM_TEST_CASE(what_is_missing_or_does_not_fit_is_said) {
  BOOST_TEST(contains(findings("size: 1MiB, timing: {type: dram, banks: 4}"),
                      "'tRCD' of bus.ram.timing (dram) is missing"));
  BOOST_TEST(contains(findings("size: 1MiB, timing: ddr4-3201"), "did you mean 'ddr4-3200'"));
  BOOST_TEST(contains(findings("size: 16GiB, timing: ddr4-3200"),
                      "'size' of bus.ram (ram) is 16GiB, but its timing stands for 8GiB"));
  BOOST_TEST(findings("size: 16GiB, timing: {type: ddr4-3200, ranks: 2}") == "");
  BOOST_TEST(contains(findings("size: 1MiB, timing: {type: ddr4-3200, profile: x}"),
                      "'profile' is for type 'dram'"));
  BOOST_TEST(contains(findings("size: 1MiB, timing: {type: dram, profile: /no/such}"), "/no/such"));
  BOOST_TEST(contains(findings("size: 1MiB, timing: {type: ddr4-3200, tREFI: 500}"),
                      "'tREFI' of bus.ram.timing (ddr4-3200) is 500; expected more than tRFC"));
  BOOST_TEST(contains(findings("size: 1MiB, timing: {type: ddr4-3200, columns: 4}"),
                      "expected at least the 8 of a burst"));
}

SIM_TEST_CASE(mistakes_in_a_file_name_the_file) {
  const ProfileFile file("banks: 4\nrows: 1000\ntype: dram\n");
  const std::string text =
      findings(fmt::format("size: 1MiB, timing: {{type: dram, profile: {}}}", file.path));
  BOOST_TEST(contains(text, file.path + ":3:1: error: 'type' in a profile"));
  std::ofstream(file.path) << "banks: 4\nrows: 1000\nclock: 1GHz\ncolour: red\n";
  const std::string more =
      findings(fmt::format("size: 1MiB, timing: {{type: dram, profile: {}}}", file.path));
  BOOST_TEST(contains(more, file.path + ":2:7: error: 'rows'"));
  BOOST_TEST(contains(more, file.path + ":4:1: error: unknown key 'colour'"));
}
