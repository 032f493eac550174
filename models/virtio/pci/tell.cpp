// SPDX-License-Identifier: Apache-2.0
// What the observer is told: registers at the offsets of layout.h, whichever interface and doorbell
// the driver uses.
#include "virtio/pci/virtio_pci.h"

namespace ringside::virtio {

void VirtioPci::tell_modern(bool is_write, std::uint64_t offset, unsigned bytes,
                            std::uint64_t value) {
  if (offset < kNotifyAt) return tell(is_write, offset, bytes, value);
  if (is_write)
    tell_doorbell(static_cast<unsigned>((offset - kNotifyAt) >> notify_shift_), bytes, value);
}

void VirtioPci::tell_doorbell(unsigned queue, unsigned bytes, std::uint64_t value) {
  tell(true, kNotifyAt + (std::uint64_t{queue} << kNotifyShift), bytes, value);
}

// ---- a legacy driver, as a modern one that does the same

void VirtioPci::tell_legacy(bool is_write, std::uint64_t offset, unsigned bytes,
                            std::uint64_t value) {
  const unsigned header = legacy_header_bytes();
  if (offset >= header) return tell(is_write, kDeviceAt + (offset - header), bytes, value);
  const auto field = static_cast<unsigned>(offset);
  if (is_write) return tell_legacy_write(field, bytes, value);
  if (field == kLegacyDeviceStatus && bytes == 1) tell(false, kDeviceStatus, bytes, value);
  if (field == kLegacyIsr && bytes == 1) tell(false, kIsrAt, bytes, value);
}

void VirtioPci::tell_legacy_write(unsigned field, unsigned bytes, std::uint64_t value) {
  switch (field) {
    case kLegacyDriverFeatures:
      if (bytes != 4) return;
      tell(true, kDriverFeatureSelect, 4, 0);
      return tell(true, kDriverFeature, 4, value);
    case kLegacyQueueSelect:
      return bytes == 2 ? tell(true, kQueueSelect, 2, value) : void();
    case kLegacyDeviceStatus:
      return bytes == 1 ? tell(true, kDeviceStatus, 1, value) : void();
    case kLegacyQueueNotify:
      if (bytes != 2) return;
      // It starts the device, if nothing has before (3.1.2).
      if (!device->driver_ok())
        tell(true, kDeviceStatus, 1, std::uint64_t{device->status()} | kDriverOk);
      return tell_doorbell(static_cast<std::uint16_t>(value), bytes, value);
    case kLegacyQueueAddress: {
      if (bytes != 4 || !queue_selected()) return;
      const VirtioDevice::QueueSetup& queue = device->queue_setup(queue_select_);
      if (value == 0) return queue.enabled ? tell(true, kDeviceStatus, 1, 0) : void();
      if (queue.enabled) return;
      const LegacyAreas areas = legacy_areas(static_cast<std::uint32_t>(value), queue.max_size);
      tell(true, kQueueSize, 2, queue.max_size);
      tell(true, kQueueDesc, 8, areas.descriptor);
      tell(true, kQueueDriver, 8, areas.driver);
      tell(true, kQueueDevice, 8, areas.device);
      return tell(true, kQueueEnable, 2, 1);
    }
    default:
      return;
  }
}

}  // namespace ringside::virtio
