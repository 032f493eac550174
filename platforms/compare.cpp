// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "commands.h"
#include "exit_code.h"
#include "kit/units.h"
#include "statistics_file.h"

namespace ringside::program {
namespace {

using nlohmann::json;

constexpr const char* kHistogramFigures[] = {"count", "mean", "p50",   "p90",
                                             "p95",   "p99",  "p99_9", "max"};

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void add(std::vector<Figure>& figures, const std::string& name, const json& statistic,
         const char* key, const std::string& unit) {
  const auto found = statistic.find(key);
  if (found == statistic.end() || !found->is_number()) return;
  figures.push_back({name, key, unit, found->get<double>()});
}

/// How much a difference matters to who reads the list.
double weight(const Difference& difference) {
  const auto relative = difference.relative();
  return relative ? std::abs(*relative) : std::numeric_limits<double>::infinity();
}

std::string number(const std::optional<double>& value) {
  if (!value) return "-";
  if (*value == std::floor(*value) && std::abs(*value) < 1e15) return fmt::format("{:.0f}", *value);
  return fmt::format("{:.6g}", *value);
}

std::string change(const Difference& d) {
  const auto relative = d.relative();
  return relative ? fmt::format("{:+.2f} %", *relative * 100) : d.after ? "new" : "gone";
}

std::string absolute(const Difference& d) {
  if (!d.before || !d.after) return "-";
  const double delta = *d.after - *d.before;
  return (delta > 0 ? "+" : "") + number(delta);
}

std::string as_json(const std::vector<Difference>& all) {
  json out = json::array();
  for (const Difference& d : all) {
    json one{{"name", d.name}, {"unit", d.unit}};
    one["before"] = d.before ? json(*d.before) : json();
    one["after"] = d.after ? json(*d.after) : json();
    const auto relative = d.relative();
    one["relative"] = relative ? json(*relative) : json();
    out.push_back(std::move(one));
  }
  return out.dump(2) + "\n";
}

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::vector<Difference>& all) {
  std::vector<Row> rows{{"statistic", "unit", "before", "after", "change", "relative"}};
  for (const Difference& d : all)
    rows.push_back({d.name, d.unit, number(d.before), number(d.after), absolute(d), change(d)});
  return rows;
}

std::string as_markdown(const std::vector<Difference>& all) {
  std::string text;
  bool head = true;
  for (const Row& row : rows_of(all)) {
    text += fmt::format("| {} |\n", fmt::join(row, " | "));
    if (head) text += "|---|---|---:|---:|---:|---:|\n";
    head = false;
  }
  return text;
}

std::string as_text(const std::vector<Difference>& all) {
  const std::vector<Row> rows = rows_of(all);
  std::vector<std::size_t> widths(rows[0].size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:<{}}", row[0], widths[0], row[1], widths[1]);
    for (std::size_t i = 2; i < row.size(); ++i) text += fmt::format("  {:>{}}", row[i], widths[i]);
    text += "\n";
  }
  return text;
}

}  // namespace

std::vector<Figure> read_figures(const std::string& file) {
  const json all = read_statistics_file(file);
  std::vector<Figure> figures;
  for_each_statistic(all["statistics"], [&](const std::string& path, const std::string& name,
                                            const json& statistic) {
    const std::string unit = text_of(statistic, "unit");
    const std::string whole = path + "." + name;
    if (statistic.contains("value")) return add(figures, whole, statistic, "value", unit);
    for (const char* key : kHistogramFigures)
      add(figures, whole, statistic, key, std::string(key) == "count" ? "count" : unit);
  });
  const auto simulated = all.find("simulated_ps");
  if (simulated != all.end() && simulated->is_number())
    figures.push_back({"simulated", "value", "ps", simulated->get<double>()});
  return figures;
}

std::optional<double> Difference::relative() const {
  if (!before || !after || *before == 0) return std::nullopt;
  return (*after - *before) / *before;
}

std::vector<Difference> differences(const std::vector<Figure>& before,
                                    const std::vector<Figure>& after,
                                    const ComparisonRules& rules) {
  std::map<std::string, Difference> all;
  const auto entry = [&](const Figure& figure) -> Difference& {
    const std::string name =
        figure.quantity == "value" ? figure.path : figure.path + ":" + figure.quantity;
    Difference& d = all[name];
    d.name = name;
    d.unit = figure.unit;
    return d;
  };
  for (const Figure& figure : before) entry(figure).before = figure.value;
  for (const Figure& figure : after) entry(figure).after = figure.value;
  std::vector<Difference> found;
  for (auto& [name, d] : all) {
    if (d.before == d.after || name.find(rules.filter) == std::string::npos) continue;
    // A statistic that is there and 0 has not come or gone.
    if (d.before.value_or(0) == d.after.value_or(0)) continue;
    if (weight(d) < rules.threshold) continue;
    found.push_back(std::move(d));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Difference& a, const Difference& b) { return weight(a) > weight(b); });
  return found;
}

int compare(const Options& options) {
  const ComparisonRules rules{options.threshold / 100, options.filter};
  const std::vector<Difference> found =
      differences(read_figures(options.file), read_figures(options.other_file), rules);
  std::string text;
  if (options.format == "json")
    text = as_json(found);
  else if (found.empty())
    text = "nothing differs\n";
  else
    text = options.format == "markdown" ? as_markdown(found) : as_text(found);
  std::fputs(text.c_str(), stdout);
  return options.fail && !found.empty() ? kDiffers : kOk;
}

}  // namespace ringside::program
