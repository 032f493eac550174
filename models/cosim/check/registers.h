// SPDX-License-Identifier: Apache-2.0
// What the driver has told a device through its registers, learnt from register transactions. Their
// addresses are those of the modern interface as virtio-pci lays it out here and the RTL takes it:
// common configuration at 0 (4.1.4.3), ISR at 0x1000, device configuration at 0x2000, doorbells at
// 0x3000 + 4 x queue.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

/// Fields of the common configuration that matter here, by offset.
enum RegisterOffset : std::uint64_t {
  kRegDriverFeatureSelect = 0x08,
  kRegDriverFeature = 0x0c,
  kRegConfigVector = 0x10,
  kRegDeviceStatus = 0x14,
  kRegQueueSelect = 0x16,
  kRegQueueSize = 0x18,
  kRegQueueEnable = 0x1c,
  kRegQueueDesc = 0x20,
  kRegQueueDriver = 0x28,
  kRegQueueDevice = 0x30,
  kRegQueueReset = 0x3a,
  kRegCommonEnd = 0x40,
  // No registers of virtio: what transports tell besides (virtio/core/observer.h).
  kRegNotificationsHidden = 0x0ff8,
  kRegRingPosition = 0x0ffc,
  kRegNotify = 0x3000,
};

/// What the driver has chosen for a queue when it enables it.
struct RingSetup {
  std::uint16_t size = 0;
  std::uint64_t descriptor_area = 0;
  std::uint64_t driver_area = 0;
  std::uint64_t device_area = 0;
  bool packed = false;
  bool indirect = false;
  bool event_idx = false;
  bool in_order = false;
  bool notify_on_empty = false;
  /// Where a ring goes on that is not new: used position << 16 | available position, each an index,
  /// or if packed a slot and in bit 15 the wrap counter.
  std::optional<std::uint32_t> position;
};

/// Told what register accesses come to.
class RegisterListener {
 public:
  virtual ~RegisterListener() = default;
  virtual void queue_enabled(unsigned queue, const RingSetup& setup) = 0;
  /// A reset of one queue has begun, has ended.
  virtual void queue_resetting(unsigned queue) = 0;
  virtual void queue_reset(unsigned queue) = 0;
  /// The device says its status; not while it is being reset.
  virtual void status_read(std::uint8_t status) = 0;
  virtual void device_resetting() = 0;
  virtual void device_reset() = 0;
  /// VIRTIO_F_NOTIFICATION_DATA: what the driver says along with a notification.
  virtual void notified(unsigned queue, std::uint16_t next) = 0;
  /// Notifications of this queue are not told until it is reset.
  virtual void notifications_hidden(unsigned queue) = 0;
};

class Registers {
 public:
  static constexpr unsigned kMaxQueues = 1024;

  explicit Registers(RegisterListener& listener) : listener_(listener) {}
  void see(const Transaction& access);

  bool driver_ok() const { return (status_ & 4) != 0; }
  bool legacy() const { return !has(kVersion1); }
  /// The driver has given configuration changes a vector, so it is told of them.
  bool config_vector() const { return config_vector_ != kNoVector; }
  bool resetting() const { return resetting_; }
  bool has(unsigned bit) const { return bit < 128 && (features_[bit / 32] >> (bit % 32) & 1) != 0; }

 private:
  static constexpr std::uint16_t kNoVector = 0xffff;
  static constexpr unsigned kVersion1 = 32;
  struct Queue {
    std::uint16_t size = 0;
    std::array<std::uint64_t, 3> areas{};  // descriptor, driver, device
    bool enabled = false;
    bool resetting = false;
    std::optional<std::uint32_t> position;
  };
  void write(std::uint64_t offset, std::uint64_t value, unsigned bytes);
  void read(std::uint64_t offset, std::uint64_t value, unsigned bytes);
  void write_status(std::uint8_t value);
  void end_reset();
  void write_area(std::uint64_t offset, std::uint64_t value, unsigned bytes);
  void enable();
  Queue& selected();

  RegisterListener& listener_;
  std::array<std::uint32_t, 4> features_{};
  std::uint32_t feature_select_ = 0;
  std::uint16_t queue_select_ = 0;
  std::uint16_t config_vector_ = kNoVector;
  std::uint8_t status_ = 0;
  bool resetting_ = false;
  std::vector<Queue> queues_;
  Queue nowhere_;
};

}  // namespace ringside::cosim
