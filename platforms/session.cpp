// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "places.h"

namespace ringside::program {

void print_findings(std::vector<Diagnostic> findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.where.file, a.where.line, a.where.column) <
           std::tie(b.where.file, b.where.line, b.where.column);
  });
  for (const Diagnostic& finding : findings) std::fprintf(stderr, "%s\n", finding.str().c_str());
  std::size_t errors = 0;
  for (const Diagnostic& finding : findings)
    errors += finding.severity == Diagnostic::Severity::Error;
  if (errors != 0) std::fprintf(stderr, "%zu error%s\n", errors, errors == 1 ? "" : "s");
}

Session& session() {
  static Session& the_one = *new Session;
  return the_one;
}

void Session::load_types(const Options& options) {
  load_plugins(registry, options.plugins);
}

bool Session::build(const Options& options) {
  return build(options, [](const Node& root) { return root; });
}

bool Session::build(const Options& options, const std::function<Node(const Node&)>& change) {
  Diagnostics& findings = platform.diagnostics();
  try {
    for (const Setting& s : options.settings) {
      if (s.type.empty())
        platform.overrides().add(s.path, s.value, s.origin);
      else
        platform.overrides().add_for_type(s.type, s.path, s.value, s.origin);
    }
    platform.build(change(Node::load(find_platform(options.file))));
  } catch (const ConfigError& e) {
    findings.error(e.diagnostic().where, e.diagnostic().message);
  }
  print_findings(findings.all());
  return !findings.failed();
}

}  // namespace ringside::program
