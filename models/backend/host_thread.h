// SPDX-License-Identifier: Apache-2.0
// What host threads that wait for descriptors have in common.
#pragma once

#include <functional>
#include <thread>

namespace ringside::backend {

/// A pipe by which others wake a thread that polls its descriptor.
class WakePipe {
 public:
  /// Throws std::runtime_error if the process has no descriptors left.
  WakePipe();
  ~WakePipe();
  WakePipe(const WakePipe&) = delete;
  WakePipe& operator=(const WakePipe&) = delete;

  int descriptor() const { return read_; }
  /// From any thread.
  void ring();
  /// Takes all rings so far.
  void drain();

 private:
  int read_ = -1;
  int write_ = -1;
};

/// Starts a thread that gets no signals: those are for the main thread.
std::thread start_host_thread(std::function<void()> body);

}  // namespace ringside::backend
