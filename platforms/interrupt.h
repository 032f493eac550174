// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, termination and the time limit on the wall.
#pragma once

#include "kit/platform.h"

namespace ringside::program {

/// Keeps SIGINT, SIGTERM and SIGHUP from every thread but the watcher's. Call first thing in
/// main(): threads that are started later inherit it.
void block_stop_signals();

/// Gives them back their standard effect, for commands that do not simulate.
void allow_stop_signals();

/// Starts a thread that waits for those signals and for `timeout` seconds on the wall (0: no limit).
/// The first asks the platform to stop; the second, or ten seconds of deafness after a timeout,
/// ends the process at once.
void watch_for_stop(Platform& platform, double timeout);

}  // namespace ringside::program
