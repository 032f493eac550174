// SPDX-License-Identifier: Apache-2.0
// Runs points as child processes.
#pragma once

#include <sys/types.h>

#include <deque>
#include <map>

#include "sweep/engine.h"
#include "sweep/process.h"

namespace ringside::sweep {

class LocalEngine final : public Engine {
 public:
  /// At most `jobs` processes at a time.
  explicit LocalEngine(unsigned jobs) : jobs_(jobs) {}
  void begin(std::vector<Task> tasks) override { waiting_.assign(tasks.begin(), tasks.end()); }
  std::vector<Ended> wait() override;
  int stopped_by() const override { return stopped_by_; }
  std::size_t running() const override { return running_.size(); }
  void stop() override;

 private:
  struct Running {
    Task task;
    std::chrono::steady_clock::time_point deadline;
    bool killed = false;
  };
  void start(const Task& task);
  std::vector<Ended> reap();
  void kill_late();

  unsigned jobs_;
  std::deque<Task> waiting_;
  std::map<pid_t, Running> running_;
  StopSignals signals_;
  int stopped_by_ = 0;
};

}  // namespace ringside::sweep
