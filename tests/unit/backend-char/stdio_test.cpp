// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "line.h"

using namespace ringside;
using test::Line;
using test::run_until;

namespace {

const char* const kPlatform = "children:\n  line: {type: line, backend: stdio}\n";

/// Puts other descriptors in the place of standard input and output, until destroyed.
struct Redirect {
  Redirect(int in, int out) {
    std::cout.flush();
    dup2(in, 0);
    dup2(out, 1);
  }
  ~Redirect() {
    std::cout.flush();
    dup2(saved_in, 0);
    dup2(saved_out, 1);
  }
  int saved_in = dup(0);
  int saved_out = dup(1);
};

struct Pipe {
  Pipe() { BOOST_REQUIRE(pipe(end) == 0); }
  int end[2];
};

std::string read_some(int fd) {
  char text[256];
  const ssize_t got = ::read(fd, text, sizeof text);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "";
}

void type(int fd, const std::string& text) {
  BOOST_REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

/// A child process with a terminal of its own, as a shell would start it.
struct Terminal {
  explicit Terminal(void (*body)()) {
    winsize size{};
    size.ws_col = 91;
    size.ws_row = 33;
    child = forkpty(&master, nullptr, nullptr, &size);
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      alarm(10);
      // The test framework has handlers of its own.
      for (int number : {SIGTERM, SIGSEGV, SIGHUP}) signal(number, SIG_DFL);
      body();
      exit(0);
    }
  }
  std::string read_until(const std::string& end) {
    std::string all;
    while (all.find(end) == std::string::npos) {
      const std::string some = read_some(master);
      if (some.empty()) break;
      all += some;
    }
    return all;
  }
  int wait_for_exit() {
    int status = 0;
    while (!read_some(master).empty()) {
    }
    waitpid(child, &status, 0);
    return status;
  }
  tcflag_t local_flags() {
    termios mode{};
    tcgetattr(master, &mode);
    return mode.c_lflag;
  }
  int master = -1;
  pid_t child = -1;
};

}  // namespace

SIM_TEST_CASE(stdio_passes_pipes_through_unchanged) {
  Pipe in;
  Pipe out;
  std::string printed;
  std::string read;
  bool live_after_end = true;
  {
    Redirect redirect(in.end[0], out.end[1]);
    test::Sim sim(kPlatform, test::register_line);
    Line& line = sim.model<Line>("line");
    sim.run(sc_core::sc_time(1, sc_core::SC_US));
    line.say("hello\n");
    type(in.end[1], std::string("a\x01x\x03\0b", 6));
    run_until(sim, [&] { return line.input.size() == 6; });
    close(in.end[1]);
    run_until(sim, [&] { return !sim.platform.host().any_live(); });
    live_after_end = sim.platform.host().any_live();
    line.say("more");
    read = line.input;
    sim.platform.finish();
    printed = read_some(out.end[0]);
  }
  BOOST_TEST(printed == "hello\nmore");
  BOOST_TEST(read == std::string("a\x01x\x03\0b", 6));
  BOOST_TEST(!live_after_end);
}

SIM_TEST_CASE(stdio_stops_reading_when_the_model_takes_nothing) {
  Pipe in;
  Pipe out;
  fcntl(in.end[1], F_SETFL, O_NONBLOCK);
  std::size_t sent = 0;
  std::size_t pending = 0;
  std::size_t got = 0;
  {
    Redirect redirect(in.end[0], out.end[1]);
    test::Sim sim(kPlatform, test::register_line);
    Line& line = sim.model<Line>("line");
    line.take_input = false;
    const std::string block(4096, 'x');
    int stuck = 0;
    while (stuck < 100 && sent < (4u << 20)) {
      sim.run(sc_core::sc_time(1, sc_core::SC_US));
      const ssize_t put = ::write(in.end[1], block.data(), block.size());
      stuck = put < 0 ? stuck + 1 : 0;
      if (put < 0) usleep(200);
      if (put > 0) sent += static_cast<std::size_t>(put);
    }
    pending = line.backend->pending();
    line.take_input = true;
    line.take();
    run_until(sim, [&] { return line.input.size() == sent; });
    got = line.input.size();
  }
  BOOST_TEST(pending == backend::CharBackend::kBuffer);
  BOOST_TEST(sent <= backend::CharBackend::kBuffer + (128u << 10));  // buffer and pipe
  BOOST_TEST(got == sent);
}

SIM_TEST_CASE(stdio_ends_the_run_when_its_output_is_closed) {
  Pipe in;
  Pipe out;
  close(out.end[0]);
  std::string reason;
  {
    Redirect redirect(in.end[0], out.end[1]);
    test::Sim sim(kPlatform, test::register_line);
    sim.run(sc_core::sc_time(1, sc_core::SC_US));
    sim.model<Line>("line").say("x");
    reason = sim.platform.stop_reason().text;
  }
  BOOST_TEST(reason == "standard output was closed");
}

static void echo_in_a_terminal() {
  test::Sim sim(kPlatform, test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  run_until(sim, [&] { return line.size.first != 0; });
  line.say("ready " + std::to_string(line.size.first) + "x" + std::to_string(line.size.second) +
           "\n");
  std::size_t echoed = 0;
  run_until(sim, [&] {
    line.say(line.input.substr(echoed));
    echoed = line.input.size();
    if (line.breaks) line.say("break!");
    line.breaks = 0;
    if (line.size.first == 40) line.say("resized!");
    if (line.size.first == 40) line.size.first = 41;
    return false;
  });
  line.say("\n<" + sim.platform.stop_reason().text + ">\n");
  sim.platform.finish();
}

BOOST_AUTO_TEST_CASE(stdio_in_a_terminal_is_raw_and_ctrl_a_is_the_escape_key) {
  Terminal terminal(echo_in_a_terminal);
  BOOST_TEST(terminal.read_until("91x33").find("ready 91x33") != std::string::npos);
  BOOST_TEST((terminal.local_flags() & (ECHO | ICANON | ISIG)) == 0u);
  type(terminal.master, "\x03z\x01\x01");  // Ctrl-C goes to the guest; Ctrl-A twice is one
  BOOST_TEST(terminal.read_until("z\x01").find("\x03z\x01") != std::string::npos);
  type(terminal.master, "\x01h");
  BOOST_TEST(terminal.read_until("send Ctrl-A").find("Ctrl-A x  quit") != std::string::npos);
  type(terminal.master,
       "\x01"
       "b");
  terminal.read_until("break!");
  winsize size{};
  size.ws_col = 40;
  size.ws_row = 20;
  ioctl(terminal.master, TIOCSWINSZ, &size);
  terminal.read_until("resized!");
  type(terminal.master, "\x01x");
  BOOST_TEST(terminal.read_until("terminal>").find("quit from the terminal") != std::string::npos);
  BOOST_TEST(terminal.wait_for_exit() == 0);
}

static void die_in_a_terminal() {
  test::Sim sim(kPlatform, test::register_line);
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  sim.model<Line>("line").say("ready\n");
  if (fork() == 0) {  // keeps the terminal open, so that its mode can be looked at
    sleep(3);
    _exit(0);
  }
  for (;;) pause();
}

BOOST_AUTO_TEST_CASE(the_terminal_is_restored_when_a_signal_kills_the_program) {
  for (int number : {SIGTERM, SIGSEGV, SIGHUP}) {
    Terminal terminal(die_in_a_terminal);
    terminal.read_until("ready");
    BOOST_TEST((terminal.local_flags() & ICANON) == 0u);
    kill(terminal.child, number);
    int status = 0;
    waitpid(terminal.child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
    BOOST_TEST(WTERMSIG(status) == number);
    BOOST_TEST((terminal.local_flags() & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG));
    close(terminal.master);
  }
}

BOOST_AUTO_TEST_CASE(two_models_cannot_share_stdio) {
  test::run_in_child([] {
    Registry registry;
    test::register_line(registry);
    Platform platform(registry);
    BOOST_TEST(
        !platform.build(Node::parse("children:\n  a: {type: line, backend: stdio}\n"
                                    "  b: {type: line, backend: stdio}\n",
                                    "x.yaml")));
    BOOST_TEST(platform.diagnostics().str().find("x.yaml:3:") != std::string::npos,
               platform.diagnostics().str());
  });
}
