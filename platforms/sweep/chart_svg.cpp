// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sweep/chart.h"
#include "sweep/texts.h"

namespace ringside::sweep {
namespace {

constexpr double kPlotWidth = 460;
constexpr double kPlotHeight = 280;
constexpr double kLeft = 64;
constexpr double kTop = 42;
constexpr double kBottom = 50;
constexpr double kLetter = 7;  // about the width of one
constexpr double kLegendLine = 17;
constexpr double kBetweenTicks = 8;

// Okabe and Ito: told apart by everybody, and seen on light and dark paper.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73",
                                   "#cc79a7", "#e69f00", "#56b4e9"};
constexpr const char* kDashes[] = {"", "6 4", "2 3", "9 3 2 3"};

constexpr const char* kStyle = R"(<style>
text { font: 12px sans-serif; fill: #24292f } .title { font-weight: bold } .grid { stroke: #d0d7de; stroke-width: .6 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #444c56 } }
</style>
)";

/// From values to places.
struct Range {
  double low = 0;
  double high = 1;
  Scale scale = Scale::Linear;

  double part(double value) const {
    if (scale == Scale::Log) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
  }
};

Range range_of(double low, double high, Scale scale, bool from_zero) {
  if (scale == Scale::Log) {
    if (low == high) return {low / 2, high * 2, scale};
    return {low, high, scale};
  }
  if (from_zero) low = std::min(low, 0.0), high = std::max(high, 0.0);
  if (low == high) return {low - 0.5, high + 0.5, scale};
  return {low, high, scale};
}

/// About five round numbers on a linear scale.
std::vector<double> linear_ticks(const Range& range) {
  const double rough = (range.high - range.low) / 5;
  double step = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {2.0, 2.5, 2.0})
    if (step * 1.0001 < rough) step *= factor;
  std::vector<double> ticks;
  for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + step * 1e-9; ++i)
    ticks.push_back(i * step);
  return ticks;
}

/// Powers of ten, with 2 and 5 times of them if there are few.
std::vector<double> log_ticks(const Range& range) {
  std::vector<double> ticks;
  const bool few = range.high / range.low < 300;
  const int last = static_cast<int>(std::ceil(std::log10(range.high)));
  for (int power = static_cast<int>(std::floor(std::log10(range.low))); power <= last; ++power)
    for (double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, power);
      if ((factor == 1 || few) && tick >= range.low * 0.9999 && tick <= range.high * 1.0001)
        ticks.push_back(tick);
    }
  return ticks;
}

std::string marker(std::size_t shape, double x, double y, const char* color) {
  switch (shape % 4) {
    case 0:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>", x, y, color);
    case 1:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"6\" height=\"6\" fill=\"{}\"/>",
                         x - 3, y - 3, color);
    case 2:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l4 7h-8z\" fill=\"{}\"/>", x, y - 4.5, color);
    default:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l4 4l-4 4l-4 -4z\" fill=\"{}\"/>", x, y - 4,
                         color);
  }
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    double low = 0, high = 0, left = 0, right = 0;
    bool first = true;
    for (const ChartLine& line : chart.lines)
      for (const ChartPoint& point : line.points) {
        low = first ? point.low : std::min(low, point.low);
        high = first ? point.high : std::max(high, point.high);
        left = first ? point.x : std::min(left, point.x);
        right = first ? point.x : std::max(right, point.x);
        first = false;
      }
    if (first) low = left = 1, high = right = 2;
    const bool is_log = chart.y_scale == Scale::Log;
    y_ = range_of(is_log ? low / 1.2 : low, is_log ? high * 1.2 : high * 1.05, chart.y_scale, true);
    x_ = range_of(left, right, chart.x_scale, false);
  }

  std::string text() {
    std::size_t longest = 0;
    for (const ChartLine& line : chart_.lines) longest = std::max(longest, line.label.size());
    const double legend = longest == 0 ? 16 : 44 + kLetter * static_cast<double>(longest);
    const double legend_height = kTop + 20 + kLegendLine * static_cast<double>(chart_.lines.size());
    // A title may be longer than the chart is wide.
    const double width = std::max(kLeft + kPlotWidth + legend,
                                  kLeft + 7.2 * static_cast<double>(chart_.title.size()));
    const double height = std::max(kTop + kPlotHeight + kBottom, legend_height);
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-label=\"{2}\">\n",
        width, height, xml_text(chart_.title));
    out_ += kStyle;
    draw_frame();
    for (const ChartLine& line : chart_.lines) draw_line(line);
    double y = kTop + 8;
    for (const ChartLine& line : chart_.lines) {
      if (!line.label.empty()) draw_legend(line, y);
      y += kLegendLine;
    }
    if (chart_.lines.empty())
      out_ += fmt::format(
          "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">no results yet</text>\n",
          kLeft + kPlotWidth / 2, kTop + kPlotHeight / 2);
    return std::move(out_) + "</svg>\n";
  }

 private:
  double x_of(double x) const { return kLeft + kPlotWidth * x_.part(x); }
  double y_of(double y) const { return kTop + kPlotHeight * (1 - y_.part(y)); }

  void draw_frame() {
    out_ += fmt::format("<text class=\"title\" x=\"{}\" y=\"16\">{}</text>\n", kLeft,
                        xml_text(chart_.title));
    out_ += fmt::format("<text x=\"{}\" y=\"34\">{}</text>\n", kLeft, xml_text(chart_.y_label));
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                        kLeft + kPlotWidth / 2, kTop + kPlotHeight + 38, xml_text(chart_.x_label));
    for (double tick : y_.scale == Scale::Log ? log_ticks(y_) : linear_ticks(y_)) {
      const double y = y_of(tick);
      out_ += fmt::format(
          "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
          "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
          kLeft, kLeft + kPlotWidth, y, y, kLeft - 6, y + 4, short_number(tick));
    }
    double free_from = -1e9;
    for (const Tick& tick : chart_.x_ticks) {
      const double part = x_.part(tick.at);
      if (part < -0.001 || part > 1.001) continue;
      const double x = x_of(tick.at);
      const double half = kLetter * static_cast<double>(tick.label.size()) / 2;
      out_ += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>",
                          x, x, kTop + kPlotHeight, kTop + kPlotHeight + 4);
      // Labels that would lie on each other are left out.
      if (x - half >= free_from) {
        out_ += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x,
                            kTop + kPlotHeight + 18, xml_text(tick.label));
        free_from = x + half + kBetweenTicks;
      }
      out_ += "\n";
    }
  }

  void draw_line(const ChartLine& line) {
    const char* color = kColors[line.color % std::size(kColors)];
    std::string places;
    for (const ChartPoint& point : line.points)
      places +=
          fmt::format("{}{:.1f},{:.1f}", places.empty() ? "" : " ", x_of(point.x), y_of(point.y));
    out_ += fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"{}/>\n", places,
        color, dash_of(line));
    for (const ChartPoint& point : line.points) {
      if (point.low != point.high)
        out_ += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"{3}\"/>",
            x_of(point.x), y_of(point.low), y_of(point.high), color);
      out_ += marker(line.color, x_of(point.x), y_of(point.y), color) + "\n";
    }
  }

  void draw_legend(const ChartLine& line, double y) {
    const char* color = kColors[line.color % std::size(kColors)];
    const double x = kLeft + kPlotWidth + 12;
    out_ += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2}\" y2=\"{2}\" stroke=\"{3}\" "
        "stroke-width=\"1.6\"{4}/>",
        x, x + 22, y, color, dash_of(line));
    out_ += marker(line.color, x + 11, y, color);
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + 27, y + 4,
                        xml_text(line.label));
  }

  static std::string dash_of(const ChartLine& line) {
    const std::string dash = kDashes[line.dash % std::size(kDashes)];
    return dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash);
  }

  const Chart& chart_;
  Range x_;
  Range y_;
  std::string out_;
};

}  // namespace

std::string chart_svg(const Chart& chart) {
  return Drawing(chart).text();
}

}  // namespace ringside::sweep
