// SPDX-License-Identifier: Apache-2.0
#include "sweep/checker.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

#include "session.h"
#include "sweep/statistics.h"
#include "walk.h"

namespace ringside::sweep {
namespace {

/// What one child writes: findings, and the statistics its platform has.
struct Probe {
  FILE* findings = nullptr;
  FILE* statistics = nullptr;
};

[[noreturn]] void build_in_child(const Sweep& sweep, const Point& point,
                                 const program::Options& options, const Probe& probe) {
  dup2(fileno(probe.findings), STDERR_FILENO);
  program::Options mine = options;
  mine.file = sweep.base;
  mine.settings = point.settings;
  int code = 1;
  try {
    if (program::session().build(mine)) {
      code = 0;
      program::for_each_group(program::session().platform,
                              [&](const std::string& path, const StatGroup& group) {
                                for (const Counter* c : group.counters())
                                  fmt::print(probe.statistics, "c {}.{}\n", path, c->name());
                                for (const Histogram* h : group.histograms())
                                  fmt::print(probe.statistics, "h {}.{}\n", path, h->name());
                              });
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: error: {}\n", sweep.base, error.what());
  }
  std::fflush(nullptr);
  _exit(code);
}

std::vector<std::string> lines_of(FILE* file) {
  std::rewind(file);
  std::string text;
  char block[4096];
  for (std::size_t size; (size = std::fread(block, 1, sizeof block, file)) > 0;)
    text.append(block, size);
  std::fclose(file);
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Checker {
 public:
  Checker(const Sweep& sweep, const program::Options& options) : sweep_(sweep), options_(options) {}

  void start(const Point& point) {
    const Probe probe{std::tmpfile(), std::tmpfile()};
    if (!probe.findings || !probe.statistics)
      throw std::runtime_error(fmt::format("no temporary file: {}", std::strerror(errno)));
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
    if (child == 0) build_in_child(sweep_, point, options_, probe);
    order_.push_back(probe);
    running_.emplace(child, &point);
  }

  void wait_for_one() {
    int status = 0;
    const pid_t child = waitpid(-1, &status, 0);
    const auto found = running_.find(child);
    if (found == running_.end()) return;
    if (!WIFEXITED(status))
      crashes_.push_back(fmt::format("{}: error: building point '{}' ended with signal {}",
                                     sweep_.file, found->second->label, WTERMSIG(status)));
    result_.failed = result_.failed || status != 0;
    running_.erase(found);
  }

  std::size_t running() const { return running_.size(); }

  /// In the order of the points, whichever was ready first.
  CheckResult result() {
    std::set<std::string> seen;
    for (const Probe& probe : order_) {
      for (const std::string& line : lines_of(probe.findings)) {
        const bool is_count = line.find(": ") == std::string::npos;
        if (!is_count && seen.insert(line).second) result_.findings.push_back(line);
      }
      for (const std::string& line : lines_of(probe.statistics))
        (line[0] == 'c' ? result_.counters : result_.histograms).insert(line.substr(2));
    }
    for (const std::string& line : crashes_) result_.findings.push_back(line);
    return std::move(result_);
  }

 private:
  const Sweep& sweep_;
  const program::Options& options_;
  std::vector<Probe> order_;
  std::map<pid_t, const Point*> running_;
  std::vector<std::string> crashes_;
  CheckResult result_;
};

bool is_elsewhere(const std::string& name) {
  for (const char* prefix : {"exits.", "guest.", "run."})
    if (name.rfind(prefix, 0) == 0) return true;
  return false;
}

}  // namespace

CheckResult check_points(const Sweep& sweep, const std::vector<const Point*>& points,
                         const program::Options& options, unsigned jobs) {
  Checker checker(sweep, options);
  for (const Point* point : points) {
    if (checker.running() >= jobs) checker.wait_for_one();
    checker.start(*point);
  }
  while (checker.running() != 0) checker.wait_for_one();
  return checker.result();
}

void check_metrics(const Sweep& sweep, const CheckResult& known, Diagnostics& findings) {
  std::vector<std::string> all(known.counters.begin(), known.counters.end());
  all.insert(all.end(), known.histograms.begin(), known.histograms.end());
  for (const Metric& metric : sweep.metrics) {
    for (const std::string& name : metric.expression.names()) {
      if (name.find('.') == std::string::npos || is_elsewhere(name)) continue;
      const std::string whole = name.substr(0, name.rfind('.'));
      bool found = false;
      for (const std::string& counter : known.counters) found = found || matches(name, counter);
      for (const std::string& histogram : known.histograms)
        found = found || matches(whole, histogram);
      if (found) continue;
      // Of a histogram the field is missing, or wrong; of anything else the whole name.
      const bool is_histogram = known.histograms.count(name) != 0;
      findings.error(
          metric.where,
          is_histogram
              ? fmt::format("'{}' in metric '{}' is a histogram; say which of its figures, such as "
                            "'{}.p99'",
                            name, metric.name, name)
              : fmt::format("the platform has no statistic '{}', which metric '{}' names{}", name,
                            metric.name, did_you_mean(name, all)));
    }
  }
}

}  // namespace ringside::sweep
