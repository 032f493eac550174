// SPDX-License-Identifier: Apache-2.0
// A virtio function with a device that the test looks into, and a driver's accesses to it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support/pci.h"
#include "support/spec.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::test {

/// Type "test-device": any device type, any number of queues, a configuration space of plain bytes.
struct TestDevice final : virtio::VirtioDevice {
  TestDevice(const sc_core::sc_module_name& name, const ModelContext& context)
      : VirtioDevice(name, context) {
    for (unsigned i = 0; i < queues; ++i) add_queue("q" + std::to_string(i), queue_size);
    config.resize(config_size);
    for (unsigned i = 0; i < config.size(); ++i) config[i] = static_cast<std::uint8_t>(i + 1);
    shared.resize(shared_bytes);
  }
  virtio::DeviceId device_id() const override { return static_cast<virtio::DeviceId>(id.get()); }
  std::uint32_t class_code() const override { return 0x010000; }
  virtio::FeatureSet device_features() const override { return {0, 5, 66, 100}; }
  std::size_t config_bytes() const override { return config.size(); }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override {
    std::copy_n(config.begin() + static_cast<std::ptrdiff_t>(offset), bytes, to);
  }
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override {
    std::copy_n(from, bytes, config.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  std::vector<virtio::SharedMemoryRegion> shared_memory() const override {
    if (shared.empty()) return {};
    auto* memory = const_cast<std::uint8_t*>(shared.data());
    return {{7, 0x800, memory}, {9, shared.size() - 0x1000, memory + 0x1000}};
  }
  void serve(unsigned index) override {
    while (auto chain = queue(index).pop()) {
      ++served;
      const std::uint32_t written = chain->writable_bytes();
      chain->fill(0, 0xa5, written);
      queue(index).push(std::move(chain), written);
    }
  }
  void on_reset() override { ++resets; }
  void on_queue_reset(unsigned) override { ++queue_resets; }

  Param<unsigned> id{this, "id", 2, "virtio device id"};
  Param<unsigned> queues{this, "queues", 2, "number of queues"};
  Param<unsigned> queue_size{this, "queue_size", 256, "size of each"};
  Param<unsigned> config_size{this, "config_size", 60, "bytes of configuration space"};
  Param<unsigned> shared_bytes{this, "shared_bytes", 0, "bytes of shared memory"};
  std::vector<std::uint8_t> config;
  std::vector<std::uint8_t> shared;
  unsigned served = 0;
  unsigned resets = 0;
  unsigned queue_resets = 0;
};

inline void register_virtio_pci_models(Registry& registry) {
  register_pci_models(registry);
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "transport");
  registry.add<virtio::VirtioDevice, TestDevice>("test-device", "device of the test");
}

/// YAML of a virtio function at slot 1, or behind a port at slot 2. Both texts begin with a comma
/// or are empty.
inline std::string virtio_platform(const std::string& function, const std::string& device,
                                   bool behind_port = false, const std::string& machine = "") {
  const std::string card =
      "card: {type: virtio-pci" + function + ", device: {type: test-device" + device + "}}\n";
  if (!behind_port) return pci_platform("          " + card, "", machine);
  return pci_platform(
      "          port:\n"
      "            type: pci-root-port\n"
      "            slot: 2\n"
      "            children:\n"
      "              " +
          card,
      "", machine);
}

/// One virtio function, enumerated.
struct VirtioBench {
  static constexpr std::uint64_t kLegacy = Guest::kPorts + 0x1000;
  static constexpr std::uint64_t kTable = 0x40001000;
  static constexpr std::uint64_t kPortDoorbell = Guest::kPorts + 0x2000;
  static constexpr std::uint64_t kShared = 0x404000000;
  static constexpr std::uint64_t kModern = 0x400000000;
  static constexpr std::uint64_t kCommon = kModern;
  static constexpr std::uint64_t kIsr = kModern + 0x1000;
  static constexpr std::uint64_t kDevice = kModern + 0x2000;
  static constexpr std::uint64_t kNotify = kModern + 0x3000;

  explicit VirtioBench(const std::string& function = "", const std::string& device_text = "",
                       bool behind_port = false, const std::string& machine = "")
      : sim(virtio_platform(function, device_text, behind_port, machine),
            register_virtio_pci_models),
        card(sim.model<virtio::VirtioPci>(behind_port ? "bus.pci.port.card" : "bus.pci.card")),
        device(dynamic_cast<TestDevice&>(*card.device)),
        messages(sim.model<FakeMessages>("bus.messages").messages),
        wires(sim.model<FakeWires>("wires")),
        guest(sim),
        at(behind_port ? Guest::place(1, 0) : Guest::place(0, 1)) {
    step();
    enumerate();
  }
  /// What firmware does: bus numbers, addresses, enable bits.
  void enumerate() {
    if (!card.on_root_bus()) open_port();
    guest.put32(at + pci::kBar0, 0x1000);
    guest.put32(at + pci::kBar0 + 4, kTable);
    if (device.shared.empty()) {
      guest.put32(at + pci::kBar0 + 8, 0x2000);
    } else {
      guest.put32(at + pci::kBar0 + 8, static_cast<std::uint32_t>(kShared));
      guest.put32(at + pci::kBar0 + 12, kShared >> 32);
    }
    guest.put32(at + pci::kBar0 + 16, 0);
    guest.put32(at + pci::kBar0 + 20, kModern >> 32);
    guest.put16(at + pci::kCommand, pci::kIoEnable | pci::kMemoryEnable | pci::kBusMaster);
  }
  void open_port() {
    const std::uint64_t bridge = Guest::place(0, 2);
    guest.put16(bridge + pci::kBridgeControl, 0);
    guest.put16(bridge + 0x7c + pci::kPowerControl, 0);
    guest.put32(bridge + pci::kPrimaryBus, 0x00010100);
    guest.put32(bridge + pci::kMemoryBase, 0x40004000);
    guest.put32(bridge + pci::kPrefetchBase, 0x0ff00000);
    guest.put32(bridge + pci::kPrefetchBaseHigh, 4);
    guest.put32(bridge + pci::kPrefetchLimitHigh, 4);
    guest.put16(bridge + pci::kIoBase, 0x2010);
    guest.put16(bridge + pci::kCommand, pci::kIoEnable | pci::kMemoryEnable | pci::kBusMaster);
    guest.put16(at + 0x7c + pci::kPowerControl, 0);
  }
  /// Lets queue threads run.
  void step() { sim.run(sc_core::sc_time(1, sc_core::SC_US)); }

  void enable_msix(bool on = true) {
    guest.put16(at + card.msix().capability() + 2, on ? 0x8000 : 0);
  }
  void program_vector(unsigned vector, std::uint32_t data) {
    guest.put32(kTable + vector * 16, static_cast<std::uint32_t>(Guest::kMessages));
    guest.put32(kTable + vector * 16 + 4, 0);
    guest.put32(kTable + vector * 16 + 8, data);
    guest.put32(kTable + vector * 16 + 12, 0);
  }

  // ---- the modern interface
  template <typename T>
  T get(unsigned field) {
    return guest.get<T>(kCommon + field);
  }
  template <typename T>
  void put(unsigned field, T value) {
    guest.put<T>(kCommon + field, value);
  }
  std::uint8_t status() { return get<std::uint8_t>(virtio::kDeviceStatus); }
  void set_status(std::uint8_t value) { put<std::uint8_t>(virtio::kDeviceStatus, value); }
  void select(std::uint16_t queue) { put<std::uint16_t>(virtio::kQueueSelect, queue); }
  std::uint32_t offered(std::uint32_t page) {
    put<std::uint32_t>(virtio::kDeviceFeatureSelect, page);
    return get<std::uint32_t>(virtio::kDeviceFeature);
  }
  void accept(std::uint32_t page, std::uint32_t bits) {
    put<std::uint32_t>(virtio::kDriverFeatureSelect, page);
    put<std::uint32_t>(virtio::kDriverFeature, bits);
  }
  /// Reset to FEATURES_OK; VERSION_1 is added to page 1.
  void negotiate(std::uint32_t page1 = 0, std::uint32_t page0 = 0) {
    set_status(0);
    set_status(virtio::kAcknowledge);
    set_status(virtio::kAcknowledge | virtio::kDriver);
    accept(0, page0);
    accept(1, page1 | 1);
    set_status(virtio::kAcknowledge | virtio::kDriver | virtio::kFeaturesOk);
  }
  void put_area(unsigned field, std::uint64_t address) {
    put<std::uint32_t>(field, static_cast<std::uint32_t>(address));
    put<std::uint32_t>(field + 4, static_cast<std::uint32_t>(address >> 32));
  }
  /// A split queue of 8 entries at an address of its own.
  void enable_queue(std::uint16_t queue, std::uint16_t vector = virtio::kNoVector) {
    select(queue);
    put<std::uint16_t>(virtio::kQueueSize, 8);
    put<std::uint16_t>(virtio::kQueueVector, vector);
    put_area(virtio::kQueueDesc, ring(queue));
    put_area(virtio::kQueueDriver, ring(queue) + 0x100);
    put_area(virtio::kQueueDevice, ring(queue) + 0x200);
    put<std::uint16_t>(virtio::kQueueEnable, 1);
  }
  void driver_ok() {
    set_status(virtio::kAcknowledge | virtio::kDriver | virtio::kFeaturesOk | virtio::kDriverOk);
    step();
  }
  static std::uint64_t ring(unsigned queue) { return Guest::kRam + 0x10000 + queue * 0x1000; }

  /// Makes one writable buffer of 16 bytes available; kicking is up to the test.
  void offer_at(std::uint64_t table, std::uint64_t available, unsigned size) {
    guest.put<std::uint64_t>(table, Guest::kRam + 0x2000);
    guest.put32(table + 8, 16);
    guest.put16(table + 12, 2);
    guest.put16(table + 14, 0);
    const std::uint16_t index = guest.get16(available + 2);
    guest.put16(available + 4 + 2 * (index % size), 0);
    guest.put16(available + 2, static_cast<std::uint16_t>(index + 1));
  }
  void offer(unsigned queue) { offer_at(ring(queue), ring(queue) + 0x100, 8); }
  std::uint16_t used(unsigned queue) { return guest.get16(ring(queue) + 0x202); }
  void kick(unsigned queue) {
    guest.put16(kNotify + 4 * queue, static_cast<std::uint16_t>(queue));
    step();
  }

  Sim sim;
  virtio::VirtioPci& card;
  TestDevice& device;
  std::vector<FakeMessages::Message>& messages;
  FakeWires& wires;
  Guest guest;
  const std::uint64_t at;
};

}  // namespace ringside::test
