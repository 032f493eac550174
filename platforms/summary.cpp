// SPDX-License-Identifier: Apache-2.0
#include "summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "walk.h"

namespace ringside::program {
namespace {

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

std::uint64_t value_of(const StatGroup& group, const char* name) {
  const Counter* counter = group.find_counter(name);
  return counter ? counter->value() : 0;
}

/// A count, or "-" where the group does not count that.
std::string cell(const StatGroup& group, const char* name) {
  const Counter* counter = group.find_counter(name);
  return counter ? fmt::format("{}", counter->value()) : "-";
}

std::uint64_t bytes_of(const StatGroup& group) {
  return value_of(group, "bytes") + value_of(group, "bytes_read") +
         value_of(group, "bytes_written");
}

/// "1.50 GB/s" over simulated time.
std::string rate(std::uint64_t bytes, const sc_core::sc_time& time) {
  const double per_second = static_cast<double>(bytes) / std::max(time.to_seconds(), 1e-12);
  static constexpr std::array<const char*, 4> units = {"B/s", "KB/s", "MB/s", "GB/s"};
  std::size_t unit = 0;
  double value = per_second;
  for (; value >= 1000 && unit + 1 < units.size(); ++unit) value /= 1000;
  return fmt::format("{:.2f} {}", value, units[unit]);
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    std::string line = fmt::format("  {:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < kColumns; ++i)
      if (widths[i] != 0) line += fmt::format("  {:>{}}", row[i], widths[i]);
    text += line + "\n";
  }
  return text;
}

std::string queue_table(const Platform& platform, const RunFigures& figures) {
  const bool timed = platform.accuracy == Accuracy::Timed;
  std::vector<Row> rows = {{"device and queue", "requests", "bytes", "kicks", "suppressed",
                            "interrupts", "suppressed", timed ? "throughput" : "", ""}};
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    if (!group.find_counter("requests")) return;
    rows.push_back({path, cell(group, "requests"), fmt::format("{}", bytes_of(group)),
                    cell(group, "kicks"), cell(group, "suppressed_kicks"),
                    cell(group, "interrupts"), cell(group, "suppressed_interrupts"),
                    timed ? rate(bytes_of(group), figures.simulated) : "", ""});
  });
  return rows.size() > 1 ? table(rows) : "";
}

/// What left the guest, by kind and source; empty on a real machine.
std::string exit_table(const Platform& platform) {
  std::vector<Row> rows = {
      {"kind of event and source", "events", "exits", "hart ns", "back end ns", "", "", "", ""}};
  for_each_group(platform, [&](const std::string& path, const StatGroup& group) {
    if (!group.find_counter("vcpu_ns") || value_of(group, "events") == 0) return;
    rows.push_back({path, cell(group, "events"), cell(group, "count"), cell(group, "vcpu_ns"),
                    cell(group, "backend_ns"), "", "", "", ""});
  });
  return rows.size() > 1 ? table(rows) : "";
}

std::string line(const char* name, const std::string& value) {
  return fmt::format("  {:<16} {}\n", name, value);
}

std::string stop_line(const Platform& platform) {
  return line("stopped because", fmt::format("{} (exit code {})", platform.stop_reason().text,
                                             platform.stop_reason().exit_code));
}

/// "firmware 0.012 s, kernel 0.340 s"
std::string milestone_line(const Platform& platform) {
  constexpr std::size_t kMost = 12;
  const std::vector<Milestone>& all = platform.milestones();
  if (all.empty()) return "";
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), kMost); ++i)
    text += fmt::format("{}{} {:.3f} s", i == 0 ? "" : ", ", all[i].name, all[i].when.to_seconds());
  if (all.size() > kMost) text += fmt::format(", and {} more", all.size() - kMost);
  return line("milestones", text);
}

}  // namespace

std::uint64_t sum_of(const Platform& platform, const char* counter) {
  std::uint64_t sum = 0;
  for_each_group(platform, [&](const std::string&, const StatGroup& group) {
    sum += value_of(group, counter);
  });
  return sum;
}

std::string end_text(const Platform& platform) {
  return "\n--- ringside: end of run\n" + stop_line(platform) + milestone_line(platform);
}

std::string summary_text(const Platform& platform, const RunFigures& figures) {
  const double simulated = figures.simulated.to_seconds();
  const double host = std::max(figures.host_seconds, 1e-9);
  const std::uint64_t instructions = sum_of(platform, "instructions");
  const bool timed = platform.accuracy == Accuracy::Timed;

  std::string text;
  if (figures.region != 0)
    text = fmt::format("\n--- ringside: region of interest {}, from {:.6f} s on\n", figures.region,
                       platform.counted_since().to_seconds());
  else
    text = "\n--- ringside: end of run\n" + stop_line(platform) + milestone_line(platform);
  text +=
      line("accuracy", timed ? "timed" : "functional (counts are exact; no performance figures)");
  text += line("simulated time", fmt::format("{:.6f} s", simulated));
  text += line("host time",
               fmt::format("{:.3f} s, {:.3f} s simulated per second", host, simulated / host));
  if (instructions != 0)
    text += line("instructions", fmt::format("{}, {:.1f} MIPS on this host", instructions,
                                             static_cast<double>(instructions) / host / 1e6));
  if (platform.resets() != 0) text += line("guest resets", fmt::format("{}", platform.resets()));
  const std::string queues = queue_table(platform, figures);
  if (!queues.empty()) text += "\n" + queues;
  const std::string exits = exit_table(platform);
  if (!exits.empty()) text += "\n" + exits;
  return text;
}

}  // namespace ringside::program
