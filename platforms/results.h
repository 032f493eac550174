// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind: the summary, statistics in a file, and a report. Each region of
// interest has its own when it ends, up to kMostRegions of them; without one, there is one set for
// the whole run.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "kit/platform.h"
#include "options.h"
#include "report/sampler.h"
#include "summary.h"

namespace ringside::program {

class Results {
 public:
  /// Before the run.
  Results(Platform& platform, const Options& options);
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  /// What a guest that begins and ends without end leaves on the disk; further ones are counted.
  static constexpr unsigned kMostRegions = 100;

  /// The run is over, and finish() of the platform has been called.
  void finish();

 private:
  void region(bool begins);
  RunFigures figures() const;
  void write(const RunFigures& figures);

  Platform& platform_;
  const Options& options_;
  std::chrono::steady_clock::time_point since_;  ///< as counted_since() of the platform
  std::unique_ptr<report::Sampler> sampler_;     ///< if there is to be a report
  unsigned regions_ = 0;                         ///< that have ended
};

/// "out/stats.json" for the first region, "out/stats.2.json" for the second.
std::string numbered(const std::string& file, unsigned number);

}  // namespace ringside::program
