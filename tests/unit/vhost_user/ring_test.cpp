// SPDX-License-Identifier: Apache-2.0
// Rings that are shared with another thread: data, notifications in both directions, and stopping.
#include "unit/vhost_user/vhost_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

const std::string kAllOffered = ", packed: true, in_order: true, queues: 3";

void exchange_all(std::uint64_t features, std::uint16_t size) {
  VhostBench bench(kAllOffered);
  bench.run([&] {
    Session session(bench, features | kVersion1, size);
    session.exchange.start();
    session.exchange.run(400, session.random);
  });
  const auto& queue = bench.device.queue(0);
  BOOST_TEST(queue.requests.value() == 400u);
  BOOST_TEST(queue.interrupts.value() == bench.back_end.calls.value());
  BOOST_TEST(queue.bytes_read.value() == queue.bytes_written.value());
  BOOST_TEST(queue.latency.count() == 400u);
  BOOST_TEST(bench.device.failures == 0u);
}

}  // namespace

SIM_TEST_CASE(split) {
  exchange_all(0, 16);
}
SIM_TEST_CASE(split_event_idx) {
  exchange_all(kEventIdx, 16);
}
SIM_TEST_CASE(split_indirect_event_idx) {
  exchange_all(kIndirect | kEventIdx, 8);
}
SIM_TEST_CASE(split_in_order) {
  exchange_all(kIndirect | kInOrder, 32);
}
SIM_TEST_CASE(packed) {
  exchange_all(kPacked, 16);
}
SIM_TEST_CASE(packed_event_idx) {
  exchange_all(kPacked | kEventIdx, 16);
}
SIM_TEST_CASE(packed_indirect_event_idx) {
  exchange_all(kPacked | kIndirect | kEventIdx, 7);
}
SIM_TEST_CASE(packed_in_order) {
  exchange_all(kPacked | kIndirect | kInOrder, 31);
}
SIM_TEST_CASE(large_ring) {
  exchange_all(kEventIdx, 256);
}

SIM_TEST_CASE(a_driver_without_version_1_is_a_legacy_one) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench, kEventIdx);
    session.exchange.start();
    session.exchange.run(50, session.random);
    bench.in_simulation([&] { BOOST_TEST(bench.device.legacy()); });
  });
}

SIM_TEST_CASE(several_queues_at_once) {
  VhostBench bench(kAllOffered);
  bench.run([&] {
    const std::uint64_t features = kVersion1 | kEventIdx | kPacked;
    Session session(bench, features);
    Exchange second(session.front_end, session.memory, session.arena, 1, features, 4);
    Exchange third(session.front_end, session.memory, session.arena, 2, features, 64);
    session.exchange.start();
    third.start();
    second.start();
    for (unsigned round = 0; round < 10; ++round) {
      session.exchange.run(10, session.random);
      third.run(20, session.random);
      second.run(5, session.random);
    }
  });
  BOOST_TEST(bench.device.queue(1).requests.value() == 50u);
  BOOST_TEST(bench.device.queue(2).requests.value() == 200u);
}

SIM_TEST_CASE(in_timed_mode_accesses_take_their_time) {
  VhostBench bench("", ", status: true, latency: 250ns", "accuracy: timed");
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(100, session.random);
  });
  const auto& queue = bench.device.queue(0);
  // Descriptors, payload both ways and the used ring, at the least.
  BOOST_TEST(queue.latency.min() >= 5u * 250);
  BOOST_TEST(queue.fetch_time.min() >= 250u);
}

namespace {

/// Stops and starts a queue between exchanges: not a request is lost, nor a notification.
void stop_and_go(std::uint64_t features, std::uint16_t size) {
  VhostBench bench(kAllOffered);
  bench.run([&] {
    Session session(bench, features | kVersion1, size);
    session.exchange.start();
    for (unsigned round = 0; round < 12; ++round) {
      session.exchange.run(37, session.random);
      const std::uint32_t base = session.front_end.stop_queue(0);
      session.front_end.start_queue(0, session.exchange.ring->place(), base);
    }
    // And in another device's life: the ring is all there is of it.
    const std::uint32_t base = session.front_end.stop_queue(0);
    BOOST_TEST(session.front_end.ask(VhostFrontEnd::kResetDevice));
    session.front_end.start_queue(0, session.exchange.ring->place(), base);
    session.exchange.run(37, session.random);
  });
  BOOST_TEST(bench.device.queue(0).requests.value() == 13u * 37);
  BOOST_TEST(bench.device.failures == 0u);
}

}  // namespace

SIM_TEST_CASE(split_goes_on) {
  stop_and_go(0, 16);
}
SIM_TEST_CASE(split_event_idx_goes_on) {
  stop_and_go(kEventIdx | kIndirect, 16);
}
SIM_TEST_CASE(packed_goes_on) {
  stop_and_go(kPacked, 16);
}
SIM_TEST_CASE(packed_event_idx_goes_on) {
  stop_and_go(kPacked | kEventIdx, 13);
}

SIM_TEST_CASE(base_is_the_available_index) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(9, session.random);
    BOOST_TEST(session.front_end.stop_queue(0) == 9u);
    // A ring that is stopped says so again, and takes a new base.
    BOOST_TEST(session.front_end.stop_queue(0) == 9u);
    BOOST_TEST(session.front_end.ask(VhostFrontEnd::kSetVringBase, VhostFrontEnd::State{0, 77}));
    BOOST_TEST(session.front_end.stop_queue(0) == 77u);
  });
}

SIM_TEST_CASE(base_of_a_packed_ring_has_both_positions) {
  VhostBench bench(kAllOffered);
  bench.run([&] {
    Session session(bench, kVersion1 | kPacked, 64);
    session.exchange.start();
    session.exchange.run(3, session.random);
    const std::uint32_t base = session.front_end.stop_queue(0);
    BOOST_TEST((base & 0xffff) == (base >> 16));
    BOOST_TEST((base & 0x8000) != 0u);
    BOOST_TEST((base & 0x7fff) == (session.exchange.ring->next_position() & 0x7fffu));
  });
}

SIM_TEST_CASE(stopping_waits_for_requests_that_are_out) {
  VhostBench bench;
  virtio::ChainPtr held;
  bench.device.instead = [&](unsigned queue) {
    if (!held) held = bench.device.hold(queue);
    return true;
  };
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.send_one();
    bool out = false;
    for (int tries = 0; tries < 1000 && !out; ++tries) {
      bench.in_simulation([&] { out = held != nullptr; });
      usleep(1000);
    }
    BOOST_TEST(out);
    session.front_end.send(VhostFrontEnd::kGetVringBase,
                           VhostFrontEnd::bytes_of(VhostFrontEnd::State{0, 0}));
    BOOST_TEST(!session.front_end.reply_waits(200));
    bench.in_simulation([&] {
      bench.device.queue(0).push(std::move(held), 0);
      bench.device.queue(0).poke();
    });
    BOOST_TEST(session.front_end.stopped_queue(0) == 1u);
    BOOST_TEST(session.exchange.ring->used_waiting());
  });
}

SIM_TEST_CASE(disabled_rings_rest) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    VhostFrontEnd& front_end = session.front_end;
    session.exchange.start();
    session.exchange.run(5, session.random);
    BOOST_TEST(front_end.ask(VhostFrontEnd::kSetVringEnable, VhostFrontEnd::State{0, 0}));
    session.exchange.send_one();
    front_end.kick(0);
    front_end.get(VhostFrontEnd::kGetFeatures);
    usleep(20000);
    BOOST_TEST(!session.exchange.ring->used_waiting());
    BOOST_TEST(front_end.ask(VhostFrontEnd::kSetVringEnable, VhostFrontEnd::State{0, 1}));
    unsigned back = 0;
    for (int tries = 0; tries < 5000 && back == 0; ++tries) {
      session.exchange.take(back);
      usleep(1000);
    }
    BOOST_TEST(back == 1u);
  });
}

SIM_TEST_CASE(without_protocol_features_rings_begin_enabled) {
  VhostBench bench;
  bench.run([&] {
    SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
    Arena arena(kGuestBase, kGuestBytes);
    VhostFrontEnd front_end(bench.path);
    Exchange exchange(front_end, memory, arena, 0, kVersion1, 8);
    using F = VhostFrontEnd;
    front_end.send(F::kSetOwner);
    front_end.send(F::kSetFeatures, F::bytes_of(kVersion1));
    front_end.send(F::kSetMemTable, F::table_of({F::region_of(memory.parts()[0])}), {memory.fd()});
    front_end.send(F::kSetVringNum, F::bytes_of(F::State{0, 8}));
    front_end.send(F::kSetVringBase, F::bytes_of(F::State{0, 0}));
    front_end.send(F::kSetVringAddr, F::bytes_of(F::address_of(0, exchange.ring->place())));
    front_end.send(F::kSetVringCall, F::bytes_of(std::uint64_t{0}), {front_end.call_fd(0)});
    front_end.send(F::kSetVringKick, F::bytes_of(std::uint64_t{0}), {front_end.kick_fd(0)});
    std::mt19937 random(3);
    exchange.run(30, random);
  });
}

SIM_TEST_CASE(a_ring_without_call_does_not_interrupt) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    constexpr std::uint64_t kNoDescriptor = 1 << 8;
    VhostFrontEnd::wait_event(session.front_end.call_fd(0), 50);  // it comes with the descriptor
    BOOST_TEST(session.front_end.ask(VhostFrontEnd::kSetVringCall, kNoDescriptor));
    session.exchange.send_one();
    unsigned back = 0;
    for (int tries = 0; tries < 5000 && back == 0; ++tries) {
      session.exchange.take(back);
      usleep(1000);
    }
    BOOST_TEST(back == 1u);
    BOOST_TEST(!VhostFrontEnd::wait_event(session.front_end.call_fd(0), 50));
  });
  BOOST_TEST(bench.back_end.calls.value() == 0u);
  BOOST_TEST(bench.device.queue(0).interrupts.value() == 1u);
}

SIM_TEST_CASE(kicks_are_counted_as_the_eventfd_adds_them_up) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.front_end.kick(0, 5);
    session.exchange.run(1, session.random);
  });
  BOOST_TEST(bench.device.queue(0).kicks.value() >= 5u);
  BOOST_TEST(bench.device.queue(0).kicks.value() <= 6u);
}
