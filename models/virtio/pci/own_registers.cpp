// SPDX-License-Identifier: Apache-2.0
// A device that has the modern registers itself: accesses are handed on, its vectors and its ISR
// status come back. Which vector the driver gave to what is noted on the way, for whoever wants to
// know of which queue an interrupt is.
#include <algorithm>

#include "virtio/pci/virtio_pci.h"

namespace ringside::virtio {

std::uint64_t VirtioPci::read_own(std::uint64_t offset, unsigned bytes) {
  ++(offset < kIsrAt ? common_reads : offset < kDeviceAt ? isr_reads : device_reads);
  reached(offset < kIsrAt ? Region::Common : offset < kDeviceAt ? Region::Isr : Region::Device);
  return own_->read_register(offset, bytes);
}

void VirtioPci::write_own(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (offset < kIsrAt) {
    ++common_writes;
    reached(Region::Common);
    note_write(offset, value);
  } else if (offset >= kDeviceAt) {
    ++device_writes;
    reached(Region::Device);
  }
  own_->write_register(offset, bytes, value);
}

void VirtioPci::note_write(std::uint64_t offset, std::uint64_t value) {
  const auto word = static_cast<std::uint16_t>(value);
  if (offset == kQueueSelect) queue_select_ = word;
  if (offset == kConfigVector) config_vector_ = word;
  if (offset == kDeviceStatus && value == 0) forget_vectors();
  if (!queue_selected()) return;
  if (offset == kQueueVector) queue_vectors_[queue_select_] = word;
  if (offset == kQueueReset && value == 1) queue_vectors_[queue_select_] = kNoVector;
  if (offset == kQueueEnable && value == 1 && observer_) tell_hidden_notifications();
}

void VirtioPci::forget_vectors() {
  config_vector_ = kNoVector;
  std::fill(queue_vectors_.begin(), queue_vectors_.end(), kNoVector);
}

bool VirtioPci::shares_vector(unsigned queue) const {
  const std::uint16_t vector = queue_vectors_[queue];
  return vector == config_vector_ ||
         std::count(queue_vectors_.begin(), queue_vectors_.end(), vector) > 1;
}

/// A queue is enabled, and it or another cannot be told apart by its vector.
void VirtioPci::tell_hidden_notifications() {
  for (unsigned queue = 0; queue < endpoint->num_queues(); ++queue) {
    const bool own_vector = msix().enabled() && queue_vectors_[queue] < msix().vectors();
    if (!own_vector || shares_vector(queue))
      tell(true, TransportObserver::kNotificationsHiddenAt, 2, queue);
  }
}

void VirtioPci::raise_vector(unsigned vector) {
  // A driver may have named vectors and use the line all the same.
  if (!msix().enabled() || vector >= msix().vectors()) return;
  const auto found = std::find(queue_vectors_.begin(), queue_vectors_.end(), vector);
  if (found == queue_vectors_.end()) {
    if (observer_) observer_->on_notification(TransportObserver::kNoQueue);
    return raise_msix(vector);
  }
  const auto queue = static_cast<std::uint16_t>(found - queue_vectors_.begin());
  if (shares_vector(queue)) return raise_msix(vector);
  if (observer_) observer_->on_notification(queue);
  raise_msix(vector, queue);
}

}  // namespace ringside::virtio
