// SPDX-License-Identifier: Apache-2.0
// How a device finds the memory that its configuration names.
#pragma once

#include <string>

#include "kit/device_memory.h"
#include "kit/model.h"

namespace ringside::virtio {

/// The device-memory at the path in `memory`, claimed for `device`. nullptr with a finding if there
/// is no such model, if it is no device-memory, or if it is another device's. Call in resolve().
DeviceMemory* named_memory(Model& device, const Param<std::string>& memory);

}  // namespace ringside::virtio
