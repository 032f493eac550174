// SPDX-License-Identifier: Apache-2.0
#include "sweep/chart.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"

using namespace ringside::sweep;

namespace {

constexpr const char* kSweep = R"(
axes:
  depth: {path: x, values: [16, 1, 4], label: depth, unit: requests}
  ring: {path: y, values: [64, 256]}
  kind: {variants: {split: {z: 1}, packed: {z: 2}}}
seeds: [1, 2]
metrics: {rate: {value: bus.kicks, label: Rate <of all>, unit: 1/s}}
plots:
  - {x: depth, y: rate, series: [kind], each: [ring], x_scale: log, y_scale: log}
  - {name: words, x: kind, y: rate, series: [ring, depth]}
  - {name: one, x: depth, y: rate, only: {ring: 64, kind: packed}}
)";

/// Each point is done, and its rate is depth * 10, + ring, + 1 with the second seed.
struct Charts : Bench {
  Charts() : Bench(kSweep) {
    BOOST_REQUIRE_MESSAGE(sweep, findings.str());
    for (const Point& point : points) {
      Record record;
      record.state = "done";
      record.metrics["rate"] = *sweep->axes[0].values[point.at[0]].number * 10 +
                               *sweep->axes[1].values[point.at[1]].number +
                               static_cast<double>(*point.seed) - 1;
      records.push_back(record);
    }
  }
  std::vector<Chart> draw(std::size_t plot) const {
    return charts_of(*sweep, sweep->plots[plot], points, records);
  }
  std::vector<Record> records;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_figure_for_each_and_a_line_for_each, Charts) {
  const std::vector<Chart> charts = draw(0);
  BOOST_REQUIRE(charts.size() == 2);
  BOOST_TEST(charts[0].name == "rate-ring=64");
  BOOST_TEST(charts[1].title == "Rate <of all>: ring 256");
  BOOST_TEST(charts[0].x_label == "depth, requests");
  BOOST_REQUIRE(charts[0].lines.size() == 2);
  const ChartLine& packed = charts[0].lines[1];
  BOOST_TEST(packed.label == "packed");
  BOOST_TEST(packed.color == 1);
  BOOST_REQUIRE(packed.points.size() == 3);
  // By x, not as written; mean, least and greatest of the seeds.
  BOOST_TEST(packed.points[0].x == 1);
  BOOST_TEST(packed.points[2].x == 16);
  BOOST_TEST(packed.points[2].y == 224.5);
  BOOST_TEST(packed.points[2].low == 224);
  BOOST_TEST(packed.points[2].high == 225);
  BOOST_TEST(charts[0].x_ticks[0].label == "1");
}

BOOST_FIXTURE_TEST_CASE(words_stand_side_by_side, Charts) {
  const std::vector<Chart> charts = draw(1);
  BOOST_REQUIRE(charts.size() == 1);
  BOOST_TEST(charts[0].lines.size() == 6);
  BOOST_TEST(charts[0].x_ticks[1].at == 1);
  BOOST_TEST(charts[0].x_ticks[1].label == "packed");
  BOOST_TEST(charts[0].lines[1].label == "ring 64, depth 1");
  // Colors tell rings apart, dashes depths.
  BOOST_TEST(charts[0].lines[1].color == 0);
  BOOST_TEST(charts[0].lines[1].dash == 1);
  BOOST_TEST(charts[0].lines[5].color == 1);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_there_is_left_out, Charts) {
  records[0].state = "failed";
  for (Record& record : records)
    if (*record.metrics["rate"] > 300) record.metrics["rate"] = -1;  // not on a logarithmic scale
  const std::vector<Chart> logarithmic = draw(0);
  BOOST_TEST(logarithmic[1].lines[0].points.size() == 2);
  const std::vector<Chart> only = draw(2);
  BOOST_REQUIRE(only.size() == 1);
  BOOST_REQUIRE(only[0].lines.size() == 1);
  BOOST_TEST(only[0].lines[0].label == "");
}

BOOST_FIXTURE_TEST_CASE(pictures, Charts) {
  const std::string picture = chart_svg(draw(0)[0]);
  BOOST_TEST(picture.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
  BOOST_TEST(count(picture, "<polyline ") == 2);
  BOOST_TEST(count(picture, "<circle ") == 3 + 1);  // one in the legend
  BOOST_TEST(count(picture, "<rect ") == 3 + 1);
  BOOST_TEST(count(picture, "Rate &lt;of all&gt;") == 3);
  BOOST_TEST(count(picture, "prefers-color-scheme: dark") == 1);
  BOOST_TEST(count(picture, "nan") + count(picture, "inf") == 0);
  const std::string dashed = chart_svg(draw(1)[0]);
  BOOST_TEST(count(dashed, "stroke-dasharray=\"6 4\"") == 4);
}

BOOST_AUTO_TEST_CASE(odd_figures_are_drawn_all_the_same) {
  for (Scale scale : {Scale::Linear, Scale::Log}) {
    Chart chart;
    chart.x_scale = chart.y_scale = scale;
    BOOST_TEST(count(chart_svg(chart), "no results yet") == 1);
    for (double value : {1e-12, 1.0, 1e15}) {
      chart.lines = {{"x", 0, 0, {{value, value, value, value}}}};
      const std::string picture = chart_svg(chart);
      BOOST_TEST(count(picture, "nan") + count(picture, "inf") == 0);
      BOOST_TEST(picture.size() < 10000);
    }
  }
  Chart zero;
  zero.lines = {{"x", 0, 0, {{0, 0, 0, 0}, {1, 0, 0, 0}, {2, -5, -5, -5}}}};
  BOOST_TEST(count(chart_svg(zero), "nan") == 0);
}
