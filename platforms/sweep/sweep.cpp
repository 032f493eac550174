// SPDX-License-Identifier: Apache-2.0
#include "sweep/sweep.h"

#include <algorithm>

namespace ringside::sweep {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

bool Metric::is_performance() const {
  static const std::vector<std::string> times = {"fs", "ps", "ns", "us", "ms", "s"};
  if (std::find(times.begin(), times.end(), unit) != times.end()) return true;
  return ends_with(unit, "/s") || ends_with(unit, "bps") || unit == "Hz" || unit == "IOPS";
}

const Axis* Sweep::axis(const std::string& wanted) const {
  for (const Axis& axis : axes)
    if (axis.name == wanted) return &axis;
  return nullptr;
}

const Metric* Sweep::metric(const std::string& wanted) const {
  for (const Metric& metric : metrics)
    if (metric.name == wanted) return &metric;
  return nullptr;
}

}  // namespace ringside::sweep
