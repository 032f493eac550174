// SPDX-License-Identifier: Apache-2.0
// The points of a sweep, and how each is run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sweep/sweep.h"

namespace ringside::sweep {

struct Point {
  std::vector<std::size_t> at;  ///< for each axis, which of its values
  std::optional<std::uint64_t> seed;
  std::string label;                 ///< "ring=64,depth=4", unique
  std::string folder;                ///< its name in the folder of points
  std::vector<Setting> settings;     ///< with all names filled in
  std::vector<std::string> command;  ///< words behind the program's name
};

/// All points: the last axis changes fastest, then the seed. Findings if there are too many, or one
/// cannot be (its kernel command line is too long, say).
std::vector<Point> points_of(const Sweep& sweep, Diagnostics& findings);

/// The points that show each value of each axis at least once: whatever is wrong with a parameter
/// by itself shows there.
std::vector<const Point*> sample(const Sweep& sweep, const std::vector<Point>& points);

/// Words for the guest's kernel command line that have /init run a shell line and then power off.
std::string workload_words(const std::string& line);

}  // namespace ringside::sweep
