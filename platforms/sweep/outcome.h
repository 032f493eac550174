// SPDX-License-Identifier: Apache-2.0
// What is left of a point that has been run: its folder, read.
#pragma once

#include <string>

#include "sweep/statistics.h"

namespace ringside::sweep {

// Files in the folder of a point.
constexpr const char* kCommandFile = "command";  ///< a shell script that runs it
constexpr const char* kConsoleFile = "console";  ///< standard output: the guest's console
constexpr const char* kLogFile = "log";          ///< standard error
constexpr const char* kExitFile = "exit";        ///< exit code, where a script has written it

struct Outcome {
  bool done = false;
  std::string reason;  ///< why it has failed; of a point that is done, why the run ended
  int exit_code = 0;
  std::string accuracy;
  double host_seconds = 0;  ///< of the region of interest if there is one
  Statistics statistics;    ///< with "run.*", and "guest.*" of the lines WORKLOAD on the console
};

/// `reason` is why the run did not end by itself, or empty. With a workload the guest has to have
/// said that it succeeded.
Outcome read_outcome(const std::string& folder, int exit_code, const std::string& reason,
                     bool has_workload);

/// Figures from text that a guest has printed: lines "WORKLOAD KIND key=value ..." become guest.key
/// and guest.KIND.key. Also the exit code that /init prints after `ringside.run`, or -1.
int read_console(const std::string& text, Statistics& statistics);

}  // namespace ringside::sweep
