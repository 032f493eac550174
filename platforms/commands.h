// SPDX-License-Identifier: Apache-2.0
// The program's commands. Each gives the exit code; std::runtime_error is for the caller to print.
#pragma once

#include "kit/registry.h"
#include "options.h"

namespace ringside::program {

/// Simulates a platform until the guest, the user or a limit ends it.
int run(const Options& options);
/// Builds a platform and reports every mistake, without simulating.
int check(const Options& options);
/// Prints what differs between the statistics of two runs.
int compare(const Options& options);
/// Gives a command to a simulation that runs, and prints what it answers.
int ctl(const Options& options);
/// Prints what a type, or each type, offers; without a type and as text, only their list.
int describe(const Options& options);
/// Prints the platform with all its values as YAML that can be loaded again.
int dump(const Options& options);
/// Plays a log of transactions to a device of a platform, without the rest of it.
int replay(const Options& options);
/// Prints a log of transactions as text, and its hash.
int transactions(const Options& options);
/// Runs a platform at each point of a grid of parameters, and collects what is measured.
int sweep(const Options& options);
/// Prints the types, the plugins and the platform files that the program finds.
int list(const Options& options);
/// The first part of that.
int list_types(const Registry& registry);

}  // namespace ringside::program
