// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>

#include "shelf.h"

using namespace ringside;
using test::Disk;
using test::Folder;
using test::problems;
using test::Server;
using test::times;

namespace {

std::vector<std::string> nbdkit(const std::string& socket, std::vector<std::string> more) {
  std::vector<std::string> words{"nbdkit", "-f", "-U", socket};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string socket_yaml(const std::string& socket, const std::string& more = "") {
  return "{type: nbd, socket: " + socket + more + "}";
}

/// A process that has ended may still wait for somebody to hear of it.
bool runs(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string stat((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.compare(name_end, 3, ") Z") != 0;
}

bool can_read(Disk& disk) {
  char byte[512];
  return disk->read(0, byte, sizeof byte);
}

}  // namespace

SIM_TEST_CASE(a_server_is_found_by_socket_and_by_uri) {
  const Folder folder;
  const std::string socket = folder.file("s");
  Server server(nbdkit(socket, {"memory", "1M"}));
  Server::wait_for(socket);
  {
    Disk disk(socket_yaml(socket));
    BOOST_TEST(disk->bytes() == 1u << 20);
    disk.write(512, times(512, 'n'));
  }
}

SIM_TEST_CASE(a_uri_names_server_and_export) {
  const Folder folder;
  const std::string socket = folder.file("s");
  Server server(nbdkit(socket, {"memory", "1M"}));
  Server::wait_for(socket);
  Disk disk("{type: nbd, uri: 'nbd+unix:///?socket=" + socket + "'}");
  disk.write(512, times(512, 'n'));
  BOOST_TEST(disk.read(512, 512) == times(512, 'n'));
}

SIM_TEST_CASE(an_export_is_chosen_by_name) {
  const Folder folder;
  folder.make("one", times(1024, '1'));
  folder.make("two", times(2048, '2'));
  const std::string socket = folder.file("s");
  Server server(nbdkit(socket, {"file", "dir=" + folder.path}));
  Server::wait_for(socket);
  Disk disk(socket_yaml(socket, ", export: two"));
  BOOST_TEST(disk.read(0, 2048) == times(2048, '2'));
}

SIM_TEST_CASE(a_read_only_export_is_a_read_only_disk) {
  const std::string server = "command: [nbdkit, -f, -r, memory, 1M]";
  Disk disk("{type: nbd, " + server + "}");
  BOOST_TEST(disk->read_only());
  BOOST_TEST(!disk->write(0, "x", 1));
  BOOST_TEST(disk->flush());
}

SIM_TEST_CASE(a_read_only_export_can_be_written_in_a_snapshot) {
  Disk disk("{type: nbd, snapshot: true, command: [nbdkit, -f, -r, memory, 1M]}");
  BOOST_TEST(!disk->read_only());
  disk.write(0, times(512, 'w'));
  BOOST_TEST(disk.read(0, 513) == times(512, 'w') + times(1, '\0'));
}

SIM_TEST_CASE(an_export_of_odd_size_is_rounded_down) {
  Disk disk("{type: nbd, command: [nbdkit, -f, memory, '1000']}");
  BOOST_TEST(disk->bytes() == 512u);
}

SIM_TEST_CASE(an_error_of_the_server_is_an_io_error_and_the_connection_stays) {
  const Folder folder;
  const std::string trigger = folder.file("broken");
  Disk disk(
      "{type: nbd, reconnect: 1, command: [nbdkit, -f, --filter=error, memory, 1M, "
      "error=EIO, error-rate=100%, error-file=" +
      trigger + "]}");
  BOOST_TEST(can_read(disk));
  folder.make("broken", "");
  BOOST_TEST(!can_read(disk));
  BOOST_TEST(!disk->write(0, "x", 1));
  BOOST_TEST(!disk->write_zeroes(0, 512, true));
  BOOST_TEST(!disk->discard(0, 512));
  std::filesystem::remove(trigger);
  BOOST_TEST(can_read(disk));
}

SIM_TEST_CASE(a_server_that_dies_makes_requests_fail) {
  const Folder folder;
  const std::string socket = folder.file("s");
  Server server(nbdkit(socket, {"memory", "1M"}));
  Server::wait_for(socket);
  Disk disk(socket_yaml(socket));
  BOOST_TEST(can_read(disk));
  server.stop();
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!can_read(disk));
    BOOST_TEST(!disk->write(0, "x", 1));
    BOOST_TEST(!disk->flush());
    BOOST_TEST(!disk->discard(0, 512));
    BOOST_TEST(!disk->write_zeroes(0, 512, false));
  }
}

SIM_TEST_CASE(a_server_that_comes_back_is_found_again) {
  const Folder folder;
  const std::string socket = folder.file("s");
  const std::string file = folder.make("disk.img", times(4096, 'b'));
  Server first(nbdkit(socket, {"file", file}));
  Server::wait_for(socket);
  Disk disk(socket_yaml(socket, ", reconnect: 50"));
  disk.write(0, times(512, 'c'));
  first.stop();
  std::filesystem::remove(socket);
  Server second(nbdkit(socket, {"file", file}));  // may take a moment to listen
  BOOST_TEST(disk.read(0, 513) == times(512, 'c') + "b");
}

SIM_TEST_CASE(another_export_in_its_place_is_not_taken_for_the_disk) {
  const Folder folder;
  const std::string socket = folder.file("s");
  Server first(nbdkit(socket, {"memory", "1M"}));
  Server::wait_for(socket);
  Disk disk(socket_yaml(socket, ", reconnect: 2"));
  first.stop();
  std::filesystem::remove(socket);
  Server second(nbdkit(socket, {"memory", "2M"}));
  Server::wait_for(socket);
  BOOST_TEST(!can_read(disk));
}

namespace {
/// A socket that takes connections and says nothing.
int silent_server(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  BOOST_REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(listen(fd, 8) == 0);
  return fd;
}
double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

SIM_TEST_CASE(a_server_that_says_nothing_is_given_up) {
  const Folder folder;
  const int fd = silent_server(folder.file("s"));
  const auto start = std::chrono::steady_clock::now();
  const std::string text = problems(socket_yaml(folder.file("s"), ", timeout_ms: 300"));
  BOOST_TEST(text.find("t.yaml:2:") == 0u, text);
  BOOST_TEST(text.find("no answer within 300 ms") != std::string::npos, text);
  BOOST_TEST(seconds_since(start) < 20);
  close(fd);
}

SIM_TEST_CASE(a_request_that_is_not_answered_fails_after_the_timeout) {
  const Folder folder;
  const std::string socket = folder.file("s");
  Server server(nbdkit(socket, {"memory", "1M"}));
  Server::wait_for(socket);
  Disk disk(socket_yaml(socket, ", timeout_ms: 300"));
  BOOST_TEST(can_read(disk));
  kill(server.child, SIGSTOP);
  waitpid(server.child, nullptr, WUNTRACED);
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(!can_read(disk));
  BOOST_TEST(!can_read(disk));
  BOOST_TEST(seconds_since(start) < 20);
  kill(server.child, SIGCONT);
}

SIM_TEST_CASE(a_server_that_was_started_ends_with_the_program) {
  const Folder folder;
  const std::string pid_file = folder.file("pid");
  const pid_t program = fork();
  if (program == 0) {
    // As ringside does it: stop signals are blocked, and no destructor runs at the end.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    Disk disk("{type: nbd, command: [nbdkit, -f, -P, " + pid_file + ", memory, 1M]}");
    _exit(can_read(disk) ? 0 : 1);
  }
  int status = 0;
  waitpid(program, &status, 0);
  BOOST_REQUIRE(status == 0);
  pid_t server = 0;
  std::ifstream(pid_file) >> server;
  BOOST_REQUIRE(server > 0);
  for (unsigned tenths = 0; runs(server) && tenths < 100; ++tenths) usleep(100000);
  BOOST_TEST(!runs(server));
  kill(server, SIGKILL);
}

SIM_TEST_CASE(a_server_that_cannot_be_used_is_named_with_the_reason) {
  const Folder folder;
  const auto check = [&](const std::string& yaml, const std::string& expected) {
    const std::string text = problems(yaml);
    BOOST_TEST(text.find("t.yaml:2:") == 0u, text);
    BOOST_TEST(text.find(expected) != std::string::npos, text);
  };
  check("{type: nbd}", "has none of 'uri', 'socket' and 'command'; expected one of them");
  check("{type: nbd, uri: 'nbd://localhost', socket: s}", "has more than one of");
  check(socket_yaml(folder.file("none")), "cannot use the NBD server at '");
  check(socket_yaml(folder.file("none")), "No such file or directory");
  check("{type: nbd, uri: 'http://localhost/'}", "cannot use the NBD server 'http://localhost/'");
  check("{type: nbd, timeout_ms: 2000, command: [/no/such/server]}",
        "started by '/no/such/server'");
  check("{type: nbd, command: [nbdkit, -f, memory, '0']}", "the export is empty");
  check(
      "{type: nbd, command: [nbdkit, -f, --filter=blocksize-policy, memory, 1M, "
      "blocksize-minimum=4096, blocksize-preferred=4096, blocksize-maximum=1M]}",
      "in blocks of 4096 bytes only");
}
