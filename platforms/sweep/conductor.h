// SPDX-License-Identifier: Apache-2.0
// Runs what is left of a sweep on an engine, keeps what becomes of each point, and writes the
// results.
#pragma once

#include <string>
#include <vector>

#include "sweep/engine.h"
#include "sweep/grid.h"
#include "sweep/store.h"

namespace ringside::sweep {

/// Where a sweep is worked on. One program at a time holds it.
class Workplace {
 public:
  /// Makes the folder if it is not there. Throws std::runtime_error if another program works in it.
  explicit Workplace(const std::string& folder);
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();

  const std::string& folder() const { return folder_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  /// Forgets all results.
  void clear();

 private:
  std::string folder_;
  int lock_ = -1;
};

/// A task for each point that is not done. `program` has the program's path and what stands before
/// the command.
std::vector<Task> tasks_of(const Sweep& sweep, const std::vector<Point>& points, const Store& store,
                           const Workplace& place, const std::vector<std::string>& program);

/// Has the engine run them, until all have ended or a signal comes, whose number it gives (else 0).
int conduct(const Sweep& sweep, const std::vector<Point>& points, Store& store, Engine& engine,
            std::vector<Task> tasks, bool quiet);

/// Computes the metrics and writes results.csv and the figures. The names of the files.
std::vector<std::string> write_results(const Sweep& sweep, const std::vector<Point>& points,
                                       Store& store, const Workplace& place);

}  // namespace ringside::sweep
