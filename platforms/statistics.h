// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kit/platform.h"
#include "summary.h"

namespace ringside::program {

/// Writes every statistic with its unit and documentation: JSON, or CSV if the name ends in ".csv".
/// Throws std::runtime_error if the file cannot be written.
void write_statistics(const std::string& file, const Platform& platform, const RunFigures& figures);

}  // namespace ringside::program
