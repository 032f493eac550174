// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ringside::program {

/// "error", "warning", "info", "debug".
std::vector<std::string> log_levels();
/// Sends SystemC's reports, which are the log of the models, to standard error: one line each with
/// the simulated time. Those below `level` (one of log_levels()) are dropped.
void set_log_level(const std::string& level);

}  // namespace ringside::program
