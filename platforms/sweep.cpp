// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sched.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "commands.h"
#include "exit_code.h"
#include "session.h"
#include "sweep/checker.h"
#include "sweep/conductor.h"
#include "sweep/local_engine.h"
#include "sweep/reader.h"
#include "sweep/slurm_engine.h"
#include "sweep/texts.h"

namespace ringside::program {
namespace {

namespace fs = std::filesystem;
using sweep::Point;
using sweep::Sweep;

/// The processors that this process may use.
unsigned processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

int refuse(const Diagnostics& findings) {
  print_findings(findings.all());
  return kBadConfig;
}

/// Has platforms say what they do not have. False after printing it.
bool check_platforms(const Sweep& sweep, const std::vector<Point>& points, const Options& options) {
  const sweep::CheckResult known =
      check_points(sweep, sweep::sample(sweep, points), options, processors());
  for (const std::string& line : known.findings) std::fprintf(stderr, "%s\n", line.c_str());
  if (known.failed) {
    std::fprintf(stderr, "%zu error%s\n", known.findings.size(),
                 known.findings.size() == 1 ? "" : "s");
    return false;
  }
  Diagnostics findings;
  check_metrics(sweep, known, findings);
  return !findings.failed() || (refuse(findings), false);
}

/// What stands before the command of each point.
std::vector<std::string> program_words(const Sweep& sweep, const Options& options) {
  const bool is_slurm = options.engine == "slurm";
  std::vector<std::string> words = {is_slurm && !sweep.slurm.program.empty()
                                        ? sweep.slurm.program
                                        : fs::read_symlink("/proc/self/exe").string()};
  for (const std::string& plugin : options.plugins)
    words.insert(words.end(), {"--plugin", fs::absolute(plugin).string()});
  return words;
}

std::unique_ptr<sweep::Engine> make_engine(const Sweep& sweep, sweep::Store& store,
                                           const sweep::Workplace& place, const Options& options) {
  if (options.engine == "slurm")
    return std::make_unique<sweep::SlurmEngine>(sweep.slurm, store, place.folder(), sweep.name,
                                                options.jobs);
  return std::make_unique<sweep::LocalEngine>(options.jobs == 0 ? processors() : options.jobs);
}

void list_points(const Sweep& sweep, const std::vector<Point>& points, const Options& options) {
  const std::vector<std::string> program = program_words(sweep, options);
  for (const Point& point : points)
    std::printf("%s\n  %s %s\n", point.label.c_str(), sweep::shell_line(program).c_str(),
                sweep::shell_line(point.command).c_str());
}

std::size_t count(const sweep::Store& store, const char* state) {
  std::size_t n = 0;
  for (const sweep::Record& record : store.records()) n += record.state == state;
  return n;
}

int report(const sweep::Store& store, const sweep::Workplace& place,
           const std::vector<std::string>& files, const Options& options) {
  const std::size_t failed = count(store, "failed");
  if (!options.quiet) {
    std::printf("%zu points: %zu done, %zu failed, %zu to be run\n", store.records().size(),
                count(store, "done"), failed, count(store, "waiting"));
    std::printf("%s\n", place.path("results.sqlite").c_str());
    for (const std::string& file : files) std::printf("%s\n", file.c_str());
  }
  return failed == 0 ? kOk : kPointsFailed;
}

}  // namespace

int sweep(const Options& options) {
  Diagnostics findings;
  const std::optional<Sweep> read = sweep::read_sweep(options.file, findings);
  if (!read) return refuse(findings);
  const std::vector<Point> points = sweep::points_of(*read, findings);
  if (findings.failed()) return refuse(findings);
  if (!check_platforms(*read, points, options)) return kBadConfig;
  if (options.list) {
    list_points(*read, points, options);
    return kOk;
  }

  sweep::Workplace place(options.out.empty() ? read->name + ".sweep" : options.out);
  if (options.fresh) place.clear();
  sweep::Store store(place.path("results.sqlite"), *read, points);
  int signal = 0;
  std::string stopped;
  if (!options.collect) {
    const std::unique_ptr<sweep::Engine> engine = make_engine(*read, store, place, options);
    signal = conduct(*read, points, store, *engine,
                     tasks_of(*read, points, store, place, program_words(*read, options)),
                     options.quiet);
    if (signal != 0) stopped = engine->after_stop();
  }
  const int code = report(store, place, write_results(*read, points, store, place), options);
  if (signal == 0) return code;
  std::fprintf(stderr, "ringside: stopped; the same command goes on from here%s\n",
               stopped.empty() ? "" : fmt::format(" ({})", stopped).c_str());
  return kSignalBase + signal;
}

}  // namespace ringside::program
