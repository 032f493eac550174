// SPDX-License-Identifier: Apache-2.0
// From a sweep's file to a Sweep.
#pragma once

#include <optional>
#include <string>

#include "kit/diag.h"
#include "sweep/sweep.h"

namespace ringside::sweep {

/// Reads a sweep's file. Mistakes become findings with their place; nothing then. What the platform
/// itself says about the parameters is not looked at here (see checker.h).
std::optional<Sweep> read_sweep(const std::string& file, Diagnostics& findings);

}  // namespace ringside::sweep
