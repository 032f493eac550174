// SPDX-License-Identifier: Apache-2.0
#include "backend/host_thread.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ringside::backend {

WakePipe::WakePipe() {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
    throw std::runtime_error(
        fmt::format("no pipe for a thread that waits for the host: {}", std::strerror(errno)));
  read_ = ends[0];
  write_ = ends[1];
}

WakePipe::~WakePipe() {
  ::close(read_);
  ::close(write_);
}

void WakePipe::ring() {
  const char byte = 0;
  // A full pipe is as good as one more byte in it.
  [[maybe_unused]] const ssize_t written = ::write(write_, &byte, 1);
}

void WakePipe::drain() {
  char bytes[64];
  while (::read(read_, bytes, sizeof bytes) == sizeof bytes) {
  }
}

std::thread start_host_thread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace ringside::backend
