// SPDX-License-Identifier: Apache-2.0
#include "backend/pty_char.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <stdexcept>

#include "kit/platform.h"

namespace ringside::backend {

namespace {

// How often an unused terminal is looked at: poll(2) does not tell when somebody opens it.
constexpr int kLookMs = 100;

void make_link(const std::string& terminal, const std::string& link) {
  struct stat info {};
  if (lstat(link.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) unlink(link.c_str());
  if (symlink(terminal.c_str(), link.c_str()) != 0)
    throw std::runtime_error(fmt::format("cannot make the link {}: {}", link, strerror(errno)));
}

}  // namespace

void PtyChar::start() {
  if (platform().host().replaying()) return;
  master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0)
    throw std::runtime_error(fmt::format("no pseudo terminal: {}", strerror(errno)));
  char name[128];
  if (ptsname_r(master_, name, sizeof name) != 0)
    throw std::runtime_error(fmt::format("no pseudo terminal: {}", strerror(errno)));
  terminal_ = name;
  // Raw, and closed again: from then on the master tells whether somebody is there.
  const int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios mode{};
  if (slave >= 0 && tcgetattr(slave, &mode) == 0) {
    cfmakeraw(&mode);
    tcsetattr(slave, TCSANOW, &mode);
  }
  if (slave >= 0) close(slave);
  if (!link->path.empty()) make_link(terminal_, link->path);
  fmt::print(stderr, "{} is at {}\n", label(), terminal_);
  set_live(true);
  reactor().run([this] { io_look_for_user(); });
}

void PtyChar::io_look_for_user() {
  pollfd look{master_, 0, 0};
  if (poll(&look, 1, 0) >= 0 && !(look.revents & POLLHUP)) return io_connect(master_, master_);
  reactor().run_after(kLookMs, [this, alive = alive_] {
    if (*alive) io_look_for_user();
  });
}

void PtyChar::io_hung_up() {
  io_disconnect();
  post(Event::Closed);
  io_look_for_user();
}

void PtyChar::close_host() {
  *alive_ = false;
  if (master_ < 0) return;
  close(master_);
  master_ = -1;
  if (!link->path.empty()) unlink(link->path.c_str());
}

}  // namespace ringside::backend
