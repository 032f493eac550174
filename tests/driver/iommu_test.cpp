// SPDX-License-Identifier: Apache-2.0
// Drivers of devices behind an IOMMU, which see none of the addresses that memory has: rings and
// buffers lie in pages that are mapped in disorder, while other mappings come and go.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "virtio/device/iommu.h"

#include "backend/plugin_types.h"
#include "driver/bench.h"
#include "driver/exercise.h"
#include "driver/pci_access.h"
#include "virtio/device/block.h"
#include "virtio/pci/virtio_pci.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPages = 4096;                       // of the driver, 16 MiB
constexpr std::uint64_t kIova = 0x7f00000000;                // where the devices see them
constexpr std::uint64_t kPhysical = Guest::kRam;             // where they are
constexpr std::uint64_t kOwn = Guest::kRam + (48ull << 20);  // of the IOMMU's driver

/// Page n of the devices' addresses is this page of memory: all of them, in disorder.
std::uint64_t page_of(std::uint64_t n) {
  return (n * 2741 + 77) % kPages;  // 2741 is odd: a permutation
}

/// Memory by the devices' addresses.
class MappedMemory final : public GuestMemory {
 public:
  explicit MappedMemory(GuestMemory& ram) : ram_(ram) {}
  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    auto* at = static_cast<std::uint8_t*>(to);
    pieces(address, bytes, [&](std::uint64_t physical, std::size_t offset, std::size_t now) {
      ram_.read(physical, at + offset, now);
    });
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    const auto* at = static_cast<const std::uint8_t*>(from);
    pieces(address, bytes, [&](std::uint64_t physical, std::size_t offset, std::size_t now) {
      ram_.write(physical, at + offset, now);
    });
  }

 private:
  template <typename F>
  static void pieces(std::uint64_t address, std::size_t bytes, F f) {
    for (std::size_t done = 0; done < bytes;) {
      const std::uint64_t at = address - kIova + done;
      const std::size_t now = std::min<std::size_t>(bytes - done, kPage - at % kPage);
      f(kPhysical + page_of(at / kPage) * kPage + at % kPage, done, now);
      done += now;
    }
  }
  GuestMemory& ram_;
};

void register_types(Registry& registry) {
  register_pci_models(registry);
  backend::register_types(registry);
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "transport");
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given");
  registry.add<virtio::VirtioDevice, virtio::Block>("virtio-blk", "disk");
  registry.add<virtio::VirtioDevice, virtio::Iommu>("virtio-iommu", "IOMMU");
  registry.add<Model, MessageCounter>("test-doorbell", "counts messages");
}

std::string platform(const std::string& accuracy, const std::string& device) {
  return "accuracy: " + accuracy + R"(
children:
  wires: {type: test-wires}
  bus:
    type: bus
    children:
      cpu: {type: test-master}
      ram: {type: ram, base: 0x80000000, size: 64MiB}
      messages: {type: test-doorbell}
      pci:
        type: pci-host
        irq: 32
        children:
          iommu:
            type: virtio-pci
            slot: 1
            device:
              type: virtio-iommu
              boot_bypass: false
              reserved: {doorbell: {start: 0x28000000, end: 0x28000fff, subtype: msi}}
          card:
            type: virtio-pci
            slot: 2
            device: )" +
         device + "\n";
}

struct Behind {
  static constexpr std::uint16_t kCard = 0x10;

  Behind(const std::string& accuracy, const std::string& device)
      : sim(platform(accuracy, device), register_types),
        guest(sim),
        ram(guest.cpu),
        mapped(ram),
        own_arena(kOwn, 16 << 20),
        arena(kIova, kPages * kPage),
        iommu_access(guest, sim.model<MessageCounter>("bus.messages"), Guest::place(0, 1)),
        access(guest, sim.model<MessageCounter>("bus.messages"), Guest::place(0, 2), 1),
        iommu_driver(iommu_access, ram, own_arena),
        driver(access, mapped, arena),
        iommu(dynamic_cast<virtio::Iommu&>(*sim.model<virtio::VirtioPci>("bus.pci.iommu").device)) {
  }
  bool run(const std::function<void()>& steps) {
    return run_steps(sim,
                     [&] {
                       iommu_access.enumerate();
                       access.enumerate();
                       BOOST_TEST_REQUIRE(iommu_driver.bring_up({2, 4, 32}, 64));
                       steps();
                     },
                     {10, sc_core::SC_SEC});
  }
  /// Attaches the card and maps all of the driver's pages, one by one.
  void map_all() {
    BOOST_TEST(request({1, 1, kCard, 0, 0}) == 0);
    for (std::uint64_t n = 0; n < kPages; ++n) BOOST_TEST_REQUIRE(map(n) == 0);
  }
  int map(std::uint64_t n) {
    const std::uint64_t first = kIova + n * kPage, phys = kPhysical + page_of(n) * kPage;
    return request({3, 1, low(first), high(first), low(first + kPage - 1), high(first), low(phys),
                    high(phys), 3});
  }
  int unmap(std::uint64_t n) {
    const std::uint64_t first = kIova + n * kPage;
    return request({4, 1, low(first), high(first), low(first + kPage - 1), high(first), 0});
  }
  int request(const std::vector<std::uint32_t>& words) {
    const auto bytes = static_cast<std::uint32_t>(4 * words.size());
    const std::uint64_t at = kOwn + (15ull << 20);
    ram.write(at, words.data(), bytes);
    ram.store<std::uint32_t>(at + 64, 0xee);
    if (!iommu_driver.queue().add({{at, bytes}}, {{at + 64, 4}}, 1, Form::Direct)) return -1;
    iommu_driver.submit();
    if (!iommu_driver.wait_used(0, {1, sc_core::SC_MS}) || !iommu_driver.queue().next_used())
      return -1;
    return ram.load<std::uint8_t>(at + 64);
  }
  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

  Sim sim;
  Guest guest;
  RamAccess ram;
  MappedMemory mapped;
  Arena own_arena;
  Arena arena;
  PciAccess iommu_access;
  PciAccess access;
  Driver iommu_driver;
  Driver driver;
  virtio::Iommu& iommu;
};

const char* const kLoopback =
    "{type: loopback, packed: true, in_order: true, access_platform: true}";

void matrix(const char* accuracy) {
  Behind b(accuracy, kLoopback);
  auto& device = dynamic_cast<Loopback&>(*b.sim.model<virtio::VirtioPci>("bus.pci.card").device);
  unsigned combinations = 0;
  b.run([&] {
    b.map_all();
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect, Form::Mixed})
        for (std::uint16_t size : {8, 256})
          for (auto order : {Loopback::Order::AtOnce, Loopback::Order::Later}) {
            if (packed && form == Form::Mixed) continue;
            Combination c;
            c.packed = packed;
            c.event_idx = combinations % 2 != 0;
            c.form = form;
            c.size = size;
            c.batch = 1 + size / 4u;
            c.requests = 60;
            c.platform_addresses = true;
            device.order = order;
            ++combinations;
            const Outcome outcome =
                exercise(b.driver, b.access, b.mapped, b.arena, c, combinations);
            BOOST_TEST(outcome.ok, outcome.why);
          }
    BOOST_TEST(b.iommu.faults.value() == 0u);
  });
  BOOST_TEST(combinations == 20u);
  BOOST_TEST(device.failures == 0u);
}

const char* const kDisk =
    "{type: virtio-blk, access_platform: true, backend: {type: memory, size: 1MiB}}";

/// A request of the disk; its status, or -1 if it does not come back.
struct Disk {
  explicit Disk(Behind& behind)
      : b(behind), header(b.arena.take(16, kPage)), status(b.arena.take(1, kPage)) {}
  int request(std::uint32_t type, std::uint64_t sector, Piece data) {
    b.mapped.store<std::uint32_t>(header, type);
    b.mapped.store<std::uint64_t>(header + 8, sector);
    b.mapped.store<std::uint8_t>(status, 0xee);
    std::vector<Piece> readable{{header, 16}}, writable;
    (type == 0 ? writable : readable).push_back(data);
    writable.push_back({status, 1});
    if (!b.driver.queue().add(readable, writable, 1, Form::Direct)) return -1;
    b.driver.submit();
    if (!b.driver.wait_used(0, {1, sc_core::SC_MS}) || !b.driver.queue().next_used()) return -1;
    return b.mapped.load<std::uint8_t>(status);
  }
  Behind& b;
  std::uint64_t header, status;
};

void disk(const char* accuracy) {
  Behind b(accuracy, kDisk);
  b.run([&] {
    b.map_all();
    BOOST_TEST_REQUIRE(b.driver.bring_up({29, 32, 33}, 64));
    Disk disk(b);
    constexpr std::uint32_t kBytes = 8 * kPage;
    const std::uint64_t out = b.arena.take(kBytes, kPage), in = b.arena.take(kBytes, kPage);
    const std::uint64_t first_in = (in - kIova) / kPage, first_out = (out - kIova) / kPage;
    for (unsigned round = 0; round < 20; ++round) {
      std::vector<std::uint8_t> text(kBytes), back(kBytes);
      for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<std::uint8_t>(i * 7 + i / 4096 + round);
      b.mapped.write(out, text.data(), text.size());
      BOOST_TEST(disk.request(1, 8 * round, {out, kBytes}) == 0);
      // As Linux does it: what has been used is unmapped at once, and mapped again for the next.
      for (unsigned i = 0; i < 8; ++i) BOOST_TEST(b.unmap(first_out + i) == 0);
      BOOST_TEST(disk.request(0, 8 * round, {in, kBytes}) == 0);
      for (unsigned i = 0; i < 8; ++i) BOOST_TEST(b.unmap(first_in + i) == 0);
      b.mapped.read(in, back.data(), back.size());
      BOOST_TEST((back == text));
      for (unsigned i = 0; i < 8; ++i) {
        BOOST_TEST(b.map(first_out + i) == 0);
        BOOST_TEST(b.map(first_in + i) == 0);
      }
    }
    BOOST_TEST(b.iommu.faults.value() == 0u);
    // A buffer that is not mapped any more: nothing of it changes, and the device wants a reset.
    std::vector<std::uint8_t> before(kBytes, 0x5a), after(kBytes);
    b.mapped.write(in, before.data(), before.size());
    for (unsigned i = 0; i < 8; ++i) BOOST_TEST(b.unmap(first_in + i) == 0);
    BOOST_TEST(disk.request(0, 0, {in, kBytes}) == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
    b.mapped.read(in, after.data(), after.size());
    BOOST_TEST((after == before));
    BOOST_TEST(b.iommu.faults.value() == 1u);
    // And works again after it.
    for (unsigned i = 0; i < 8; ++i) BOOST_TEST(b.map(first_in + i) == 0);
    BOOST_TEST_REQUIRE(b.driver.bring_up({29, 32, 33}, 64));
    BOOST_TEST(disk.request(0, 0, {in, kBytes}) == 0);
  });
}

}  // namespace

SIM_TEST_CASE(rings_behind_an_iommu_functional) {
  matrix("functional");
}
SIM_TEST_CASE(rings_behind_an_iommu_timed) {
  matrix("timed");
}
SIM_TEST_CASE(a_disk_behind_an_iommu_functional) {
  disk("functional");
}
SIM_TEST_CASE(a_disk_behind_an_iommu_timed) {
  disk("timed");
}

SIM_TEST_CASE(without_access_platform_addresses_are_physical) {
  // The device is not even attached; its messages are, or they would not pass.
  Behind b("functional", "{type: loopback}");
  b.run([&] {
    Arena physical(kPhysical, 16 << 20);
    Driver driver(b.access, b.ram, physical);
    Combination c;
    Outcome outcome;
    BOOST_TEST(b.request({1, 1, Behind::kCard, 0, 0}) == 0);
    outcome = exercise(driver, b.access, b.ram, physical, c, 1);
    BOOST_TEST(outcome.ok, outcome.why);
    BOOST_TEST(b.iommu.faults.value() == 0u);
  });
}

SIM_TEST_CASE(with_access_platform_and_without_mappings_nothing_works) {
  Behind b("functional", kLoopback);
  b.run([&] {
    Arena physical(kPhysical, 16 << 20);
    Driver driver(b.access, b.ram, physical);
    BOOST_TEST_REQUIRE(driver.bring_up({32, 33}, 8));
    driver.queue().add({{physical.take(8, 8), 8}}, {{physical.take(8, 8), 8}}, 1, Form::Direct);
    driver.submit();
    BOOST_TEST(!driver.wait_used(0, {1, sc_core::SC_MS}));
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST(b.iommu.faults.value() > 0u);
  });
}
