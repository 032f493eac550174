// SPDX-License-Identifier: Apache-2.0
// The trace of a run: a file, what is drawn in it, and when.
#pragma once

#include <cstdint>
#include <string>

#include "kit/command.h"
#include "kit/platform.h"
#include "trace/perfetto_file.h"
#include "trace/time_line.h"
#include "trace/trace_options.h"
#include "trace/window.h"

namespace ringside::trace {

class Recorder {
 public:
  static constexpr std::uint64_t kStandardLimit = 1ull << 30;

  /// Throws std::runtime_error for a wrong time or limit, or a file that cannot be written.
  Recorder(Platform& platform, const TraceOptions& options);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// The run is over. Gives a line for people; throws std::runtime_error if the file is incomplete.
  std::string finish();

 private:
  Platform& platform_;
  std::string name_;
  Window window_;
  PerfettoFile file_;
  TimeLine time_line_;
  Command<std::string> trace_;
};

}  // namespace ringside::trace
