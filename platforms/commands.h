// SPDX-License-Identifier: Apache-2.0
// The program's commands. Each gives the exit code; std::runtime_error is for the caller to print.
#pragma once

#include "options.h"

namespace ringside::program {

/// Simulates a platform until the guest, the user or a limit ends it.
int run(const Options& options);
/// Builds a platform and reports every mistake, without simulating.
int check(const Options& options);

}  // namespace ringside::program
