// SPDX-License-Identifier: Apache-2.0
// Child processes and the signals that end a sweep.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace ringside::sweep {

/// Starts a program in a folder, in a process group of its own, which the kernel kills if we die;
/// input from nowhere, output and errors to files of the folder. Throws std::runtime_error.
pid_t start_process(const std::vector<std::string>& words, const std::string& folder,
                    const std::string& output, const std::string& errors);

struct Captured {
  int exit_code = 0;  ///< 127 if the program is not there, 124 if it took too long
  std::string output;
  std::string errors;
};

/// Runs a program and gives what it printed (up to 16 MiB).
Captured capture(const std::vector<std::string>& words, std::chrono::seconds patience);

/// SIGINT, SIGTERM and SIGHUP, which have to be blocked in the whole process.
class StopSignals {
 public:
  StopSignals();
  /// Waits until one comes, a child ends, or the time is over. The signal's number, or 0.
  int wait(std::chrono::milliseconds time);
};

/// Exit code as a shell has it: the program's own, or 128 and the signal's number.
int exit_code_of(int wait_status);

}  // namespace ringside::sweep
