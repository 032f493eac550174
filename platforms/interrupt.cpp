// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "exit_code.h"
#include "terminal.h"

namespace ringside::program {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{10};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

[[noreturn]] void end_at_once(int code, const char* why) {
  restore_terminal();
  // Nothing that a stuck simulation could hold a lock on: no stdio, no destructors.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, why, std::strlen(why));
  _exit(code);
}

/// The number of a signal that has come, or 0 when `deadline` has passed.
int wait_for_signal(Clock::time_point deadline) {
  const sigset_t set = stop_signals();
  for (;;) {
    if (deadline == Clock::time_point::max()) {
      int number = 0;
      if (sigwait(&set, &number) == 0) return number;
      continue;
    }
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
    if (left.count() <= 0) return 0;
    timespec span;
    span.tv_sec = static_cast<time_t>(left.count() / 1000000000);
    span.tv_nsec = static_cast<long>(left.count() % 1000000000);
    const int number = sigtimedwait(&set, nullptr, &span);
    if (number > 0) return number;
    if (errno == EAGAIN) return 0;
  }
}

void ask_to_stop(Platform& platform, int code, const std::string& why) {
  platform.host().call([&platform, code, why] { platform.request_stop(code, why); });
}

void watch(Platform& platform, double timeout) {
  const auto deadline =
      timeout > 0 ? Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(std::min(timeout, 1e9)))
                  : Clock::time_point::max();
  const int number = wait_for_signal(deadline);
  if (number == 0) {
    ask_to_stop(platform, kTimeout, fmt::format("time limit of {}s on the wall", timeout));
    const int second = wait_for_signal(Clock::now() + kPatience);
    if (second != 0) end_at_once(kSignalBase + second, "\nringside: ended by a signal\n");
    end_at_once(kTimeout, "\nringside: the simulation did not stop in time; ended\n");
  }
  ask_to_stop(platform, kSignalBase + number, fmt::format("interrupted by {}", strsignal(number)));
  const int second = wait_for_signal(Clock::time_point::max());
  end_at_once(kSignalBase + second, "\nringside: ended by a second signal\n");
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void allow_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void watch_for_stop(Platform& platform, double timeout) {
  std::thread(watch, std::ref(platform), timeout).detach();
}

}  // namespace ringside::program
