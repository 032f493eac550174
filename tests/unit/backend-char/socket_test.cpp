// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <fstream>

#include "backend/pty_char.h"
#include "backend/socket_char.h"
#include "line.h"

using namespace ringside;
using test::Line;
using test::run_until;

namespace {

/// A folder of its own, so that tests can run side by side.
struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-char-XXXXXX";
    BOOST_REQUIRE(mkdtemp(name));
    path = name;
  }
  ~Folder() { [[maybe_unused]] const int gone = system(("rm -rf " + path).c_str()); }
  std::string path;
};

int connect_unix(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  if (connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) return fd;
  close(fd);
  return -1;
}

std::string read_now(int fd) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  char text[65536];
  const ssize_t got = ::read(fd, text, sizeof text);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "";
}

void send_all(int fd, const std::string& text) {
  BOOST_TEST(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string platform(const std::string& backend) {
  return "children:\n  line: {type: line, backend: " + backend + "}\n";
}

}  // namespace

SIM_TEST_CASE(a_unix_socket_serves_one_client_after_the_other) {
  Folder folder;
  const std::string path = folder.path + "/s";
  test::Sim sim(platform("{type: unix, path: " + path + "}"), test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(sim.platform.host().any_live());
  BOOST_TEST(!line.backend->is_open());
  line.say("nobody hears this");
  BOOST_TEST(line.backend->bytes_lost.value() == 17u);

  for (int round = 0; round < 3; ++round) {
    const int client = connect_unix(path);
    BOOST_REQUIRE(client >= 0);
    send_all(client, "hello");
    line.input.clear();
    BOOST_TEST(run_until(sim, [&] { return line.input == "hello"; }));
    BOOST_TEST(line.backend->is_open());
    line.say("hi");
    std::string got;
    BOOST_TEST(run_until(sim, [&] { return (got += read_now(client)) == "hi"; }));
    close(client);
    BOOST_TEST(run_until(sim, [&] { return !line.backend->is_open(); }));
  }
  BOOST_TEST(line.opens.size() == 6u);
  sim.platform.finish();
  BOOST_TEST(access(path.c_str(), F_OK) != 0);  // the socket file is gone
}

SIM_TEST_CASE(flow_control_reaches_both_ends_of_a_socket) {
  Folder folder;
  const std::string path = folder.path + "/s";
  test::Sim sim(platform("{type: unix, path: " + path + "}"), test::register_line);
  Line& line = sim.model<Line>("line");
  line.take_input = false;
  sim.run(sc_core::sc_time(20, sc_core::SC_US));
  const int client = connect_unix(path);
  BOOST_REQUIRE(run_until(sim, [&] { return line.backend->is_open(); }));

  // Out: the client reads nothing.
  std::string sent;
  int stuck = 0;
  while (stuck < 50 && sent.size() < (8u << 20)) {
    std::string block(8192, static_cast<char>('a' + sent.size() / 8192 % 26));
    line.said = 0;
    line.say(block);
    sent += block.substr(0, line.said);
    stuck = line.said == 0 ? stuck + 1 : 0;
    sim.run(sc_core::sc_time(20, sc_core::SC_US));
    if (stuck) usleep(200);
  }
  BOOST_TEST(stuck == 50);
  BOOST_TEST(sent.size() < (2u << 20));
  const int writable = line.writable;
  std::string received;
  BOOST_TEST(run_until(sim, [&] { return (received += read_now(client)).size() == sent.size(); }));
  BOOST_TEST(received == sent);
  BOOST_TEST(run_until(sim, [&] { return line.writable > writable; }));

  // In: the model reads nothing.
  fcntl(client, F_SETFL, O_NONBLOCK);
  const std::string block(8192, 'x');
  std::size_t typed = 0;
  for (stuck = 0; stuck < 50 && typed < (8u << 20);) {
    const ssize_t put = ::write(client, block.data(), block.size());
    if (put > 0) typed += static_cast<std::size_t>(put);
    stuck = put < 0 ? stuck + 1 : 0;
    sim.run(sc_core::sc_time(20, sc_core::SC_US));
    if (stuck) usleep(200);
  }
  BOOST_TEST(stuck == 50);
  BOOST_TEST(line.backend->pending() == backend::CharBackend::kBuffer);
  line.take_input = true;
  line.take();
  BOOST_TEST(run_until(sim, [&] { return line.input.size() == typed; }));
  close(client);
}

SIM_TEST_CASE(a_client_that_leaves_in_the_middle_does_no_harm) {
  Folder folder;
  const std::string path = folder.path + "/s";
  test::Sim sim(platform("{type: unix, path: " + path + "}"), test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  const int first = connect_unix(path);
  BOOST_REQUIRE(run_until(sim, [&] { return line.backend->is_open(); }));
  line.say(std::string(60000, 'x'));
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  close(first);
  for (int i = 0; i < 20; ++i) {
    line.say(std::string(6000, 'y'));
    sim.run(sc_core::sc_time(1, sc_core::SC_US));
  }
  BOOST_REQUIRE(run_until(sim, [&] { return !line.backend->is_open(); }));
  const int second = connect_unix(path);
  BOOST_REQUIRE(run_until(sim, [&] { return line.backend->is_open(); }));
  BOOST_TEST(line.backend->room() == backend::CharBackend::kBuffer);
  line.say("for the second");
  std::string got;
  BOOST_TEST(run_until(sim, [&] { return (got += read_now(second)).size() >= 14; }));
  BOOST_TEST(got == "for the second");  // nothing that was meant for the first
}

SIM_TEST_CASE(a_stale_socket_file_is_replaced_and_a_live_one_is_not) {
  Folder folder;
  const std::string path = folder.path + "/s";
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  BOOST_REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  BOOST_REQUIRE(listen(listener, 1) == 0);
  BOOST_CHECK_THROW(backend::listen_on(backend::SocketAddress::unix_path(path)),
                    std::runtime_error);
  close(listener);
  const int again = backend::listen_on(backend::SocketAddress::unix_path(path));
  BOOST_TEST(again >= 0);
  close(again);
  std::ofstream(folder.path + "/file") << "precious";
  BOOST_CHECK_THROW(backend::listen_on(backend::SocketAddress::unix_path(folder.path + "/file")),
                    std::runtime_error);
  BOOST_TEST(access((folder.path + "/file").c_str(), F_OK) == 0);
  BOOST_CHECK_THROW(backend::SocketAddress::unix_path(std::string(200, 'x')), std::runtime_error);
}

SIM_TEST_CASE(tcp_listens_on_the_loopback_interface) {
  test::Sim sim(platform("{type: tcp, port: 0}"), test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  auto& tcp = dynamic_cast<backend::SocketChar&>(*line.backend);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(backend::local_port(tcp.listener()));
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  BOOST_REQUIRE(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  send_all(client, "ping");
  BOOST_TEST(run_until(sim, [&] { return line.input == "ping"; }));
  line.say("pong");
  std::string got;
  BOOST_TEST(run_until(sim, [&] { return (got += read_now(client)) == "pong"; }));
  close(client);
  sim.platform.finish();
}

SIM_TEST_CASE(connect_mode_tries_until_the_server_is_there_and_again_when_it_has_gone) {
  Folder folder;
  const std::string path = folder.path + "/s";
  test::Sim sim(platform("{type: unix, mode: connect, retry: 10ms, path: " + path + "}"),
                test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  usleep(30000);
  const int listener = backend::listen_on(backend::SocketAddress::unix_path(path));
  for (int round = 0; round < 2; ++round) {
    int server = -1;
    BOOST_REQUIRE(run_until(sim, [&] { return (server = backend::accept_client(listener)) >= 0; }));
    line.input.clear();
    send_all(server, "hello");
    BOOST_TEST(run_until(sim, [&] { return line.input == "hello"; }));
    close(server);
    // It may have come back before anybody looks.

    BOOST_TEST(run_until(
        sim, [&] { return std::count(line.opens.begin(), line.opens.end(), false) >= round + 1; }));
  }
  close(listener);
}

SIM_TEST_CASE(a_socket_that_cannot_be_opened_ends_the_run) {
  test::Sim sim(platform("{type: unix, path: /no/such/folder/s}"), test::register_line);
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(sim.platform.stop_reason().text.find("line.backend (unix): cannot listen on") == 0u,
             sim.platform.stop_reason().text);
}

SIM_TEST_CASE(a_pty_is_open_while_somebody_has_it_open) {
  Folder folder;
  const std::string link = folder.path + "/console";
  test::Sim sim(platform("{type: pty, link: " + link + "}"), test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(!line.backend->is_open());
  for (int round = 0; round < 2; ++round) {
    const int user = open(link.c_str(), O_RDWR | O_NOCTTY);
    BOOST_REQUIRE(user >= 0);
    BOOST_TEST(run_until(sim, [&] { return line.backend->is_open(); }));
    line.input.clear();
    send_all(user, "a\rb\x03");
    BOOST_TEST(run_until(sim, [&] { return line.input == "a\rb\x03"; }));  // raw
    line.say("x\ny");
    std::string got;
    BOOST_TEST(run_until(sim, [&] { return (got += read_now(user)) == "x\ny"; }));
    close(user);
    BOOST_TEST(run_until(sim, [&] { return !line.backend->is_open(); }));
  }
  sim.platform.finish();
  BOOST_TEST(access(link.c_str(), F_OK) != 0);
}

SIM_TEST_CASE(files_take_output_and_give_input) {
  Folder folder;
  std::string text;
  for (int i = 0; i < 30000; ++i) text += "line " + std::to_string(i) + "\n";
  std::ofstream(folder.path + "/in") << text;
  std::ofstream(folder.path + "/out") << "old\n";
  test::Sim sim(platform("{type: file, append: true, path: " + folder.path +
                         "/out, input: " + folder.path + "/in}"),
                test::register_line);
  Line& line = sim.model<Line>("line");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(line.backend->is_open());
  BOOST_TEST(line.input == text);  // all of it, in no time, and without a host thread
  BOOST_TEST(!sim.platform.host().any_live());
  line.say("new\n");
  sim.platform.finish();
  std::ifstream out(folder.path + "/out");
  BOOST_TEST((std::string{std::istreambuf_iterator<char>(out), {}}) == "old\nnew\n");
}

SIM_TEST_CASE(memory_and_null_streams) {
  test::Sim sim(
      "children:\n  a: {type: line, backend: {type: memory, capacity: 10B}}\n"
      "  b: {type: line, backend: null}\n",
      test::register_line);
  Line& a = sim.model<Line>("a");
  a.say("0123456789abc");
  BOOST_TEST(a.said == 10u);
  Line& b = sim.model<Line>("b");
  b.say("lost");
  BOOST_TEST(b.said == 4u);
  BOOST_TEST(b.backend->bytes_lost.value() == 4u);
}
