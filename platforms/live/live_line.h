// SPDX-License-Identifier: Apache-2.0
// One line about a run while it goes on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "kit/platform.h"

namespace ringside::live {

/// What a run has done so far.
struct Progress {
  double wall_seconds = 0;
  double simulated_seconds = 0;
  std::uint64_t instructions = 0;
  std::uint64_t requests = 0;  ///< of all queues
  std::uint64_t exits = 0;     ///< with a ledger
  bool has_exits = false;
  std::string milestone;  ///< the latest
};

/// "12.345 s  0.45x  85.3 MIPS  1.2 k requests/s  3.4 k exits/s  kernel": rates are those since
/// `before`, per second on the wall.
std::string live_text(const Progress& before, const Progress& now);

/// Writes the line to standard error every so often: over the last line of a terminal, or as lines
/// of their own. A thread only asks for it; the simulation looks and writes, at no moment of its
/// own.
class LiveLine {
 public:
  LiveLine(Platform& platform, double seconds);
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

 private:
  void look();
  Progress progress() const;
  void write(const std::string& text) const;

  Platform& platform_;
  const std::chrono::steady_clock::time_point start_;
  const bool terminal_;
  Progress before_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread asker_;
};

}  // namespace ringside::live
