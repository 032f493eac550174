// SPDX-License-Identifier: Apache-2.0
// Persistent memory as a driver sees it, and what is left in the file.
#include "virtio/device/pmem.h"

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "driver/memory_bench.h"
#include "support/spec.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

constexpr std::uint64_t kMemory = 0x100000000;
constexpr std::uint64_t kMemoryBytes = 4 << 20;

/// Memory whose storage confirms nothing.
struct BadMemory : Model, DeviceMemory {
  using Model::Model;
  std::uint64_t region_base() const override { return kMemory; }
  std::uint64_t region_bytes() const override { return kMemoryBytes; }
  bool claim(const Model&) override { return true; }
  const Model* owner() const override { return nullptr; }
  bool persistent() const override { return true; }
  bool sync() override { return false; }
  void divide(std::uint64_t, MemoryAccess) override {}
  void set_access(std::uint64_t, std::uint64_t, MemoryAccess) override {}
};

void register_pmem(Registry& registry) {
  registry.add<VirtioDevice, Pmem>("virtio-pmem", "persistent memory");
  registry.add<Model, BadMemory>("bad-memory", "memory that can't be flushed");
  register_memory_bench(registry);
}

/// A file of zeros in the directory for temporary files.
struct Image {
  explicit Image(std::uint64_t bytes = kMemoryBytes) {
    path = (std::filesystem::temp_directory_path() / "ringside-XXXXXX").string();
    close(mkstemp(path.data()));
    std::filesystem::resize_file(path, bytes);
  }
  ~Image() { std::filesystem::remove(path); }
  std::string at(std::uint64_t offset, std::size_t bytes) const {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    std::string data(bytes, '?');
    file.read(data.data(), static_cast<std::streamsize>(bytes));
    return data;
  }
  std::string memory(const std::string& more = "") const {
    return "nv: {type: device-memory, base: 0x1_0000_0000, image: " + path + more + "}";
  }
  std::string path;
};

std::string findings(const std::string& params, const std::string& memories = "") {
  Registry registry;
  register_pmem(registry);
  Platform platform(registry);
  platform.build(Node::parse(
      MemoryBench<Pmem>::yaml("{type: virtio-pmem, " + params + "}", memories), "x.yaml"));
  return platform.diagnostics().str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct PmemBench : MemoryBench<Pmem> {
  PmemBench(const std::string& params, const std::string& memories,
            const std::string& accuracy = "functional")
      : MemoryBench("{type: virtio-pmem, " + params + "}", register_pmem, memories, accuracy) {}
  bool start(std::vector<unsigned> bits = {32}) { return driver.bring_up(bits, 16); }
  /// The result of a request; 99 if none came.
  std::int32_t request(std::uint32_t type) {
    const Piece result = put(std::vector<std::int32_t>{99});
    const int bytes = ask(0, {put(std::vector<std::uint32_t>{type})}, {result});
    BOOST_TEST((bytes == 4 || bytes == -1));
    return cpu.load<std::int32_t>(result.address);
  }
};

}  // namespace

SIM_TEST_CASE(the_driver_is_told_where_memory_on_the_bus_is) {
  SPEC("pmem.device-initialization.4");
  SPEC("pmem.device-initialization.5");
  Image image;
  PmemBench b("memory: bus.nv", image.memory());
  BOOST_TEST((b.device.device_features() == FeatureSet{}));
  BOOST_TEST(b.device.shared_memory().empty());
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.config64(0) == kMemory);
    BOOST_TEST(b.config64(8) == kMemoryBytes);
    const std::uint64_t junk = 5;
    b.access.write_config(0, &junk, 8);
    BOOST_TEST(b.config64(0) == kMemory);
  });
}

SIM_TEST_CASE(memory_in_a_base_address_register_is_shared_memory_zero) {
  SPEC("pmem.device-initialization.1");
  SPEC("pmem.device-initialization.2");
  SPEC("pmem.device-initialization.3");
  SPEC("shm.shared-memory-regions.1");
  Image image;
  PmemBench b("image: " + image.path, "");
  BOOST_TEST((b.device.device_features() == FeatureSet{kPmemShmemRegion}));
  const auto regions = b.device.shared_memory();
  BOOST_REQUIRE(regions.size() == 1u);
  BOOST_TEST(regions[0].id == 0);
  BOOST_TEST(regions[0].bytes == kMemoryBytes);
  BOOST_REQUIRE(regions[0].memory != nullptr);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({0, 32}));
    BOOST_TEST(b.config64(0) == 0u);
    BOOST_TEST(b.config64(8) == 0u);
    // The region holds the file's bytes and nothing else: neither control nor a stream.
    std::memset(regions[0].memory + 0x3000, 'r', 0x1000);
    BOOST_TEST(b.device.queue(0).requests.value() == 0u);
    BOOST_TEST(b.request(0) == 0);
    BOOST_TEST(image.at(0x3000, 0x1000) == std::string(0x1000, 'r'));
    BOOST_TEST(image.at(0x4000, 16) == std::string(16, '\0'));
    // A driver that does not know shared regions could not find the memory.
    BOOST_TEST(!b.driver.negotiate({32}));
  });
}

SIM_TEST_CASE(a_flush_is_answered_with_zero_and_everything_else_with_minus_one) {
  SPEC("pmem.virtqueue-return.1");
  Image image;
  PmemBench b("memory: bus.nv", image.memory());
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(0) == 0);
    BOOST_TEST(b.device.flushes.value() == 1u);
    for (const std::uint32_t type : {1u, 2u, 0xffffffffu}) BOOST_TEST(b.request(type) == -1);
    BOOST_TEST(b.device.flushes.value() == 1u);
    BOOST_TEST(b.device.status() == 15u);
  });
}

SIM_TEST_CASE(storage_that_fails_is_told_with_minus_one) {
  SPEC("pmem.virtqueue-return.1");
  PmemBench b("memory: bus.nv", "nv: {type: bad-memory}");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(0) == -1);
    BOOST_TEST(b.device.failed_flushes.value() == 1u);
    BOOST_TEST(b.device.flushes.value() == 0u);
  });
}

BOOST_AUTO_TEST_CASE(what_was_flushed_is_there_after_the_program_was_killed) {
  SPEC("pmem.virtqueue-flush.1");
  Image image;
  const pid_t child = fork();
  BOOST_REQUIRE_GE(child, 0);
  if (child == 0) {
    alarm(60);
    PmemBench b("memory: bus.nv", image.memory());
    b.run([&] {
      b.start();
      b.fill(kMemory + 0x2000, 0x1000, 'p');
      if (b.request(0) != 0) _exit(1);
      b.device.write_status(0);
      raise(SIGKILL);
    });
    _exit(1);
  }
  int status = 0;
  BOOST_REQUIRE_EQUAL(waitpid(child, &status, 0), child);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  BOOST_TEST(image.at(0x2000, 0x1000) == std::string(0x1000, 'p'));
  BOOST_TEST(image.at(0x3000, 16) == std::string(16, '\0'));
}

SIM_TEST_CASE(resets_keep_the_contents) {
  SPEC("pmem.virtqueue-flush.1");
  Image image;
  PmemBench b("memory: bus.nv", image.memory());
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(kMemory, 64, 'k');
    BOOST_TEST(b.request(0) == 0);
    b.driver.reset();
    b.sim.platform.request_reset();
    settle();
    BOOST_TEST(b.sim.platform.resets() == 1u);
    BOOST_TEST(b.holds(kMemory, 64, 'k'));
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(0) == 0);
  });
}

SIM_TEST_CASE(a_snapshot_leaves_the_file_alone) {
  Image image;
  PmemBench b("snapshot: true, image: " + image.path, "");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({0, 32}));
    std::memset(b.device.shared_memory()[0].memory, 's', 64);
    BOOST_TEST(b.request(0) == 0);
    BOOST_TEST(image.at(0, 64) == std::string(64, '\0'));
  });
}

SIM_TEST_CASE(it_works_in_timed_mode_and_over_packed_rings) {
  Image image;
  PmemBench b("packed: true, memory: bus.nv", image.memory(), "timed");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({28, 29, 32, 34}));
    for (unsigned i = 0; i < 40; ++i) BOOST_TEST(b.request(0) == 0);
    BOOST_TEST(b.request(7) == -1);
  });
}

SIM_TEST_CASE(requests_that_make_no_sense) {
  Image image;
  PmemBench b("memory: bus.nv", image.memory());
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const Piece result = b.put(std::vector<std::int32_t>{99});
    BOOST_TEST(b.ask(0, {{result.address, 3}}, {result}) == 4);  // too short for a type
    BOOST_TEST(b.cpu.load<std::int32_t>(result.address) == -1);
    BOOST_TEST(b.ask(0, {}, {result}) == 4);
    BOOST_TEST(b.cpu.load<std::int32_t>(result.address) == -1);
    BOOST_TEST(b.ask(0, {{result.address, 4}}, {{result.address, 3}}) == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
    std::mt19937 random(3);
    for (unsigned i = 0; i < 500; ++i) {
      if (i == 0 || (b.access.status() & 64) != 0) {
        b.arena.release_all();
        BOOST_TEST_REQUIRE(b.start());
      }
      const auto number = [&](unsigned below) {
        return static_cast<std::uint32_t>(random() % below);
      };
      const Piece data = b.put(std::vector<std::uint32_t>{number(3), number(3)});
      const std::uint64_t far = number(8) == 0 ? number(1u << 31) : data.address;
      b.ask(0, {{far, number(9)}}, {{data.address, number(9)}}, {10, sc_core::SC_US});
    }
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.request(0) == 0);
  });
}

SIM_TEST_CASE(mistakes_in_the_configuration_are_found) {
  Image image, odd(4096);
  BOOST_TEST(findings("memory: bus.nv", image.memory()) == "");
  BOOST_TEST(contains(findings("queue_size: 8"), "neither 'memory' nor 'image'"));
  BOOST_TEST(contains(findings("memory: bus.nv, image: " + image.path, image.memory()),
                      "both 'memory' and 'image'"));
  BOOST_TEST(contains(findings("memory: bus.nw", image.memory()), "did you mean 'bus.nv'"));
  BOOST_TEST(contains(findings("memory: bus.ram"), "which is a ram"));
  BOOST_TEST(contains(findings("image: " + odd.path), "multiple of 2MiB"));
  BOOST_TEST(contains(findings("memory: bus.nv", odd.memory()), "expected both to be multiples"));
  BOOST_TEST(contains(
      findings("memory: bus.nv", image.memory() + "\n      e: {type: holder, device: {type: "
                                                  "virtio-pmem, memory: bus.nv}}"),
      "which belongs to"));
}
