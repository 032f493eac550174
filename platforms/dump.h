// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kit/platform.h"

namespace ringside::program {

/// The platform with all its values as commented YAML that can be loaded again.
std::string dump_text(const Platform& platform);

}  // namespace ringside::program
