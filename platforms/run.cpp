// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

#include "commands.h"
#include "control/control.h"
#include "exit_code.h"
#include "interrupt.h"
#include "live/boot_milestones.h"
#include "live/live_line.h"
#include "log.h"
#include "results.h"
#include "session.h"
#include "terminal.h"
#include "text.h"
#include "trace/recorder.h"

namespace ringside::program {
namespace {

sc_core::sc_time limit_of(const Options& options) {
  if (options.limit.empty()) return sc_core::sc_max_time();
  if (const auto limit = parse_time(options.limit)) return *limit;
  throw std::runtime_error(
      fmt::format("--limit is '{}'; expected a time with a unit, such as 100ms", options.limit));
}

}  // namespace

int run(const Options& options) {
  const sc_core::sc_time limit = limit_of(options);
  set_log_level(options.log);
  guard_terminal();
  if (!session().build(options)) return kBadConfig;
  Platform& platform = session().platform;
  if (!options.record.empty()) platform.host().record(options.record);
  if (!options.replay.empty()) platform.host().replay(options.replay);
  if (!options.dtb.empty()) {
    const std::vector<std::uint8_t> tree = platform.flatten_device_tree();
    write_file(options.dtb, tree.data(), tree.size());
  }

  // Never destroyed: its thread may be at work until the process ends.
  auto& control = *new control::Control(platform, options.control);
  if (!options.control.empty() && !options.quiet)
    std::fprintf(stderr, "ringside: commands are taken at %s\n", control.address().c_str());

  // Never destroyed, too: models hold on to it until the process ends.
  trace::Recorder* const trace =
      options.trace.file.empty() ? nullptr : new trace::Recorder(platform, options.trace);

  const live::BootMilestones milestones(platform);
  Results results(platform, options);
  auto live = options.live > 0 ? std::make_unique<live::LiveLine>(platform, options.live) : nullptr;

  watch_for_stop(platform, options.timeout);
  platform.run(limit);
  live.reset();
  if (!platform.stopped()) {
    // The kernel returned by itself: the limit is reached, or no event is left.
    const bool at_limit = sc_core::sc_time_stamp() >= limit;
    platform.request_stop(0, at_limit ? "limit of simulated time" : "nothing is left to simulate");
  }
  platform.finish();
  const std::string traced = trace ? trace->finish() : "";
  control.close();
  restore_terminal();

  std::fflush(stdout);
  if (trace && !options.quiet) std::fprintf(stderr, "ringside: trace in %s\n", traced.c_str());
  results.finish();
  return platform.stop_reason().exit_code;
}

}  // namespace ringside::program
