// SPDX-License-Identifier: Apache-2.0
// Registers of a device behind virtio-pci, reached as a processor does, with one MSI-X vector per
// queue and one for configuration changes.
#pragma once

#include <functional>
#include <vector>

#include "driver/access.h"
#include "support/pci.h"
#include "virtio/pci/layout.h"

namespace ringside::test {

/// Type "test-doorbell": an MSI controller that counts messages by their data.
struct MessageCounter : Model, MsiController {
  MessageCounter(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    window.on_transport([this](tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
      std::uint32_t data = 0;
      std::memcpy(&data, payload.get_data_ptr(), std::min(4u, payload.get_data_length()));
      ++counts[data];
      if (heard) heard(data);
      arrived.notify(sc_core::SC_ZERO_TIME);
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    });
  }
  std::string msi_phandle_name() const override { return "messages"; }
  std::string machine_msi_phandle_name() const override { return "machine-messages"; }
  MmioPort window{this, "window", "base", Address{Guest::kMessages}, 0x1000, "where"};
  std::map<std::uint32_t, std::uint64_t> counts;
  /// Called for each message, if set.
  std::function<void(std::uint32_t data)> heard;
  sc_core::sc_event arrived;
};

/// RAM through the pointer that it gives to processors.
class RamAccess final : public GuestMemory {
 public:
  explicit RamAccess(BusMaster& cpu) : cpu_(cpu) {}
  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    std::memcpy(to, at(address, bytes), bytes);
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    std::memcpy(at(address, bytes), from, bytes);
  }

 private:
  std::uint8_t* at(std::uint64_t address, std::size_t bytes) {
    tlm::tlm_dmi dmi;
    if (first_ == last_) {
      if (!cpu_.direct(address, dmi)) throw std::runtime_error("no direct pointer to RAM");
      first_ = dmi.get_start_address();
      last_ = dmi.get_end_address();
      host_ = dmi.get_dmi_ptr();
    }
    if (address < first_ || address > last_ || bytes > last_ - address + 1)
      throw std::runtime_error("the test driver left its memory");
    return host_ + (address - first_);
  }

  BusMaster& cpu_;
  std::uint64_t first_ = 0, last_ = 0;
  std::uint8_t* host_ = nullptr;
};

class PciAccess final : public DeviceAccess {
 public:
  static constexpr std::uint64_t kTable = Guest::kMemory32 + 0x1000;
  static constexpr std::uint64_t kModern = Guest::kMemory64;
  static constexpr std::uint32_t kConfigMessage = 1000;

  /// `function` is the configuration space of the function; `number`, from 0 to 7, gives each of
  /// several functions registers and messages of its own.
  PciAccess(Guest& guest, MessageCounter& messages, std::uint64_t function, unsigned number = 0)
      : guest_(guest),
        messages_(messages),
        function_(function),
        table_(static_cast<std::uint32_t>(kTable) + number * 0x1000),
        modern_(kModern + number * 0x4000),
        first_message_(number * 0x10000) {}

  /// What firmware does: addresses, enables, and MSI-X vectors 0 (configuration) and 1 + queue.
  void enumerate() {
    guest_.put32(function_ + pci::kBar0 + 4 * virtio::kMsixBar, table_);
    guest_.put32(function_ + pci::kBar0 + 4 * virtio::kModernBar,
                 static_cast<std::uint32_t>(modern_));
    guest_.put32(function_ + pci::kBar0 + 4 * virtio::kModernBar + 4, modern_ >> 32);
    guest_.put16(function_ + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
    for (unsigned vector = 0; vector < 2; ++vector) {
      guest_.put32(table_ + 16 * vector, static_cast<std::uint32_t>(Guest::kMessages));
      guest_.put32(table_ + 16 * vector + 4, 0);
      guest_.put32(table_ + 16 * vector + 8,
                   first_message_ + (vector == 0 ? kConfigMessage : vector - 1));
      guest_.put32(table_ + 16 * vector + 12, 0);
    }
    constexpr std::uint8_t kMsix = 0x11;
    guest_.put16(function_ + guest_.capability(function_, kMsix) + 2, 0x8000);
  }

  std::uint8_t status() override { return get<std::uint8_t>(virtio::kDeviceStatus); }
  void set_status(std::uint8_t status) override {
    put<std::uint8_t>(virtio::kDeviceStatus, status);
    if (status == 1) put<std::uint16_t>(virtio::kConfigVector, 0);
  }
  std::uint32_t device_features(unsigned page) override {
    put<std::uint32_t>(virtio::kDeviceFeatureSelect, page);
    return get<std::uint32_t>(virtio::kDeviceFeature);
  }
  void set_driver_features(unsigned page, std::uint32_t bits) override {
    put<std::uint32_t>(virtio::kDriverFeatureSelect, page);
    put<std::uint32_t>(virtio::kDriverFeature, bits);
    if (page == 1) notification_data_ = (bits >> (virtio::kNotificationData - 32) & 1) != 0;
  }
  std::uint32_t driver_features(unsigned page) override {
    put<std::uint32_t>(virtio::kDriverFeatureSelect, page);
    return get<std::uint32_t>(virtio::kDriverFeature);
  }
  std::uint8_t config_generation() override { return get<std::uint8_t>(virtio::kConfigGeneration); }
  void read_config(std::size_t offset, void* to, std::size_t bytes) override {
    for (std::size_t i = 0; i < bytes; ++i)
      static_cast<std::uint8_t*>(to)[i] = guest_.get8(modern_ + virtio::kDeviceAt + offset + i);
  }
  void write_config(std::size_t offset, const void* from, std::size_t bytes) override {
    for (std::size_t i = 0; i < bytes; ++i)
      guest_.put8(modern_ + virtio::kDeviceAt + offset + i,
                  static_cast<const std::uint8_t*>(from)[i]);
  }

  std::uint16_t queue_max_size(unsigned queue) override {
    select(queue);
    return get<std::uint16_t>(virtio::kQueueSize);
  }
  bool enable_queue(unsigned queue, const QueuePlace& place) override {
    select(queue);
    put<std::uint16_t>(virtio::kQueueSize, place.size);
    put<std::uint16_t>(virtio::kQueueVector, static_cast<std::uint16_t>(1 + queue));
    put_address(virtio::kQueueDesc, place.descriptor_area);
    put_address(virtio::kQueueDriver, place.driver_area);
    put_address(virtio::kQueueDevice, place.device_area);
    put<std::uint16_t>(virtio::kQueueEnable, 1);
    return queue_enabled(queue);
  }
  bool queue_enabled(unsigned queue) override {
    select(queue);
    return get<std::uint16_t>(virtio::kQueueEnable) != 0;
  }
  void reset_queue(unsigned queue) override {
    select(queue);
    put<std::uint16_t>(virtio::kQueueReset, 1);
  }
  bool queue_resetting(unsigned queue) override {
    select(queue);
    return get<std::uint16_t>(virtio::kQueueReset) != 0;
  }
  void notify(unsigned queue, std::uint16_t next) override {
    const std::uint64_t doorbell = modern_ + virtio::kNotifyAt + (queue << virtio::kNotifyShift);
    if (notification_data_)
      guest_.put32(doorbell, std::uint32_t{next} << 16 | queue);
    else
      guest_.put16(doorbell, static_cast<std::uint16_t>(queue));
  }

  std::uint64_t queue_interrupts(unsigned queue) override {
    return messages_.counts[first_message_ + queue];
  }
  std::uint64_t config_interrupts() override {
    return messages_.counts[first_message_ + kConfigMessage];
  }
  const sc_core::sc_event& interrupt_event() override { return messages_.arrived; }

 private:
  template <typename T>
  T get(unsigned field) {
    return guest_.get<T>(modern_ + virtio::kCommonAt + field);
  }
  template <typename T>
  void put(unsigned field, T value) {
    guest_.put<T>(modern_ + virtio::kCommonAt + field, value);
  }
  void put_address(unsigned field, std::uint64_t address) {
    put<std::uint32_t>(field, static_cast<std::uint32_t>(address));
    put<std::uint32_t>(field + 4, static_cast<std::uint32_t>(address >> 32));
  }
  void select(unsigned queue) {
    put<std::uint16_t>(virtio::kQueueSelect, static_cast<std::uint16_t>(queue));
  }

  Guest& guest_;
  MessageCounter& messages_;
  std::uint64_t function_;
  std::uint32_t table_;
  std::uint64_t modern_;
  std::uint32_t first_message_;
  bool notification_data_ = false;
};

}  // namespace ringside::test
