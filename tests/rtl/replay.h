// SPDX-License-Identifier: Apache-2.0
// A log played to the engine in RTL. Needs no SystemC.
#pragma once

#include <string>

#include "cosim/replay/player.h"
#include "rtl/dut.h"

namespace ringside::test {

struct RtlReplayOptions {
  bool check = false;  ///< under the checker as well
  std::string waves;   ///< a file for all transactions, if not empty
  std::string window;  ///< a file for those around the first difference
};

/// Plays `log` to a device fresh from power-on.
cosim::ReplayOutcome replay_on_rtl(const std::string& log, const DutSettings& settings,
                                   const RtlReplayOptions& options = {});

}  // namespace ringside::test
