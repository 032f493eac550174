// SPDX-License-Identifier: Apache-2.0
// What differs between the statistics of two runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ringside::program {

/// One figure of a statistic: a counter's value, or a histogram's count, mean or percentile.
struct Figure {
  std::string
      path;  ///< of the group, and the statistic's name: "bus.pci.disk.device.requestq.kicks"
  std::string quantity;  ///< "value", "mean", "p99" ...
  std::string unit;
  double value;
};

/// The figures of a file that `run --stats` has written. Throws std::runtime_error with the reason.
std::vector<Figure> read_figures(const std::string& file);

struct Difference {
  std::string name;  ///< path, with the quantity if there are several
  std::string unit;
  std::optional<double> before;  ///< nothing: only the second file has it
  std::optional<double> after;
  /// Change in parts of the first value; nothing if that is 0 or one is missing.
  std::optional<double> relative() const;
};

struct ComparisonRules {
  double threshold = 0;  ///< smallest relative change that counts: 0.01 for 1 %
  std::string filter;    ///< text that a name has to contain
};

/// What has changed, the largest relative change first, what came and went before all.
std::vector<Difference> differences(const std::vector<Figure>& before,
                                    const std::vector<Figure>& after, const ComparisonRules& rules);

}  // namespace ringside::program
