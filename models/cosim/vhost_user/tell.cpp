// SPDX-License-Identifier: Apache-2.0
// What the monitor is told: there are no registers here, but each request of the front end does
// what writes to some would do. Offsets are those of virtio/pci/layout.h, which cosim/check has as
// well.
#include "cosim/check/registers.h"
#include "cosim/vhost_user/vhost_user.h"

namespace ringside::vhost {

using namespace cosim;

static_assert(kRegRingPosition == virtio::TransportObserver::kRingPositionAt);

void VhostUser::tell(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
  monitor->on_register(true, offset, value, bytes);
}

void VhostUser::tell_status(std::uint8_t status) {
  if (monitor) tell(kRegDeviceStatus, status, 1);
}

/// The reset is complete when this is told, or is by the next status at the latest.
void VhostUser::tell_reset() {
  tell_status(0);
}

void VhostUser::tell_features() {
  if (!monitor) return;
  tell_status(virtio::kAcknowledge | virtio::kDriver);
  for (unsigned page = 0; page < 2; ++page) {
    tell(kRegDriverFeatureSelect, page, 4);
    tell(kRegDriverFeature, static_cast<std::uint32_t>(features_ >> (32 * page)), 4);
  }
  tell_status(virtio::kAcknowledge | virtio::kDriver | (legacy_ ? 0 : virtio::kFeaturesOk));
}

void VhostUser::tell_start(unsigned index) {
  if (!monitor) return;
  const virtio::VirtioDevice::QueueSetup& setup = device->queue_setup(index);
  tell(kRegQueueSelect, index, 2);
  tell(kRegQueueSize, setup.size, 2);
  tell(kRegQueueDesc, setup.descriptor_area, 8);
  tell(kRegQueueDriver, setup.driver_area, 8);
  tell(kRegQueueDevice, setup.device_area, 8);
  tell(kRegRingPosition, std::uint32_t{setup.resume->used} << 16 | setup.resume->avail, 4);
  tell(kRegQueueEnable, 1, 2);
}

void VhostUser::tell_stop(unsigned index) {
  if (!monitor) return;
  tell(kRegQueueSelect, index, 2);
  tell(kRegQueueReset, 1, 2);
  monitor->on_register(false, kRegQueueReset, 0, 2);
}

}  // namespace ringside::vhost
