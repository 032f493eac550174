// SPDX-License-Identifier: Apache-2.0
#include "memory/llc.h"

#include <fmt/format.h>

#include "bus/bus.h"
#include "kit/dma.h"
#include "memory/dram.h"
#include "memory/ram.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;

namespace {

/// Type "test-device": transactions with a tag.
struct Device : Model {
  using Model::Model;
  /// Nanoseconds that it takes.
  std::uint64_t access(bool is_write, std::uint64_t offset, unsigned bytes,
                       Step step = Step::Payload, bool tagged = true) {
    std::vector<unsigned char> data(bytes);
    tlm::tlm_generic_payload payload;
    TransactionTag tag;
    tag.step = step;
    if (tagged) payload.set_extension(&tag);
    payload.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(0x80000000 + offset);
    payload.set_data_ptr(data.data());
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    port.socket->b_transport(payload, delay);
    payload.clear_extension(&tag);
    return delay.value() / 1000;
  }
  std::uint64_t read(std::uint64_t offset, unsigned bytes = 64, Step step = Step::Payload) {
    return access(false, offset, bytes, step);
  }
  std::uint64_t write(std::uint64_t offset, unsigned bytes = 64, Step step = Step::Payload) {
    return access(true, offset, bytes, step);
  }
  InitiatorPort port{this, "port", "DMA"};
};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, Device>("test-device", "does DMA");
  registry.add<MemoryCache, Llc>("llc", "cache");
  registry.add<MemoryTiming, Dram>("ddr4-3200", "DRAM");
}

std::string platform_with(const std::string& cache, const std::string& more = "") {
  return fmt::format(
      "accuracy: timed\nchildren:\n  bus:\n    type: bus\n    latency: 0\n    children:\n"
      "      d: {{type: test-device}}\n"
      "      ram: {{type: ram, size: 16MiB, latency: 100ns, bandwidth: 512Gbps, {}"
      "cache: {{type: llc, hit_latency: 20ns, line_time: 2ns, {}}}}}\n",
      more, cache);
}

std::string findings(const std::string& cache) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(platform_with(cache), "x.yaml"));
  return platform.diagnostics().str();
}

struct Setup : test::Sim {
  explicit Setup(const std::string& cache = "size: 64KiB, ways: 16", const std::string& more = "")
      : Sim(platform_with(cache, more), register_types),
        device(model<Device>("bus.d")),
        llc(model<Llc>("bus.ram.cache")) {
    run(sc_core::SC_ZERO_TIME);
  }
  Device& device;
  Llc& llc;
};

// A line from memory takes the look-up, the latency and 1 ns for its bytes.
constexpr std::uint64_t kMiss = 20 + 100 + 1;
constexpr std::uint64_t kHit = 20;

}  // namespace

SIM_TEST_CASE(what_a_device_has_written_is_read_from_the_cache) {
  Setup s;
  BOOST_TEST(s.device.read(0) == kMiss);
  BOOST_TEST(s.device.read(0) == kMiss);  // reads take nothing in
  BOOST_TEST(s.device.write(0) == kHit);
  BOOST_TEST(s.device.read(0) == kHit);
  BOOST_TEST(s.device.read(32, 8) == kHit);
  BOOST_TEST(s.device.write(0) == kHit);
  BOOST_TEST(s.llc.read_misses.value() == 2u);
  BOOST_TEST(s.llc.read_hits.value() == 2u);
  BOOST_TEST(s.llc.write_misses.value() == 1u);
  BOOST_TEST(s.llc.write_hits.value() == 1u);
}

SIM_TEST_CASE(lines_of_an_access_follow_each_other) {
  Setup s;
  BOOST_TEST(s.device.write(0, 256) == kHit + 3 * 2);
  BOOST_TEST(s.device.read(0, 256) == kHit + 3 * 2);
  BOOST_TEST(s.device.read(60, 8) == kHit + 2);  // two lines
  BOOST_TEST(s.device.read(192, 128) == kMiss + 2);
}

SIM_TEST_CASE(a_write_of_a_part_reads_the_rest_of_its_line) {
  Setup s;
  BOOST_TEST(s.device.write(0, 8) == kMiss);
  BOOST_TEST(s.llc.fills.value() == 1u);
  BOOST_TEST(s.device.write(8, 8) == kHit);
  BOOST_TEST(s.llc.fills.value() == 1u);
}

SIM_TEST_CASE(rings_count_as_held) {
  Setup s;
  BOOST_TEST(s.device.read(0, 16, Step::Descriptor) == kHit);
  BOOST_TEST(s.device.write(4096, 8, Step::UsedRing) == kHit);
  BOOST_TEST(s.device.read(8192, 16, Step::Payload) == 20 + 100);  // a quarter of a nanosecond
  BOOST_TEST(s.llc.ring_hits.value() == 2u);
  BOOST_TEST(s.llc.read_hits.value() == 1u);
  BOOST_TEST(s.device.read(0, 16, Step::Descriptor) == kHit);
  BOOST_TEST(s.llc.ring_hits.value() == 2u);  // held by now
}

SIM_TEST_CASE(rings_are_like_other_lines_if_asked_for) {
  Setup s("size: 64KiB, ways: 16, rings_cached: false");
  BOOST_TEST(s.device.read(0, 64, Step::Descriptor) == kMiss);
  BOOST_TEST(s.llc.ring_hits.value() == 0u);
}

SIM_TEST_CASE(without_allocation_writes_go_to_memory_and_void_the_line) {
  Setup s("size: 64KiB, ways: 16, allocate_on_dma_write: false");
  BOOST_TEST(s.device.write(0) == 101u);  // memory itself
  BOOST_TEST(s.device.read(0) == kMiss);
  s.device.read(64, 16, Step::Descriptor);
  BOOST_TEST(s.device.write(64) == 101u);
  BOOST_TEST(s.llc.write_hits.value() == 1u);  // it was there
  BOOST_TEST(s.device.read(64) == kMiss);
}

SIM_TEST_CASE(what_harts_do_by_transactions_is_taken_in) {
  Setup s;
  BOOST_TEST(s.device.access(false, 0, 64, Step::None, false) == kMiss);
  BOOST_TEST(s.device.read(0) == kHit);
}

SIM_TEST_CASE(the_hit_ratio_is_that_of_the_ways_devices_may_use) {
  // 64 KiB of 16 ways are 64 sets; two ways of them hold 128 lines of what devices write.
  Setup s;
  const auto round = [&s](unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) s.device.write(i * 64);
    s.llc.clear_stats();
    for (unsigned i = 0; i < lines; ++i) s.device.read(i * 64);
    return s.llc.read_hits.value();
  };
  BOOST_TEST(round(64) == 64u);
  BOOST_TEST(round(128) == 128u);
  BOOST_TEST(round(256) == 128u);
  BOOST_TEST(round(1024) == 128u);
}

SIM_TEST_CASE(a_dirty_line_that_has_to_go_is_written_to_memory) {
  Setup s("size: 4KiB, ways: 1, dma_ways: 1", "timing: ddr4-3200, ");
  for (unsigned i = 0; i < 64; ++i) s.device.write(i * 64);
  BOOST_TEST(s.llc.write_backs.value() == 0u);
  for (unsigned i = 64; i < 96; ++i) s.device.write(i * 64);
  BOOST_TEST(s.llc.write_backs.value() == 32u);
  const DramChannel& channel = s.model<Dram>("bus.ram.timing").timing().channel(0);
  BOOST_TEST(channel.bytes_written.value() == 32u * 64);
  BOOST_TEST(channel.bytes_read.value() == 0u);
}

SIM_TEST_CASE(a_reset_empties_it) {
  Setup s;
  s.device.write(0);
  s.platform.request_reset();
  s.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(s.device.read(0) == kMiss);
}

SIM_TEST_CASE(shapes_that_cannot_be_are_reported) {
  BOOST_TEST(findings("size: 1MiB") == "");
  BOOST_TEST(findings("size: 1536KiB, ways: 12") == "");
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(has(findings("size: 96KiB"), "expected 16 ways of 64B times a power of two"));
  BOOST_TEST(has(findings("line: 48B"), "'line' of bus.ram.cache (llc) is 48B; expected a power"));
  BOOST_TEST(has(findings("ways: 4, dma_ways: 5"), "expected at most the 4 there are"));
}
