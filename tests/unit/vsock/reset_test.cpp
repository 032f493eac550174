// SPDX-License-Identifier: Apache-2.0
// Resets, of the device and of a queue, suspension, the legacy interface, and memory that takes
// time.
#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(a_reset_forgets_connections_and_replies) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    b.open();
    b.host().connect_guest(5);
    b.device.change_cid(3);
    b.open();
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.host().connections.empty());
    b.send(VsockBench::packet(kOpRw, "?"));  // its answer waits
    b.device.change_cid(3);                  // and an event
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.used(VsockBench::kEvents).empty());
    b.open();
  });
}

SIM_TEST_CASE(queues_can_be_reset_one_by_one) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers({kBitSeqpacket, virtio::kRingReset}));
    const auto id = b.open();
    b.access.reset_queue(VsockBench::kRx);
    b.host().say(id, "waits");
    settle();
    b.buffers.clear();
    BOOST_TEST_REQUIRE(b.driver.add_queue(VsockBench::kRx, 64));
    b.give(VsockBench::kRx, 8, 4096);
    BOOST_TEST(b.told() == "5 2000>1000 waits");
    b.access.reset_queue(VsockBench::kTx);
    BOOST_TEST_REQUIRE(b.driver.add_queue(VsockBench::kTx, 64));
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "there")));
    BOOST_TEST(b.host().connections[id].data == "there");
  });
}

SIM_TEST_CASE(suspending_keeps_connections) {
  VsockBench b("suspend: true, close_timeout: 2ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers({kBitSeqpacket, virtio::kSuspend}));
    const auto id = b.open();
    const auto other = b.host().connect_guest(9);
    BOOST_TEST(b.received().size() == 1u);
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    b.host().say(id, "while asleep");
    b.host().leave(other);
    settle(5000);
    BOOST_TEST(!b.send(VsockBench::packet(kOpRw, "not yet")));
    BOOST_TEST(b.told() == "");
    b.access.set_status(0x0f);
    settle();
    BOOST_TEST(b.driver.queue(VsockBench::kTx).next_used().has_value());
    BOOST_TEST(b.host().connections[id].data == "not yet");
    std::string ops;
    for (const Packet& p : b.received()) ops += std::to_string(p.op) + p.data + " ";
    BOOST_TEST((ops == "5while asleep 3 " || ops == "3 5while asleep "), ops);
  });
}

SIM_TEST_CASE(a_deadline_during_suspension_counts_afterwards) {
  VsockBench b("suspend: true, connect_timeout: 2ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers({kBitSeqpacket, virtio::kSuspend}));
    b.host().connect_guest(9);
    BOOST_TEST(b.received().size() == 1u);
    b.access.set_status(0x1f);
    settle(5000);
    BOOST_TEST(b.device.timeouts.value() == 0u);
    b.access.set_status(0x0f);
    BOOST_TEST(b.received().at(0).op == unsigned{kOpRst});
    BOOST_TEST(b.device.timeouts.value() == 1u);
  });
}

SIM_TEST_CASE(a_legacy_driver_has_streams) {
  VsockBench b;
  b.run([&] {
    b.access.use_legacy(true);
    b.driver.reset();
    b.access.set_status(1);
    b.access.set_status(3);
    b.access.set_driver_features(0, 0);
    for (unsigned i = 0; i < 3; ++i) BOOST_TEST_REQUIRE(b.driver.add_queue(i, 64));
    b.access.set_status(7);
    b.give(VsockBench::kRx, 8, 4096);
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "old")));
    BOOST_TEST(b.host().connections[id].data == "old");
  });
}

SIM_TEST_CASE(resets_in_the_middle_of_everything) {
  VsockBench b;
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    // A reset at the n-th access to memory, wherever that is.
    for (unsigned at = 1; at < 60; ++at) {
      BOOST_TEST_REQUIRE(b.start());
      b.give(VsockBench::kRx, 8, 4096);
      settle(50);
      unsigned seen = 0;
      b.memory.observer = [&](const TestMemory::Access&) {
        if (++seen == at) b.device.write_status(0);
      };
      b.send(VsockBench::packet(kOpRequest));
      settle(20);
      b.host().catch_up();
      settle(20);
      b.send(VsockBench::packet(kOpRw, "data"));
      b.host().say(b.host().latest, "more data");
      settle(50);
      b.memory.observer = nullptr;
      b.arena.release_all();
      b.tx_place = 0;
    }
    BOOST_TEST_REQUIRE(b.start());
    b.give(VsockBench::kRx, 8, 4096);
    settle(50);
    b.send(VsockBench::packet(kOpRequest));
    settle(50);
    b.host().catch_up();
    settle(50);
    BOOST_TEST(b.told() == "2 2000>1000");
  });
}

SIM_TEST_CASE(a_connection_that_goes_while_its_packet_is_written) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
    bool once = true;
    b.memory.observer = [&](const TestMemory::Access& access) {
      if (!access.is_write || access.step != Step::Payload || !once) return;
      once = false;
      b.device.change_cid(8);  // drops the connection
    };
    b.host().say(id, "half way");
    settle(100);
    b.memory.observer = nullptr;
    BOOST_TEST(!once);
    BOOST_TEST(b.device.open_connections() == 0u);
    b.memory.latency = {};
    BOOST_TEST(b.told() == "5 2000>1000 half way");
    BOOST_TEST((b.access.status() & 64) == 0);
  });
}
