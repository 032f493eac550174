// SPDX-License-Identifier: Apache-2.0
// A sweep, as its file says it: a platform, what changes from point to point, what is measured and
// what is drawn. yaml/sweeps/README.md says how it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kit/diag.h"
#include "options.h"
#include "sweep/expression.h"

namespace ringside::sweep {

using program::Setting;

/// One place on an axis.
struct AxisValue {
  std::string label;             ///< as it is written; what `${axis}` stands for
  std::optional<double> number;  ///< of a number, a bool (0, 1) or a quantity (bytes, s, Hz, bit/s)
  std::vector<Setting> settings;
};

/// What changes from point to point.
struct Axis {
  std::string name;
  std::string label;  ///< for people; the name if nothing else is given
  std::string unit;
  Location where;
  std::vector<AxisValue> values;
};

/// What is measured at each point.
struct Metric {
  std::string name;
  std::string label;
  std::string unit;
  Location where;
  Expression expression;

  /// A time, or something per time: has no meaning with `accuracy: functional`.
  bool is_performance() const;
};

enum class Scale { Linear, Log };

/// One figure, or one for each value of the axes in `each`.
struct Plot {
  std::string name;  ///< of its file
  std::string title;
  std::string x;                    ///< an axis
  std::string y;                    ///< a metric
  std::vector<std::string> series;  ///< axes: a line for each combination of their values
  std::vector<std::string> each;    ///< axes: a figure for each combination
  std::vector<std::pair<std::string, std::string>> only;  ///< axis and the label that is drawn
  Scale x_scale = Scale::Linear;
  Scale y_scale = Scale::Linear;
};

/// How each point is run; texts may hold `${axis}`.
struct RunSettings {
  std::vector<Setting> boot;  ///< of the `boot` model: firmware, kernel, initrd, append
  std::string workload;       ///< a shell line for the guest; empty if there is none
  Location workload_where;
  std::string limit;                 ///< of simulated time; empty for none
  double timeout = 3600;             ///< seconds on the wall
  std::vector<std::string> options;  ///< more words for `ringside run`
};

/// What a site's Slurm wants to be told.
struct SlurmSettings {
  std::string partition;
  std::string account;
  std::string time;
  std::vector<std::string> extra;  ///< words for sbatch
  double poll = 5;                 ///< seconds from one look at the queue to the next
  std::string program;             ///< ringside as the nodes find it; empty: where it is here
};

struct Sweep {
  std::string file;    ///< absolute
  std::string source;  ///< its text
  std::string name;    ///< of the file, without folder and extension
  std::string title;
  std::string description;
  std::string base;               ///< the platform's file, absolute
  std::string base_text;          ///< what stands in it
  std::vector<Setting> settings;  ///< of every point
  std::vector<Axis> axes;
  std::vector<std::uint64_t> seeds;  ///< empty: each point once, with the platform's seed
  RunSettings run;
  std::vector<Metric> metrics;
  std::vector<Plot> plots;
  SlurmSettings slurm;

  /// The axis of that name, or nullptr.
  const Axis* axis(const std::string& name) const;
  /// The metric of that name, or nullptr.
  const Metric* metric(const std::string& name) const;
};

}  // namespace ringside::sweep
