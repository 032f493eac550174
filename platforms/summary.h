// SPDX-License-Identifier: Apache-2.0
// What the user sees at the end of a run.
#pragma once

#include <string>

#include "kit/platform.h"

namespace ringside::program {

/// How a run went, as seen from outside.
struct RunFigures {
  std::string platform_file;
  double host_seconds = 0;
  sc_core::sc_time simulated;
};

/// Retired instructions of all harts: the counters named "instructions".
std::uint64_t instructions_of(const Platform& platform);

/// A table for people. Queues are the groups of statistics that count "requests".
std::string summary_text(const Platform& platform, const RunFigures& figures);

}  // namespace ringside::program
