// SPDX-License-Identifier: Apache-2.0
// Who does what, where front ends keep a part of a device to themselves.
#pragma once

#include <cstdint>

#include "virtio/core/device.h"

namespace ringside::vhost {

/// Features that a front end serves, so that a back end must not offer them. A network device's
/// control virtqueue is the front end's, and with it all that needs one: a front end passes some of
/// these on to the back end, but not the queue.
virtio::FeatureSet front_end_features(virtio::DeviceId id);

/// What GET_QUEUE_NUM answers: queues, but for a network device pairs of queues. Of those the front
/// end has a back end use one, because VIRTIO_NET_F_MQ is among the features above.
std::uint64_t queue_number(const virtio::VirtioDevice& device);

}  // namespace ringside::vhost
