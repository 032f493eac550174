// SPDX-License-Identifier: Apache-2.0
#include "sweep/conductor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "sweep/chart.h"
#include "sweep/outcome.h"
#include "sweep/progress.h"
#include "text.h"

namespace ringside::sweep {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLockFile = "lock";
constexpr const char* kDone = "done";

void write_text(const std::string& file, const std::string& text) {
  program::write_file(file, text.data(), text.size());
}

}  // namespace

Workplace::Workplace(const std::string& folder) {
  fs::create_directories(folder);
  folder_ = fs::canonical(folder).string();
  lock_ = open(path(kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0)
    throw std::runtime_error(fmt::format("{}: {}", path(kLockFile), std::strerror(errno)));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  close(lock_);
  throw std::runtime_error(fmt::format("another sweep is at work in {}", folder_));
}

Workplace::~Workplace() {
  close(lock_);
}

void Workplace::clear() {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    // Only what a sweep has put there.
    const std::string name = entry.path().filename().string();
    const bool is_result = name.rfind("results.", 0) == 0 || entry.path().extension() == ".svg";
    if (is_result || name == "points" || name == "slurm") fs::remove_all(entry.path());
  }
}

std::vector<Task> tasks_of(const Sweep& sweep, const std::vector<Point>& points, const Store& store,
                           const Workplace& place, const std::vector<std::string>& program) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (store.records()[i].state == kDone) continue;
    Task task;
    task.point = i;
    task.folder = place.path("points/" + points[i].folder);
    task.command = program;
    task.command.insert(task.command.end(), points[i].command.begin(), points[i].command.end());
    task.timeout = sweep.run.timeout;
    tasks.push_back(std::move(task));
  }
  return tasks;
}

int conduct(const Sweep& sweep, const std::vector<Point>& points, Store& store, Engine& engine,
            std::vector<Task> tasks, bool quiet) {
  std::map<std::size_t, std::string> left;  // point and its folder
  for (const Task& task : tasks) left.emplace(task.point, task.folder);
  Progress progress(points.size(), points.size() - left.size(), quiet);
  if (left.empty()) return 0;
  engine.begin(std::move(tasks));
  while (!left.empty()) {
    progress.update(engine.running());
    for (const Ended& ended : engine.wait()) {
      const std::string folder = left.at(ended.point);
      const Outcome outcome =
          read_outcome(folder, ended.exit_code, ended.reason, !sweep.run.workload.empty());
      store.keep(ended.point, outcome);
      // From now on the database says what has become of it.
      fs::remove(folder + "/" + kExitFile);
      left.erase(ended.point);
      if (outcome.done)
        progress.point_done(points[ended.point].label);
      else
        progress.point_failed(points[ended.point].label, outcome.reason, folder);
    }
    if (engine.stopped_by() == 0) continue;
    engine.stop();
    return engine.stopped_by();
  }
  return 0;
}

std::vector<std::string> write_results(const Sweep& sweep, const std::vector<Point>& points,
                                       Store& store, const Workplace& place) {
  store.measure();
  std::vector<std::string> files = {place.path("results.csv")};
  write_text(files.back(), results_csv(sweep, points, store.records()));
  for (const Plot& plot : sweep.plots)
    for (const Chart& chart : charts_of(sweep, plot, points, store.records())) {
      files.push_back(place.path(chart.name + ".svg"));
      write_text(files.back(), chart_svg(chart));
    }
  return files;
}

}  // namespace ringside::sweep
