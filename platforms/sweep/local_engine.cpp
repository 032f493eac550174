// SPDX-License-Identifier: Apache-2.0
#include "sweep/local_engine.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>

#include "exit_code.h"
#include "sweep/outcome.h"

namespace ringside::sweep {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{200};
// `ringside run` keeps its time limit by itself, and ends itself when deaf ten seconds later.
constexpr std::chrono::seconds kGrace{20};
constexpr std::chrono::seconds kPatience{15};

}  // namespace

void LocalEngine::start(const Task& task) {
  prepare_folder(task);
  const pid_t child = start_process(task.command, task.folder, kConsoleFile, kLogFile);
  const auto time =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(task.timeout));
  running_.emplace(child, Running{task, Clock::now() + time + kGrace});
}

std::vector<Ended> LocalEngine::reap() {
  std::vector<Ended> ended;
  for (auto it = running_.begin(); it != running_.end();) {
    int status = 0;
    if (waitpid(it->first, &status, WNOHANG) != it->first) {
      ++it;
      continue;
    }
    Ended one{it->second.task.point, exit_code_of(status), ""};
    if (it->second.killed)
      one.reason = "it did not stop at its time limit, and was killed";
    else if (WIFSIGNALED(status))
      one.reason =
          fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    ended.push_back(std::move(one));
    it = running_.erase(it);
  }
  return ended;
}

void LocalEngine::kill_late() {
  for (auto& [child, running] : running_) {
    if (running.killed || Clock::now() < running.deadline) continue;
    running.killed = true;
    kill(-child, SIGKILL);
  }
}

std::vector<Ended> LocalEngine::wait() {
  while (running_.size() < jobs_ && !waiting_.empty()) {
    start(waiting_.front());
    waiting_.pop_front();
  }
  stopped_by_ = signals_.wait(kLook);
  kill_late();
  return reap();
}

void LocalEngine::stop() {
  waiting_.clear();
  for (const auto& [child, running] : running_) kill(child, SIGTERM);
  const auto deadline = Clock::now() + kPatience;
  while (!running_.empty()) {
    // A second signal, or time: no more patience.
    const bool hurry = signals_.wait(kLook) != 0 || Clock::now() > deadline;
    if (hurry)
      for (const auto& [child, running] : running_) kill(-child, SIGKILL);
    reap();
  }
}

}  // namespace ringside::sweep
