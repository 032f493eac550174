// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kit/exits.h"
#include "text.h"
#include "walk.h"

namespace ringside::program {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Counter& c) {
  return {{"kind", "counter"}, {"value", c.value()}, {"unit", c.unit()}, {"doc", c.doc()}};
}

Json json_of(const Histogram& h) {
  Json all{{"kind", "histogram"}, {"count", h.count()}, {"sum", h.sum()},
           {"min", h.min()},      {"max", h.max()},     {"mean", h.mean()}};
  for (const auto& [name, fraction] : percentiles()) all[name] = h.percentile(fraction);
  Json buckets = Json::array();
  for (const Histogram::Bucket& b : h.buckets()) buckets.push_back({b.first, b.last, b.count});
  all["buckets"] = std::move(buckets);
  all["unit"] = h.unit();
  all["doc"] = h.doc();
  return all;
}

/// The object at a path whose words are joined by dots.
Json& at(Json& tree, const std::string& path) {
  Json* here = &tree;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t dot = std::min(path.find('.', start), path.size());
    here = &(*here)[path.substr(start, dot - start)];
    start = dot + 1;
  }
  return *here;
}

}  // namespace

const std::vector<std::pair<const char*, double>>& percentiles() {
  static const std::vector<std::pair<const char*, double>> all = {
      {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999}};
  return all;
}

Json header_of(const Platform& platform, const RunFigures& figures) {
  const StopReason& stop = platform.stop_reason();
  Json header{{"ringside", figures.version},
              {"platform", figures.platform_file},
              {"accuracy", platform.timed() ? "timed" : "functional"},
              {"quantum_ps", platform.quantum.value()},
              {"seed", platform.seed},
              {"exits", platform.exits() ? Json(platform.exits()->profile_name()) : Json()},
              {"region", figures.region == 0 ? Json() : Json(figures.region)},
              {"counted_since_ps", platform.counted_since().value()},
              {"simulated_ps", figures.simulated.value()},
              {"stop", {{"exit_code", stop.exit_code}, {"reason", stop.text}}},
              {"resets", platform.resets()}};
  Json milestones = Json::array();
  for (const Milestone& one : platform.milestones())
    milestones.push_back({{"name", one.name}, {"ps", one.when.value()}});
  header["milestones"] = std::move(milestones);
  header["host"] = {{"seconds", figures.host_seconds}};
  return header;
}

Json statistics_of(const Platform& platform) {
  Json tree = Json::object();
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    if (group.counters().empty() && group.histograms().empty()) return;
    Json& here = at(tree, path);
    for (const Counter* c : group.counters()) here[c->name()] = json_of(*c);
    for (const Histogram* h : group.histograms()) here[h->name()] = json_of(*h);
  });
  return tree;
}

std::string statistics_csv(const Platform& platform) {
  std::string text = "path,name,kind,unit,value,count,sum,min,max,mean";
  for (const auto& [name, fraction] : percentiles()) text += fmt::format(",{}", name);
  text += ",doc\n";
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    for (const Counter* c : group.counters())
      text += fmt::format("{},{},counter,{},{},,,,,{},{}\n", csv_field(path), csv_field(c->name()),
                          csv_field(c->unit()), c->value(), std::string(percentiles().size(), ','),
                          csv_field(c->doc()));
    for (const Histogram* h : group.histograms()) {
      text +=
          fmt::format("{},{},histogram,{},,{},{},{},{},{}", csv_field(path), csv_field(h->name()),
                      csv_field(h->unit()), h->count(), h->sum(), h->min(), h->max(), h->mean());
      for (const auto& [name, fraction] : percentiles())
        text += fmt::format(",{}", h->percentile(fraction));
      text += fmt::format(",{}\n", csv_field(h->doc()));
    }
  });
  return text;
}

void write_statistics(const std::string& file, const Platform& platform,
                      const RunFigures& figures) {
  const bool is_csv = file.size() > 4 && file.compare(file.size() - 4, 4, ".csv") == 0;
  std::string text;
  if (is_csv) {
    text = statistics_csv(platform);
  } else {
    Json all = header_of(platform, figures);
    all["statistics"] = statistics_of(platform);
    text = all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  write_file(file, text.data(), text.size());
}

}  // namespace ringside::program
