// SPDX-License-Identifier: Apache-2.0
// Tells the user how far a sweep is: a bar on a terminal, lines elsewhere.
#pragma once

#include <chrono>
#include <string>

namespace ringside::sweep {

class Progress {
 public:
  /// `done` of `total` points are known already; `quiet` says nothing but failures.
  Progress(std::size_t total, std::size_t done, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void point_done(const std::string& label);
  /// With the last lines of the point's console and log, and where the rest is.
  void point_failed(const std::string& label, const std::string& reason, const std::string& folder);
  /// Draws the bar anew.
  void update(std::size_t running);

 private:
  void clear();
  std::string left() const;

  std::size_t total_;
  std::size_t before_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ringside::sweep
