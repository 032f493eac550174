// SPDX-License-Identifier: Apache-2.0
// Whatever runs points: this machine, or a cluster.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ringside::sweep {

/// One point that is to be run.
struct Task {
  std::size_t point = 0;             ///< which of the sweep's
  std::string folder;                ///< absolute
  std::vector<std::string> command;  ///< program and its words
  double timeout = 0;                ///< seconds that it may take by itself
};

/// One that has ended.
struct Ended {
  std::size_t point = 0;
  int exit_code = 0;
  std::string reason;  ///< why it did not end by itself, or empty
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Gives it all that is to be run. Called once.
  virtual void begin(std::vector<Task> tasks) = 0;
  /// Waits a while, and gives what has ended. Throws std::runtime_error if it cannot go on.
  virtual std::vector<Ended> wait() = 0;
  /// The signal that asked to stop while it waited, or 0.
  virtual int stopped_by() const = 0;
  /// Points that are at work now.
  virtual std::size_t running() const = 0;
  /// Ends what runs, in order, and comes back when it has.
  virtual void stop() = 0;
  /// What to say to the user who has stopped it.
  virtual std::string after_stop() const { return ""; }
};

/// Makes an empty folder for a point, with a script that runs it.
void prepare_folder(const Task& task);
/// What stands in that script.
std::string script_of(const Task& task);

}  // namespace ringside::sweep
