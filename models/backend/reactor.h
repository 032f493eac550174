// SPDX-License-Identifier: Apache-2.0
// One thread that waits for host file descriptors on behalf of all back ends. Handlers and tasks
// run in that thread; what they learn enters the simulation through HostInput::post().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "backend/host_thread.h"

namespace ringside::backend {

class Reactor {
 public:
  /// The process's reactor; the thread runs while anybody holds it.
  static std::shared_ptr<Reactor> get();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  using Task = std::function<void()>;
  using Handler = std::function<void(short events)>;

  /// Has a task run in the reactor's thread; tasks run in order. From any thread.
  void run(Task task);
  /// The same, and waits until it has run. From any thread but the reactor's.
  void run_and_wait(const Task& task);

  // In the reactor's thread only:
  /// Watches a descriptor for poll(2) events. Errors and hang-ups are always reported.
  void watch(int fd, short events, Handler handler);
  /// Changes the events; with 0 the descriptor is not polled at all, not even for hang-ups.
  void set_events(int fd, short events);
  void unwatch(int fd);
  /// Runs a task once after so many milliseconds.
  void run_after(int milliseconds, Task task);

 private:
  struct Watch {
    short events;
    std::shared_ptr<Handler> handler;
  };
  Reactor();
  void loop();
  int milliseconds_to_timer() const;

  WakePipe wake_;
  std::map<int, Watch> watches_;
  std::multimap<std::int64_t, Task> timers_;
  std::mutex mutex_;
  std::deque<Task> tasks_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ringside::backend
