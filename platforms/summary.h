// SPDX-License-Identifier: Apache-2.0
// What the user sees at the end of a run.
#pragma once

#include <string>

#include "kit/platform.h"

namespace ringside::program {

/// How a run went, as seen from outside.
struct RunFigures {
  std::string version;  ///< of the program
  std::string platform_file;
  double host_seconds = 0;     ///< since the run began, or the region
  sc_core::sc_time simulated;  ///< likewise
  unsigned region = 0;         ///< of interest, from 1; 0: the whole run
};

/// All counters of that name together: "instructions" of all harts, "requests" of all queues.
std::uint64_t sum_of(const Platform& platform, const char* counter);

/// A table for people. Queues are the groups of statistics that count "requests".
std::string summary_text(const Platform& platform, const RunFigures& figures);
/// The end of a run whose regions of interest have had summaries of their own.
std::string end_text(const Platform& platform);

}  // namespace ringside::program
