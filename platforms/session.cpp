// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "places.h"

namespace ringside::program {

namespace {

/// In the order of the file, which is not the order in which models look at their keys.
void print_in_order(std::vector<Diagnostic> findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.where.file, a.where.line, a.where.column) <
           std::tie(b.where.file, b.where.line, b.where.column);
  });
  for (const Diagnostic& finding : findings) std::fprintf(stderr, "%s\n", finding.str().c_str());
}

}  // namespace

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
  print_in_order(findings.all());
  if (!findings.failed()) return true;
  std::fprintf(stderr, "%zu error%s\n", findings.errors(), findings.errors() == 1 ? "" : "s");
  return false;
}

}  // namespace ringside::program
