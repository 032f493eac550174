// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "commands.h"
#include "exit_code.h"
#include "interrupt.h"
#include "log.h"
#include "reduced.h"
#include "session.h"

namespace ringside::program {
namespace {

/// The player's node, as an override: it stands in the place of any monitor.
std::string player(const Options& options) {
  const auto file = [](const char* key, const std::string& value) {
    return value.empty() ? "" : fmt::format(", {}: {}", key, quoted_scalar(value));
  };
  std::string text = "{type: virtio-replay, log: " + quoted_scalar(options.transactions);
  if (options.check) text += ", check: true";
  text += file("waves", options.waves) + file("mismatch", options.mismatch);
  if (!options.patience.empty()) text += ", patience: " + quoted_scalar(options.patience);
  return text + "}";
}

}  // namespace

int replay(const Options& options) {
  set_log_level(options.log);
  Platform& platform = session().platform;
  const bool built = session().build(options, [&](const Node& root) {
    Overrides& overrides = platform.overrides();
    const Node tree = reduced(root, options.device, overrides);
    overrides.add("pacing", "none", "replay");
    overrides.add(options.device + ".monitor", player(options), "replay");
    return tree;
  });
  if (!built) return kBadConfig;
  // Without a recording nothing comes from the host, and nothing of it is opened.
  platform.host().replay(options.replay);
  watch_for_stop(platform, options.timeout);
  platform.run();
  if (!platform.stopped()) platform.request_stop(kBadConfig, "nothing is left to simulate");
  platform.finish();
  const StopReason& reason = platform.stop_reason();
  if (reason.exit_code != 0) std::fprintf(stderr, "ringside: %s\n", reason.text.c_str());
  return reason.exit_code;
}

}  // namespace ringside::program
