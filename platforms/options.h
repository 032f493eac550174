// SPDX-License-Identifier: Apache-2.0
// What the command line says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/trace_options.h"

namespace ringside::program {

/// One --set path=value, or a shortcut for one.
struct Setting {
  std::string path;  ///< a model's path and a key; for a shortcut, the key alone
  std::string value;
  std::string origin;  ///< what the user typed: the place that messages name
  std::string type;    ///< of a shortcut: the registered type of the model that takes the key
};

struct Options {
  // Common to all commands.
  std::vector<std::string> plugins;
  std::string file;
  std::vector<Setting> settings;

  // run
  std::string limit;   ///< of simulated time, with a unit; empty for none
  double timeout = 0;  ///< seconds on the wall; 0 for none
  std::string record;
  std::string replay;
  std::string stats;
  std::string report;  ///< a folder; empty for no report
  std::string control;  ///< where to listen for commands; empty for nowhere
  std::string dtb;
  bool quiet = false;
  double live = 0;  ///< seconds between lines about the run; 0: none
  trace::TraceOptions trace;  ///< no file: no trace
  std::string log = "warning";

  // replay, log
  std::string transactions;  ///< the log
  std::string device;        ///< path of the function
  bool check = false;        ///< judge it by the checker, too
  std::string waves;         ///< FST of all transactions
  std::string mismatch;      ///< FST of those around the first difference
  std::string patience;      ///< of simulated time, with a unit; empty: the model's own
  bool summary = false;      ///< only counts and hash

  // ctl
  std::string socket;
  std::vector<std::string> words;
  bool json = false;
  bool complete = false;

  // sweep
  std::string out;      ///< folder of its results; empty: named like the sweep
  std::string engine = "local";
  unsigned jobs = 0;    ///< points at a time; 0: as many as there are processors, or as Slurm likes
  bool fresh = false;   ///< forget earlier results
  bool collect = false; ///< run nothing
  bool list = false;    ///< only print the points

  // compare
  std::string other_file;
  std::string filter;
  double threshold = 0;  ///< percent
  bool fail = false;

  // describe
  std::string type;
  std::string format = "text";
};

}  // namespace ringside::program
