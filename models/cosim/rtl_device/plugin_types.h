// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kit/registry.h"

namespace ringside::cosim {

/// What the plugin of the designs of models/cosim/rtl registers; for tests that link it.
void register_rtl_devices(Registry& registry);

}  // namespace ringside::cosim
