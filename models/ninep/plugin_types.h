// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kit/registry.h"

namespace ringside::ninep {

/// Makes all trees known; what loading the plugin does, for programs that link the library.
void register_types(Registry& registry);

}  // namespace ringside::ninep
