// SPDX-License-Identifier: Apache-2.0
// Clients of all kinds: quick, slow, rude, and those who never read.
#include "control/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <random>

#include "folder.h"

using namespace ringside::control;

namespace {

/// A server that answers each line with the line in brackets; "later" is answered when the test wants,
/// "big" with a megabyte, "events" with a subscription, "garbled" as such.
struct Bench {
  explicit Bench(const std::string& where = "")
      : server(Address::parse(where.empty() ? folder.path("s") : where),
               [this](std::uint64_t ticket, const std::string& line) { handle(ticket, line); }) {
    server.start();
  }
  void handle(std::uint64_t ticket, const std::string& line) {
    ++lines;
    if (line == "later") {
      waiting = ticket;
      return;
    }
    if (line == "events") server.subscribe(ticket);
    if (line == "big") return server.reply(ticket, std::string(1 << 20, 'b'));
    server.reply(ticket, "[" + line + "]", line == "garbled");
  }
  Folder folder;
  std::atomic<std::uint64_t> waiting{0};
  std::atomic<unsigned> lines{0};
  Server server;
};

struct Peer {
  explicit Peer(Bench& bench) : fd(connect_to(bench.server.address())) {}
  ~Peer() {
    if (fd >= 0) close(fd);
  }
  void say(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t put = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;
      sent += static_cast<std::size_t>(put);
    }
  }
  /// The next line, or "(end)", or "(nothing)" after five seconds.
  std::string hear(int patience_ms = 5000) {
    for (;;) {
      const std::size_t end = in.find('\n');
      if (end != std::string::npos) {
        const std::string line = in.substr(0, end);
        in.erase(0, end + 1);
        return line;
      }
      pollfd wait{fd, POLLIN, 0};
      if (poll(&wait, 1, patience_ms) <= 0) return "(nothing)";
      char data[65536];
      const ssize_t got = read(fd, data, sizeof data);
      if (got <= 0) return "(end)";
      in.append(data, static_cast<std::size_t>(got));
    }
  }
  int fd;
  std::string in;
};

template <typename Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 500 && !condition(); ++i) usleep(10000);
  return condition();
}

}  // namespace

BOOST_AUTO_TEST_CASE(lines_are_answered_in_order_whole_or_in_pieces) {
  Bench b;
  Peer p(b);
  p.say("a\nb\r\n\n  \nc");
  BOOST_TEST(p.hear() == "[a]");
  BOOST_TEST(p.hear() == "[b\r]");
  BOOST_TEST(p.hear(100) == "(nothing)", "half a line is no line");
  p.say("d\n");
  BOOST_TEST(p.hear() == "[cd]");
}

BOOST_AUTO_TEST_CASE(one_who_waits_holds_nobody_else_up) {
  Bench b;
  Peer slow(b);
  slow.say("later\nnext\n");
  BOOST_TEST(eventually([&] { return b.waiting != 0; }));
  Peer other(b);
  other.say("x\n");
  BOOST_TEST(other.hear() == "[x]");
  BOOST_TEST(b.lines == 2u, "'next' is not read before 'later' is answered");
  b.server.reply(b.waiting, "at last");
  BOOST_TEST(slow.hear() == "at last");
  BOOST_TEST(slow.hear() == "[next]");
}

BOOST_AUTO_TEST_CASE(answers_to_those_who_have_gone_are_dropped) {
  Bench b;
  {
    Peer p(b);
    p.say("later\n");
    BOOST_TEST(eventually([&] { return b.waiting != 0; }));
  }
  usleep(50000);
  b.server.reply(b.waiting, "hello?");
  b.server.reply(999, "nobody asked");
  Peer p(b);
  p.say("x\n");
  BOOST_TEST(p.hear() == "[x]");
}

BOOST_AUTO_TEST_CASE(a_half_closed_client_gets_its_answers) {
  Bench b;
  Peer p(b);
  p.say("a\nb");
  shutdown(p.fd, SHUT_WR);
  BOOST_TEST(p.hear() == "[a]");
  BOOST_TEST(p.hear() == "[b]");
  BOOST_TEST(p.hear() == "(end)");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_cut_off) {
  Bench b;
  Peer p(b);
  p.say(std::string(Server::kMaxLine + (1 << 18), 'x'));
  BOOST_TEST(p.hear().find("a line longer than") != std::string::npos);
  BOOST_TEST(p.hear() == "(end)");
  BOOST_TEST(b.lines == 0u);
}

BOOST_AUTO_TEST_CASE(one_who_never_reads_is_not_read_either) {
  Bench b;
  Peer p(b);
  for (int i = 0; i < 50; ++i) p.say("big\n");
  usleep(200000);
  BOOST_TEST(b.lines < 5u, "the answers that the socket does not take are all that is held");
  Peer other(b);
  other.say("x\n");
  BOOST_TEST(other.hear() == "[x]");
  for (int i = 0; i < 50; ++i) BOOST_TEST(p.hear().size() == std::size_t{1} << 20);
}

BOOST_AUTO_TEST_CASE(garbage_ends_a_connection_by_network_only) {
  Bench by_file;
  Peer p(by_file);
  p.say("garbled\nx\n");
  BOOST_TEST(p.hear() == "[garbled]");
  BOOST_TEST(p.hear() == "[x]");
  Bench by_net("tcp:0");
  Peer q(by_net);
  q.say("garbled\nx\n");
  BOOST_TEST(q.hear() == "[garbled]");
  BOOST_TEST(q.hear() == "(end)");
  BOOST_TEST(by_net.lines == 1u);
}

BOOST_AUTO_TEST_CASE(clients_beyond_the_limit_are_told_so) {
  Bench b;
  std::vector<std::unique_ptr<Peer>> all;
  for (std::size_t i = 0; i < Server::kMaxClients; ++i) {
    all.push_back(std::make_unique<Peer>(b));
    all.back()->say("x\n");
    BOOST_TEST(all.back()->hear() == "[x]");
  }
  Peer late(b);
  BOOST_TEST(late.hear().find("clients are here already") != std::string::npos);
  BOOST_TEST(late.hear() == "(end)");
  all.pop_back();
  BOOST_TEST(eventually([&] {
    Peer again(b);
    again.say("x\n");
    return again.hear() == "[x]";
  }));
}

BOOST_AUTO_TEST_CASE(events_go_to_those_who_want_them) {
  Bench b;
  Peer wants(b);
  Peer does_not(b);
  wants.say("events\n");
  BOOST_TEST(wants.hear() == "[events]");
  does_not.say("x\n");
  BOOST_TEST(does_not.hear() == "[x]");
  b.server.publish("something");
  BOOST_TEST(wants.hear() == "something");
  BOOST_TEST(does_not.hear(100) == "(nothing)");
}

BOOST_AUTO_TEST_CASE(events_for_one_who_does_not_read_are_lost_and_counted) {
  Bench b;
  Peer p(b);
  p.say("events\n");
  BOOST_TEST(p.hear() == "[events]");
  for (int i = 0; i < 4000; ++i) {
    b.server.publish(std::string(1000, 'e'));
    if (i % 100 == 0) usleep(1000);
  }
  usleep(100000);
  unsigned heard = 0;
  std::string line;
  while ((line = p.hear(500)).size() == 1000) ++heard;
  BOOST_TEST(heard < 4000u);
  BOOST_TEST(line.find("\"lost\"") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(the_end_is_told_to_subscribers_and_to_those_who_wait) {
  auto b = std::make_unique<Bench>();
  const std::string file = b->server.address().path;
  Peer wants(*b);
  wants.say("events\n");
  BOOST_TEST(wants.hear() == "[events]");
  Peer waits(*b);
  waits.say("later\n");
  BOOST_TEST(eventually([&] { return b->waiting != 0; }));
  b->server.close("stopped", "the end");
  BOOST_TEST(wants.hear() == "stopped");
  BOOST_TEST(wants.hear() == "(end)");
  BOOST_TEST(waits.hear() == "the end");
  BOOST_TEST(waits.hear() == "(end)");
  BOOST_TEST(access(file.c_str(), F_OK) != 0, "the socket's file is gone");
}

BOOST_AUTO_TEST_CASE(random_bytes_from_many_clients_do_no_harm) {
  Bench b;
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    Peer p(b);
    std::string text(random() % 3000, '\0');
    for (char& c : text) c = "\n\r abc\0\xff{}\"later"[random() % 17];
    p.say(text);
    if (random() % 2) p.hear(10);
    if (random() % 3 == 0) shutdown(p.fd, SHUT_WR);
  }
  Peer p(b);
  p.say("x\n");
  BOOST_TEST(p.hear() == "[x]");
}
