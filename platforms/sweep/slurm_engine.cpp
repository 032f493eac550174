// SPDX-License-Identifier: Apache-2.0
#include "sweep/slurm_engine.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "kit/units.h"
#include "sweep/outcome.h"
#include "sweep/texts.h"
#include "text.h"

namespace ringside::sweep {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kLook{500};
// Looks at the queue in a row that do not find a task, before it counts as gone: its exit code may
// be late on a network file system.
constexpr unsigned kMissing = 3;
constexpr std::size_t kUsualArray = 1000;

std::string first_line(const std::string& text) {
  const std::size_t start = std::min(text.find_first_not_of(" \n"), text.size());
  return text.substr(start, text.find('\n', start) - start);
}

/// A program of Slurm; its output, or std::runtime_error with what it said.
std::string ask(const std::vector<std::string>& words) {
  const Captured said = capture(words, kPatience);
  if (said.exit_code == 0) return said.output;
  throw std::runtime_error(fmt::format("'{}' ended with exit code {}: {}", shell_line(words),
                                       said.exit_code, first_line(said.errors)));
}

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return in ? text.str() : "";
}

void write_text(const std::string& file, const std::string& text) {
  program::write_file(file, text.data(), text.size());
}

/// The exit code that the task has left, or nothing.
std::optional<int> exit_file(const std::string& folder) {
  const std::string text = first_line(content_of(folder + "/" + kExitFile));
  const auto code = parse_integer(text);
  if (!code || *code > 255) return std::nullopt;
  return static_cast<int>(*code);
}

bool has_script(const std::string& folder, const std::string& script) {
  return content_of(folder + "/" + kCommandFile) == script;
}

/// The value of "key=value" in what scontrol prints.
std::string field(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key + "=");
  if (at == std::string::npos) return "";
  const std::size_t start = at + key.size() + 1;
  return text.substr(start, text.find_first_of(" \n", start) - start);
}

}  // namespace

std::string array_script(const SlurmSettings& settings, const std::string& name,
                         const std::string& tasks, const std::string& output) {
  std::string text = "#!/bin/sh\n";
  const auto option = [&text](const std::string& key, const std::string& value) {
    if (!value.empty()) text += fmt::format("#SBATCH --{}={}\n", key, value);
  };
  option("job-name", name);
  option("output", output);
  option("partition", settings.partition);
  option("account", settings.account);
  option("time", settings.time);
  text += fmt::format(
      "# A task runs one point of a sweep and leaves its exit code in the point's folder, at once "
      "or not at all.\n"
      "folder=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {})\n"
      "cd \"$folder\" || exit 1\n"
      "rm -f {exit}\n"
      "./{command} </dev/null >{console} 2>{log}\n"
      "echo $? >{exit}.new && mv {exit}.new {exit}\n",
      shell_word(tasks), fmt::arg("exit", kExitFile), fmt::arg("command", kCommandFile),
      fmt::arg("console", kConsoleFile), fmt::arg("log", kLogFile));
  return text;
}

std::set<std::size_t> task_numbers(const std::string& text) {
  std::string list;
  for (char c : text)
    if (c != '[' && c != ']' && c != ' ') list += c;
  list = list.substr(0, list.find('%'));
  std::set<std::size_t> numbers;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dash = part.find('-');
    const auto first = parse_integer(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_integer(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first > 10000000) continue;
    for (std::uint64_t n = *first; n <= *last; ++n) numbers.insert(n);
  }
  return numbers;
}

/// The site's limit on the tasks of an array.
std::size_t SlurmEngine::largest_array() {
  std::istringstream lines(ask({"scontrol", "show", "config"}));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key, equals, text;
    words >> key >> equals >> text;
    const auto value = parse_integer(text);
    if (key == "MaxArraySize" && value && *value > 0)
      return std::min<std::size_t>(*value, kUsualArray);
  }
  return kUsualArray;
}

void SlurmEngine::begin(std::vector<Task> tasks) {
  for (Task& task : tasks) {
    const std::string script = script_of(task);
    const std::string folder = task.folder;
    wanted_.emplace(folder, Wanted{std::move(task), script, ""});
  }
  for (const SubmittedJob& job : store_.jobs()) adopt(job);

  std::vector<Wanted*> chosen;
  for (auto& [folder, wanted] : wanted_) {
    const bool is_there = has_script(folder, wanted.script) && exit_file(folder);
    if (wanted.job.empty() && !is_there) chosen.push_back(&wanted);
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Wanted* a, const Wanted* b) { return a->task.point < b->task.point; });
  const std::size_t most = chosen.empty() ? 1 : largest_array();
  for (std::size_t start = 0; start < chosen.size(); start += most)
    submit({chosen.begin() + static_cast<std::ptrdiff_t>(start),
            chosen.begin() + static_cast<std::ptrdiff_t>(std::min(start + most, chosen.size()))});
}

/// A job of an earlier call: what is still wanted of it goes on, the rest is cancelled.
void SlurmEngine::adopt(const SubmittedJob& job) {
  std::string number = job.number;
  if (number.empty()) {
    // We died between sbatch and noting the number. The name is ours alone.
    number = first_line(ask({"squeue", "--noheader", "--name=" + job.name, "--format=%F"}));
    if (number.empty()) return store_.remove_job(job.name);
    store_.set_job_number(job.name, number);
  }
  const Captured queue =
      capture({"squeue", "--noheader", "--jobs=" + number, "--format=%K"}, kPatience);
  // Of a job that is long gone squeue says that its number is wrong.
  std::set<std::size_t> live;
  if (queue.exit_code == 0) {
    std::istringstream lines(queue.output);
    for (std::string line; std::getline(lines, line);)
      for (std::size_t n : task_numbers(line)) live.insert(n);
  } else if (queue.errors.find("Invalid job id") == std::string::npos) {
    throw std::runtime_error("squeue: " + first_line(queue.errors));
  }
  bool used = false;
  for (std::size_t n : live) {
    const auto found = n < job.folders.size() ? wanted_.find(job.folders[n]) : wanted_.end();
    if (found == wanted_.end() || !has_script(found->first, found->second.script)) {
      capture({"scancel", fmt::format("{}_{}", number, n)}, kPatience);
      continue;
    }
    found->second.job = number;
    found->second.index = n;
    used = true;
  }
  if (!used) return store_.remove_job(job.name);
  numbers_.push_back(number);
}

void SlurmEngine::submit(const std::vector<Wanted*>& chosen) {
  SubmittedJob job;
  // Unique among all that ever were submitted from this folder and others.
  for (unsigned n = 1;; ++n) {
    job.name = fmt::format("ringside-{}-{:08x}-{}", file_name(name_),
                           static_cast<std::uint32_t>(std::hash<std::string>{}(folder_)), n);
    if (!fs::exists(folder_ + "/slurm/" + job.name + ".tasks")) break;
  }
  std::string tasks;
  for (Wanted* wanted : chosen) {
    prepare_folder(wanted->task);
    job.folders.push_back(wanted->task.folder);
    tasks += wanted->task.folder + "\n";
  }
  const std::string base = folder_ + "/slurm/" + job.name;
  fs::create_directories(folder_ + "/slurm");
  write_text(base + ".tasks", tasks);
  write_text(base + ".sh", array_script(settings_, job.name, base + ".tasks", base + ".out"));
  store_.add_job(job);
  std::vector<std::string> words = {"sbatch", "--parsable",
                                    fmt::format("--array=0-{}{}", chosen.size() - 1,
                                                jobs_ == 0 ? "" : fmt::format("%{}", jobs_))};
  words.insert(words.end(), settings_.extra.begin(), settings_.extra.end());
  words.push_back(base + ".sh");
  std::string number;
  try {
    number = first_line(ask(words));
  } catch (const std::runtime_error&) {
    store_.remove_job(job.name);
    throw;
  }
  // "number" or "number;cluster".
  number = number.substr(0, number.find(';'));
  store_.set_job_number(job.name, number);
  numbers_.push_back(number);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    chosen[i]->job = number;
    chosen[i]->index = i;
  }
}

/// The tasks that are waiting or running. False if the controller does not answer now.
bool SlurmEngine::read_queue(std::map<std::string, std::set<std::size_t>>& in_queue) {
  at_work_ = 0;
  for (const std::string& number : numbers_) {
    const Captured said =
        capture({"squeue", "--noheader", "--jobs=" + number, "--format=%K %T"}, kPatience);
    if (said.exit_code != 0) {
      if (said.errors.find("Invalid job id") != std::string::npos) continue;
      if (!complained_)
        std::fprintf(stderr, "ringside: squeue: %s; waiting\n", first_line(said.errors).c_str());
      complained_ = true;
      return false;
    }
    std::istringstream lines(said.output);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t space = std::min(line.find(' '), line.size());
      const std::set<std::size_t> tasks = task_numbers(line.substr(0, space));
      in_queue[number].insert(tasks.begin(), tasks.end());
      if (line.find("RUNNING", space) != std::string::npos) at_work_ += tasks.size();
    }
  }
  complained_ = false;
  return true;
}

/// Why a task is gone without a result, as well as Slurm can tell.
std::string SlurmEngine::fate_of(const Wanted& wanted) {
  const std::string task = fmt::format("{}_{}", wanted.job, wanted.index);
  const Captured now = capture({"scontrol", "show", "job", task}, kPatience);
  std::string state = now.exit_code == 0 ? field(now.output, "JobState") : "";
  if (state.empty()) {
    const Captured then = capture(
        {"sacct", "--noheader", "--parsable2", "--allocations", "--jobs=" + task, "--format=State"},
        kPatience);
    if (then.exit_code == 0) state = first_line(then.output);
  }
  return fmt::format("task {} of Slurm is gone without a result{}", task,
                     state.empty() ? "" : fmt::format(": {}", state));
}

std::vector<Ended> SlurmEngine::collect() {
  std::vector<Ended> ended;
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    const std::optional<int> code = exit_file(it->first);
    if (code) ended.push_back({it->second.task.point, *code, ""});
    it = code ? wanted_.erase(it) : std::next(it);
  }
  return ended;
}

std::vector<Ended> SlurmEngine::wait() {
  std::vector<Ended> ended = collect();
  if (!ended.empty() || wanted_.empty()) return ended;
  stopped_by_ = signals_.wait(kLook);
  if (stopped_by_ != 0 || Clock::now() < next_look_) return ended;
  next_look_ = Clock::now() + std::chrono::milliseconds(static_cast<long>(settings_.poll * 1000));

  std::map<std::string, std::set<std::size_t>> in_queue;
  if (!read_queue(in_queue)) return ended;
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    Wanted& wanted = it->second;
    wanted.missing = in_queue[wanted.job].count(wanted.index) != 0 ? 0 : wanted.missing + 1;
    if (wanted.missing < kMissing || exit_file(it->first)) {
      ++it;
      continue;
    }
    ended.push_back({wanted.task.point, 1, fate_of(wanted)});
    it = wanted_.erase(it);
  }
  return ended;
}

void SlurmEngine::stop() {
  if (stopped_by_ == SIGHUP) return;
  for (const std::string& number : numbers_) capture({"scancel", number}, kPatience);
  for (const SubmittedJob& job : store_.jobs()) store_.remove_job(job.name);
}

std::string SlurmEngine::after_stop() const {
  std::string list;
  for (const std::string& number : job_numbers()) list += (list.empty() ? "" : ", ") + number;
  return fmt::format("Slurm's job {} {}", list, stopped_by_ == SIGHUP ? "goes on" : "is cancelled");
}

std::vector<std::string> SlurmEngine::job_numbers() const {
  return numbers_;
}

}  // namespace ringside::sweep
