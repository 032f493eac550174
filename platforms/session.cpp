// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <cstdio>

#include "places.h"

namespace ringside::program {

Session& session() {
  static Session& the_one = *new Session;
  return the_one;
}

void Session::load_types(const Options& options) {
  load_plugins(registry, options.plugins);
}

bool Session::build(const Options& options) {
  Diagnostics& findings = platform.diagnostics();
  try {
    for (const Setting& s : options.settings) {
      if (s.type.empty())
        platform.overrides().add(s.path, s.value, s.origin);
      else
        platform.overrides().add_for_type(s.type, s.path, s.value, s.origin);
    }
    platform.build(Node::load(find_platform(options.file)));
  } catch (const ConfigError& e) {
    findings.error(e.diagnostic().where, e.diagnostic().message);
  }
  std::fputs(findings.str().c_str(), stderr);
  if (!findings.failed()) return true;
  std::fprintf(stderr, "%zu error%s\n", findings.errors(), findings.errors() == 1 ? "" : "s");
  return false;
}

}  // namespace ringside::program
