// SPDX-License-Identifier: Apache-2.0
// Runs points as job arrays of Slurm, by the site's own sbatch, squeue, scontrol and scancel.
//
// Each task runs the script of its point and then writes the exit code into a file of the point's
// folder, which the nodes and this machine share. That file is what counts; the queue is asked only
// to find tasks that are gone without one. What was submitted is in the database, so that the
// program may be killed and called again.
#pragma once

#include <map>
#include <set>

#include "sweep/engine.h"
#include "sweep/process.h"
#include "sweep/store.h"

namespace ringside::sweep {

/// The batch script of a job array: `tasks` is a file with a folder a line, the first for task 0.
std::string array_script(const SlurmSettings& settings, const std::string& name,
                         const std::string& tasks, const std::string& output);
/// Task numbers in a queue's notation, "3", "1-4" or "[0-2,7%2]"; empty for "N/A".
std::set<std::size_t> task_numbers(const std::string& text);

class SlurmEngine final : public Engine {
 public:
  /// `folder` is the sweep's own; at most `jobs` tasks at a time, or as many as the site likes (0).
  SlurmEngine(const SlurmSettings& settings, Store& store, std::string folder, std::string name,
              unsigned jobs)
      : settings_(settings),
        store_(store),
        folder_(std::move(folder)),
        name_(std::move(name)),
        jobs_(jobs) {}
  void begin(std::vector<Task> tasks) override;
  std::vector<Ended> wait() override;
  int stopped_by() const override { return stopped_by_; }
  std::size_t running() const override { return at_work_; }
  /// Cancels what is in the queue. Not after SIGHUP: who only leaves wants to find the results
  /// later.
  void stop() override;
  std::string after_stop() const override;
  /// Numbers of the jobs that have been submitted or found again.
  std::vector<std::string> job_numbers() const;

 private:
  struct Wanted {
    Task task;
    std::string script;
    std::string job;        // the number; empty before it is submitted
    std::size_t index = 0;  // of the task in the job
    unsigned missing = 0;   // how often in a row the queue did not know it
  };
  void adopt(const SubmittedJob& job);
  void submit(const std::vector<Wanted*>& chosen);
  bool read_queue(std::map<std::string, std::set<std::size_t>>& in_queue);
  std::string fate_of(const Wanted& wanted);
  std::vector<Ended> collect();
  std::size_t largest_array();

  const SlurmSettings& settings_;
  Store& store_;
  std::string folder_;
  std::string name_;
  unsigned jobs_;
  std::map<std::string, Wanted> wanted_;  // by folder
  std::vector<std::string> numbers_;
  StopSignals signals_;
  int stopped_by_ = 0;
  std::size_t at_work_ = 0;
  std::chrono::steady_clock::time_point next_look_{};
  bool complained_ = false;
};

}  // namespace ringside::sweep
