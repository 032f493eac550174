// SPDX-License-Identifier: Apache-2.0
#include "backend/reactor.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

namespace ringside::backend {

namespace {

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::shared_ptr<Reactor> Reactor::get() {
  static std::mutex guard;
  static std::weak_ptr<Reactor> running;
  const std::lock_guard<std::mutex> lock(guard);
  std::shared_ptr<Reactor> reactor = running.lock();
  if (!reactor) {
    reactor.reset(new Reactor);
    running = reactor;
  }
  return reactor;
}

Reactor::Reactor() {
  thread_ = start_host_thread([this] { loop(); });
}

Reactor::~Reactor() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.ring();
  thread_.join();
}

void Reactor::run(Task task) {
  bool first = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (first) wake_.ring();
}

void Reactor::run_and_wait(const Task& task) {
  std::promise<void> done;
  run([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Reactor::watch(int fd, short events, Handler handler) {
  watches_[fd] = {events, std::make_shared<Handler>(std::move(handler))};
}

void Reactor::set_events(int fd, short events) {
  const auto found = watches_.find(fd);
  if (found != watches_.end()) found->second.events = events;
}

void Reactor::unwatch(int fd) {
  watches_.erase(fd);
}

void Reactor::run_after(int milliseconds, Task task) {
  timers_.emplace(now_ms() + milliseconds, std::move(task));
}

int Reactor::milliseconds_to_timer() const {
  if (timers_.empty()) return -1;
  return static_cast<int>(
      std::clamp<std::int64_t>(timers_.begin()->first - now_ms(), 0, 60 * 1000));
}

void Reactor::loop() {
  std::vector<pollfd> fds;
  for (;;) {
    fds.clear();
    fds.push_back({wake_.descriptor(), POLLIN, 0});
    // A descriptor without events is left out: poll would report its hang-up for ever.
    for (const auto& [fd, watch] : watches_)
      if (watch.events != 0) fds.push_back({fd, watch.events, 0});
    if (poll(fds.data(), fds.size(), milliseconds_to_timer()) < 0) continue;

    if (fds[0].revents) wake_.drain();
    std::deque<Task> tasks;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      tasks.swap(tasks_);
      if (stop_ && tasks.empty()) return;
    }
    for (const Task& task : tasks) task();
    while (!timers_.empty() && timers_.begin()->first <= now_ms()) {
      const Task task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
    }
    for (std::size_t i = 1; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      // A task or an earlier handler may have taken this watch away.
      const auto found = watches_.find(fds[i].fd);
      if (found == watches_.end() || found->second.events == 0) continue;
      const std::shared_ptr<Handler> handler = found->second.handler;
      (*handler)(fds[i].revents);
    }
  }
}

}  // namespace ringside::backend
