// SPDX-License-Identifier: Apache-2.0
#include "sweep/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "sweep/outcome.h"
#include "sweep/texts.h"

namespace ringside::sweep {
namespace {

constexpr std::size_t kBar = 30;
constexpr std::size_t kLogLines = 8;

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 100) return fmt::format("{} s", whole);
  if (whole < 6000) return fmt::format("{} min", (whole + 59) / 60);
  return fmt::format("{} h", (whole + 3599) / 3600);
}

}  // namespace

Progress::Progress(std::size_t total, std::size_t done, bool quiet)
    : total_(total), before_(done), quiet_(quiet), terminal_(!quiet && isatty(STDERR_FILENO)) {
  if (!quiet_ && done != 0)
    std::fprintf(stderr, "%zu of %zu points are done already\n", done, total);
}

Progress::~Progress() {
  clear();
}

void Progress::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

/// How long the rest will take, if it goes on like this.
std::string Progress::left() const {
  const std::size_t ended = done_ + failed_;
  if (ended == 0) return "";
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
  const double each = taken.count() / static_cast<double>(ended);
  return fmt::format(", {} left", duration(each * static_cast<double>(total_ - before_ - ended)));
}

void Progress::point_done(const std::string& label) {
  ++done_;
  if (quiet_ || terminal_) return;
  std::fprintf(stderr, "[%zu/%zu] %s: done\n", before_ + done_ + failed_, total_, label.c_str());
}

void Progress::point_failed(const std::string& label, const std::string& reason,
                            const std::string& folder) {
  ++failed_;
  clear();
  std::fprintf(stderr, "[%zu/%zu] %s: failed: %s\n", before_ + done_ + failed_, total_,
               label.c_str(), reason.c_str());
  // Where it failed is said by the guest or by the program.
  for (const char* name : {kConsoleFile, kLogFile}) {
    const std::string file = folder + "/" + name;
    const std::vector<std::string> lines = last_lines(file, kLogLines);
    if (lines.empty()) continue;
    std::fprintf(stderr, "  the end of %s:\n", file.c_str());
    for (const std::string& line : lines) std::fprintf(stderr, "    %s\n", line.c_str());
  }
}

void Progress::update(std::size_t running) {
  if (!terminal_) return;
  const std::size_t ended = before_ + done_ + failed_;
  const std::size_t filled = total_ == 0 ? kBar : kBar * ended / total_;
  const std::string failures = failed_ == 0 ? "" : fmt::format(", {} failed", failed_);
  fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {} of {} points, {} running{}{}\033[K", "", filled, "",
             kBar - filled, ended, total_, running, failures, left());
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace ringside::sweep
