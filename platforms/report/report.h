// SPDX-License-Identifier: Apache-2.0
// The report of a run: one page that shows where time and exits went, and the figures behind it.
#pragma once

#include <string>

#include "kit/platform.h"
#include "report/sampler.h"
#include "summary.h"

namespace ringside::report {

/// Leaves report.html, statistics.json, statistics.csv and platform.yaml in a folder, which is made
/// if it is not there; the second region's are report.2.html and so on. The page needs no other
/// file and no network. Throws std::runtime_error if something cannot be written.
void write_report(const std::string& folder, const Platform& platform,
                  const program::RunFigures& figures, const Sampler& sampler);

/// Text of JSON as it may stand inside a script element.
std::string inside_script(std::string json);

}  // namespace ringside::report
