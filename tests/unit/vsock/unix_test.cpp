// SPDX-License-Identifier: Apache-2.0
// The device with local sockets of the host behind it.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <random>

#include "backend/host_socket.h"
#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-vsock-XXXXXX";
    BOOST_REQUIRE(mkdtemp(name));
    path = name;
  }
  ~Folder() { [[maybe_unused]] const int gone = system(("rm -rf " + path).c_str()); }
  std::string path;
};

/// Lets the device, the reactor and time work until `done`, or 20 s have gone.
bool until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    settle(20);
    usleep(100);
  }
  return true;
}

/// What can be read at once; "EOF" at the end.
std::string read_now(int fd) {
  char text[65536];
  const ssize_t got = ::recv(fd, text, sizeof text, MSG_DONTWAIT);
  if (got == 0) return "EOF";
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "";
}

std::size_t write_now(int fd, const std::string& text) {
  const ssize_t put = ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return put > 0 ? static_cast<std::size_t>(put) : 0;
}

struct UnixBench : VsockBench {
  explicit UnixBench(const Folder& folder, const std::string& params = "",
                     const std::string& backend = "")
      : VsockBench(params, "{type: unix, path: " + folder.path + "/v" + backend + "}"),
        path(folder.path + "/v") {}
  ~UnixBench() { sim.platform.finish(); }

  int client(int type = SOCK_STREAM) {
    const std::string to = path + (type == SOCK_STREAM ? "" : ".seq");
    const int fd = backend::start_connect(backend::SocketAddress::unix_path(to, type));
    BOOST_TEST_REQUIRE(fd >= 0);
    return fd;
  }
  int server(unsigned port, int type = SOCK_STREAM, int backlog = 100) {
    const std::string at = path + "_" + std::to_string(port) + (type == SOCK_STREAM ? "" : ".seq");
    return backend::listen_on(backend::SocketAddress::unix_path(at, type), backlog);
  }
  /// Waits for a packet of this kind, keeping the others.
  Packet wait_for(unsigned op) {
    Packet found;
    BOOST_TEST_REQUIRE(until([&] {
      for (Packet& p : received()) inbox.push_back(p);
      for (auto it = inbox.begin(); it != inbox.end(); ++it) {
        if (it->op != op) continue;
        found = *it;
        inbox.erase(it);
        return true;
      }
      return false;
    }));
    return found;
  }
  /// A client that the guest has taken; gives the guest's address for packets.
  Packet take_client(int fd, unsigned type = kTypeStream) {
    BOOST_TEST(write_now(fd, "CONNECT 77\n") == 11u);
    const Packet request = wait_for(kOpRequest);
    BOOST_TEST(request.dst_port == 77u);
    BOOST_TEST(request.type == type);
    Packet p = VsockBench::packet(kOpResponse, "", 0, type);
    p.src_port = 77;
    p.dst_port = request.src_port;
    BOOST_TEST(send(p));
    std::string line;
    BOOST_TEST(until([&] { return !(line += read_now(fd)).empty(); }));
    BOOST_TEST(line == "OK " + std::to_string(request.src_port) + "\n");
    p.op = kOpRw;
    return p;
  }
  /// A server that has taken a connection of the guest from port 1000.
  int take_server(int listener, unsigned type = kTypeStream) {
    BOOST_TEST(send(packet(kOpRequest, "", 0, type)));
    int fd = -1;
    BOOST_TEST_REQUIRE(until([&] { return (fd = backend::accept_client(listener)) >= 0; }));
    wait_for(kOpResponse);
    return fd;
  }
  bool say(Packet p, const std::string& text, std::uint32_t flags = 0) {
    p.data = text;
    p.flags = flags;
    return send(p);
  }

  std::string path;
  std::vector<Packet> inbox;
};

}  // namespace

SIM_TEST_CASE(a_client_of_the_host_reaches_the_guest) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.sim.platform.host().any_live());
    const int fd = b.client();
    const Packet guest = b.take_client(fd);
    BOOST_TEST(b.say(guest, "welcome"));
    std::string got;
    BOOST_TEST(until([&] { return (got += read_now(fd)) == "welcome"; }));
    BOOST_TEST(write_now(fd, "thanks") == 6u);
    BOOST_TEST(b.wait_for(kOpRw).data == "thanks");
    close(fd);
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 3u);
    Packet rst = guest;
    rst.op = kOpRst;
    BOOST_TEST(b.send(rst));
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(what_follows_the_first_line_is_for_the_guest) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.client();
    write_now(fd, "CONN");
    settle(100);
    usleep(20000);
    write_now(fd, "ECT 5\nimpatient");
    const Packet request = b.wait_for(kOpRequest);
    Packet response = VsockBench::packet(kOpResponse);
    response.src_port = 5;
    response.dst_port = request.src_port;
    BOOST_TEST(b.send(response));
    BOOST_TEST(b.wait_for(kOpRw).data == "impatient");
  });
}

SIM_TEST_CASE(clients_that_talk_nonsense_are_shown_the_door) {
  Folder folder;
  UnixBench b(folder, "", ", handshake: 50ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    for (const char* line : {"HELLO\n", "CONNECT\n", "CONNECT x\n", "CONNECT 4294967296\n",
                             "CONNECT -1\n", "connect 5\n", "CONNECT 99999999999999999999\n",
                             "CONNECT 1111111111111111111111111111111111111111111", "\n"}) {
      const int fd = b.client();
      write_now(fd, line);
      BOOST_TEST(until([&] { return read_now(fd) == "EOF" || errno == ECONNRESET; }), line);
      close(fd);
    }
    const int silent = b.client();
    BOOST_TEST(until([&] { return read_now(silent) == "EOF"; }));
    const int seq = b.client(SOCK_SEQPACKET);
    write_now(seq, "what?");
    BOOST_TEST(until([&] { return read_now(seq) == "EOF"; }));
    BOOST_TEST(b.received().empty());
    const int leaves = b.client();
    close(leaves);
    b.take_client(b.client());
  });
}

SIM_TEST_CASE(the_guest_refuses_a_client) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.client();
    write_now(fd, "CONNECT 5\n");
    Packet rst = b.wait_for(kOpRequest);
    std::swap(rst.src_cid, rst.dst_cid);
    std::swap(rst.src_port, rst.dst_port);
    rst.op = kOpRst;
    BOOST_TEST(b.send(rst));
    BOOST_TEST(until([&] { return read_now(fd) == "EOF"; }));
    // And without a driver.
    b.driver.reset();
    const int other = b.client();
    write_now(other, "CONNECT 5\n");
    BOOST_TEST(until([&] { return read_now(other) == "EOF"; }));
  });
}

SIM_TEST_CASE(the_guest_reaches_a_server_of_the_host) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    b.wait_for(kOpRst);  // nobody listens yet
    const int listener = b.server(2000);
    const int fd = b.take_server(listener);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "hello")));
    std::string got;
    BOOST_TEST(until([&] { return (got += read_now(fd)) == "hello"; }));
    write_now(fd, "hi");
    BOOST_TEST(b.wait_for(kOpRw).data == "hi");
    // Half of it, and then the rest.
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 2)));
    BOOST_TEST(until([&] { return read_now(fd) == "EOF"; }));
    write_now(fd, "still here");
    BOOST_TEST(b.wait_for(kOpRw).data == "still here");
    ::shutdown(fd, SHUT_WR);
    const Packet end = b.wait_for(kOpShutdown);
    BOOST_TEST((end.flags & 2) != 0u);
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 1)));
    b.wait_for(kOpRst);
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(a_server_that_closes_one_half) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.take_server(b.server(2000));
    write_now(fd, "bye");
    ::shutdown(fd, SHUT_WR);
    BOOST_TEST(b.wait_for(kOpRw).data == "bye");
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 2u);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "I go on")));
    std::string got;
    BOOST_TEST(until([&] { return (got += read_now(fd)) == "I go on"; }));
    close(fd);
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 3u);
  });
}

SIM_TEST_CASE(messages_of_seqpacket_sockets) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int listener = b.server(2000, SOCK_SEQPACKET);
    const int server = b.take_server(listener, kTypeSeqpacket);
    const Packet to_server = VsockBench::packet(kOpRw, "", 0, kTypeSeqpacket);
    const int client = b.client(SOCK_SEQPACKET);
    const Packet to_client = b.take_client(client, kTypeSeqpacket);
    for (const auto& [fd, guest] : {std::pair(server, to_server), std::pair(client, to_client)}) {
      BOOST_TEST(b.say(guest, "one", 1));
      BOOST_TEST(b.say(guest, "t", 0));
      BOOST_TEST(b.say(guest, "wo", 1));
      std::string got;
      BOOST_TEST(until([&] { return !(got = read_now(fd)).empty(); }));
      BOOST_TEST(got == "one");
      BOOST_TEST(until([&] { return !(got = read_now(fd)).empty(); }));
      BOOST_TEST(got == "two");
      BOOST_TEST(write_now(fd, std::string(5000, 'a')) == 5000u);
      BOOST_TEST(::send(fd, "", 0, 0) == 0);  // an empty message is passed over
      BOOST_TEST(write_now(fd, "b") == 1u);
      std::string lengths;
      for (unsigned i = 0; i < 3; ++i) {
        const Packet p = b.wait_for(kOpRw);
        lengths += std::to_string(p.len) + ":" + std::to_string(p.flags) + " ";
      }
      BOOST_TEST(lengths == "4052:0 948:1 1:1 ");
    }
    // Too long for a window.
    BOOST_TEST(write_now(server, std::string(65537, 'x')) == 65537u);
    b.wait_for(kOpShutdown);
    // As long as it can be, twice: the second waits for the first.
    BOOST_TEST(write_now(client, std::string(65536, 'y')) == 65536u);
    BOOST_TEST(write_now(client, std::string(65536, 'z')) == 65536u);
    std::size_t bytes = 0;
    while (bytes < 2 * 65536u) {
      bytes += b.wait_for(kOpRw).len;
      Packet update = to_client;
      update.op = kOpCreditUpdate;
      update.fwd_cnt = static_cast<std::uint32_t>(5001 + bytes);
      b.send(update);
    }
    close(client);
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 3u);
  });
}

SIM_TEST_CASE(a_message_that_waits_for_credit_stops_nothing_else) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.client(SOCK_SEQPACKET);
    const int small = 4096;
    BOOST_TEST(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    const Packet guest = b.take_client(fd, kTypeSeqpacket);
    // The guest talks until nobody takes any more.
    std::uint32_t said = 0, heard = 0;
    std::uint32_t forwarded = 0;
    const auto take = [&] {
      for (const Packet& p : b.received()) {
        forwarded = p.fwd_cnt;
        if (p.op == kOpRw) heard += p.len;
      }
    };
    const auto talk = [&] {
      for (unsigned idle = 0; idle < 100;) {
        take();
        if (65536 - (said - forwarded) >= 3000) {
          BOOST_TEST_REQUIRE(b.say(guest, std::string(3000, 'g'), 1));
          said += 3000;
          idle = 0;
        } else {
          ++idle;
        }
        settle(20);
        usleep(200);
      }
    };
    talk();
    // The guest has room for four messages and a part of the fifth, so the host has no credit for
    // the sixth.
    for (unsigned i = 0; i < 6; ++i) {
      BOOST_TEST(until([&] {
        take();
        return write_now(fd, std::string(60000, 'h')) == 60000u;
      }));
    }
    BOOST_TEST(until([&] { return take(), heard == VsockBench::kRoom; }));
    settle(50);
    usleep(20000);
    // What the guest has said arrives all the same.
    std::uint32_t got = 0;
    BOOST_TEST(until([&] { return (got += read_now(fd).size()) == said; }));
    // And the rest, when there is room.
    BOOST_TEST(until([&] {
      take();
      Packet update = guest;
      update.op = kOpCreditUpdate;
      update.fwd_cnt = heard;
      b.send(update);
      return heard == 6 * 60000u;
    }));
    close(fd);
  });
}

SIM_TEST_CASE(slow_readers_stop_the_other_side) {
  Folder folder;
  UnixBench b(folder, "buffer: 64KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.take_server(b.server(2000));
    // The host reads nothing: the guest's credit runs out.
    std::uint32_t sent = 0, alloc = 65536, forwarded = 0;
    std::mt19937 random(1);
    std::string said;
    const auto take = [&](std::string& heard) {
      for (const Packet& p : b.received()) {
        alloc = p.buf_alloc;
        forwarded = p.fwd_cnt;
        heard += p.data;
      }
    };
    std::string heard;
    for (unsigned idle = 0; idle < 100;) {
      take(heard);
      const std::uint32_t room = alloc - (sent - forwarded);
      if (room == 0) {
        ++idle;
        settle(20);
        usleep(200);
        continue;
      }
      idle = 0;
      std::string piece;
      for (std::uint32_t i = 0; i < std::min<std::uint32_t>(room, 3000); ++i)
        piece += static_cast<char>(random());
      BOOST_TEST_REQUIRE(b.send(VsockBench::packet(kOpRw, piece)));
      said += piece;
      sent += static_cast<std::uint32_t>(piece.size());
      BOOST_TEST_REQUIRE(sent < 4u << 20);
    }
    std::string got;
    BOOST_TEST(until([&] {
      take(heard);
      return (got += read_now(fd)).size() == said.size();
    }));
    BOOST_TEST((got == said));
    BOOST_TEST(until([&] {
      take(heard);
      return sent - forwarded < 65536 / 4 * 3;
    }));
    // The guest takes nothing: the host is stopped.
    std::string typed;
    for (unsigned idle = 0; idle < 100;) {
      std::string piece(5000, 'p');
      for (char& c : piece) c = static_cast<char>(random());
      const std::size_t put = write_now(fd, piece);
      typed += piece.substr(0, put);
      idle = put == 0 ? idle + 1 : 0;
      settle(20);
      if (put == 0) usleep(200);
      BOOST_TEST_REQUIRE(typed.size() < 4u << 20);
    }
    std::uint32_t told = 0;
    BOOST_TEST(until([&] {
      take(heard);
      if (heard.size() - told > 30000) {
        told = static_cast<std::uint32_t>(heard.size());
        Packet update = VsockBench::packet(kOpCreditUpdate);
        update.fwd_cnt = told;
        b.send(update);
      }
      return heard.size() == typed.size();
    }));
    BOOST_TEST((heard == typed));
    BOOST_TEST(b.device.credit_violations.value() == 0u);
  });
}

SIM_TEST_CASE(a_host_that_reads_no_more) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int listener = b.server(2000);
    const int fd = b.take_server(listener);
    ::shutdown(fd, SHUT_RD);
    settle(50);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "in vain")));
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 1u);
    write_now(fd, "but it talks");
    BOOST_TEST(b.wait_for(kOpRw).data == "but it talks");
    BOOST_TEST(b.send(VsockBench::packet(kOpRst)));
    BOOST_TEST(until([&] { return write_now(fd, "x") == 0; }));
    // One that leaves with data of the guest unread.
    const int other = b.take_server(listener);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "unread")));
    settle(50);
    usleep(20000);
    close(other);
    BOOST_TEST(b.wait_for(kOpShutdown).flags == 3u);
  });
}

SIM_TEST_CASE(many_clients_that_come_and_go) {
  Folder folder;
  UnixBench b(folder, "", ", max_clients: 20");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    std::mt19937 random(3);
    unsigned requests = 0;
    std::vector<int> fds;
    for (unsigned i = 0; i < 60; ++i) {  // more than may be there at once
      fds.push_back(b.client());
      write_now(fds.back(), "CONNECT " + std::to_string(100 + i) + "\n");
    }
    BOOST_TEST(until([&] {
      for (const Packet& p : b.received()) {
        Packet answer = VsockBench::packet(kOpResponse);
        answer.src_port = p.dst_port;
        answer.dst_port = p.src_port;
        if (p.op == kOpShutdown) answer.op = kOpRst;
        if (p.op == kOpRequest) ++requests;
        if (p.op == kOpRequest || p.op == kOpShutdown) b.send(answer);
        if (p.op == kOpRequest && p.dst_port % 3 != 0) {
          answer.op = random() % 2 ? kOpRst : kOpShutdown;
          answer.flags = 3;
          b.send(answer);
        }
      }
      // Those that were left alone leave by themselves.
      for (std::size_t i = 0; i < fds.size(); ++i) {
        if (fds[i] < 0) continue;
        const std::string got = read_now(fds[i]);
        const bool mine = (100 + i) % 3 == 0;
        if (got == "EOF" || (got.empty() && errno == ECONNRESET) || (mine && got.find("OK") == 0)) {
          close(fds[i]);
          fds[i] = -1;
        }
      }
      return std::count(fds.begin(), fds.end(), -1) == 60 && b.device.open_connections() == 0;
    }));
    BOOST_TEST(requests == 60u);
  });
}

SIM_TEST_CASE(a_full_backlog_is_waited_for) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int listener = b.server(2000, SOCK_STREAM, 0);
    Packet p = VsockBench::packet(kOpRequest);
    for (p.src_port = 1; p.src_port <= 5; ++p.src_port) BOOST_TEST(b.send(p));
    unsigned accepted = 0;
    BOOST_TEST(until([&] {
      usleep(5000);
      const int fd = backend::accept_client(listener);
      accepted += fd >= 0;
      return accepted == 5;
    }));
    for (unsigned i = 0; i < 5; ++i) b.wait_for(kOpResponse);
  });
}

SIM_TEST_CASE(a_reset_closes_the_sockets) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int listener = b.server(2000);
    const int fd = b.take_server(listener);
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(until([&] { return read_now(fd) == "EOF"; }));
    b.inbox.clear();
    b.take_server(listener);
  });
}

SIM_TEST_CASE(a_path_that_cannot_be_used_ends_the_run) {
  VsockBench b("", "{type: unix, path: /no/such/folder/v}");
  b.sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(b.sim.platform.stopped());
  BOOST_TEST(b.sim.platform.stop_reason().text.find("cannot listen on") != std::string::npos,
             b.sim.platform.stop_reason().text);
}

SIM_TEST_CASE(the_sockets_are_gone_after_the_run) {
  Folder folder;
  UnixBench b(folder);
  b.run([&] {
    BOOST_TEST(access((b.path).c_str(), F_OK) == 0);
    BOOST_TEST(access((b.path + ".seq").c_str(), F_OK) == 0);
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const int fd = b.take_server(b.server(2000));
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "last words")));
    b.sim.platform.finish();
    BOOST_TEST(read_now(fd) == "last words");
    BOOST_TEST(read_now(fd) == "EOF");
  });
  BOOST_TEST(access((b.path).c_str(), F_OK) != 0);
  BOOST_TEST(access((b.path + ".seq").c_str(), F_OK) != 0);
}

namespace {

/// A conversation: the guest asks a server, and says what it heard. `host` plays the server.
std::string conversation(UnixBench& b, const std::function<void()>& host) {
  std::string heard;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    bool asked = false, ended = false;
    for (unsigned i = 0; i < 20000 && !ended; ++i) {
      host();
      settle(10);
      for (const Packet& p : b.received()) {
        heard += sc_core::sc_time_stamp().to_string() + " " + p.str() + "\n";
        if (p.op == kOpResponse && !asked) {
          asked = true;
          b.send(VsockBench::packet(kOpRw, "question"));
        }
        ended = ended || p.op == kOpShutdown || p.op == kOpRst;
      }
    }
    BOOST_TEST(ended);
  });
  return heard;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_recorded_conversation_is_played_again) {
  static std::string folder;  // for the child processes
  Folder made;
  folder = made.path;
  run_in_child([] {
    Folder sockets;
    UnixBench b(sockets);
    b.sim.platform.host().record(folder + "/recording");
    const int listener = b.server(2000);
    int fd = -1;
    std::string got;
    const std::string heard = conversation(b, [&] {
      usleep(100);
      if (fd < 0) fd = backend::accept_client(listener);
      if (fd < 0) return;
      got += read_now(fd);
      if (got != "question") return;
      write_now(fd, "answer");
      close(fd);
      got.clear();
      fd = 1 << 20;  // nobody
    });
    BOOST_TEST(heard.find("answer") != std::string::npos, heard);
    std::ofstream(folder + "/heard") << heard;
    b.sim.platform.host().finish();
  });
  run_in_child([] {
    Folder sockets;
    UnixBench b(sockets);
    b.sim.platform.host().replay(folder + "/recording");
    const std::string heard = conversation(b, [] {});
    BOOST_TEST(access((sockets.path + "/v").c_str(), F_OK) != 0);  // nothing of the host is touched
    std::ifstream in(folder + "/heard");
    BOOST_TEST((std::string{std::istreambuf_iterator<char>(in), {}}) == heard);
  });
}
