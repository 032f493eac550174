// SPDX-License-Identifier: Apache-2.0
// Asks the platform, before anything runs, whether it has what a sweep changes and measures.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "options.h"
#include "sweep/grid.h"

namespace ringside::sweep {

struct CheckResult {
  std::vector<std::string> findings;  ///< lines, each once, without the count of errors
  bool failed = false;
  std::set<std::string> counters;    ///< "path.name" of all counters that some platform has
  std::set<std::string> histograms;  ///< the same
};

/// Builds the platform of each point, without simulating, in a child process each, since SystemC
/// has one per process; `jobs` at a time. Call while the process has one thread. Throws
/// std::runtime_error if the system has no process for it.
CheckResult check_points(const Sweep& sweep, const std::vector<const Point*>& points,
                         const program::Options& options, unsigned jobs);

/// What the metrics name and no platform has, as findings. Statistics below "exits." come into
/// being while a simulation runs, and those below "guest." and "run." are not the platform's.
void check_metrics(const Sweep& sweep, const CheckResult& known, Diagnostics& findings);

}  // namespace ringside::sweep
