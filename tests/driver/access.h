// SPDX-License-Identifier: Apache-2.0
// What the model driver needs: memory that it shares with a device, and the device's registers.
// Nothing here knows what the device is made of, so the same driver runs against a VirtioDevice by
// itself, through virtio-pci, or against a ring in RTL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <systemc>

namespace ringside::test {

/// Memory as the driver's processor sees it.
class GuestMemory {
 public:
  virtual ~GuestMemory() = default;
  virtual void read(std::uint64_t address, void* to, std::size_t bytes) = 0;
  virtual void write(std::uint64_t address, const void* from, std::size_t bytes) = 0;

  template <typename T>
  T load(std::uint64_t address) {
    T value;
    read(address, &value, sizeof value);
    return value;
  }
  template <typename T>
  void store(std::uint64_t address, T value) {
    write(address, &value, sizeof value);
  }
};

/// Hands out guest memory; never takes it back piece by piece.
class Arena {
 public:
  Arena(std::uint64_t base, std::uint64_t bytes) : base_(base), end_(base + bytes), next_(base) {}
  std::uint64_t take(std::uint64_t bytes, std::uint64_t alignment) {
    const std::uint64_t at = (next_ + alignment - 1) / alignment * alignment;
    if (at + bytes > end_) throw std::runtime_error("the test's guest memory is used up");
    next_ = at + bytes;
    return at;
  }
  void release_all() { next_ = base_; }

 private:
  std::uint64_t base_, end_, next_;
};

/// Where the driver has put a queue.
struct QueuePlace {
  std::uint16_t size = 0;
  std::uint64_t descriptor_area = 0;
  std::uint64_t driver_area = 0;
  std::uint64_t device_area = 0;
};

/// A device's registers and interrupts, whatever the transport.
class DeviceAccess {
 public:
  virtual ~DeviceAccess() = default;
  virtual std::uint8_t status() = 0;
  virtual void set_status(std::uint8_t status) = 0;
  virtual std::uint32_t device_features(unsigned page) = 0;
  virtual void set_driver_features(unsigned page, std::uint32_t bits) = 0;
  virtual std::uint32_t driver_features(unsigned page) = 0;
  virtual std::uint8_t config_generation() = 0;
  virtual void read_config(std::size_t offset, void* to, std::size_t bytes) = 0;
  virtual void write_config(std::size_t offset, const void* from, std::size_t bytes) = 0;

  virtual std::uint16_t queue_max_size(unsigned queue) = 0;
  /// Writes size and addresses and enables the queue; false if the device does not take them.
  virtual bool enable_queue(unsigned queue, const QueuePlace& place) = 0;
  virtual bool queue_enabled(unsigned queue) = 0;
  virtual void reset_queue(unsigned queue) = 0;
  virtual bool queue_resetting(unsigned queue) = 0;
  /// `next` is the value for VIRTIO_F_NOTIFICATION_DATA.
  virtual void notify(unsigned queue, std::uint16_t next) = 0;

  /// Interrupts so far, and an event that is notified with each.
  virtual std::uint64_t queue_interrupts(unsigned queue) = 0;
  virtual std::uint64_t config_interrupts() = 0;
  virtual const sc_core::sc_event& interrupt_event() = 0;
};

}  // namespace ringside::test
