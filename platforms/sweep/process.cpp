// SPDX-License-Identifier: Apache-2.0
#include "sweep/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "exit_code.h"

namespace ringside::sweep {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostOutput = 16 << 20;
constexpr int kNotStarted = 127;

sigset_t set_of(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (int number : numbers) sigaddset(&set, number);
  return set;
}

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child, after fork(): only what may be called there.
[[noreturn]] void become(char* const* words, const char* folder, int input, int output, int errors,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before that.
  if (getppid() != parent) _exit(kNotStarted);
  setpgid(0, 0);
  const sigset_t none = set_of({});
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  if (folder[0] == '\0' || chdir(folder) == 0) execvp(words[0], words);
  const char* why = std::strerror(errno);
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, words[0], std::strlen(words[0]));
  written = write(STDERR_FILENO, ": ", 2);
  written = write(STDERR_FILENO, why, std::strlen(why));
  written = write(STDERR_FILENO, "\n", 1);
  _exit(kNotStarted);
}

struct File {
  explicit File(int number) : fd(number) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  int fd;
};

void read_some(File& from, std::string& into) {
  char block[4096];
  const ssize_t size = read(from.fd, block, sizeof block);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size <= 0) return from.close();
  if (into.size() < kMostOutput) into.append(block, static_cast<std::size_t>(size));
}

}  // namespace

pid_t start_process(const std::vector<std::string>& words, const std::string& folder,
                    const std::string& output, const std::string& errors) {
  const auto open_new = [&folder](const std::string& name) {
    return open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  };
  const File in(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const File out(open_new(output));
  const File err(open_new(errors));
  if (in.fd < 0 || out.fd < 0 || err.fd < 0) fail(folder.c_str());
  const std::vector<char*> pointers = pointers_to(words);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(pointers.data(), folder.c_str(), in.fd, out.fd, err.fd, parent);
  return child;
}

Captured capture(const std::vector<std::string>& words, std::chrono::seconds patience) {
  int out_pipe[2];
  int err_pipe[2];
  if (pipe2(out_pipe, O_CLOEXEC) != 0) fail("pipe");
  File out(out_pipe[0]), out_end(out_pipe[1]);
  if (pipe2(err_pipe, O_CLOEXEC) != 0) fail("pipe");
  File err(err_pipe[0]), err_end(err_pipe[1]);
  const File in(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<char*> pointers = pointers_to(words);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(pointers.data(), "", in.fd, out_end.fd, err_end.fd, parent);
  out_end.close();
  err_end.close();

  Captured captured;
  const auto deadline = Clock::now() + patience;
  bool late = false;
  while (out.fd >= 0 || err.fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    late = left.count() <= 0;
    if (late) break;
    pollfd ends[2] = {{out.fd, POLLIN, 0}, {err.fd, POLLIN, 0}};
    if (poll(ends, 2, static_cast<int>(left.count())) <= 0) continue;
    if (ends[0].revents != 0) read_some(out, captured.output);
    if (ends[1].revents != 0) read_some(err, captured.errors);
  }
  if (late) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  captured.exit_code = late ? program::kTimeout : exit_code_of(status);
  return captured;
}

StopSignals::StopSignals() {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int StopSignals::wait(std::chrono::milliseconds time) {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD});
  timespec span;
  span.tv_sec = static_cast<time_t>(time.count() / 1000);
  span.tv_nsec = static_cast<long>(time.count() % 1000) * 1000000;
  const int number = sigtimedwait(&set, nullptr, &span);
  return number > 0 && number != SIGCHLD ? number : 0;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : program::kSignalBase + WTERMSIG(status);
}

}  // namespace ringside::sweep
