// SPDX-License-Identifier: Apache-2.0
// Hot-plugged memory: what a driver asks for, what it gets, and what of it can be accessed.
#include "virtio/device/mem.h"

#include <fmt/format.h>

#include <random>

#include "driver/memory_bench.h"
#include "support/spec.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

constexpr std::uint64_t kHot = 0x100000000;
constexpr std::uint64_t kBlock = 2 << 20;
constexpr unsigned kBlocks = 32;

void register_mem(Registry& registry) {
  registry.add<VirtioDevice, Mem>("virtio-mem", "hot-plugged memory");
  register_memory_bench(registry);
}

std::string findings(const std::string& params, const std::string& memory =
                                                    "hot: {type: device-memory, base: "
                                                    "0x1_0000_0000, size: 64MiB}") {
  Registry registry;
  register_mem(registry);
  Platform platform(registry);
  platform.build(
      Node::parse(MemoryBench<Mem>::yaml("{type: virtio-mem, " + params + "}", memory), "x.yaml"));
  return platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct MemBench : MemoryBench<Mem> {
  enum { Plug, Unplug, UnplugAll, State };
  enum { Ack, Nack, Busy, Error };
  static constexpr std::uint32_t kInaccessible = kMemUnpluggedInaccessible;

  explicit MemBench(const std::string& params = "requested_size: 16MiB, usable_extra: 16MiB",
                    const std::string& accuracy = "functional")
      : MemoryBench("{type: virtio-mem, memory: bus.hot, " + params + "}", register_mem,
                    "hot: {type: device-memory, base: 0x1_0000_0000, size: 64MiB}", accuracy) {}
  bool start(std::vector<unsigned> bits = {1, 2, 32}) { return driver.bring_up(bits, 16); }

  /// Response type, and the state in `state`; -1 if nothing came back.
  int request(unsigned type, std::uint64_t address = 0, unsigned count = 0,
              std::uint8_t padding = 0) {
    std::vector<std::uint8_t> bytes(24, padding);
    for (unsigned i = 0; i < 2; ++i) bytes[i] = static_cast<std::uint8_t>(type >> (8 * i));
    for (unsigned i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::uint8_t>(address >> (8 * i));
    for (unsigned i = 0; i < 2; ++i) bytes[16 + i] = static_cast<std::uint8_t>(count >> (8 * i));
    const Piece answer = put(std::vector<std::uint8_t>(10, 0x77));
    if (ask(0, {put(bytes)}, {answer}) != 10) return -1;
    state = cpu.load<std::uint16_t>(answer.address + 8);
    return cpu.load<std::uint16_t>(answer.address);
  }
  static std::uint64_t block(unsigned number) { return kHot + number * kBlock; }
  bool readable(std::uint64_t address) {
    std::uint8_t byte = 0;
    return cpu.try_read(address, &byte, 1) == DmaStatus::Ok;
  }
  bool writable(std::uint64_t address) {
    const std::uint8_t byte = 1;
    return cpu.try_write(address, &byte, 1) == DmaStatus::Ok;
  }
  std::uint64_t usable() { return config64(32); }
  std::uint64_t plugged() { return config64(40); }
  std::uint64_t requested() { return config64(48); }
  int state = -1;
};

}  // namespace

SIM_TEST_CASE(the_configuration_tells_the_region_and_how_much_is_wanted) {
  SPEC("mem.device-configuration-layout.3");
  SPEC("mem.device-configuration-layout.4");
  SPEC("mem.device-configuration-layout.5");
  SPEC("mem.device-configuration-layout.6");
  MemBench b("requested_size: 16MiB, usable_extra: 15MiB, node_id: 3");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.config64(0) == kBlock);
    BOOST_TEST(b.config64(8) == 3u);
    BOOST_TEST(b.config64(16) == kHot);
    BOOST_TEST(b.config64(24) == kBlocks * kBlock);
    BOOST_TEST(b.usable() == 16 * kBlock);
    BOOST_TEST(b.usable() >= b.requested());
    BOOST_TEST(b.plugged() == 0u);
    BOOST_TEST(b.requested() == 8 * kBlock);
    const std::uint64_t junk = ~0ull;
    for (unsigned at = 0; at < 56; at += 8) b.access.write_config(at, &junk, 8);
    BOOST_TEST(b.config64(0) == kBlock);
    BOOST_TEST(b.requested() == 8 * kBlock);
  });
  BOOST_TEST((b.device.device_features() == FeatureSet{0, 1, 2}));
}

SIM_TEST_CASE(features_are_parameters) {
  SPEC("mem.device-initialization.3");
  MemBench b;
  BOOST_TEST((b.device.device_features() == FeatureSet{1, 2}));
}

SIM_TEST_CASE(a_request_for_more_or_less_is_a_configuration_change) {
  SPEC("mem.device-configuration-layout.1");
  SPEC("mem.device-configuration-layout.3");
  SPEC("mem.device-configuration-layout.7");
  SPEC("mem.device-configuration-layout.8");
  SPEC("mem.device-configuration-layout.9");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const auto before = b.access.config_interrupts();
    b.call("set_requested_size", "{size: 32MiB}");
    BOOST_TEST(b.requested() == 16 * kBlock);
    BOOST_TEST(b.usable() == 24 * kBlock);
    BOOST_TEST(b.access.config_interrupts() == before + 1);
    b.call("set_requested_size", "{size: 4MiB}");
    BOOST_TEST(b.requested() == 2 * kBlock);
    BOOST_TEST(b.usable() == 24 * kBlock);  // never shrinks by itself
    BOOST_TEST(b.access.config_interrupts() == before + 2);
    b.call("set_requested_size", "{size: 64MiB}");
    BOOST_TEST(b.usable() == kBlocks * kBlock);  // nor beyond the region
    BOOST_TEST(b.request(b.Plug, b.block(0), 3) == b.Ack);
    BOOST_TEST(b.request(b.Unplug, b.block(0), 1) == b.Ack);
    BOOST_TEST(b.access.config_interrupts() == before + 3);  // not for plugged_size
    BOOST_CHECK_THROW(b.call("set_requested_size", "{size: 1MiB}"), CommandError);
    BOOST_CHECK_THROW(b.call("set_requested_size", "{size: 66MiB}"), CommandError);
    BOOST_TEST(b.call("sizes")["plugged"].get<std::uint64_t>() == 2 * kBlock);
    for (const unsigned fixed : {0u, 8u, 16u, 24u}) {
      const std::uint64_t expected[] = {kBlock, 0, kHot, kBlocks * kBlock};
      BOOST_TEST(b.config64(fixed) == expected[fixed / 8]);
    }
  });
}

SIM_TEST_CASE(plugged_blocks_are_memory_like_any_other) {
  SPEC("mem.device-operation.1");
  SPEC("mem.device-operation.3");
  SPEC("mem.device-operation.2");
  SPEC("mem.plug-request.6");
  SPEC("mem.plug-request.5");
  SPEC("mem.device-configuration-layout.2");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(!b.readable(b.block(2)));
    BOOST_TEST(b.request(b.Plug, b.block(2), 3) == b.Ack);
    BOOST_TEST(b.plugged() == 3 * kBlock);
    for (const unsigned i : {2u, 4u}) b.fill(b.block(i), kBlock, static_cast<std::uint8_t>(i));
    BOOST_TEST(!b.readable(b.block(1)));
    BOOST_TEST(!b.readable(b.block(5)));
    tlm::tlm_generic_payload payload;
    payload.set_address(b.block(3));
    tlm::tlm_dmi dmi;
    dmi.init();
    BOOST_REQUIRE(b.cpu.dma.socket->get_direct_mem_ptr(payload, dmi));
    BOOST_TEST(dmi.is_read_write_allowed());
    BOOST_TEST(dmi.get_start_address() == b.block(2));
    BOOST_TEST(dmi.get_end_address() == b.block(5) - 1);
    BOOST_TEST(b.request(b.Plug, b.block(8), 1) == b.Ack);
    BOOST_TEST(b.request(b.Unplug, b.block(3), 1) == b.Ack);
    b.call("set_requested_size", "{size: 20MiB}");
    for (const unsigned i : {2u, 4u})
      BOOST_TEST(b.holds(b.block(i), kBlock, static_cast<std::uint8_t>(i)));
  });
}

SIM_TEST_CASE(unplugged_blocks_go_back_to_the_host) {
  SPEC("mem.unplug-request.6");
  SPEC("mem.unplug-request.5");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(0), 4) == b.Ack);
    BOOST_TEST(b.resident(b.block(0), 4 * kBlock) == 0u);  // taken as it is touched
    b.fill(b.block(0), 4 * kBlock, 9);
    BOOST_TEST(b.resident(b.block(0), 4 * kBlock) == 4 * kBlock / 4096);
    BOOST_TEST(b.request(b.Unplug, b.block(1), 2) == b.Ack);
    BOOST_TEST(b.plugged() == 2 * kBlock);
    BOOST_TEST(!b.readable(b.block(1)));
    BOOST_TEST(!b.writable(b.block(2)));
    BOOST_TEST(b.holds(b.block(0), kBlock, 9));
    BOOST_TEST(b.holds(b.block(3), kBlock, 9));
    BOOST_TEST(b.request(b.Plug, b.block(1), 2) == b.Ack);
    BOOST_TEST(b.resident(b.block(1), 2 * kBlock) == 0u);
    BOOST_TEST(b.holds(b.block(1), 2 * kBlock, 0));
  });
}

SIM_TEST_CASE(requests_that_must_be_refused) {
  MemBench b;  // 8 blocks wanted, 16 usable
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(4), 2) == b.Ack);
    SPEC("mem.plug-request.3");
    SPEC("mem.unplug-request.3");
    SPEC("mem.state-request.3");
    for (const unsigned type : {b.Plug, b.Unplug, b.State}) {
      BOOST_TEST(b.request(type, b.block(4) + 4096, 1) == b.Error);
      BOOST_TEST(b.request(type, b.block(4), 0) == b.Error);
      BOOST_TEST(b.request(type, b.block(16), 1) == b.Error);  // beyond the usable region
      BOOST_TEST(b.request(type, b.block(15), 2) == b.Error);
      BOOST_TEST(b.request(type, b.block(0), 0xffff) == b.Error);
      BOOST_TEST(b.request(type, kHot - kBlock, 2) == b.Error);
      BOOST_TEST(b.request(type, 0, 1) == b.Error);
      BOOST_TEST(b.request(type, ~std::uint64_t{0} - kBlock + 1, 1) == b.Error);
    }
    SPEC("mem.plug-request.4");
    BOOST_TEST(b.request(b.Plug, b.block(5), 1) == b.Error);
    BOOST_TEST(b.request(b.Plug, b.block(3), 2) == b.Error);
    SPEC("mem.unplug-request.4");
    BOOST_TEST(b.request(b.Unplug, b.block(3), 1) == b.Error);
    BOOST_TEST(b.request(b.Unplug, b.block(5), 2) == b.Error);
    BOOST_TEST(b.plugged() == 2 * kBlock);
    // More than is wanted: the driver shall not have it now.
    BOOST_TEST(b.request(b.Plug, b.block(6), 7) == b.Nack);
    BOOST_TEST(b.request(b.Plug, b.block(6), 6) == b.Ack);
    BOOST_TEST(b.request(b.Plug, b.block(0), 1) == b.Nack);
    BOOST_TEST(b.request(4, b.block(0), 1) == b.Error);
    BOOST_TEST(b.request(0xffff, b.block(0), 1) == b.Error);
    BOOST_TEST(b.device.status() == 15u);
  });
}

SIM_TEST_CASE(padding_means_nothing) {
  SPEC("mem.plug-request.1");
  SPEC("mem.plug-request.2");
  SPEC("mem.unplug-request.1");
  SPEC("mem.unplug-request.2");
  SPEC("mem.unplug-all-request.1");
  SPEC("mem.unplug-all-request.2");
  SPEC("mem.state-request.1");
  SPEC("mem.state-request.2");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(0), 2, 0xff) == b.Ack);
    BOOST_TEST(b.request(b.State, b.block(0), 2, 0xff) == b.Ack);
    BOOST_TEST(b.request(b.Unplug, b.block(0), 1, 0xff) == b.Ack);
    BOOST_TEST(b.request(b.UnplugAll, ~0ull, 0xffff, 0xff) == b.Ack);
    BOOST_TEST(b.plugged() == 0u);
  });
}

SIM_TEST_CASE(the_state_of_blocks) {
  SPEC("mem.state-request.4");
  SPEC("mem.state-request.5");
  SPEC("mem.state-request.6");
  SPEC("mem.state-request.7");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(3), 2) == b.Ack);
    BOOST_TEST(b.request(b.State, b.block(3), 2) == b.Ack);
    BOOST_TEST(b.state == 0);
    BOOST_TEST(b.request(b.State, b.block(5), 11) == b.Ack);
    BOOST_TEST(b.state == 1);
    BOOST_TEST(b.request(b.State, b.block(2), 2) == b.Ack);
    BOOST_TEST(b.state == 2);
    BOOST_TEST(b.request(b.State, b.block(0), 16) == b.Ack);
    BOOST_TEST(b.state == 2);
  });
}

SIM_TEST_CASE(unplugging_all_shrinks_the_usable_region_too) {
  SPEC("mem.unplug-all-request.3");
  SPEC("mem.unplug-all-request.4");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.call("set_requested_size", "{size: 64MiB}");
    for (const unsigned i : {0u, 7u, 31u}) BOOST_TEST(b.request(b.Plug, b.block(i), 1) == b.Ack);
    b.call("set_requested_size", "{size: 4MiB}");
    const auto before = b.access.config_interrupts();
    BOOST_TEST(b.request(b.UnplugAll) == b.Ack);
    BOOST_TEST(b.plugged() == 0u);
    BOOST_TEST(b.usable() == 10 * kBlock);
    BOOST_TEST(b.access.config_interrupts() == before);
    for (const unsigned i : {0u, 7u, 31u}) BOOST_TEST(!b.readable(b.block(i)));
    b.call("set_requested_size", "{size: 0}");
    BOOST_TEST(b.request(b.UnplugAll) == b.Ack);
    BOOST_TEST(b.usable() == 0u);
  });
}

SIM_TEST_CASE(drivers_that_may_read_unplugged_blocks_can) {
  SPEC("mem.device-operation.4");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({2, 32}));
    BOOST_TEST(b.holds(b.block(0), 16 * kBlock, 0));
    BOOST_TEST(!b.writable(b.block(0)));
    BOOST_TEST(!b.readable(b.block(16)));  // not usable
    BOOST_TEST(b.request(b.Plug, b.block(1), 1) == b.Ack);
    BOOST_TEST(b.writable(b.block(1)));
    BOOST_TEST(b.request(b.Unplug, b.block(1), 1) == b.Ack);
    BOOST_TEST(b.holds(b.block(1), kBlock, 0));
    BOOST_TEST(!b.writable(b.block(1)));
    b.call("set_requested_size", "{size: 32MiB}");
    BOOST_TEST(b.readable(b.block(23)));
    BOOST_TEST_REQUIRE(b.start({1, 2, 32}));
    BOOST_TEST(!b.readable(b.block(1)));
  });
}

SIM_TEST_CASE(a_reset_of_the_device_keeps_blocks_and_one_of_the_machine_unplugs_them) {
  SPEC("mem.device-initialization.1");
  SPEC("mem.device-initialization.2");
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(0), 2) == b.Ack);
    b.fill(b.block(0), 2 * kBlock, 6);
    b.driver.reset();
    BOOST_TEST(b.plugged() == 2 * kBlock);
    BOOST_TEST(b.holds(b.block(0), 2 * kBlock, 6));
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.State, b.block(0), 2) == b.Ack);
    BOOST_TEST(b.state == 0);
    SPEC("mem.device-operation.5");
    b.sim.platform.request_reset();
    settle();
    BOOST_TEST(b.sim.platform.resets() == 1u);
    BOOST_TEST(b.plugged() == 0u);
    BOOST_TEST(!b.readable(b.block(0)));
  });
}

SIM_TEST_CASE(suspending_changes_no_block) {
  SPEC("mem.device-operation.6");
  MemBench b("requested_size: 16MiB, usable_extra: 16MiB, suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({1, 2, 32, 43}));
    BOOST_TEST(b.request(b.Plug, b.block(0), 2) == b.Ack);
    b.fill(b.block(0), 2 * kBlock, 8);
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    BOOST_TEST(b.holds(b.block(0), 2 * kBlock, 8));
    b.access.set_status(0x0f);
    settle();
    BOOST_TEST(b.request(b.State, b.block(0), 2) == b.Ack);
    BOOST_TEST(b.state == 0);
    BOOST_TEST(b.holds(b.block(0), 2 * kBlock, 8));
  });
}

SIM_TEST_CASE(it_works_in_timed_mode) {
  MemBench b("requested_size: 16MiB, usable_extra: 16MiB", "timed");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(b.Plug, b.block(0), 8) == b.Ack);
    BOOST_TEST(b.writable(b.block(7)));
    BOOST_TEST(b.request(b.UnplugAll) == b.Ack);
    BOOST_TEST(!b.writable(b.block(7)));
  });
}

SIM_TEST_CASE(rings_and_requests_that_make_no_sense) {
  MemBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const Piece data = b.put(std::vector<std::uint8_t>(64));
    BOOST_TEST(b.ask(0, {{data.address, 23}}, {{data.address + 32, 10}}) == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.ask(0, {{data.address, 24}}, {{data.address + 32, 9}}) == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
    // A request that lies in memory that is not there.
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.ask(0, {{b.block(0), 24}}, {{data.address, 10}}) == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
  });
}

SIM_TEST_CASE(whatever_is_asked_for_sizes_and_access_agree) {
  MemBench b;
  b.run([&] {
    std::mt19937 generator(11);
    const auto random = [&](unsigned below) { return static_cast<unsigned>(generator() % below); };
    std::vector<bool> plugged(kBlocks);
    BOOST_TEST_REQUIRE(b.start());
    for (unsigned i = 0; i < 3000; ++i) {
      if (i % 500 == 0) {
        b.arena.release_all();
        BOOST_TEST_REQUIRE(b.start());
      }
      if (random(20) == 0)
        b.call("set_requested_size", fmt::format("{{size: {}MiB}}", 2 * random(kBlocks + 1)));
      const unsigned type = random(30) == 0 ? 2u : random(2);
      const unsigned first = random(kBlocks + 2), count = random(6);
      const std::uint64_t odd = random(10) == 0 ? random(4096) : 0;
      const std::uint64_t usable = b.usable();
      const int answer = b.request(type, b.block(first) + odd, count);
      BOOST_TEST_REQUIRE((answer >= b.Ack && answer <= b.Error));
      if (answer != b.Ack) continue;
      if (type == 2) {
        plugged.assign(kBlocks, false);
      } else {
        BOOST_TEST_REQUIRE((first + count) * kBlock <= usable);
        for (unsigned j = 0; j < count; ++j) {
          BOOST_TEST_REQUIRE(plugged[first + j] == (type == 1));
          plugged[first + j] = type == 0;
        }
      }
      BOOST_TEST_REQUIRE(b.plugged() == std::count(plugged.begin(), plugged.end(), true) * kBlock);
      const unsigned any = random(kBlocks);
      BOOST_TEST_REQUIRE(b.writable(b.block(any) + random(kBlock)) == plugged[any]);
    }
    BOOST_TEST(b.device.blocks_plugged.value() > 100u);
  });
}

SIM_TEST_CASE(mistakes_in_the_configuration_are_found) {
  BOOST_TEST(findings("memory: bus.hot") == "");
  BOOST_TEST(contains(findings("block_size: 2MiB"), "memory"));
  BOOST_TEST(contains(findings("memory: bus.hut"), "did you mean 'bus.hot'"));
  BOOST_TEST(contains(findings("memory: bus.ram"), "which is a ram"));
  BOOST_TEST(contains(findings("memory: bus.hot, block_size: 3MiB"), "a power of 2"));
  BOOST_TEST(contains(findings("memory: bus.hot, requested_size: 3MiB"), "a multiple of 2MiB"));
  BOOST_TEST(contains(findings("memory: bus.hot, requested_size: 66MiB"), "up to 64MiB"));
  BOOST_TEST(
      contains(findings("memory: bus.hot, block_size: 128MiB"), "multiples of 'block_size'"));
}
