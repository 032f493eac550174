// SPDX-License-Identifier: Apache-2.0
// Register accesses of a driver as transactions, whatever carries them: in the layout of
// virtio-pci.
#pragma once

#include "cosim/check/observe.h"
#include "cosim/check/registers.h"
#include "driver/access.h"

namespace ringside::test {

/// Says what a driver reads and writes; nothing while there is no stream.
class RegisterWatch {
 public:
  void to(cosim::TransactionStream* stream) { stream_ = stream; }
  cosim::TransactionStream* stream() const { return stream_; }

  std::uint8_t status_read(std::uint8_t value) {
    read(cosim::kRegDeviceStatus, value, 1);
    return value;
  }
  void status_written(std::uint8_t value) { write(cosim::kRegDeviceStatus, value, 1); }
  void features_written(unsigned page, std::uint32_t bits) {
    write(cosim::kRegDriverFeatureSelect, page, 4);
    write(cosim::kRegDriverFeature, bits, 4);
  }
  void queue_placed(unsigned queue, const QueuePlace& place) {
    write(cosim::kRegConfigVector, 0, 2);
    write(cosim::kRegQueueSelect, queue, 2);
    write(cosim::kRegQueueSize, place.size, 2);
    write(cosim::kRegQueueDesc, place.descriptor_area, 8);
    write(cosim::kRegQueueDriver, place.driver_area, 8);
    write(cosim::kRegQueueDevice, place.device_area, 8);
    write(cosim::kRegQueueEnable, 1, 2);
  }
  void queue_reset_written(unsigned queue) {
    write(cosim::kRegQueueSelect, queue, 2);
    write(cosim::kRegQueueReset, 1, 2);
  }
  bool queue_reset_read(unsigned queue, bool resetting) {
    write(cosim::kRegQueueSelect, queue, 2);
    read(cosim::kRegQueueReset, resetting ? 1 : 0, 2);
    return resetting;
  }
  void notified(unsigned queue, std::uint16_t next) {
    write(cosim::kRegNotify + 4 * queue, queue | std::uint32_t{next} << 16, 4);
  }

 private:
  void write(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    if (stream_) stream_->register_access(true, offset, value, bytes);
  }
  void read(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    if (stream_) stream_->register_access(false, offset, value, bytes);
  }

  cosim::TransactionStream* stream_ = nullptr;
};

/// A device's registers, watched; interrupts are up to whoever carries them.
class WatchedAccess final : public DeviceAccess {
 public:
  WatchedAccess(DeviceAccess& access, cosim::TransactionStream& stream) : access_(access) {
    watch_.to(&stream);
  }

  std::uint8_t status() override { return watch_.status_read(access_.status()); }
  void set_status(std::uint8_t status) override {
    watch_.status_written(status);
    access_.set_status(status);
  }
  std::uint32_t device_features(unsigned page) override { return access_.device_features(page); }
  void set_driver_features(unsigned page, std::uint32_t bits) override {
    watch_.features_written(page, bits);
    access_.set_driver_features(page, bits);
  }
  std::uint32_t driver_features(unsigned page) override { return access_.driver_features(page); }
  std::uint8_t config_generation() override { return access_.config_generation(); }
  void read_config(std::size_t offset, void* to, std::size_t bytes) override {
    access_.read_config(offset, to, bytes);
  }
  void write_config(std::size_t offset, const void* from, std::size_t bytes) override {
    access_.write_config(offset, from, bytes);
  }
  std::uint16_t queue_max_size(unsigned queue) override { return access_.queue_max_size(queue); }
  bool enable_queue(unsigned queue, const QueuePlace& place) override {
    watch_.queue_placed(queue, place);
    return access_.enable_queue(queue, place);
  }
  bool queue_enabled(unsigned queue) override { return access_.queue_enabled(queue); }
  void reset_queue(unsigned queue) override {
    watch_.queue_reset_written(queue);
    access_.reset_queue(queue);
  }
  bool queue_resetting(unsigned queue) override {
    return watch_.queue_reset_read(queue, access_.queue_resetting(queue));
  }
  void notify(unsigned queue, std::uint16_t next) override {
    watch_.notified(queue, next);
    access_.notify(queue, next);
  }
  std::uint64_t queue_interrupts(unsigned queue) override {
    return access_.queue_interrupts(queue);
  }
  std::uint64_t config_interrupts() override { return access_.config_interrupts(); }
  const sc_core::sc_event& interrupt_event() override { return access_.interrupt_event(); }

 private:
  DeviceAccess& access_;
  RegisterWatch watch_;
};

}  // namespace ringside::test
