// SPDX-License-Identifier: Apache-2.0
// How a queue of each device type has to be judged. Free of SystemC and of devices.
#pragma once

#include "cosim/check/reference.h"

namespace ringside::cosim {

/// Of queue `queue` of a device with virtio's number `device_id` (section 5; unknown ones: as
/// strict as can be). `queues` is how many the device has, without an administration virtqueue.
CheckSettings settings_for(unsigned device_id, unsigned queue, unsigned queues);

}  // namespace ringside::cosim
