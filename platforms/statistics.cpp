// SPDX-License-Identifier: Apache-2.0
#include "statistics.h"

#include <fmt/format.h>

#include "text.h"
#include "walk.h"

namespace ringside::program {
namespace {

constexpr double kPercentiles[] = {0.5, 0.9, 0.99, 0.999};
constexpr const char* kPercentileNames[] = {"p50", "p90", "p99", "p99_9"};

std::string json(const Platform& platform, const RunFigures& figures) {
  const StopReason& stop = platform.stop_reason();
  std::string text = "{\n";
  text += fmt::format("  \"platform\": {},\n", json_text(figures.platform_file));
  text += fmt::format("  \"accuracy\": \"{}\",\n",
                      platform.accuracy == Accuracy::Timed ? "timed" : "functional");
  text += fmt::format("  \"stop\": {{\"exit_code\": {}, \"reason\": {}}},\n", stop.exit_code,
                      json_text(stop.text));
  text += fmt::format("  \"simulated_ps\": {},\n",
                      static_cast<std::uint64_t>(figures.simulated.to_seconds() * 1e12));
  text += fmt::format("  \"resets\": {},\n", platform.resets());
  text += fmt::format("  \"host\": {{\"seconds\": {:.6f}}},\n", figures.host_seconds);
  text += "  \"statistics\": [";
  const char* separator = "\n";
  const auto begin = [&](const std::string& path, const auto& stat, const char* kind) {
    text += fmt::format(
        "{}    {{\"path\": {}, \"name\": {}, \"kind\": \"{}\", \"unit\": {}, \"doc\": {}",
        separator, json_text(path), json_text(stat.name()), kind, json_text(stat.unit()),
        json_text(stat.doc()));
    separator = ",\n";
  };
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    for (const Counter* c : group.counters()) {
      begin(path, *c, "counter");
      text += fmt::format(", \"value\": {}}}", c->value());
    }
    for (const Histogram* h : group.histograms()) {
      begin(path, *h, "histogram");
      text += fmt::format(", \"count\": {}, \"sum\": {}, \"min\": {}, \"max\": {}, \"mean\": {}",
                          h->count(), h->sum(), h->min(), h->max(), h->mean());
      for (std::size_t i = 0; i < std::size(kPercentiles); ++i)
        text += fmt::format(", \"{}\": {}", kPercentileNames[i], h->percentile(kPercentiles[i]));
      text += "}";
    }
  });
  return text + "\n  ]\n}\n";
}

std::string csv(const Platform& platform) {
  std::string text = "path,name,kind,unit,value,count,sum,min,max,mean,p50,p90,p99,p99_9,doc\n";
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    for (const Counter* c : group.counters())
      text += fmt::format("{},{},counter,{},{},,,,,,,,,,{}\n", csv_field(path),
                          csv_field(c->name()), csv_field(c->unit()), c->value(),
                          csv_field(c->doc()));
    for (const Histogram* h : group.histograms()) {
      text += fmt::format("{},{},histogram,{},,{},{},{},{},{}", csv_field(path),
                          csv_field(h->name()), csv_field(h->unit()), h->count(), h->sum(),
                          h->min(), h->max(), h->mean());
      for (double fraction : kPercentiles) text += fmt::format(",{}", h->percentile(fraction));
      text += fmt::format(",{}\n", csv_field(h->doc()));
    }
  });
  return text;
}

}  // namespace

void write_statistics(const std::string& file, const Platform& platform,
                      const RunFigures& figures) {
  const bool is_csv = file.size() > 4 && file.compare(file.size() - 4, 4, ".csv") == 0;
  const std::string text = is_csv ? csv(platform) : json(platform, figures);
  write_file(file, text.data(), text.size());
}

}  // namespace ringside::program
