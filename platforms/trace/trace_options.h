// SPDX-License-Identifier: Apache-2.0
// What a command line says of a trace.
#pragma once

#include <string>

namespace ringside::trace {

struct TraceOptions {
  std::string file;      ///< empty: no trace
  std::string from;      ///< simulated time with a unit; empty: from the start
  std::string to;        ///< empty: to the end
  bool regions = false;  ///< only regions of interest
  std::string limit;     ///< of the file, with a unit; empty: Recorder::kStandardLimit
};

}  // namespace ringside::trace
