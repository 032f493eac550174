// SPDX-License-Identifier: Apache-2.0
// A platform with an IOMMU at slot 1, functions of the test beside it and behind a port, and a
// driver of the IOMMU that goes through its registers.
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <systemc>

#include "driver/driver.h"
#include "driver/pci_access.h"
#include "support/spec.h"
#include "support/steps.h"
#include "virtio/device/iommu.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::test {

inline void register_translation(Registry& registry) {
  register_pci_models(registry);
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "transport");
  registry.add<virtio::VirtioDevice, virtio::Iommu>("virtio-iommu", "the device");
  registry.add<Model, MessageCounter>("test-doorbell", "counts messages");
}

/// card is 00:02.0, far 01:00.0 behind the port 00:03.0, free 00:04.0 outside of the IOMMU.
inline std::string translation_platform(const std::string& accuracy, const std::string& params) {
  return "accuracy: " + accuracy + R"(
children:
  wires: {type: test-wires}
  bus:
    type: bus
    children:
      cpu: {type: test-master}
      ram: {type: ram, base: 0x80000000, size: 16MiB}
      watched: {type: test-target, base: 0x20000000}
      messages: {type: test-doorbell}
      pci:
        type: pci-host
        irq: 32
        children:
          iommu: {type: virtio-pci, slot: 1, device: {type: virtio-iommu)" +
         (params.empty() ? "" : ", " + params) + R"(}}
          card: {type: test-function, slot: 2}
          port:
            type: pci-root-port
            slot: 3
            children:
              far: {type: test-function}
          free: {type: test-function, slot: 4, iommu: false}
)";
}

struct TranslationBench {
  static constexpr std::uint16_t kCard = 0x10, kFar = 0x100, kFree = 0x20, kPort = 0x18;
  static constexpr std::uint64_t kRam = Guest::kRam;
  static constexpr std::uint64_t kRings = kRam + (12 << 20);  ///< the driver's own memory from here

  explicit TranslationBench(const std::string& accuracy = "functional",
                            const std::string& params = "")
      : sim(translation_platform(accuracy, params), register_translation),
        guest(sim),
        memory(guest.cpu),
        arena(kRings, 4 << 20),
        access(guest, sim.model<MessageCounter>("bus.messages"), Guest::place(0, 1)),
        driver(access, memory, arena),
        iommu(dynamic_cast<virtio::Iommu&>(*sim.model<virtio::VirtioPci>("bus.pci.iommu").device)),
        messages(sim.model<MessageCounter>("bus.messages").counts),
        card(sim.model<TestFunction>("bus.pci.card")),
        far(sim.model<TestFunction>("bus.pci.port.far")),
        free(sim.model<TestFunction>("bus.pci.free")) {}

  void run(const std::function<void()>& steps) {
    run_steps(
        sim,
        [&] {
          enumerate();
          BOOST_TEST_REQUIRE(bring_up());
          steps();
        },
        {10, sc_core::SC_SEC});
  }
  void enumerate() {
    access.enumerate();
    for (unsigned device : {2u, 3u, 4u})
      guest.put16(Guest::place(0, device) + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
    number_bus(1);
    guest.put16(Guest::place(1, 0) + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  }
  void number_bus(unsigned bus) {
    guest.put32(Guest::place(0, 3) + pci::kPrimaryBus, bus << 16 | bus << 8);
  }
  /// Starts the driver; nothing is attached, and nothing bypasses.
  bool bring_up() {
    arena.release_all();
    if (!driver.negotiate({0, 1, 2, 4, 5, 6, 32}) || !driver.add_queue(0, 64) ||
        !driver.add_queue(1, 64))
      return false;
    driver.start();
    set_bypass(0);
    return true;
  }
  void set_bypass(std::uint8_t value) { access.write_config(36, &value, 1); }

  /// Sends the fields of a request; the status.
  int attach(std::uint32_t domain, std::uint32_t endpoint, std::uint32_t flags = 0) {
    return send(1, {domain, endpoint, flags, 0});
  }
  int detach(std::uint32_t domain, std::uint32_t endpoint) {
    return send(2, {domain, endpoint, 0, 0});
  }
  int map(std::uint32_t domain, std::uint64_t first, std::uint64_t last, std::uint64_t phys,
          std::uint32_t flags = 3) {
    return send(
        3, {domain, low(first), high(first), low(last), high(last), low(phys), high(phys), flags});
  }
  int unmap(std::uint32_t domain, std::uint64_t first, std::uint64_t last) {
    return send(4, {domain, low(first), high(first), low(last), high(last), 0});
  }
  int send(std::uint32_t type, const std::vector<std::uint32_t>& fields) {
    const auto bytes = static_cast<std::uint32_t>(4 + 4 * fields.size());
    const Piece request{arena.take(bytes, 4), bytes};
    const Piece tail{arena.take(4, 4), 4};
    memory.store<std::uint32_t>(request.address, type);
    for (std::size_t i = 0; i < fields.size(); ++i)
      memory.store<std::uint32_t>(request.address + 4 + 4 * i, fields[i]);
    memory.store<std::uint32_t>(tail.address, 0xeeeeeeee);
    if (!driver.queue(0).add({request}, {tail}, 1, Form::Direct)) return -2;
    driver.submit(0);
    if (!driver.wait_used(0, {1, sc_core::SC_MS}) || !driver.queue(0).next_used()) return -2;
    return memory.load<std::uint8_t>(tail.address);
  }

  // -- DMA of a function
  static TransactionTag tag(TestFunction& function) {
    TransactionTag tag;
    tag.requester_id = function.requester_id();
    tag.step = Step::Payload;
    return tag;
  }
  DmaStatus store(TestFunction& function, std::uint64_t address, const std::string& bytes) {
    return function.dma().write(address, bytes.data(), bytes.size(), tag(function));
  }
  /// What is there, or "!" if it may not be read.
  std::string load(TestFunction& function, std::uint64_t address, std::size_t bytes) {
    std::string text(bytes, '?');
    const DmaStatus status = function.dma().read(address, text.data(), bytes, tag(function));
    if (status == DmaStatus::Ok) return text;
    return status == DmaStatus::AddressError ? "!" : "bus error";
  }
  void put(std::uint64_t address, const std::string& bytes) {
    memory.write(address, bytes.data(), bytes.size());
  }
  std::string get(std::uint64_t address, std::size_t bytes) {
    std::string text(bytes, '?');
    memory.read(address, text.data(), bytes);
    return text;
  }

  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

  Sim sim;
  Guest guest;
  RamAccess memory;
  Arena arena;
  PciAccess access;
  Driver driver;
  virtio::Iommu& iommu;
  std::map<std::uint32_t, std::uint64_t>& messages;
  TestFunction& card;
  TestFunction& far;
  TestFunction& free;
};

}  // namespace ringside::test
