// SPDX-License-Identifier: Apache-2.0
// Registers of a VirtioDevice without a transport in between.
#pragma once

#include <vector>

#include "driver/access.h"
#include "driver/watch.h"
#include "virtio/core/device.h"

namespace ringside::test {

class DirectAccess final : public DeviceAccess, public virtio::Transport {
 public:
  static constexpr std::uint16_t kRequesterId = 0x1234;

  DirectAccess(virtio::VirtioDevice& device, DmaInterface& dma) : device_(device), dma_(dma) {
    device.attach(*this);
    interrupts_.resize(device.all_queues());
  }

  /// Says what happens at the registers, if given a stream.
  RegisterWatch watch;

  // -- as the transport
  DmaInterface& dma() override { return dma_; }
  std::uint16_t requester_id() const override { return kRequesterId; }
  void notify_queue(unsigned queue) override {
    if (watch.stream()) watch.stream()->interrupt(kRequesterId, queue);
    ++interrupts_[queue];
    interrupt_.notify(sc_core::SC_ZERO_TIME);
  }
  void notify_config() override {
    if (watch.stream()) watch.stream()->interrupt(kRequesterId, cosim::Transaction::kNoQueue);
    ++config_interrupts_;
    interrupt_.notify(sc_core::SC_ZERO_TIME);
  }
  bool legacy() const override { return legacy_; }
  void use_legacy(bool on) { legacy_ = on; }

  // -- as the registers
  std::uint8_t status() override { return watch.status_read(device_.status()); }
  void set_status(std::uint8_t status) override {
    watch.status_written(status);
    device_.write_status(status);
  }
  std::uint32_t device_features(unsigned page) override {
    return (legacy_ ? device_.offered_legacy_features() : device_.offered_features()).page(page);
  }
  void set_driver_features(unsigned page, std::uint32_t bits) override {
    watch.features_written(page, bits);
    device_.write_driver_features(page, bits);
  }
  std::uint32_t driver_features(unsigned page) override {
    return device_.driver_features().page(page);
  }
  std::uint8_t config_generation() override { return device_.config_generation(); }
  void read_config(std::size_t offset, void* to, std::size_t bytes) override {
    device_.read_config(offset, static_cast<std::uint8_t*>(to), bytes);
  }
  void write_config(std::size_t offset, const void* from, std::size_t bytes) override {
    if (!device_.suspended())
      device_.write_config(offset, static_cast<const std::uint8_t*>(from), bytes);
  }
  std::uint16_t queue_max_size(unsigned queue) override {
    return device_.queue_setup(queue).max_size;
  }
  bool enable_queue(unsigned queue, const QueuePlace& place) override {
    watch.queue_placed(queue, place);
    auto& setup = device_.queue_setup(queue);
    setup.size = place.size;
    setup.descriptor_area = place.descriptor_area;
    setup.driver_area = place.driver_area;
    setup.device_area = place.device_area;
    return device_.enable_queue(queue);
  }
  bool queue_enabled(unsigned queue) override { return device_.queue_setup(queue).enabled; }
  void reset_queue(unsigned queue) override {
    watch.queue_reset_written(queue);
    device_.reset_queue(queue);
  }
  bool queue_resetting(unsigned queue) override {
    return watch.queue_reset_read(queue, device_.queue_setup(queue).resetting);
  }
  void notify(unsigned queue, std::uint16_t next) override {
    watch.notified(queue, next);
    device_.notify(queue, next);
  }

  std::uint64_t queue_interrupts(unsigned queue) override { return interrupts_[queue]; }
  std::uint64_t config_interrupts() override { return config_interrupts_; }
  const sc_core::sc_event& interrupt_event() override { return interrupt_; }

 private:
  virtio::VirtioDevice& device_;
  DmaInterface& dma_;
  std::vector<std::uint64_t> interrupts_;
  std::uint64_t config_interrupts_ = 0;
  sc_core::sc_event interrupt_;
  bool legacy_ = false;
};

}  // namespace ringside::test
