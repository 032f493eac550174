// SPDX-License-Identifier: Apache-2.0
// Notes totals over simulated time, for curves.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "kit/platform.h"

namespace ringside::report {

/// Samples are at most kMost, evenly spread: when there are more, every second goes and the next
/// ones are twice as far apart. They are taken between two stretches of a hart and are no events,
/// so a run with a sampler is the same as one without.
class Sampler {
 public:
  static constexpr std::size_t kMost = 1024;

  /// One total, at each of times().
  struct Series {
    std::string path;  ///< of the group
    const Counter* counter;
    std::vector<std::uint64_t> totals;
  };

  explicit Sampler(Platform& platform);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// Forgets what there is: a region of interest begins.
  void restart();
  /// The run, or the region, ends.
  void take();

  const std::vector<sc_core::sc_time>& times() const { return times_; }
  const std::vector<Series>& series() const { return series_; }

 private:
  void find_series();
  void thin_out();

  Platform& platform_;
  sc_core::sc_time interval_;
  std::vector<sc_core::sc_time> times_;
  std::vector<Series> series_;
};

}  // namespace ringside::report
