// SPDX-License-Identifier: Apache-2.0
// The database of a sweep: what is known of each point, kept over kills of the program.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sweep/database.h"
#include "sweep/grid.h"
#include "sweep/outcome.h"

namespace ringside::sweep {

/// A point as the database has it.
struct Record {
  std::int64_t id = 0;
  std::string state;  ///< "waiting", "done" or "failed"
  std::string reason;
  int exit_code = 0;
  std::string accuracy;
  std::optional<double> host_seconds;
  std::map<std::string, std::optional<double>> metrics;
};

/// A job array that has been given to Slurm.
struct SubmittedJob {
  std::string name;                  ///< unique; known before Slurm gives a number
  std::string number;                ///< empty if we died before we could note it
  std::vector<std::string> folders;  ///< of its tasks, in order
};

class Store {
 public:
  /// Opens the database of a folder, or makes it. Points that are done stay so if they would be run
  /// by the same command on the same platform; all others wait.
  Store(const std::string& file, const Sweep& sweep, const std::vector<Point>& points);

  /// In the order of the points.
  const std::vector<Record>& records() const { return records_; }
  /// Keeps what has become of a point, at once and as a whole.
  void keep(std::size_t point, const Outcome& outcome);
  /// Computes all metrics from the statistics that are kept.
  void measure();

  std::vector<SubmittedJob> jobs();
  /// Notes that a job of that name is about to be submitted.
  void add_job(const SubmittedJob& job);
  void set_job_number(const std::string& name, const std::string& number);
  void remove_job(const std::string& name);

 private:
  void make_tables();
  void describe();
  void match();
  void read_records();
  Statistics statistics_of(std::int64_t id);
  void make_view();

  const Sweep& sweep_;
  const std::vector<Point>& points_;
  Database database_;
  std::vector<Record> records_;
};

/// All points with their places and metrics, a row each.
std::string results_csv(const Sweep& sweep, const std::vector<Point>& points,
                        const std::vector<Record>& records);

}  // namespace ringside::sweep
