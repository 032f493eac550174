// SPDX-License-Identifier: Apache-2.0
#include "trace/recorder.h"

#include <fmt/format.h>

#include <stdexcept>

#include "kit/units.h"

namespace ringside::trace {

namespace {

sc_core::sc_time time_of(const char* option, const std::string& text) {
  if (const auto time = parse_time(text)) return *time;
  throw std::runtime_error(
      fmt::format("{} is '{}'; expected a time with a unit, such as 100ms", option, text));
}

Window window_of(const TraceOptions& options) {
  Window window;
  if (!options.from.empty()) window.from = time_of("--trace-from", options.from);
  if (!options.to.empty()) window.to = time_of("--trace-to", options.to);
  if (window.to <= window.from)
    throw std::runtime_error(fmt::format("--trace-to is '{}'; expected a time after --trace-from{}",
                                         options.to,
                                         options.from.empty() ? "" : ", " + options.from));
  window.on = !options.regions;
  return window;
}

std::uint64_t limit_of(const TraceOptions& options) {
  if (options.limit.empty()) return Recorder::kStandardLimit;
  const auto limit = parse_size(options.limit);
  if (limit && limit->bytes != 0) return limit->bytes;
  throw std::runtime_error(fmt::format(
      "--trace-limit is '{}'; expected a size with a unit, such as 256MiB", options.limit));
}

}  // namespace

Recorder::Recorder(Platform& platform, const TraceOptions& options)
    : platform_(platform),
      name_(options.file),
      window_(window_of(options)),
      file_(options.file, limit_of(options)),
      time_line_(file_, window_),
      trace_{platform.root(),
             "trace",
             {{"state", "whether the run is traced from now on", {"on", "off"}}},
             "begins or ends a part of the trace (run --trace)",
             [this](const std::string& state) { window_.on = state == "on"; },
             CommandEffect::Reads} {
  platform.attach_tracer(&time_line_);
  if (options.regions) platform.on_region([this](bool begins) { window_.on = begins; });
}

std::string Recorder::finish() {
  platform_.attach_tracer(nullptr);
  time_line_.interrupt();
  file_.close();
  return fmt::format("{}: {} slices{}; to be opened with Perfetto (ui.perfetto.dev)", name_,
                     time_line_.slices(),
                     file_.full() ? ", cut where the file reached its limit (--trace-limit)" : "");
}

}  // namespace ringside::trace
