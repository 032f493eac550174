// SPDX-License-Identifier: Apache-2.0
// Every statistic of a run with its unit and documentation, in a file.
//
// JSON: how the run was made, then `statistics`, a tree of the names of models and groups. A leaf
// is the object with a `kind`: a counter has `value`; a histogram `count`, `sum`, `min`, `max`,
// `mean`, percentiles from p50 to p99_9, and `buckets` as [first, last, count].
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kit/platform.h"
#include "summary.h"

namespace ringside::program {

/// Writes JSON, or CSV if the name ends in ".csv". Throws std::runtime_error if the file cannot be
/// written.
void write_statistics(const std::string& file, const Platform& platform, const RunFigures& figures);

/// How the run was made: program, platform, accuracy, quantum, seed, exit profile, why and when it
/// ended. What depends on the host is under `host`.
nlohmann::ordered_json header_of(const Platform& platform, const RunFigures& figures);
nlohmann::ordered_json statistics_of(const Platform& platform);
std::string statistics_csv(const Platform& platform);

/// The percentiles that are written of a histogram, by their names.
const std::vector<std::pair<const char*, double>>& percentiles();

}  // namespace ringside::program
