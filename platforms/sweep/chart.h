// SPDX-License-Identifier: Apache-2.0
// A figure before it is drawn: lines of points, and what its axes say.
#pragma once

#include <string>
#include <vector>

#include "sweep/grid.h"
#include "sweep/store.h"

namespace ringside::sweep {

struct ChartPoint {
  double x = 0;
  double y = 0;     ///< the mean over seeds
  double low = 0;   ///< the least of them
  double high = 0;  ///< the greatest
};

struct ChartLine {
  std::string label;
  std::size_t color = 0;  ///< tells values of the first axis in `series` apart
  std::size_t dash = 0;   ///< tells those of the others apart
  std::vector<ChartPoint> points;
};

struct Tick {
  double at = 0;
  std::string label;
};

struct Chart {
  std::string name;  ///< of its file, without extension
  std::string title;
  std::string x_label;
  std::string y_label;
  Scale x_scale = Scale::Linear;
  Scale y_scale = Scale::Linear;
  std::vector<Tick> x_ticks;  ///< the values of the axis, by the names that they have in the file
  std::vector<ChartLine> lines;
};

/// The figures of a plot. Points that are not done, or have no such metric, are left out; so are
/// those that a logarithmic scale cannot show. A figure may end up without lines.
std::vector<Chart> charts_of(const Sweep& sweep, const Plot& plot, const std::vector<Point>& points,
                             const std::vector<Record>& records);

/// Draws one, readable on light and on dark paper.
std::string chart_svg(const Chart& chart);

}  // namespace ringside::sweep
