// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kit/registry.h"

namespace ringside::backend {

/// Makes all back ends known; what loading the plugin does, for programs that link the library.
void register_types(Registry& registry);

}  // namespace ringside::backend
