// SPDX-License-Identifier: Apache-2.0
#include "sweep/grid.h"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>

#include "sweep/texts.h"

namespace ringside::sweep {
namespace {

constexpr std::size_t kMostPoints = 100000;
constexpr std::size_t kLongestFolder = 240;    // Linux takes names of 255 bytes
constexpr std::size_t kLongestCommand = 1023;  // what a RISC-V kernel keeps of its command line
// What a workload gets if the file says nothing else.
constexpr const char* kUsualAppend = "console=ttyS0 quiet ringside.net=off";

std::string filled_in(const Sweep& sweep, const Point& point, const std::string& text) {
  return substitute(text, [&](const std::string& name) -> std::optional<std::string> {
    if (name == "sweep") return std::filesystem::path(sweep.file).parent_path().string();
    if (name == "seed") return point.seed ? fmt::format("{}", *point.seed) : "1";
    for (std::size_t i = 0; i < sweep.axes.size(); ++i)
      if (sweep.axes[i].name == name) return sweep.axes[i].values[point.at[i]].label;
    return std::nullopt;
  });
}

void name_point(const Sweep& sweep, Point& point) {
  for (std::size_t i = 0; i < sweep.axes.size(); ++i)
    point.label += fmt::format("{}{}={}", i == 0 ? "" : ",", sweep.axes[i].name,
                               sweep.axes[i].values[point.at[i]].label);
  if (point.seed) point.label += fmt::format(",seed={}", *point.seed);
  point.folder = file_name(point.label);
}

void collect_settings(const Sweep& sweep, Point& point) {
  const auto add = [&](const Setting& setting) {
    point.settings.push_back(
        {setting.path, filled_in(sweep, point, setting.value), setting.origin, setting.type});
  };
  for (const Setting& setting : sweep.settings) add(setting);
  for (std::size_t i = 0; i < sweep.axes.size(); ++i)
    for (const Setting& setting : sweep.axes[i].values[point.at[i]].settings) add(setting);
  if (point.seed) point.settings.push_back({"seed", fmt::format("{}", *point.seed), "seeds", ""});
  bool has_append = false;
  for (const Setting& setting : sweep.run.boot) {
    add(setting);
    has_append = has_append || setting.path == "append";
  }
  if (sweep.run.workload.empty()) return;
  const std::string words = workload_words(filled_in(sweep, point, sweep.run.workload));
  const std::string where = sweep.run.workload_where.str();
  if (!has_append) point.settings.push_back({"append", kUsualAppend, where, "boot"});
  for (Setting& setting : point.settings)
    if (setting.type == "boot" && setting.path == "append") setting.value += " " + words;
}

std::vector<std::string> command_of(const Sweep& sweep, const Point& point) {
  std::vector<std::string> words = {"run", sweep.base};
  for (const Setting& setting : point.settings) {
    if (setting.type.empty()) {
      words.insert(words.end(), {"--set", setting.path + "=" + setting.value});
      continue;
    }
    words.push_back(setting.path == "firmware" ? "--bios" : "--" + setting.path);
    words.push_back(setting.value);
  }
  if (!sweep.run.limit.empty())
    words.insert(words.end(), {"--limit", filled_in(sweep, point, sweep.run.limit)});
  words.insert(words.end(), {"--timeout", fmt::format("{}", sweep.run.timeout)});
  words.insert(words.end(), {"--stats", "stats.json"});
  for (const std::string& option : sweep.run.options)
    words.push_back(filled_in(sweep, point, option));
  return words;
}

bool check_point(const Sweep& sweep, const Point& point, Diagnostics& findings) {
  if (point.folder.size() > kLongestFolder) {
    findings.error({sweep.file, 0, 0},
                   fmt::format("the name of point '{}' is too long for a folder; give its values "
                               "shorter names by 'variants'",
                               printable(point.label)));
    return false;
  }
  for (const Setting& setting : point.settings) {
    if (setting.path != "append" || setting.type != "boot" ||
        setting.value.size() <= kLongestCommand)
      continue;
    findings.error(
        sweep.run.workload_where,
        fmt::format("the kernel command line has {} bytes with the workload; a kernel keeps "
                    "{}. Put the longer part into a script of the guest",
                    setting.value.size(), kLongestCommand));
    return false;
  }
  return true;
}

/// The next point like an odometer; false after the last.
bool advance(const Sweep& sweep, std::vector<std::size_t>& at) {
  for (std::size_t i = at.size(); i-- > 0;) {
    if (++at[i] < sweep.axes[i].values.size()) return true;
    at[i] = 0;
  }
  return false;
}

}  // namespace

std::string workload_words(const std::string& line) {
  std::string word;
  for (char c : line) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                       std::string("_-./,:=+@").find(c) != std::string::npos;
    word += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return "ringside.run=" + word;
}

std::vector<Point> points_of(const Sweep& sweep, Diagnostics& findings) {
  std::size_t count = std::max<std::size_t>(sweep.seeds.size(), 1);
  for (const Axis& axis : sweep.axes) {
    count *= axis.values.size();
    if (count <= kMostPoints) continue;
    findings.error(axis.where, fmt::format("with axis '{}' the sweep has more than {} points",
                                           axis.name, kMostPoints));
    return {};
  }
  std::vector<Point> points;
  std::vector<std::size_t> at(sweep.axes.size(), 0);
  do {
    for (std::size_t i = 0; i < std::max<std::size_t>(sweep.seeds.size(), 1); ++i) {
      Point point;
      point.at = at;
      if (!sweep.seeds.empty()) point.seed = sweep.seeds[i];
      name_point(sweep, point);
      collect_settings(sweep, point);
      point.command = command_of(sweep, point);
      if (!check_point(sweep, point, findings)) return {};
      points.push_back(std::move(point));
    }
  } while (advance(sweep, at));
  return points;
}

std::vector<const Point*> sample(const Sweep& sweep, const std::vector<Point>& points) {
  std::vector<const Point*> chosen;
  for (const Point& point : points) {
    if (point.seed && *point.seed != sweep.seeds.front()) continue;
    std::size_t moved = 0;
    for (std::size_t at : point.at) moved += at != 0;
    if (moved <= 1) chosen.push_back(&point);
  }
  return chosen;
}

}  // namespace ringside::sweep
