// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/registers.h"

namespace ringside::cosim {

namespace {
constexpr unsigned kNotifyOnEmpty = 24, kIndirect = 28, kEventIdx = 29, kPacked = 34, kInOrder = 35,
                   kNotificationData = 38;
}  // namespace

Registers::Queue& Registers::selected() {
  if (queue_select_ >= kMaxQueues) return nowhere_;
  if (queue_select_ >= queues_.size()) queues_.resize(queue_select_ + 1u);
  return queues_[queue_select_];
}

void Registers::see(const Transaction& access) {
  if (!access.data || access.length == 0 || access.length > 8) return;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < access.length; ++i) value |= std::uint64_t{access.data[i]} << (8 * i);
  if (access.kind == Kind::RegisterWrite) write(access.address, value, access.length);
  if (access.kind == Kind::RegisterRead) read(access.address, value, access.length);
}

void Registers::write(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
  if (offset >= kRegNotify) {
    const std::uint64_t queue = value & 0xffff;
    if (bytes == 4 && has(kNotificationData) && queue < kMaxQueues)
      listener_.notified(static_cast<unsigned>(queue), static_cast<std::uint16_t>(value >> 16));
    return;
  }
  switch (offset) {
    case kRegDriverFeatureSelect:
      feature_select_ = static_cast<std::uint32_t>(value);
      break;
    case kRegDriverFeature:
      if (feature_select_ < features_.size())
        features_[feature_select_] = static_cast<std::uint32_t>(value);
      break;
    case kRegConfigVector:
      config_vector_ = static_cast<std::uint16_t>(value);
      break;
    case kRegDeviceStatus:
      write_status(static_cast<std::uint8_t>(value));
      break;
    case kRegQueueSelect:
      queue_select_ = static_cast<std::uint16_t>(value);
      break;
    case kRegQueueSize:
      selected().size = static_cast<std::uint16_t>(value);
      break;
    case kRegQueueEnable:
      if (value == 1) enable();
      break;
    case kRegRingPosition:
      selected().position = static_cast<std::uint32_t>(value);
      break;
    case kRegNotificationsHidden:
      if (value < kMaxQueues) listener_.notifications_hidden(static_cast<unsigned>(value));
      break;
    case kRegQueueReset:
      if (value == 1 && selected().enabled) {
        selected().enabled = false;
        selected().resetting = true;
        if (queue_select_ < kMaxQueues) listener_.queue_resetting(queue_select_);
      }
      break;
    default:
      if (offset >= kRegQueueDesc && offset < kRegQueueDevice + 8) write_area(offset, value, bytes);
      break;
  }
}

void Registers::write_area(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
  std::uint64_t& area = selected().areas[(offset - kRegQueueDesc) / 8];
  if (bytes == 8 && offset % 8 == 0)
    area = value;
  else if (bytes == 4 && offset % 8 == 0)
    area = (area & ~std::uint64_t{0xffffffff}) | value;
  else if (bytes == 4 && offset % 8 == 4)
    area = (area & 0xffffffff) | value << 32;
}

void Registers::read(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
  if (offset == kRegDeviceStatus && bytes == 1) {
    if (value == 0 && resetting_) end_reset();
    // What the device says counts: it may have refused a bit.
    if (!resetting_) {
      status_ = static_cast<std::uint8_t>(value);
      listener_.status_read(status_);
    }
  }
  if (offset == kRegQueueSize && bytes == 2) selected().size = static_cast<std::uint16_t>(value);
  if (offset == kRegQueueReset && bytes == 2 && value == 0 && selected().resetting) {
    selected() = {};
    listener_.queue_reset(queue_select_);
  }
}

void Registers::write_status(std::uint8_t value) {
  if (value == 0) {
    resetting_ = true;
    status_ = 0;
    listener_.device_resetting();
    return;
  }
  if (resetting_) end_reset();  // an impatient driver goes on without looking
  status_ = static_cast<std::uint8_t>(status_ | value);
}

void Registers::end_reset() {
  resetting_ = false;
  features_ = {};
  config_vector_ = kNoVector;
  queues_.clear();
  listener_.device_reset();
}

void Registers::enable() {
  Queue& queue = selected();
  if (queue.enabled || queue_select_ >= kMaxQueues) return;
  queue.enabled = true;
  queue.resetting = false;
  RingSetup setup;
  setup.size = queue.size;
  setup.descriptor_area = queue.areas[0];
  setup.driver_area = queue.areas[1];
  setup.device_area = queue.areas[2];
  setup.packed = has(kPacked);
  setup.indirect = has(kIndirect);
  setup.event_idx = has(kEventIdx);
  setup.in_order = has(kInOrder);
  setup.notify_on_empty = has(kNotifyOnEmpty);
  setup.position = queue.position;
  queue.position.reset();
  listener_.queue_enabled(queue_select_, setup);
}

}  // namespace ringside::cosim
