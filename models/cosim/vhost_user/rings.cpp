// SPDX-License-Identifier: Apache-2.0
// Rings start and stop by themselves, whatever the device's status: a device starts with its first
// ring.
#include <fmt/format.h>

#include <algorithm>

#include "cosim/vhost_user/vhost_user.h"

namespace ringside::vhost {

namespace {

constexpr std::uint32_t kMaxQueueSize = 32768;
constexpr std::uint32_t kLogWrites = 1;

}  // namespace

VhostUser::Ring& VhostUser::ring_at(std::uint64_t index) {
  if (index >= rings_.size()) throw Refused(fmt::format("queue {} of {}", index, rings_.size()));
  return rings_[static_cast<std::size_t>(index)];
}

VhostUser::Ring& VhostUser::stopped_ring_at(std::uint64_t index) {
  Ring& ring = ring_at(index);
  if (ring.running) throw Refused(fmt::format("queue {} is running", index));
  return ring;
}

bool VhostUser::any_running() const {
  return std::any_of(rings_.begin(), rings_.end(), [](const Ring& ring) { return ring.running; });
}

void VhostUser::set_address(const VringAddress& address) {
  Ring& ring = stopped_ring_at(address.index);
  if (address.flags & kLogWrites) throw Refused("writes to a used ring are not logged");
  ring.address = address;
}

void VhostUser::set_enabled(const VringState& state) {
  Ring& ring = ring_at(state.index);
  ring.enabled = state.number != 0;
  if (!ring.running) return start_if_ready(state.index);
  if (ring.enabled)
    device->resume_queue(state.index);
  else
    device->pause_queue(state.index, false);
}

// ---- start ------------------------------------------------------------------------------------

/// All rings that are ready are new: so is the driver, and the device must be. A front end says
/// nothing when a driver resets the device; when it has only paused the guest, the rings go on.
bool VhostUser::begins_anew() const {
  const bool packed = features_ >> virtio::kRingPacked & 1;
  return std::all_of(rings_.begin(), rings_.end(), [&](const Ring& ring) {
    return !ring.has_kick || static_cast<std::uint16_t>(ring.base) == (packed ? 0x8000 : 0);
  });
}

/// The driver's features reach the device when the first ring starts: before that the front end may
/// change its mind.
void VhostUser::settle_features() {
  using namespace virtio;
  const std::uint8_t status = device->status();
  if (any_running()) return;
  const bool same = (status & kNeedsReset) == 0 && settled_features_ == features_;
  const bool settled = (status & (legacy_ ? kDriverOk : kFeaturesOk)) != 0;
  if (same && settled && !begins_anew()) return;
  tell_reset();
  device->write_status(0);
  legacy_ = (features_ >> kVersion1 & 1) == 0;
  device->write_status(kAcknowledge | kDriver);
  device->write_driver_features(0, static_cast<std::uint32_t>(features_));
  device->write_driver_features(1, static_cast<std::uint32_t>(features_ >> 32));
  settled_features_ = features_;
  tell_features();
  if (legacy_) return;
  device->write_status(kAcknowledge | kDriver | kFeaturesOk);
  if ((device->status() & kFeaturesOk) == 0)
    throw Refused(fmt::format("the device does not work with features {:#x}", features_));
}

void VhostUser::start_if_ready(unsigned index) {
  Ring& ring = rings_[index];
  if (ring.running || !ring.has_kick || !ring.enabled) return;
  if (!ring.address) throw Refused(fmt::format("queue {} has no addresses", index));
  if (ring.size == 0 || ring.size > kMaxQueueSize)
    throw Refused(fmt::format("queue {} of {} entries", index, ring.size));
  settle_features();
  virtio::VirtioDevice::QueueSetup& setup = device->queue_setup(index);
  if (ring.size > setup.max_size)
    throw Refused(fmt::format("queue {} of {} entries; {} has {} at most", index, ring.size,
                              device->label(), setup.max_size));
  const bool packed = device->has(virtio::kRingPacked);
  const std::uint64_t event = device->has(virtio::kEventIdx) ? 2 : 0;
  const auto place = [&](const char* what, std::uint64_t user, std::uint64_t bytes) {
    const auto guest = memory_.guest_address(user, bytes);
    if (!guest)
      throw Refused(
          fmt::format("the {} of queue {} at {:#x} is not in shared memory", what, index, user));
    return *guest;
  };
  const std::uint64_t size = ring.size;
  setup.size = static_cast<std::uint16_t>(size);
  setup.descriptor_area = place("descriptor area", ring.address->descriptor, 16 * size);
  setup.driver_area =
      place("driver area", ring.address->available, packed ? 4 : 4 + 2 * size + event);
  setup.device_area = place("device area", ring.address->used, packed ? 4 : 4 + 8 * size + event);
  setup.resume = position_of(ring, setup.device_area);
  tell_start(index);
  if (!device->enable_queue(index))
    throw Refused(fmt::format("queue {} is not legal; see the log", index));
  ring.running = true;
  if ((device->status() & virtio::kDriverOk) != 0) return;
  tell_status(device->status() | virtio::kDriverOk);
  device->write_status(device->status() | virtio::kDriverOk);
}

virtio::RingPosition VhostUser::position_of(const Ring& ring, std::uint64_t device_area) {
  const auto avail = static_cast<std::uint16_t>(ring.base);
  if (!device->has(virtio::kRingPacked)) {
    // The used index is in memory, and says what became of requests that were out.
    std::uint16_t used = 0;
    if (!memory_.peek(device_area + 2, &used, sizeof used))
      throw Refused("a used ring that is not there any more");
    return {avail, used};
  }
  // Both halves; front ends that know one only mean that nothing was out.
  const auto upper = static_cast<std::uint16_t>(ring.base >> 16);
  const std::uint16_t used = upper != 0 ? upper : avail;
  if ((avail & 0x7fffu) >= ring.size || (used & 0x7fffu) >= ring.size)
    throw Refused(fmt::format("position {:#x} in a ring of {}", ring.base, ring.size));
  return {avail, used};
}

// ---- stop -------------------------------------------------------------------------------------

/// Requests that are out come first, because the next back end will not know of them.
std::uint32_t VhostUser::stop_ring(unsigned index) {
  Ring& ring = rings_[index];
  front_end_->watch_signal(index, {});
  ring.has_kick = false;
  if (!ring.running) return ring.base;
  device->pause_queue(index, true);
  while (device->queue_busy(index)) {
    wait(progress_);
    if (gone_) throw Refused("the front end has gone");
  }
  const virtio::RingPosition position = device->stop_queue(index);
  tell_stop(index);
  ring.running = false;
  ring.base = position.avail;
  if (device->has(virtio::kRingPacked)) ring.base |= std::uint32_t{position.used} << 16;
  return ring.base;
}

void VhostUser::reset_device() {
  device->write_status(0);
  tell_reset();
  legacy_ = false;
  settled_features_ = 0;
  for (Ring& ring : rings_) ring.running = ring.enabled = ring.has_kick = false;
}

}  // namespace ringside::vhost
