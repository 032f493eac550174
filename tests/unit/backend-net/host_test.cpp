// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "backend/host_socket.h"
#include "nic.h"

using namespace ringside;
using test::Frame;
using test::frame;
using test::Nic;
using test::run_until;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-net-XXXXXX";
    BOOST_REQUIRE(mkdtemp(name));
    path = name;
  }
  ~Folder() { [[maybe_unused]] const int gone = system(("rm -rf " + path).c_str()); }
  std::string path;
};

int connect_to(const std::string& path) {
  const int fd = backend::start_connect(backend::SocketAddress::unix_path(path));
  BOOST_REQUIRE(fd >= 0);
  return fd;
}

std::string with_length(const Frame& f) {
  std::string text(4, '\0');
  for (int i = 0; i < 4; ++i)
    text[static_cast<std::size_t>(i)] = static_cast<char>(f.size() >> (24 - 8 * i));
  return text + std::string(f.begin(), f.end());
}

}  // namespace

SIM_TEST_CASE(frames_go_through_a_socket_in_pieces_of_any_size) {
  Folder folder;
  test::Sim sim("children:\n  nic: {type: nic, net: {type: socket, path: " + folder.path + "/s}}\n",
                test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(!nic.net->link_up());
  nic.send(frame(60, 1));
  BOOST_TEST(nic.net->frames_dropped.value() == 1u);

  for (unsigned round = 0; round < 2; ++round) {
    const int peer = connect_to(folder.path + "/s");
    BOOST_REQUIRE(run_until(sim, [&] { return nic.net->link_up(); }));
    nic.frames.clear();
    const std::string stream =
        with_length(frame(60, 1)) + with_length(frame(1514, 2)) + with_length(frame(65000, 3));
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t bytes = std::min<std::size_t>(1 + at / 3, stream.size() - at);
      const ssize_t put = ::write(peer, stream.data() + at, bytes);
      if (put > 0) at += static_cast<std::size_t>(put);
      sim.run(sc_core::sc_time(20, sc_core::SC_US));
    }
    BOOST_TEST(run_until(sim, [&] { return nic.frames.size() == 3; }));
    BOOST_TEST((nic.frames == std::vector<Frame>{frame(60, 1), frame(1514, 2), frame(65000, 3)}));
    nic.send(frame(60, 9));
    nic.send(frame(100, 8));
    std::string got;
    BOOST_TEST(run_until(sim, [&] {
      char piece[4096];
      const ssize_t some = ::read(peer, piece, sizeof piece);
      if (some > 0) got.append(piece, piece + some);
      return got.size() == 168;
    }));
    BOOST_TEST(got == with_length(frame(60, 9)) + with_length(frame(100, 8)));
    close(peer);
    BOOST_TEST(run_until(sim, [&] { return !nic.net->link_up(); }));
  }
  sim.platform.finish();
}

SIM_TEST_CASE(a_peer_that_sends_nonsense_is_disconnected) {
  Folder folder;
  test::Sim sim("children:\n  nic: {type: nic, net: {type: socket, path: " + folder.path + "/s}}\n",
                test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  const int peer = connect_to(folder.path + "/s");
  BOOST_REQUIRE(run_until(sim, [&] { return nic.net->link_up(); }));
  BOOST_TEST(::write(peer, "GET / HTTP/1.0\r\n\r\n", 18) == 18);
  BOOST_TEST(run_until(sim, [&] { return !nic.net->link_up(); }));
  BOOST_TEST(nic.frames.empty());
}

SIM_TEST_CASE(a_peer_that_reads_nothing_loses_frames_and_stops_nobody) {
  Folder folder;
  test::Sim sim("children:\n  nic: {type: nic, net: {type: socket, path: " + folder.path + "/s}}\n",
                test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  const int peer = connect_to(folder.path + "/s");
  BOOST_REQUIRE(run_until(sim, [&] { return nic.net->link_up(); }));
  for (int i = 0; i < 5000; ++i) {
    nic.send(frame(1514, 1));
    if (i % 100 == 0) sim.run(sc_core::sc_time(1, sc_core::SC_US));
  }
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  close(peer);
  BOOST_TEST(run_until(sim, [&] { return !nic.net->link_up(); }));
}

SIM_TEST_CASE(two_simulations_can_be_connected) {
  // Here both ends are in one simulation: one listens, one connects.
  Folder folder;
  test::Sim sim(
      "children:\n  a: {type: nic, net: {type: socket, path: " + folder.path +
          "/s}}\n  b: {type: nic, net: {type: socket, mode: connect, retry: 10ms, path: " +
          folder.path + "/s}}\n",
      test::register_nic);
  Nic& a = sim.model<Nic>("a");
  Nic& b = sim.model<Nic>("b");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_REQUIRE(run_until(sim, [&] { return a.net->link_up() && b.net->link_up(); }));
  a.send(frame(70, 5));
  BOOST_TEST(run_until(sim, [&] { return b.frames.size() == 1; }));
  b.send(frame(71, 6));
  BOOST_TEST(run_until(sim, [&] { return a.frames.size() == 1; }));
  BOOST_TEST(a.frames.at(0) == frame(71, 6));
  sim.platform.finish();
}

SIM_TEST_CASE(a_tap_that_cannot_be_opened_ends_the_run_with_the_reason) {
  test::Sim sim(
      "children:\n  nic: {type: nic, net: {type: tap, interface: this-name-is-far-too-long}}\n",
      test::register_nic);
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(
      sim.platform.stop_reason().text.find("is not a possible interface name") != std::string::npos,
      sim.platform.stop_reason().text);
}

/// Only where TAP interfaces may be made; elsewhere the reason has to be said.
SIM_TEST_CASE(a_tap_interface_carries_frames) {
  test::Sim sim("children:\n  nic: {type: nic, net: {type: tap, interface: rstest0}}\n",
                test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  if (sim.platform.stopped()) {
    BOOST_TEST(sim.platform.stop_reason().text.find("cannot ") != std::string::npos);
    return;
  }
  BOOST_TEST(sim.platform.host().any_live());
  // The interface is down, so the kernel refuses the frame: no harm.
  nic.send(frame(60, 1));
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  if (system("ip link set rstest0 up 2>/dev/null") == 0) {
    // IPv6 says hello on each interface that comes up.
    BOOST_TEST_MESSAGE("frames: " << run_until(sim, [&] { return !nic.frames.empty(); }));
  }
  sim.platform.finish();
}
