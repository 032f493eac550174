// SPDX-License-Identifier: Apache-2.0
// How connections end.
#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(the_guest_ends_a_connection) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "bye")));
    b.host().catch_up();
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 3)));
    BOOST_TEST(b.told() == "3 2000>1000");  // the answer that the clean way asks for
    BOOST_TEST(b.host().closed == std::vector<std::uint32_t>{id}, boost::test_tools::per_element());
    BOOST_TEST(b.device.open_connections() == 0u);
    b.open();  // the same ports can be used again
  });
}

SIM_TEST_CASE(shutdown_flags_add_up) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 2)));
    BOOST_TEST(b.host().connections[id].guest_done.send);
    BOOST_TEST(!b.host().connections[id].guest_done.receive);
    b.host().say(id, "still there");
    BOOST_TEST(b.told() == "5 2000>1000 still there");
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 0)));  // takes nothing back
    BOOST_TEST(b.host().connections[id].guest_done.send);
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 1)));
    BOOST_TEST(b.told() == "3 2000>1000");
  });
}

SIM_TEST_CASE(a_guest_that_receives_no_more) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 1)));
    BOOST_TEST(b.host().say(id, "in vain") == 7u);
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.device.bytes_lost.value() == 7u);
    BOOST_TEST(b.host().connections[id].window == backend::VsockBackend::kWindow);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "but sends")));
    BOOST_TEST(b.host().connections[id].data == "but sends");
  });
}

SIM_TEST_CASE(what_waits_for_a_guest_that_stops_receiving_is_dropped) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open(kTypeStream, 0);
    b.host().say(id, "waits");
    BOOST_TEST(b.told() == "7 2000>1000");  // asks for credit
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 1)));
    BOOST_TEST(b.host().connections[id].window == backend::VsockBackend::kWindow);
    BOOST_TEST(b.told() == "");
  });
}

SIM_TEST_CASE(the_host_takes_everything_before_the_end) {
  VsockBench b("close_timeout: 5ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.host().drain_at_once = false;
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "slowly")));
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 3)));
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.host().connections[id].guest_done.both());
    b.host().drain(id, 4);
    BOOST_TEST(b.told() == "");
    b.host().drain(id, 2);
    BOOST_TEST(b.told() == "3 2000>1000");
    BOOST_TEST(b.device.timeouts.value() == 0u);
    // If it never does, the connection ends all the same.
    b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "never")));
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 3)));
    settle(4000);
    BOOST_TEST(b.told() == "");
    settle(2000);
    BOOST_TEST(b.told() == "3 2000>1000");
    BOOST_TEST(b.device.timeouts.value() == 1u);
    BOOST_TEST(b.host().connections.empty());
  });
}

SIM_TEST_CASE(the_host_leaves) {
  VsockBench b("close_timeout: 5ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    auto id = b.open();
    b.host().say(id, "last words");
    b.host().leave(id);
    BOOST_TEST(b.told() == "5 2000>1000 last words, 4 2000>1000 f3");
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "crossing")));  // not the guest's fault
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.send(VsockBench::packet(kOpRst)));
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.host().closed.size() == 1u);
    BOOST_TEST(b.device.timeouts.value() == 0u);
    // A guest that does not answer is told once more.
    id = b.open();
    b.host().leave(id);
    BOOST_TEST(b.told() == "4 2000>1000 f3");
    settle(6000);
    BOOST_TEST(b.told() == "3 2000>1000");
    BOOST_TEST(b.device.timeouts.value() == 1u);
    BOOST_TEST(b.device.open_connections() == 0u);
    // Both at the same time.
    id = b.open();
    b.host().leave(id);
    BOOST_TEST(b.told() == "4 2000>1000 f3");
    BOOST_TEST(b.send(VsockBench::packet(kOpShutdown, "", 3)));
    BOOST_TEST(b.told() == "3 2000>1000");
  });
}

SIM_TEST_CASE(the_host_closes_one_half) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.host().end(id, false, true);
    BOOST_TEST(b.told() == "4 2000>1000 f2");
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "go on")));
    BOOST_TEST(b.host().connections[id].data == "go on");
    b.host().end(id, true, false);
    BOOST_TEST(b.told() == "4 2000>1000 f3");
    BOOST_TEST(b.send(VsockBench::packet(kOpRst)));
    BOOST_TEST(b.device.open_connections() == 0u);
  });
}

SIM_TEST_CASE(what_a_deaf_host_has_not_taken_is_forgotten) {
  VsockBench b("buffer: 4KiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.host().drain_at_once = false;
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, std::string(4096, 'x'))));
    b.host().end(id, true, false);
    const auto packets = b.received();
    BOOST_TEST_REQUIRE(packets.size() == 1u);
    BOOST_TEST(packets[0].str() == "4 2000>1000 f1");
    BOOST_TEST(packets[0].fwd_cnt == 4096u);
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "more")));
    BOOST_TEST(b.device.bytes_lost.value() == 4u);
    BOOST_TEST(b.host().connections[id].data.size() == 4096u);
  });
}

SIM_TEST_CASE(a_rst_ends_it_at_once) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.host().say(id, "too late");
    BOOST_TEST(b.send(VsockBench::packet(kOpRst)));
    BOOST_TEST(b.host().closed.size() == 1u);
    b.received();
    // Whatever the host does now means nothing.
    b.host().say(id, "x");
    b.host().drain(id, 1);
    b.host().end(id, true, true);
    b.host().accept_guest(id);
    b.host().leave(id);
    BOOST_TEST(b.told() == "");
  });
}
