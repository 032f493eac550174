// SPDX-License-Identifier: Apache-2.0
// How connections come about, from both sides.
#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(the_guest_connects) {
  SPEC("vsock.buffer-space-management.2");
  VsockBench b("buffer: 12KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.host().accept_at_once = false;
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    BOOST_TEST(b.told() == "");
    const auto id = b.host().latest;
    BOOST_TEST(b.host().connections[id].host_port == 2000u);
    BOOST_TEST(b.host().connections[id].guest_port == 1000u);
    b.host().accept_guest(id);
    b.host().accept_guest(id);  // once is enough
    const auto packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);
    const Packet& response = packets[0];
    BOOST_TEST(response.str() == "2 2000>1000");
    BOOST_TEST(response.src_cid == 2u);
    BOOST_TEST(response.dst_cid == 3u);
    BOOST_TEST(response.type == unsigned{kTypeStream});
    BOOST_TEST(response.len == 0u);
    BOOST_TEST(response.buf_alloc == 12u << 10);
    BOOST_TEST(response.fwd_cnt == 0u);
    BOOST_TEST(b.device.connects.value() == 1u);
  });
}

SIM_TEST_CASE(nobody_listens_on_the_host) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.host().refuse = true;  // at once
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    BOOST_TEST(b.told() == "3 2000>1000");
    b.host().refuse = false;  // later
    b.host().accept_at_once = false;
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    BOOST_TEST(b.told() == "");
    b.host().leave(b.host().latest);
    BOOST_TEST(b.told() == "3 2000>1000");
    BOOST_TEST(b.host().closed.size() == 1u);
    BOOST_TEST(b.device.refused.value() == 2u);
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(without_a_back_end_nobody_listens) {
  VsockBench b("", "null");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    BOOST_TEST(b.told() == "3 2000>1000");
  });
}

SIM_TEST_CASE(the_host_connects) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.host().connect_guest(7);
    const auto packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);
    BOOST_TEST(packets[0].op == unsigned{kOpRequest});
    BOOST_TEST(packets[0].dst_port == 7u);
    BOOST_TEST(packets[0].src_port >= 1u << 30);
    Packet response = VsockBench::packet(kOpResponse);
    response.src_port = 7;
    response.dst_port = packets[0].src_port;
    BOOST_TEST(!b.host().connections[id].accepted);
    BOOST_TEST(b.send(response));
    BOOST_TEST(b.host().connections[id].accepted);
    BOOST_TEST(b.host().connections[id].host_port == packets[0].src_port);
    // A second one to the same port has another port of its own.
    b.host().connect_guest(7);
    const auto more = b.received();
    BOOST_TEST_REQUIRE(more.size() == 1u);
    BOOST_TEST(more[0].src_port != packets[0].src_port);
    // A second RESPONSE makes no sense.
    BOOST_TEST(b.send(response));
    BOOST_TEST(b.received().at(0).op == unsigned{kOpRst});
  });
}

SIM_TEST_CASE(nobody_listens_in_the_guest) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.host().connect_guest(7);
    Packet rst = b.received().at(0);
    std::swap(rst.src_cid, rst.dst_cid);
    std::swap(rst.src_port, rst.dst_port);
    rst.op = kOpRst;
    BOOST_TEST(b.send(rst));
    BOOST_TEST(b.host().closed == std::vector<std::uint32_t>{id}, boost::test_tools::per_element());
    BOOST_TEST(b.told() == "");  // no answer to a RST
    BOOST_TEST(b.device.refused.value() == 1u);
  });
}

SIM_TEST_CASE(a_guest_that_does_not_answer) {
  VsockBench b("connect_timeout: 3ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.host().connect_guest(7);
    BOOST_TEST(b.received().size() == 1u);
    settle(2900);
    BOOST_TEST(b.received().empty());
    settle(200);
    BOOST_TEST(b.received().at(0).op == unsigned{kOpRst});
    BOOST_TEST(b.host().closed.size() == 1u);
    BOOST_TEST(b.device.timeouts.value() == 1u);
  });
}

SIM_TEST_CASE(a_client_that_leaves_before_the_guest_answers) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.host().connect_guest(7);
    const Packet request = b.received().at(0);
    b.host().leave(id);
    Packet response = VsockBench::packet(kOpResponse);
    response.src_port = 7;
    response.dst_port = request.src_port;
    BOOST_TEST(b.received().at(0).op == unsigned{kOpRst});
    BOOST_TEST(b.send(response));  // of a connection that is gone
    BOOST_TEST(b.received().at(0).op == unsigned{kOpRst});
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(without_a_driver_the_host_is_refused) {
  VsockBench b;
  const auto id = b.host().connect_guest(7);
  BOOST_TEST(b.host().closed == std::vector<std::uint32_t>{id}, boost::test_tools::per_element());
}

SIM_TEST_CASE(two_hundred_connections_at_once) {
  VsockBench b("max_connections: 200");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    Packet p = VsockBench::packet(kOpRequest);
    std::map<std::uint32_t, PeerVsock::Id> ids;
    for (unsigned i = 0; i < 200; ++i) {
      p.src_port = 5000 + i;
      BOOST_TEST(b.send(p));
      ids[p.src_port] = b.host().latest;
    }
    p.src_port = 9999;
    BOOST_TEST(b.send(p));  // one too many
    b.host().catch_up();
    unsigned responses = 0;
    for (const Packet& answer : b.received()) {
      responses += answer.op == kOpResponse;
      if (answer.op == kOpRst) BOOST_TEST(answer.dst_port == 9999u);
    }
    BOOST_TEST(responses == 200u);
    BOOST_TEST(b.device.open_connections() == 200u);
    // Each of them is its own: data of all, mixed.
    p.op = kOpRw;
    for (unsigned round = 0; round < 3; ++round)
      for (const auto& [port, id] : ids) {
        p.src_port = port;
        p.data = std::to_string(port * 7 + round) + ";";
        p.len = static_cast<std::uint32_t>(p.data.size());
        BOOST_TEST(b.send(p));
        b.host().say(id, "r" + std::to_string(round) + "p" + std::to_string(port) + ";");
      }
    b.host().catch_up();
    std::map<std::uint32_t, std::string> heard;
    for (const Packet& answer : b.received())
      if (answer.op == kOpRw) heard[answer.dst_port] += answer.data;
    for (const auto& [port, id] : ids) {
      std::string said, expected;
      for (unsigned round = 0; round < 3; ++round) {
        said += std::to_string(port * 7 + round) + ";";
        expected += "r" + std::to_string(round) + "p" + std::to_string(port) + ";";
      }
      BOOST_TEST(b.host().connections[id].data == said);
      BOOST_TEST(heard[port] == expected);
    }
    // One goes, another finds room.
    p = VsockBench::packet(kOpRst);
    p.src_port = 5000;
    BOOST_TEST(b.send(p));
    p.op = kOpRequest;
    p.src_port = 9999;
    BOOST_TEST(b.send(p));
    b.host().catch_up();
    BOOST_TEST(b.told() == "2 2000>9999");
  });
}
