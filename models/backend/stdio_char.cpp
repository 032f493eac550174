// SPDX-License-Identifier: Apache-2.0
#include "backend/stdio_char.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <vector>

#include "backend/terminal.h"
#include "kit/platform.h"

namespace ringside::backend {

namespace {

constexpr std::uint8_t kCtrlA = 1;
const char* const kHelp =
    "\r\nCtrl-A x  quit\r\n"
    "Ctrl-A b  send a break\r\n"
    "Ctrl-A h  this help\r\n"
    "Ctrl-A Ctrl-A  send Ctrl-A\r\n";

bool write_all(int fd, const std::uint8_t* data, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t put = ::write(fd, data, bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {  // somebody who shares the terminal made it so
      pollfd out{fd, POLLOUT, 0};
      poll(&out, 1, 1000);
      continue;
    }
    if (put <= 0) return false;
    data += put;
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

StdioChar::StdioChar(const sc_core::sc_module_name& name, const ModelContext& context)
    : HostChar(name, context) {}

void StdioChar::resolve() {
  for (const StdioChar* other : platform().find_all<StdioChar>()) {
    if (other == this) return;
    diagnostics().error(
        node().where(),
        fmt::format("{} uses standard input and output, which {} uses already; expected another "
                    "back end ('pty', 'unix', 'tcp', 'file' or 'null')",
                    label(), other->label()));
    return;
  }
}

void StdioChar::start() {
  signal(SIGPIPE, SIG_IGN);
  terminal_ = Terminal::usable(STDIN_FILENO);
  escapes_ = escape == Escape::On || (escape == Escape::Auto && terminal_);
  if (terminal_) Terminal::enter(STDIN_FILENO);
  set_open(true);
  set_live(true);
  reactor().run([this] {
    io_connect(STDIN_FILENO, -1);
    if (!terminal_) return;
    io_resized();
    const int resize = Terminal::resize_fd();
    if (resize >= 0) reactor().watch(resize, POLLIN, [this](short) { io_resized(); });
  });
}

void StdioChar::close_host() {
  if (!terminal_) return;
  reactor().unwatch(Terminal::resize_fd());
  Terminal::leave();
}

std::size_t StdioChar::write(const std::uint8_t* data, std::size_t bytes) {
  if (output_failed_) {
    bytes_lost += bytes;
    return bytes;
  }
  bytes_out += bytes;
  if (!write_all(STDOUT_FILENO, data, bytes)) {
    output_failed_ = true;
    platform().request_stop(1, "standard output was closed");
  }
  return bytes;
}

void StdioChar::io_resized() {
  char drain[16];
  while (::read(Terminal::resize_fd(), drain, sizeof drain) == sizeof drain) {
  }
  unsigned columns = 0;
  unsigned rows = 0;
  if (Terminal::size(STDIN_FILENO, columns, rows)) post_size(columns, rows);
}

void StdioChar::io_received(const std::uint8_t* data, std::size_t bytes) {
  if (!escapes_) return post_data(data, bytes);
  std::vector<std::uint8_t> plain;
  for (std::size_t i = 0; i < bytes; ++i) {
    if (io_after_escape_) {
      io_after_escape_ = false;
      if (data[i] == kCtrlA)
        plain.push_back(kCtrlA);
      else
        io_escape(data[i]);
    } else if (data[i] == kCtrlA) {
      io_after_escape_ = true;
    } else {
      plain.push_back(data[i]);
    }
  }
  post_data(plain.data(), plain.size());
}

void StdioChar::io_escape(std::uint8_t key) {
  if (key == 'x')
    platform().host().call([this] { platform().request_stop(0, "quit from the terminal"); });
  else if (key == 'b')
    post(Event::Break);
  else if (key == 'h' || key == '?')
    write_all(STDOUT_FILENO, reinterpret_cast<const std::uint8_t*>(kHelp), strlen(kHelp));
}

void StdioChar::io_hung_up() {
  io_disconnect();
  post(Event::Ended);
}

}  // namespace ringside::backend
