// SPDX-License-Identifier: Apache-2.0
// From a command line to a platform that is built.
#pragma once

#include <functional>

#include "kit/platform.h"
#include "kit/registry.h"
#include "options.h"

namespace ringside::program {

/// The types and the one platform of this process. Lives as long as the process does: SystemC takes
/// its objects down at exit in an order of its own.
struct Session {
  Session() : platform(registry) {}
  /// Loads the plugins; throws std::runtime_error.
  void load_types(const Options& options);
  /// Reads the platform file and builds it. False after printing what is wrong.
  bool build(const Options& options);
  /// The same with what `change` makes of the file's tree; it may add overrides, and throw
  /// ConfigError.
  bool build(const Options& options, const std::function<Node(const Node&)>& change);

  Registry registry;
  Platform platform;
};

Session& session();

/// Prints findings in the order of the file, which is not the order in which models look at their
/// keys, and the number of errors among them.
void print_findings(std::vector<Diagnostic> findings);

}  // namespace ringside::program
