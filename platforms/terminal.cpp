// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

namespace ringside::program {
namespace {

termios saved;
int saved_flags = 0;
bool is_terminal = false;

void on_fatal_signal(int number) {
  restore_terminal();
  // SA_RESETHAND has put the standard action back: the program dies of the signal after all.
  raise(number);
}

}  // namespace

void restore_terminal() {
  // In the background there is nothing to restore, and trying would stop the process (SIGTTOU).
  if (!is_terminal || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
  tcsetattr(STDIN_FILENO, TCSANOW, &saved);
  fcntl(STDIN_FILENO, F_SETFL, saved_flags);
}

void guard_terminal() {
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved) != 0) return;
  saved_flags = fcntl(STDIN_FILENO, F_GETFL);
  is_terminal = true;
  std::atexit(restore_terminal);
  struct sigaction action = {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT})
    sigaction(number, &action, nullptr);
}

}  // namespace ringside::program
