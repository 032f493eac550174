// SPDX-License-Identifier: Apache-2.0
#include "live/live_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "summary.h"

namespace ringside::live {

namespace {

/// "1.2 k", with three digits.
std::string short_number(double value) {
  static constexpr const char* kUnits[] = {"", " k", " M", " G"};
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return fmt::format("{:.{}f}{}", value, value < 10 ? 2 : value < 100 ? 1 : 0, kUnits[unit]);
}

}  // namespace

std::string live_text(const Progress& before, const Progress& now) {
  const double wall = std::max(now.wall_seconds - before.wall_seconds, 1e-9);
  // A region of interest may have begun in between: then counts begin anew.
  const auto rate = [&](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(to >= from ? to - from : to) / wall;
  };
  std::string text =
      fmt::format("{:9.3f} s  {:.2f}x  {:.1f} MIPS  {} requests/s", now.simulated_seconds,
                  (now.simulated_seconds - before.simulated_seconds) / wall,
                  rate(before.instructions, now.instructions) / 1e6,
                  short_number(rate(before.requests, now.requests)));
  if (now.has_exits)
    text += fmt::format("  {} exits/s", short_number(rate(before.exits, now.exits)));
  if (!now.milestone.empty()) text += "  " + now.milestone;
  return text;
}

LiveLine::LiveLine(Platform& platform, double seconds)
    : platform_(platform),
      start_(std::chrono::steady_clock::now()),
      terminal_(isatty(STDERR_FILENO) != 0) {
  platform.on_observe([this] { look(); });
  asker_ = std::thread([this, interval = std::chrono::duration<double>(seconds)] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ended_.wait_for(lock, interval, [this] { return end_; })) platform_.ask_observer();
  });
}

LiveLine::~LiveLine() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  asker_.join();
  platform_.on_observe({});
}

Progress LiveLine::progress() const {
  platform_.refresh_statistics();
  Progress now;
  now.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  now.simulated_seconds = sc_core::sc_time_stamp().to_seconds();
  now.instructions = program::sum_of(platform_, "instructions");
  now.requests = program::sum_of(platform_, "requests");
  now.has_exits = platform_.exits() != nullptr;
  if (now.has_exits) now.exits = program::sum_of(platform_, "exits");
  if (!platform_.milestones().empty()) now.milestone = platform_.milestones().back().name;
  return now;
}

void LiveLine::look() {
  const Progress now = progress();
  write(live_text(before_, now));
  before_ = now;
}

void LiveLine::write(const std::string& text) const {
  // On a terminal: keep the cursor, go to the last line, clear it, write, and come back.
  if (terminal_)
    std::fprintf(stderr, "\0337\033[999;1H\033[2K\033[7m%s\033[0m\0338", text.c_str());
  else
    std::fprintf(stderr, "ringside: %s\n", text.c_str());
  std::fflush(stderr);
}

}  // namespace ringside::live
