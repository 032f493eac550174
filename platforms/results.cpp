// SPDX-License-Identifier: Apache-2.0
#include "results.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "report/report.h"
#include "statistics.h"

namespace ringside::program {

Results::Results(Platform& platform, const Options& options)
    : platform_(platform), options_(options), since_(std::chrono::steady_clock::now()) {
  if (!options.report.empty()) sampler_ = std::make_unique<report::Sampler>(platform);
  platform.on_region([this](bool begins) { region(begins); });
}

RunFigures Results::figures() const {
  RunFigures figures;
  figures.version = RINGSIDE_VERSION;
  figures.platform_file = options_.file;
  figures.host_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
  figures.simulated = sc_core::sc_time_stamp() - platform_.counted_since();
  return figures;
}

void Results::region(bool begins) {
  if (begins) {
    since_ = std::chrono::steady_clock::now();
    if (sampler_) sampler_->restart();
    return;
  }
  if (++regions_ > kMostRegions) return;
  RunFigures done = figures();
  done.region = regions_;
  try {
    write(done);
  } catch (const std::runtime_error& e) {
    platform_.request_stop(1, e.what());
  }
}

void Results::finish() {
  RunFigures whole = figures();
  std::fflush(stdout);
  // What has been written at the end of a region stays.
  if (regions_ == 0) return write(whole);
  if (options_.quiet) return;
  if (regions_ > kMostRegions)
    std::fprintf(stderr, "ringside: results of %u more regions of interest are left out\n",
                 regions_ - kMostRegions);
  std::fputs(end_text(platform_).c_str(), stderr);
}

void Results::write(const RunFigures& figures) {
  if (!options_.quiet) std::fputs(summary_text(platform_, figures).c_str(), stderr);
  if (!options_.stats.empty())
    write_statistics(numbered(options_.stats, figures.region), platform_, figures);
  if (!sampler_) return;
  sampler_->take();
  report::write_report(options_.report, platform_, figures, *sampler_);
  if (!options_.quiet)
    std::fprintf(stderr, "ringside: report in %s\n",
                 numbered(options_.report + "/report.html", figures.region).c_str());
}

std::string numbered(const std::string& file, unsigned number) {
  if (number < 2) return file;
  const std::size_t name = file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1;
  const std::size_t dot = file.rfind('.');
  if (dot == std::string::npos || dot <= name) return fmt::format("{}.{}", file, number);
  return fmt::format("{}.{}{}", file.substr(0, dot), number, file.substr(dot));
}

}  // namespace ringside::program
