// SPDX-License-Identifier: Apache-2.0
// Registers of the modern interface: common configuration, ISR status, device configuration,
// doorbells (virtio 1.4, 4.1.4.3 to 4.1.4.6).
#include <algorithm>
#include <iterator>

#include "virtio/pci/virtio_pci.h"

namespace ringside::virtio {

namespace {

struct Field {
  unsigned offset;
  unsigned bytes;
};

constexpr Field kFields[] = {
    {kDeviceFeatureSelect, 4},  {kDeviceFeature, 4},
    {kDriverFeatureSelect, 4},  {kDriverFeature, 4},
    {kConfigVector, 2},         {kNumQueues, 2},
    {kDeviceStatus, 1},         {kConfigGeneration, 1},
    {kQueueSelect, 2},          {kQueueSize, 2},
    {kQueueVector, 2},          {kQueueEnable, 2},
    {kQueueNotifyOff, 2},       {kQueueDesc, 8},
    {kQueueDriver, 8},          {kQueueDevice, 8},
    {kQueueNotifConfigData, 2}, {kQueueReset, 2},
    {kAdminQueueIndex, 2},      {kAdminQueueNum, 2},
};

/// The field that a byte belongs to; `offset` is below kCommonBytes.
const Field& field_at(unsigned offset) {
  const auto next = std::upper_bound(std::begin(kFields), std::end(kFields), offset,
                                     [](unsigned at, const Field& f) { return at < f.offset; });
  return *(next - 1);
}

constexpr std::uint64_t low_bytes(unsigned bytes) {
  return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
}

bool is_area(unsigned offset) {
  return offset >= kQueueDesc && offset < kQueueNotifConfigData;
}

}  // namespace

std::uint64_t VirtioPci::read_modern(std::uint64_t offset, unsigned bytes) {
  if (offset >= kNotifyAt) return 0;
  if (own_) return read_own(offset, bytes);
  if (offset >= kDeviceAt) return read_device(offset - kDeviceAt, bytes);
  if (offset >= kIsrAt) return offset == kIsrAt ? read_isr() : 0;
  return read_common(static_cast<unsigned>(offset), bytes);
}

void VirtioPci::write_modern(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (offset >= kNotifyAt)
    return doorbell(static_cast<unsigned>((offset - kNotifyAt) >> notify_shift_), bytes, value);
  if (own_) return write_own(offset, bytes, value);
  if (offset >= kDeviceAt) return write_device(offset - kDeviceAt, bytes, value);
  if (offset < kIsrAt) write_common(static_cast<unsigned>(offset), bytes, value);
}

// ---- common configuration ---------------------------------------------------------------------

std::uint64_t VirtioPci::read_common(unsigned offset, unsigned bytes) {
  ++common_reads;
  reached(Region::Common);
  std::uint64_t result = 0;
  for (unsigned done = 0; done < bytes && offset + done < kCommonBytes;) {
    const unsigned at = offset + done;
    const Field& field = field_at(at);
    const unsigned now = std::min(field.offset + field.bytes - at, bytes - done);
    const std::uint64_t part = common_field(field.offset) >> (8 * (at - field.offset));
    result |= (part & low_bytes(now)) << (8 * done);
    done += now;
  }
  return result;
}

std::uint64_t VirtioPci::common_field(unsigned field) {
  switch (field) {
    case kDeviceFeatureSelect:
      return device_feature_select_;
    case kDeviceFeature:
      return device->offered_features().page(device_feature_select_);
    case kDriverFeatureSelect:
      return driver_feature_select_;
    case kDriverFeature:
      return device->driver_features().page(driver_feature_select_);
    case kConfigVector:
      return config_vector_;
    case kNumQueues:
      return device->num_queues();
    case kDeviceStatus:
      return device->status();
    case kConfigGeneration:
      return device->config_generation();
    case kQueueSelect:
      return queue_select_;
    case kAdminQueueIndex:
      return device->has(kAdminVq) ? device->num_queues() : 0;
    case kAdminQueueNum:
      return device->has(kAdminVq) ? device->admin_queues() : 0;
    default:
      return queue_selected() ? queue_field(field) : field == kQueueVector ? kNoVector : 0;
  }
}

std::uint64_t VirtioPci::queue_field(unsigned field) {
  const VirtioDevice::QueueSetup& queue = device->queue_setup(queue_select_);
  switch (field) {
    case kQueueSize:
      return queue.size;
    case kQueueVector:
      return queue_vectors_[queue_select_];
    case kQueueEnable:
      return queue.enabled;
    case kQueueNotifyOff:
      return queue_select_;
    case kQueueDesc:
      return queue.descriptor_area;
    case kQueueDriver:
      return queue.driver_area;
    case kQueueDevice:
      return queue.device_area;
    case kQueueNotifConfigData:
      return device->has(kNotifConfigData) ? queue_select_ : 0;
    case kQueueReset:
      return queue.resetting;
    default:
      return 0;
  }
}

void VirtioPci::write_common(unsigned offset, unsigned bytes, std::uint64_t value) {
  ++common_writes;
  reached(Region::Common);
  if (offset >= kCommonBytes) {
    ++ignored_accesses;
    return;
  }
  if (is_area(offset)) return write_queue_area(offset, bytes, value);
  const Field& field = field_at(offset);
  // Drivers have to use the width of the field (4.1.3.1); what another width should do is not said.
  if (field.offset != offset || field.bytes != bytes) {
    ++ignored_accesses;
    return;
  }
  switch (offset) {
    case kDeviceFeatureSelect:
      device_feature_select_ = static_cast<std::uint32_t>(value);
      return;
    case kDriverFeatureSelect:
      driver_feature_select_ = static_cast<std::uint32_t>(value);
      return;
    case kDriverFeature:
      device->write_driver_features(driver_feature_select_, static_cast<std::uint32_t>(value));
      return;
    case kConfigVector:
      config_vector_ = checked_vector(value);
      return;
    case kDeviceStatus:
      return write_status(false, static_cast<std::uint8_t>(value));
    case kQueueSelect:
      queue_select_ = static_cast<std::uint16_t>(value);
      return;
    default:
      if (queue_selected()) write_queue_field(offset, value);
  }
}

void VirtioPci::write_queue_field(unsigned field, std::uint64_t value) {
  switch (field) {
    case kQueueSize:
      return write_queue_size(static_cast<std::uint16_t>(value));
    case kQueueVector:
      queue_vectors_[queue_select_] = checked_vector(value);
      return;
    case kQueueEnable:
      // Only 1 has a meaning: a queue is stopped by a reset.
      if (value == 1) device->enable_queue(queue_select_);
      return;
    case kQueueReset:
      if (value != 1 || !device->has(kRingReset)) return;
      device->reset_queue(queue_select_);
      queue_vectors_[queue_select_] = kNoVector;
      return;
    default:
      ++ignored_accesses;  // read-only
  }
}

void VirtioPci::write_queue_size(std::uint16_t size) {
  VirtioDevice::QueueSetup& queue = device->queue_setup(queue_select_);
  const bool power_of_two = (size & (size - 1)) == 0;
  const bool legal =
      size != 0 && size <= queue.max_size && (power_of_two || device->has(kRingPacked));
  if (queue.enabled || !legal) {
    ++ignored_accesses;
    return;
  }
  queue.size = size;
}

void VirtioPci::write_queue_area(unsigned offset, unsigned bytes, std::uint64_t value) {
  const bool half = bytes == 4 && offset % 4 == 0;
  const bool whole = bytes == 8 && offset % 8 == 0;
  if (!half && !whole) {
    ++ignored_accesses;
    return;
  }
  if (!queue_selected()) return;
  VirtioDevice::QueueSetup& queue = device->queue_setup(queue_select_);
  if (queue.enabled) {
    ++ignored_accesses;
    return;
  }
  std::uint64_t& area = offset < kQueueDriver   ? queue.descriptor_area
                        : offset < kQueueDevice ? queue.driver_area
                                                : queue.device_area;
  const unsigned shift = 8 * (offset % 8);
  const std::uint64_t mask = low_bytes(bytes) << shift;
  area = (area & ~mask) | (value << shift & mask);
}

}  // namespace ringside::virtio
