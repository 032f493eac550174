// SPDX-License-Identifier: Apache-2.0
// Credit, full queues, and load.
#include <random>

#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(the_device_sends_no_more_than_the_guest_has_room_for) {
  SPEC("vsock.buffer-space-management.1");
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open(kTypeStream, 1000);
    b.host().say(id, std::string(2500, 'x'));
    auto packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 2u);
    BOOST_TEST(packets[0].len == 1000u);
    BOOST_TEST(packets[1].op == unsigned{kOpCreditRequest});
    // An answer that gives nothing is not asked about again.
    Packet update = VsockBench::packet(kOpCreditUpdate);
    update.buf_alloc = 1000;
    BOOST_TEST(b.send(update));
    BOOST_TEST(b.told() == "");
    update.fwd_cnt = 400;
    BOOST_TEST(b.send(update));
    packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 2u);
    BOOST_TEST(packets[0].len == 400u);
    BOOST_TEST(packets[1].op == unsigned{kOpCreditRequest});
    // A smaller buffer than what is on its way.
    update.buf_alloc = 10;
    update.fwd_cnt = 1390;
    BOOST_TEST(b.send(update));
    BOOST_TEST(b.told() == "");
    update.fwd_cnt = 1395;
    BOOST_TEST(b.send(update));
    BOOST_TEST(b.received().at(0).len == 5u);
    // Any packet carries credit.
    Packet data = VsockBench::packet(kOpRw, "d");
    data.fwd_cnt = 1405;
    BOOST_TEST(b.send(data));
    std::size_t more = 0;
    for (const Packet& p : b.received()) more += p.len;
    BOOST_TEST(more == 1095u);
  });
}

SIM_TEST_CASE(the_guest_is_told_what_has_been_taken) {
  SPEC("vsock.buffer-space-management.2");
  VsockBench b("buffer: 4KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.host().drain_at_once = false;
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, std::string(4096, 'x'))));
    b.host().drain(id, 100);
    auto packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);  // the guest could send nothing
    BOOST_TEST(packets[0].op == unsigned{kOpCreditUpdate});
    BOOST_TEST(packets[0].fwd_cnt == 100u);
    BOOST_TEST(packets[0].buf_alloc == 4096u);
    b.host().drain(id, 2000);
    packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);
    BOOST_TEST(packets[0].fwd_cnt == 2100u);
    b.host().drain(id, 50);
    BOOST_TEST(b.told() == "");  // it can go on without
    b.host().say(id, "x");
    BOOST_TEST(b.received().at(0).fwd_cnt == 2150u);
    b.host().drain(id, 10);
    BOOST_TEST(b.send(VsockBench::packet(kOpCreditRequest)));
    packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);
    BOOST_TEST(packets[0].op == unsigned{kOpCreditUpdate});
    BOOST_TEST(packets[0].fwd_cnt == 2160u);
  });
}

SIM_TEST_CASE(data_beyond_the_buffer_ends_the_connection) {
  VsockBench b("buffer: 4KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    for (const std::size_t first : {0u, 1u, 4096u}) {
      b.open();
      b.host().drain_at_once = false;
      if (first) BOOST_TEST(b.send(VsockBench::packet(kOpRw, std::string(first, 'x'))));
      BOOST_TEST(b.send(VsockBench::packet(kOpRw, std::string(4097 - first, 'x'))));
      BOOST_TEST(b.told() == "3 2000>1000");
    }
    BOOST_TEST(b.device.credit_violations.value() == 3u);
  });
}

SIM_TEST_CASE(transmit_goes_on_without_receive_buffers_as_long_as_there_is_room) {
  SPEC("vsock.virtqueue-flow-control.1");
  VsockBench b("max_resets: 8, buffer: 64KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.received(false);
    BOOST_TEST_REQUIRE(b.start());  // no receive buffers from now on
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    b.host().catch_up();
    // Packets of a connection need no place of their own, whatever is to be said about them.
    for (unsigned i = 0; i < 500; ++i) {
      BOOST_TEST_REQUIRE(b.send(VsockBench::packet(kOpCreditRequest)));
      b.host().catch_up();
    }
    // Each of these needs one.
    Packet stray = VsockBench::packet(kOpRw, "?");
    for (unsigned i = 0; i < 8; ++i) {
      stray.src_port = 100 + i;
      BOOST_TEST_REQUIRE(b.send(stray));
    }
    stray.src_port = 200;
    BOOST_TEST(!b.send(stray));  // enough
    stray.src_port = 201;
    BOOST_TEST(!b.send(stray));
    b.give(VsockBench::kRx, 1, 4096);
    settle();
    BOOST_TEST(b.driver.queue(VsockBench::kTx).next_used().has_value());
    BOOST_TEST(!b.driver.queue(VsockBench::kTx).next_used().has_value());
    b.give(VsockBench::kRx, 16, 4096);
    BOOST_TEST(b.driver.queue(VsockBench::kTx).next_used().has_value());
    std::string ports;
    for (const Packet& p : b.received())
      if (p.op == kOpRst) ports += std::to_string(p.dst_port) + " ";
    BOOST_TEST(ports == "100 101 102 103 104 105 106 107 200 201 ");
    (void)id;
  });
}

namespace {

/// A guest that keeps its credit, and checks the device's.
struct Guest {
  struct Socket {
    std::uint32_t port = 0;
    PeerVsock::Id id = 0;
    std::string to_send;
    std::size_t sent = 0;
    std::uint32_t peer_alloc = 0;
    std::uint32_t peer_forwarded = 0;
    std::string heard;
    std::uint32_t forwarded = 0;
    std::uint32_t told = 0;
    bool reset = false;
  };
  explicit Guest(VsockBench& bench, std::uint32_t room) : b(bench), room(room) {}

  void take_packets() {
    for (const Packet& p : b.received()) {
      Socket* s = nullptr;
      for (Socket& one : sockets)
        if (one.port == p.dst_port) s = &one;
      BOOST_TEST_REQUIRE(s);
      s->peer_alloc = p.buf_alloc;
      s->peer_forwarded = p.fwd_cnt;
      if (p.op == kOpRst) s->reset = true;
      if (p.op == kOpCreditRequest) tell(*s);
      if (p.op != kOpRw) continue;
      s->heard += p.data;
      // Never more than there is room for.
      BOOST_TEST_REQUIRE(s->heard.size() - s->forwarded <= room);
    }
  }
  Packet stamped(Socket& s, unsigned op) const {
    s.told = s.forwarded;
    Packet p = VsockBench::packet(op);
    p.src_port = s.port;
    p.buf_alloc = room;
    p.fwd_cnt = s.forwarded;
    return p;
  }
  void tell(Socket& s) { BOOST_TEST(b.send(stamped(s, kOpCreditUpdate))); }
  std::size_t may_send(const Socket& s) const {
    return s.peer_alloc - (static_cast<std::uint32_t>(s.sent) - s.peer_forwarded);
  }
  VsockBench& b;
  std::uint32_t room;
  std::vector<Socket> sockets;
};

}  // namespace

SIM_TEST_CASE(megabytes_through_small_windows) {
  SPEC("vsock.buffer-space-management.1");
  VsockBench b("buffer: 64KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    std::mt19937 random(7);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    constexpr std::size_t kTotal = 3 << 20;
    Guest guest(b, 40000);
    std::vector<std::string> host_says(3);
    std::vector<std::size_t> host_said(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
      Guest::Socket& s = guest.sockets.emplace_back();
      s.port = 6000 + i;
      for (std::size_t n = 0; n < kTotal; ++n) {
        s.to_send += static_cast<char>(random());
        host_says[i] += static_cast<char>(random());
      }
      BOOST_TEST(b.send(guest.stamped(s, kOpRequest)));
      s.id = b.host().latest;
    }
    b.host().catch_up();
    b.host().drain_at_once = false;
    guest.take_packets();
    std::vector<std::size_t> drained(3);
    for (unsigned round = 0; round < 100000; ++round) {
      bool done = true;
      for (std::uint32_t i = 0; i < 3; ++i) {
        Guest::Socket& s = guest.sockets[i];
        const std::size_t left = s.to_send.size() - s.sent;
        const std::size_t bytes = std::min({left, guest.may_send(s), 1 + below(60000)});
        if (bytes != 0) {
          Packet p = guest.stamped(s, kOpRw);
          p.data = s.to_send.substr(s.sent, bytes);
          BOOST_TEST_REQUIRE(b.send(p));
          s.sent += bytes;
        }
        PeerVsock::Connection& c = b.host().connections.at(s.id);
        const std::size_t drain = std::min(c.data.size() - drained[i], below(70000));
        b.host().drain(s.id, drain);
        drained[i] += drain;
        host_said[i] += b.host().say(s.id, host_says[i].substr(host_said[i], below(50000)));
        guest.take_packets();
        const std::size_t take = std::min(s.heard.size() - s.forwarded, below(45000));
        s.forwarded += static_cast<std::uint32_t>(take);
        if (s.forwarded - s.told > 10000) guest.tell(s);
        done = done && s.heard.size() == kTotal && c.data.size() == kTotal;
      }
      if (done) break;
    }
    for (std::uint32_t i = 0; i < 3; ++i) {
      BOOST_TEST((guest.sockets[i].heard == host_says[i]));
      BOOST_TEST((b.host().connections.at(guest.sockets[i].id).data == guest.sockets[i].to_send));
      BOOST_TEST(!guest.sockets[i].reset);
    }
    BOOST_TEST(b.device.credit_violations.value() == 0u);
    BOOST_TEST(b.device.bad_credit.value() == 0u);
  });
}

SIM_TEST_CASE(connections_take_turns) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give(VsockBench::kRx, 2, 4096);
    std::vector<PeerVsock::Id> ids;
    Packet p = VsockBench::packet(kOpRequest);
    for (p.src_port = 1; p.src_port <= 2; ++p.src_port) {
      BOOST_TEST(b.send(p));
      ids.push_back(b.host().latest);
    }
    b.host().catch_up();
    b.received(false);
    for (const auto id : ids) b.host().say(id, std::string(30000, 'x'));
    b.give(VsockBench::kRx, 6, 44 + 1000);
    std::string order;
    for (const Packet& got : b.received(false)) order += std::to_string(got.dst_port);
    BOOST_TEST((order == "121212" || order == "212121"), order);
  });
}
