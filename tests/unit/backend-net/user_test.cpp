// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>

#include "backend/user_net.h"
#include "nic.h"

using namespace ringside;
using test::Frame;
using test::Nic;
using test::run_until;

namespace {

const std::uint8_t kMac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

Frame arp_request(std::uint8_t target) {
  Frame f(42);
  std::fill_n(f.begin(), 6, 0xff);
  std::copy_n(kMac, 6, f.begin() + 6);
  const std::uint8_t arp[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
  std::copy(std::begin(arp), std::end(arp), f.begin() + 12);
  std::copy_n(kMac, 6, f.begin() + 22);
  const std::uint8_t mine[] = {10, 0, 2, 15};
  std::copy_n(mine, 4, f.begin() + 28);
  const std::uint8_t theirs[] = {10, 0, 2, target};
  std::copy_n(theirs, 4, f.begin() + 38);
  return f;
}

bool is_arp_reply_from(const Frame& f, std::uint8_t host) {
  return f.size() >= 42 && f[12] == 8 && f[13] == 6 && f[21] == 2 && f[31] == host;
}

const char* const kPlain = "children:\n  nic: {type: nic, net: user}\n";

}  // namespace

SIM_TEST_CASE(the_gateway_answers_arp) {
  test::Sim sim(kPlain, test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(sim.platform.host().any_live());
  nic.send(arp_request(2));
  BOOST_TEST(run_until(sim, [&] {
    return std::any_of(nic.frames.begin(), nic.frames.end(),
                       [](const Frame& f) { return is_arp_reply_from(f, 2); });
  }));
  BOOST_TEST(nic.net->frames_out.value() == 1u);
  BOOST_TEST(nic.net->frames_in.value() == nic.frames.size());
  sim.platform.finish();
}

SIM_TEST_CASE(addresses_follow_the_network_parameter) {
  test::Sim sim(
      "children:\n  nic: {type: nic, net: {type: user, network: 10.0.2.0/24, host: 10.0.2.9}}\n",
      test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  nic.send(arp_request(9));
  BOOST_TEST(run_until(sim, [&] {
    return std::any_of(nic.frames.begin(), nic.frames.end(),
                       [](const Frame& f) { return is_arp_reply_from(f, 9); });
  }));
}

SIM_TEST_CASE(a_forwarded_port_reaches_the_guest) {
  // A port that is free now; somebody else could take it, but hardly within this test.
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  BOOST_REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  close(probe);
  test::Sim sim("children:\n  nic: {type: nic, net: {type: user, hostfwd: ['tcp::" +
                    std::to_string(ntohs(address.sin_port)) + "-:22']}}\n",
                test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  // The NAT knows the guest once it has seen it.
  nic.send(arp_request(2));
  BOOST_REQUIRE(run_until(sim, [&] { return !nic.frames.empty(); }));
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const auto is_syn_to_ssh = [](const Frame& f) {
    return f.size() >= 54 && f[12] == 8 && f[13] == 0 && f[23] == 6 && f[36] == 0 && f[37] == 22;
  };
  const auto asks_for_guest = [](const Frame& f) {
    return f.size() >= 42 && f[12] == 8 && f[13] == 6 && f[21] == 1 && f[41] == 15;
  };
  bool answered = false;
  BOOST_TEST(run_until(sim, [&] {
    if (!answered && std::any_of(nic.frames.begin(), nic.frames.end(), asks_for_guest)) {
      Frame reply = arp_request(2);
      reply[21] = 2;
      nic.send(reply);
      answered = true;
    }
    return std::any_of(nic.frames.begin(), nic.frames.end(), is_syn_to_ssh);
  }));
  close(client);
  sim.platform.finish();
}

SIM_TEST_CASE(a_port_that_is_taken_ends_the_run_with_the_reason) {
  const int taken = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  BOOST_REQUIRE(bind(taken, reinterpret_cast<sockaddr*>(&address), length) == 0);
  BOOST_REQUIRE(listen(taken, 1) == 0);
  getsockname(taken, reinterpret_cast<sockaddr*>(&address), &length);
  test::Sim sim("children:\n  nic: {type: nic, net: {type: user, hostfwd: ['tcp::" +
                    std::to_string(ntohs(address.sin_port)) + "-:22']}}\n",
                test::register_nic);
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(sim.platform.stop_reason().exit_code == 1);
  BOOST_TEST(sim.platform.stop_reason().text.find("cannot listen on TCP port") != std::string::npos,
             sim.platform.stop_reason().text);
}

SIM_TEST_CASE(impossible_frames_are_dropped) {
  test::Sim sim(kPlain, test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  nic.send(Frame(13));
  nic.send(Frame(70000));
  nic.send({});
  BOOST_TEST(nic.net->frames_dropped.value() == 3u);
  BOOST_TEST(nic.net->frames_out.value() == 0u);
  nic.send(Frame(14));  // too short for ARP or IP: the network's problem
  nic.send(test::frame(60, 0xee));
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(nic.net->frames_out.value() == 2u);
}

SIM_TEST_CASE(wrong_parameters_are_reported) {
  Registry registry;
  test::register_nic(registry);
  Platform platform(registry);
  BOOST_TEST(
      !platform.build(Node::parse("children:\n"
                                  "  a: {type: nic, net: {type: user, network: 10.0.2.0}}\n"
                                  "  b: {type: nic, net: {type: user, dns: 10.0.3.3}}\n"
                                  "  c: {type: nic, net: {type: user, hostfwd: ['tcp:22']}}\n"
                                  "  d: {type: nic, net: {type: user, tftp: /no/where}}\n",
                                  "x.yaml")));
  const std::string text = platform.diagnostics().str();
  for (const char* line : {"x.yaml:2:", "x.yaml:3:", "x.yaml:4:", "x.yaml:5:"})
    BOOST_TEST(text.find(line) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(host_forwards_are_parsed) {
  backend::HostForward f;
  BOOST_TEST(backend::HostForward::parse("tcp:127.0.0.1:2222-:22", f));
  BOOST_TEST(!f.udp);
  BOOST_TEST(f.host_address == 0x7f000001u);
  BOOST_TEST(f.host_port == 2222);
  BOOST_TEST(f.guest_address == 0u);
  BOOST_TEST(f.guest_port == 22);
  BOOST_TEST(backend::HostForward::parse("udp:0.0.0.0:53-10.0.2.16:53", f));
  BOOST_TEST(f.udp);
  BOOST_TEST(f.host_address == 0u);
  BOOST_TEST(f.guest_address == 0x0a000210u);
  for (const char* bad : {"", "tcp", "tcp:", "tcp:-", "-:", "tcp::1", "tcp::0-:1", "tcp::1-:65536",
                          "sctp::1-:2", "tcp:x:1-:2", "tcp:1-:2", "tcp::1-2"})
    BOOST_TEST(!backend::HostForward::parse(bad, f), bad);
}

SIM_TEST_CASE(a_capture_has_both_directions_and_simulated_time) {
  char file[] = "/tmp/ringside-pcap-XXXXXX";
  close(mkstemp(file));
  test::Sim sim(
      std::string("children:\n  nic: {type: nic, net: {type: user, pcap: ") + file + "}}\n",
      test::register_nic);
  Nic& nic = sim.model<Nic>("nic");
  sim.run(sc_core::sc_time(3, sc_core::SC_MS));
  nic.send(arp_request(2));
  run_until(sim, [&] { return !nic.frames.empty(); });
  sim.platform.finish();
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  BOOST_REQUIRE(bytes.size() >= 24 + 16 + 42 + 16 + 42);
  const auto word = [&](std::size_t at) {
    std::uint32_t value;
    std::copy_n(bytes.data() + at, 4, reinterpret_cast<char*>(&value));
    return value;
  };
  BOOST_TEST(word(0) == 0xa1b23c4du);
  BOOST_TEST(word(20) == 1u);
  BOOST_TEST(word(24) == 0u);
  BOOST_TEST(word(28) == 3000000u);
  BOOST_TEST(word(32) == 42u);
  const std::size_t second = 24 + 16 + 42;
  BOOST_TEST(word(second + 4) >= 3000000u);
  BOOST_TEST(word(second + 12) == nic.frames[0].size());
  std::remove(file);
}
