// SPDX-License-Identifier: Apache-2.0
// Registers of the legacy interface, in I/O space (virtio 1.4, 4.1.4.10).
#include "virtio/pci/virtio_pci.h"

namespace ringside::virtio {

namespace {

/// Where a field of the header begins and how wide it is; the two vectors included.
void field_of(unsigned offset, unsigned& begin, unsigned& bytes) {
  bytes = offset < kLegacyQueueSize                               ? 4
          : offset == kLegacyDeviceStatus || offset == kLegacyIsr ? 1
                                                                  : 2;
  begin = offset - offset % bytes;
}

}  // namespace

std::uint64_t VirtioPci::read_legacy(std::uint64_t offset, unsigned bytes) {
  const unsigned header = legacy_header_bytes();
  if (offset >= header) return read_device(offset - header, bytes);
  ++legacy_reads;
  reached(Region::Common);
  std::uint64_t result = 0;
  for (unsigned i = 0; i < bytes && offset + i < header;) {
    const auto at = static_cast<unsigned>(offset) + i;
    unsigned begin = 0;
    unsigned width = 0;
    field_of(at, begin, width);
    const std::uint64_t field = legacy_field(begin);
    for (; i < bytes && static_cast<unsigned>(offset) + i < begin + width; ++i) {
      const unsigned shift = 8 * (static_cast<unsigned>(offset) + i - begin);
      result |= (field >> shift & 0xff) << (8 * i);
    }
  }
  return result;
}

std::uint64_t VirtioPci::legacy_field(unsigned field) {
  switch (field) {
    case kLegacyDeviceFeatures:
      return device->offered_legacy_features().page(0);
    case kLegacyDriverFeatures:
      return device->driver_features().page(0);
    case kLegacyQueueSelect:
      return queue_select_;
    case kLegacyDeviceStatus:
      return device->status();
    case kLegacyIsr:
      return read_isr();
    case kLegacyConfigVector:
      return config_vector_;
    case kLegacyQueueVector:
      return queue_selected() ? queue_vectors_[queue_select_] : kNoVector;
    case kLegacyQueueAddress:
      return queue_selected() && device->queue_setup(queue_select_).enabled
                 ? device->queue_setup(queue_select_).descriptor_area >> kLegacyPageShift
                 : 0;
    case kLegacyQueueSize:
      // There is no way to choose another.
      return queue_selected() ? device->queue_setup(queue_select_).max_size : 0;
    default:
      return 0;
  }
}

void VirtioPci::write_legacy(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  const unsigned header = legacy_header_bytes();
  if (offset >= header) return write_device(offset - header, bytes, value);
  ++legacy_writes;
  reached(Region::Common);
  unsigned begin = 0;
  unsigned width = 0;
  field_of(static_cast<unsigned>(offset), begin, width);
  if (begin != offset || width != bytes) {
    ++ignored_accesses;
    return;
  }
  switch (begin) {
    case kLegacyDriverFeatures:
      device->write_driver_features(0, static_cast<std::uint32_t>(value));
      return;
    case kLegacyQueueAddress:
      return write_queue_address(static_cast<std::uint32_t>(value));
    case kLegacyQueueSelect:
      queue_select_ = static_cast<std::uint16_t>(value);
      return;
    case kLegacyQueueNotify:
      ++notify_writes;
      notify_reached(static_cast<std::uint16_t>(value));
      device->notify(static_cast<std::uint16_t>(value), 0,
                     notify_delay(static_cast<std::uint16_t>(value)));
      return;
    case kLegacyDeviceStatus:
      return write_status(true, static_cast<std::uint8_t>(value));
    case kLegacyConfigVector:
      config_vector_ = checked_vector(value);
      return;
    case kLegacyQueueVector:
      if (queue_selected()) queue_vectors_[queue_select_] = checked_vector(value);
      return;
    default:
      ++ignored_accesses;  // read-only
  }
}

void VirtioPci::write_queue_address(std::uint32_t frame) {
  if (!queue_selected()) return;
  VirtioDevice::QueueSetup& queue = device->queue_setup(queue_select_);
  if (frame == 0) {
    // Drivers write 0 to a queue that they are done with, after a reset. Without one there is no
    // way to stop a single queue, so the whole device stops.
    if (queue.enabled) write_status(true, 0);
    return;
  }
  if (queue.enabled) {
    ++ignored_accesses;
    return;
  }
  queue.size = queue.max_size;
  const LegacyAreas areas = legacy_areas(frame, queue.max_size);
  queue.descriptor_area = areas.descriptor;
  queue.driver_area = areas.driver;
  queue.device_area = areas.device;
  device->enable_queue(queue_select_);
}

}  // namespace ringside::virtio
