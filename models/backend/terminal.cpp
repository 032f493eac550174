// SPDX-License-Identifier: Apache-2.0
#include "backend/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace ringside::backend {

namespace {

// All of this is read by signal handlers, so it is plain and global.
volatile sig_atomic_t raw_fd = -1;
termios cooked;
termios raw;
int resize_pipe[2] = {-1, -1};

void restore() {
  const int fd = raw_fd;
  if (fd >= 0) tcsetattr(fd, TCSANOW, &cooked);
}

// Deadly signals: give the terminal back, then die of the same signal.
void die(int number) {
  restore();
  raw_fd = -1;
  signal(number, SIG_DFL);
  raise(number);
}

void resume(int) {
  const int saved = errno;
  const int fd = raw_fd;
  if (fd >= 0) tcsetattr(fd, TCSANOW, &raw);
  errno = saved;
}

void resized(int) {
  const int saved = errno;
  const char byte = 0;
  [[maybe_unused]] const ssize_t put = write(resize_pipe[1], &byte, 1);
  errno = saved;
}

// Takes a signal only from the default action: who handles it already also ends the run in order,
// which restores the terminal at exit.
void take(int number, void (*handler)(int)) {
  struct sigaction present {};
  if (sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

void take_signals() {
  static bool taken = false;
  if (taken) return;
  taken = true;
  atexit(restore);
  for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE,
                     SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU})
    take(number, die);
  take(SIGCONT, resume);
}

}  // namespace

bool Terminal::usable(int fd) {
  return isatty(fd) && tcgetpgrp(fd) == getpgrp();
}

void Terminal::enter(int fd) {
  if (raw_fd >= 0 || tcgetattr(fd, &cooked) != 0) return;
  raw = cooked;
  raw.c_iflag &=
      ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  raw.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB);
  raw.c_cflag |= CS8;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  take_signals();
  raw_fd = fd;
  tcsetattr(fd, TCSANOW, &raw);
}

void Terminal::leave() {
  restore();
  raw_fd = -1;
}

int Terminal::resize_fd() {
  if (resize_pipe[0] < 0 && pipe2(resize_pipe, O_NONBLOCK | O_CLOEXEC) == 0)
    take(SIGWINCH, resized);
  return resize_pipe[0];
}

bool Terminal::size(int fd, unsigned& columns, unsigned& rows) {
  winsize window{};
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return false;
  columns = window.ws_col;
  rows = window.ws_row;
  return true;
}

}  // namespace ringside::backend
