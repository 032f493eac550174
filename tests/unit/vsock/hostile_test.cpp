// SPDX-License-Identifier: Apache-2.0
// Drivers that say what they want.
#include <random>

#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(packets_for_nobody_are_answered_with_a_rst) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    for (const unsigned op : {kOpInvalid, kOpResponse, kOpShutdown, kOpRw, kOpCreditUpdate,
                              kOpCreditRequest, VsockOps{8}, VsockOps{0xffff}}) {
      BOOST_TEST(b.send(VsockBench::packet(op)));
      BOOST_TEST(b.told() == "3 2000>1000");
    }
    BOOST_TEST(b.send(VsockBench::packet(kOpRst)));
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(wrong_addresses_are_answered_with_a_rst) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    struct {
      std::uint64_t src, dst;
    } const wrong[] = {
        {4, 2}, {3, 1}, {3, 3}, {3, 0xffffffff}, {3 + (1ull << 32), 2}, {3, 2 + (1ull << 40)},
        {2, 3}};
    for (const auto& pair : wrong) {
      Packet p = VsockBench::packet(kOpRequest);
      p.src_cid = pair.src;
      p.dst_cid = pair.dst;
      BOOST_TEST(b.send(p));
      const auto answers = b.received();
      BOOST_TEST_REQUIRE(answers.size() == 1u);
      BOOST_TEST(answers[0].op == unsigned{kOpRst});
      BOOST_TEST(answers[0].src_cid == pair.dst);
      BOOST_TEST(answers[0].dst_cid == pair.src);
      BOOST_TEST(answers[0].src_port == 2000u);
      BOOST_TEST(answers[0].dst_port == 1000u);
    }
    BOOST_TEST(b.device.bad_packets.value() == std::size(wrong));
    BOOST_TEST(b.host().connections.empty());
  });
}

SIM_TEST_CASE(unknown_types_are_answered_with_a_rst) {
  SPEC("vsock.receive-and-transmit.2");
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    for (const unsigned type : {0u, 3u, 0xffffu}) {
      BOOST_TEST(b.send(VsockBench::packet(kOpRequest, "", 0, type)));
      const auto answers = b.received();
      BOOST_TEST_REQUIRE(answers.size() == 1u);
      BOOST_TEST(answers[0].op == unsigned{kOpRst});
      BOOST_TEST(answers[0].type == type);
    }
    // A known type that is not the connection's.
    b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "x", 0, kTypeSeqpacket)));
    const auto answers = b.received();
    BOOST_TEST_REQUIRE(answers.size() == 1u);
    BOOST_TEST(answers[0].op == unsigned{kOpRst});
    BOOST_TEST(answers[0].type == unsigned{kTypeStream});
  });
}

SIM_TEST_CASE(operations_in_the_wrong_state) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    for (const unsigned op : {kOpInvalid, kOpRequest, kOpResponse, VsockOps{99}}) {
      b.open();
      BOOST_TEST(b.send(VsockBench::packet(op)));
      BOOST_TEST(b.told() == "3 2000>1000");
    }
    // Before the host has answered.
    for (const unsigned op : {kOpRequest, kOpShutdown, kOpRw}) {
      b.host().accept_at_once = false;
      BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
      BOOST_TEST(b.send(VsockBench::packet(op, "x", 3)));
      BOOST_TEST(b.told() == "3 2000>1000");
      BOOST_TEST(b.host().connections.empty());
    }
    b.host().accept_at_once = true;
    // After the guest has said that it sends no more.
    b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 2)));
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "x")));
    BOOST_TEST(b.told() == "3 2000>1000");
  });
}

SIM_TEST_CASE(lengths_that_lie) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    for (std::size_t bytes = 1; bytes < 44; ++bytes)
      BOOST_TEST(b.send_raw(VsockBench::packet(kOpRw).bytes().substr(0, bytes)));
    BOOST_TEST(b.device.bad_packets.value() == 43u);
    Packet p = VsockBench::packet(kOpRw, "abc");
    p.len = 4;
    BOOST_TEST(b.send(p));
    p.len = 0xffffffff;
    BOOST_TEST(b.send(p));
    BOOST_TEST(b.device.bad_packets.value() == 45u);
    BOOST_TEST(b.host().connections[id].data == "");
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "fine")));
    BOOST_TEST(b.host().connections[id].data == "fine");
    // More than the buffer, really there.
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, std::string(100000, 'x'))));
    BOOST_TEST(b.told() == "3 2000>1000");
  });
}

SIM_TEST_CASE(credit_that_lies) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open(kTypeStream, 0xffffffff);
    b.host().say(id, std::string(60000, 'x'));
    std::size_t got = 0;
    for (const Packet& p : b.received()) got += p.len;
    BOOST_TEST(got == 60000u);
    Packet update = VsockBench::packet(kOpCreditUpdate);
    update.fwd_cnt = 60001;  // more than was sent
    BOOST_TEST(b.send(update));
    update.fwd_cnt = 0xfffffff0;
    BOOST_TEST(b.send(update));
    update.fwd_cnt = 50000;
    BOOST_TEST(b.send(update));
    update.fwd_cnt = 40000;  // back
    BOOST_TEST(b.send(update));
    BOOST_TEST(b.device.bad_credit.value() == 3u);
    b.host().say(id, std::string(60000, 'x'));
    for (const Packet& p : b.received()) got += p.len;
    BOOST_TEST(got == 120000u);
  });
}

SIM_TEST_CASE(buffers_without_room) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give(VsockBench::kRx, 1, 43);
    BOOST_TEST((b.access.status() & 64) == 0);
    b.send(VsockBench::packet(kOpRequest));
    b.host().catch_up();
    settle();
    BOOST_TEST((b.access.status() & 64) != 0);  // not even a header
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.host().connections.empty());
    b.give(VsockBench::kRx, 2, 44);
    const auto id = b.open();
    b.host().say(id, "x");
    settle();
    BOOST_TEST((b.access.status() & 64) != 0);  // a header and nothing else
    b.host().say(id, "y");
    b.host().connect_guest(1);
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.open();
  });
}

SIM_TEST_CASE(memory_that_does_not_answer) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.open();
    b.driver.queue(VsockBench::kTx).add({{0x1000, 100}}, {}, 0, Form::Direct);
    b.driver.submit(VsockBench::kTx);
    settle();
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.open();
  });
}

SIM_TEST_CASE(a_flood_of_requests) {
  VsockBench b("max_connections: 50, max_resets: 16");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    Packet p = VsockBench::packet(kOpRequest);
    unsigned taken = 0;
    for (p.src_port = 1; p.src_port < 2000; ++p.src_port) {
      if (!b.send(p)) break;
      ++taken;
    }
    BOOST_TEST(taken == 66u);  // 50 connections, 16 answers that wait
    BOOST_TEST(b.device.open_connections() == 50u);
    BOOST_TEST(b.host().connections.size() == 50u);
    // Connections that come and go leave nothing behind.
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.host().connections.empty());
    p = VsockBench::packet(kOpRequest);
    for (unsigned i = 0; i < 3000; ++i) {
      p.src_port = i;
      p.op = kOpRequest;
      BOOST_TEST_REQUIRE(b.send(p));
      b.host().catch_up();
      p.op = kOpRst;
      BOOST_TEST_REQUIRE(b.send(p));
    }
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

BOOST_AUTO_TEST_CASE(random_packets_break_nothing) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    static unsigned chosen;  // for the child process
    chosen = seed;
    run_in_child([] {
      VsockBench b("max_connections: 20, max_resets: 16, buffer: 4KiB, close_timeout: 300us");
      b.run([&] {
        std::mt19937 random(chosen);
        const auto below = [&](std::size_t bound) {
          return static_cast<std::uint32_t>(random() % bound);
        };
        BOOST_TEST_REQUIRE(b.start_with_buffers());
        b.host().drain_at_once = chosen % 2 == 0;
        for (unsigned step = 0; step < 6000; ++step) {
          Packet p = VsockBench::packet(below(20) == 0 ? below(0x10000) : below(8));
          p.src_port = 1000 + below(12);
          p.dst_port = below(30) == 0 ? below(1u << 31) : 2000 + below(3);
          p.type = below(20) == 0 ? below(5) : 1 + p.src_port % 2;
          p.src_cid = below(40) == 0 ? random() : 3;
          p.flags = below(8);
          p.buf_alloc = below(4) == 0 ? static_cast<std::uint32_t>(random()) : 10000;
          p.fwd_cnt = below(4) == 0 ? static_cast<std::uint32_t>(random()) : below(5000);
          p.data = std::string(below(10) == 0 ? below(6000) : below(50), 'd');
          if (below(20) == 0) p.len = static_cast<std::uint32_t>(random());
          std::string bytes = p.bytes();
          if (p.len == 0) {
            p.len = static_cast<std::uint32_t>(p.data.size());
            bytes = p.bytes();
          }
          if (below(20) == 0) bytes.resize(1 + below(bytes.size()));
          b.send_raw(bytes);
          // The host does as it likes, too.
          const auto& open = b.host().connections;
          if (!open.empty()) {
            auto it = open.begin();
            std::advance(it, below(open.size()));
            const PeerVsock::Id id = it->first;
            switch (below(8)) {
              case 0:
                b.host().say(id, std::string(1 + below(5000), 'h'), below(2) == 0);
                break;
              case 1:
                b.host().drain(id, below(5000));
                break;
              case 2:
                b.host().accept_guest(id);
                break;
              case 3:
                if (below(5) == 0) b.host().leave(id);
                break;
              case 4:
                if (below(5) == 0) b.host().end(id, below(2) == 0, below(2) == 0);
                break;
              case 5:
                b.host().connect_guest(1000 + below(12));
                break;
              default:
                break;
            }
          }
          if (below(3) != 0) b.host().catch_up();
          if (below(5) == 0) b.received();
          if (below(700) == 0) b.device.change_cid(3);
          if (below(900) == 0) BOOST_TEST_REQUIRE(b.start_with_buffers());
        }
        BOOST_TEST((b.access.status() & 64) == 0);
        BOOST_TEST(b.device.open_connections() <= 20u);
        // And it still works.
        BOOST_TEST_REQUIRE(b.start_with_buffers());
        BOOST_TEST(b.device.open_connections() == 0u);
        BOOST_TEST(b.host().connections.empty());
        b.host().accept_at_once = b.host().drain_at_once = true;
        b.host().due.clear();
        b.host().drained.clear();
        const auto id = b.open();
        BOOST_TEST(b.send(VsockBench::packet(kOpRw, "alive")));
        BOOST_TEST(b.host().connections[id].data == "alive");
      });
    });
  }
}
