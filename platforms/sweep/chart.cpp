// SPDX-License-Identifier: Apache-2.0
#include "sweep/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sweep/texts.h"

namespace ringside::sweep {
namespace {

std::string with_unit(const std::string& label, const std::string& unit) {
  return unit.empty() ? label : fmt::format("{}, {}", label, unit);
}

class Charter {
 public:
  Charter(const Sweep& sweep, const Plot& plot, const std::vector<Point>& points,
          const std::vector<Record>& records)
      : sweep_(sweep), plot_(plot), points_(points), records_(records), x_axis_(index_of(plot.x)) {
    const std::vector<AxisValue>& values = sweep.axes[x_axis_].values;
    numeric_ = std::all_of(values.begin(), values.end(),
                           [](const AxisValue& value) { return value.number.has_value(); });
  }

  std::vector<Chart> draw() {
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (is_drawn(points_[i])) add(i);
    std::vector<Chart> charts;
    for (auto& [key, sheet] : sheets_) charts.push_back(finish(sheet));
    return charts;
  }

 private:
  struct Gathered {
    std::string label;
    std::size_t color = 0;
    std::size_t dash = 0;
    std::map<double, std::vector<double>> values;  // by x, one for each seed
  };
  struct Sheet {
    std::string name;
    std::string title;
    std::map<std::vector<std::size_t>, Gathered> lines;  // by places on the axes of `series`
  };

  std::size_t index_of(const std::string& name) const {
    return static_cast<std::size_t>(sweep_.axis(name) - sweep_.axes.data());
  }

  const std::string& label_of(const Point& point, std::size_t axis) const {
    return sweep_.axes[axis].values[point.at[axis]].label;
  }

  bool is_drawn(const Point& point) const {
    for (const auto& [axis, label] : plot_.only)
      if (label_of(point, index_of(axis)) != label) return false;
    return true;
  }

  bool can_show(double value, Scale scale) const { return scale == Scale::Linear || value > 0; }

  double x_of(const Point& point) const {
    const std::size_t at = point.at[x_axis_];
    return numeric_ ? *sweep_.axes[x_axis_].values[at].number : static_cast<double>(at);
  }
  Scale x_scale() const { return numeric_ ? plot_.x_scale : Scale::Linear; }

  /// Of the axes with these names: "ring 64, packed".
  std::string said_of(const Point& point, const std::vector<std::string>& names) const {
    std::string text;
    for (const std::string& name : names) {
      const Axis& axis = sweep_.axes[index_of(name)];
      const std::string& label = label_of(point, index_of(name));
      // Words speak for themselves; numbers, and true and false, do not.
      const bool speaks = !axis.values.front().number;
      text +=
          (text.empty() ? "" : ", ") + (speaks ? label : fmt::format("{} {}", axis.label, label));
    }
    return text;
  }

  std::vector<std::size_t> places(const Point& point, const std::vector<std::string>& names) const {
    std::vector<std::size_t> key;
    for (const std::string& name : names) key.push_back(point.at[index_of(name)]);
    return key;
  }

  Sheet& sheet_of(const Point& point) {
    const auto [place, is_new] = sheets_.emplace(places(point, plot_.each), Sheet{});
    Sheet& sheet = place->second;
    if (!is_new) return sheet;
    sheet.name = plot_.name;
    for (const std::string& name : plot_.each)
      sheet.name += fmt::format("-{}={}", name, label_of(point, index_of(name)));
    sheet.name = file_name(sheet.name);
    const std::string said = said_of(point, plot_.each);
    sheet.title = plot_.title + (said.empty() ? "" : ": " + said);
    return sheet;
  }

  void add(std::size_t i) {
    const Point& point = points_[i];
    Sheet& sheet = sheet_of(point);
    const auto metric = records_[i].metrics.find(plot_.y);
    if (records_[i].state != "done" || metric == records_[i].metrics.end() || !metric->second)
      return;
    const double x = x_of(point);
    if (!can_show(x, x_scale()) || !can_show(*metric->second, plot_.y_scale)) return;
    Gathered& line = sheet.lines[places(point, plot_.series)];
    if (line.values.empty()) {
      line.label = said_of(point, plot_.series);
      // The first axis is told apart by color, all others by the kind of line.
      for (std::size_t s = 0; s < plot_.series.size(); ++s) {
        const std::size_t axis = index_of(plot_.series[s]);
        if (s == 0)
          line.color = point.at[axis];
        else
          line.dash = line.dash * sweep_.axes[axis].values.size() + point.at[axis];
      }
    }
    line.values[x].push_back(*metric->second);
  }

  Chart finish(const Sheet& sheet) const {
    const Axis& axis = sweep_.axes[x_axis_];
    const Metric& metric = *sweep_.metric(plot_.y);
    Chart chart{sheet.name,
                sheet.title,
                with_unit(axis.label, axis.unit),
                with_unit(metric.label, metric.unit),
                x_scale(),
                plot_.y_scale,
                {},
                {}};
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      const double x = numeric_ ? *axis.values[i].number : static_cast<double>(i);
      if (can_show(x, x_scale())) chart.x_ticks.push_back({x, axis.values[i].label});
    }
    std::stable_sort(chart.x_ticks.begin(), chart.x_ticks.end(),
                     [](const Tick& a, const Tick& b) { return a.at < b.at; });
    for (const auto& [key, gathered] : sheet.lines) {
      ChartLine line{gathered.label, gathered.color, gathered.dash, {}};
      for (const auto& [x, values] : gathered.values) {
        double sum = 0;
        for (double value : values) sum += value;
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        line.points.push_back({x, sum / static_cast<double>(values.size()), *low, *high});
      }
      chart.lines.push_back(std::move(line));
    }
    return chart;
  }

  const Sweep& sweep_;
  const Plot& plot_;
  const std::vector<Point>& points_;
  const std::vector<Record>& records_;
  std::size_t x_axis_;
  bool numeric_ = false;
  std::map<std::vector<std::size_t>, Sheet> sheets_;  // by places on the axes of `each`
};

}  // namespace

std::vector<Chart> charts_of(const Sweep& sweep, const Plot& plot, const std::vector<Point>& points,
                             const std::vector<Record>& records) {
  return Charter(sweep, plot, points, records).draw();
}

}  // namespace ringside::sweep
