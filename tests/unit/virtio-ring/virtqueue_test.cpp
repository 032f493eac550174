// SPDX-License-Identifier: Apache-2.0
// A queue's life, its statistics and its pool.
#include "driver/bench.h"
#include "unit/virtio-ring/ring_bench.h"

using namespace ringside;
using namespace ringside::test;

BOOST_AUTO_TEST_SUITE(virtqueue)

BOOST_AUTO_TEST_CASE(requests_are_numbered_and_counted) {
  for (bool packed : {false, true}) {
    RingBench b(packed ? packed_layout(8) : split_layout(8));
    for (unsigned i = 0; i < 30; ++i) {
      b.add(4, 4);
      b.queue.kick();
      auto chain = b.pop();
      BOOST_TEST(chain->request() == i);
      BOOST_TEST(chain->alive());
      BOOST_TEST(b.queue.outstanding() == 1u);
      b.queue.push(std::move(chain), 4);
      b.queue.flush();
      BOOST_TEST(b.queue.outstanding() == 0u);
      BOOST_TEST_REQUIRE(b.driver->next_used().has_value());
    }
    BOOST_TEST(b.queue.requests.value() == 30u);
    BOOST_TEST(b.queue.kicks.value() == 30u);
    BOOST_TEST(b.queue.suppressed_kicks.value() == 0u);
    BOOST_TEST(b.queue.interrupts.value() == 30u);
    BOOST_TEST(b.queue.latency.count() == 30u);
    BOOST_TEST(b.notifications == 30u);
    BOOST_TEST(b.broken.empty());
  }
}

BOOST_AUTO_TEST_CASE(requests_without_a_notification_are_counted_as_such) {
  RingBench b(split_layout(8));
  for (unsigned i = 0; i < 5; ++i) b.add(4, 0);
  b.queue.kick();
  for (unsigned i = 0; i < 5; ++i) b.queue.push(b.pop(), 0);
  BOOST_TEST(b.queue.kicks.value() == 1u);
  BOOST_TEST(b.queue.suppressed_kicks.value() == 4u);
  b.driver->disable_interrupts();
  b.queue.flush();
  BOOST_TEST(b.queue.interrupts.value() == 0u);
  BOOST_TEST(b.queue.suppressed_interrupts.value() == 1u);  // one batch, one decision
  BOOST_TEST(b.notifications == 0u);
}

BOOST_AUTO_TEST_CASE(available_does_not_take) {
  for (bool packed : {false, true}) {
    RingBench b(packed ? packed_layout(8) : split_layout(8));
    BOOST_TEST(!b.queue.available());
    b.add(4, 4);
    BOOST_TEST(b.queue.available());
    BOOST_TEST(b.queue.available());
    BOOST_TEST(b.queue.requests.value() == 0u);
    b.queue.push(b.pop(), 0);
    BOOST_TEST(!b.queue.available());
  }
}

BOOST_AUTO_TEST_CASE(unpop_gives_the_same_requests_again) {
  for (bool packed : {false, true})
    for (bool event_idx : {false, true}) {
      auto layout = packed ? packed_layout(8) : split_layout(8);
      layout.event_idx = event_idx;
      RingBench b(layout);
      for (unsigned i = 0; i < 3; ++i) b.add(0, 10 + i, i);
      auto first = b.pop(), second = b.pop(), third = b.pop();
      BOOST_TEST(!b.queue.pop());
      b.queue.unpop(std::move(third));
      b.queue.unpop(std::move(second));
      BOOST_TEST(b.queue.requests.value() == 1u);
      b.queue.push(std::move(first), 1);
      second = b.pop();
      BOOST_TEST(second->writable_bytes() == 11u);
      BOOST_TEST(second->request() == 1u);
      third = b.pop();
      BOOST_TEST(third->writable_bytes() == 12u);
      b.queue.push(std::move(third), 3);
      b.queue.push(std::move(second), 2);
      b.queue.flush();
      for (unsigned token : {0u, 2u, 1u}) {
        const auto done = b.driver->next_used();
        BOOST_TEST_REQUIRE(done.has_value());
        BOOST_TEST(done->token == token);
        BOOST_TEST(done->written.value() == token + 1);
      }
    }
}

BOOST_AUTO_TEST_CASE(chains_use_their_storage_again) {
  RingBench b(split_layout(8));
  b.add(4, 4);
  auto chain = b.pop();
  const auto* storage = chain.get();
  const auto* readable = chain->readable().data();
  b.queue.push(std::move(chain), 0);
  b.add(4, 4);
  chain = b.pop();
  BOOST_TEST(chain.get() == storage);
  BOOST_TEST(chain->readable().data() == readable);
}

BOOST_AUTO_TEST_CASE(disabling_kills_what_is_out) {
  for (bool in_order : {false, true}) {
    auto layout = split_layout(8);
    layout.in_order = in_order;
    RingBench b(layout);
    b.add(4, 4);
    b.add(4, 4);
    auto held = b.pop();
    b.queue.push(b.pop(), 4);
    b.queue.disable();
    BOOST_TEST(!b.queue.enabled());
    BOOST_TEST(!held->alive());
    b.take_log();
    b.queue.kick();
    BOOST_TEST(b.queue.kicks.value() == 0u);
    BOOST_TEST(!b.queue.pop());
    b.queue.flush();
    b.queue.push(std::move(held), 4);
    b.queue.flush();
    BOOST_TEST(b.memory.log.empty());
    BOOST_TEST(b.notifications == 0u);
  }
}

BOOST_AUTO_TEST_CASE(enabling_starts_from_the_beginning) {
  for (bool packed : {false, true}) {
    RingBench b(packed ? packed_layout(8) : split_layout(8));
    for (unsigned i = 0; i < 3; ++i) {
      b.add(4, 4);
      b.queue.push(b.pop(), 4);
      b.queue.flush();
      b.driver->next_used();
    }
    b.arena.release_all();
    QueueOptions options;
    options.size = 4;
    options.packed = !packed;  // and the other layout
    b.driver = DriverQueue::make(b.memory, b.arena, options);
    virtio::QueueLayout layout = b.layout;
    layout.packed = !packed;
    layout.size = 4;
    layout.descriptor_area = b.driver->place().descriptor_area;
    layout.driver_area = b.driver->place().driver_area;
    layout.device_area = b.driver->place().device_area;
    b.queue.enable(layout);
    for (unsigned i = 0; i < 6; ++i) {
      b.add(4, 4, i);
      auto chain = b.pop();
      BOOST_TEST(chain->request() == i);
      b.queue.push(std::move(chain), 4);
      b.queue.flush();
      const auto done = b.driver->next_used();
      BOOST_TEST_REQUIRE(done.has_value());
      BOOST_TEST(done->token == i);
    }
  }
}

BOOST_AUTO_TEST_CASE(wakes_are_remembered) {
  RingBench b(split_layout(8));
  BOOST_TEST(b.queue.take_wake(), "enable() wakes");
  BOOST_TEST(!b.queue.take_wake());
  b.queue.kick();
  b.queue.poke();
  BOOST_TEST(b.queue.take_wake());
  BOOST_TEST(!b.queue.take_wake());
  b.queue.kick();
  b.queue.disable();
  BOOST_TEST(!b.queue.take_wake());
}

BOOST_AUTO_TEST_CASE(a_queue_is_at_work_from_its_kick_until_its_thread_rests) {
  RingBench b(split_layout(8));
  b.queue.take_wake();
  b.queue.take_wake();
  BOOST_TEST(!b.queue.at_work());
  b.queue.kick();
  BOOST_TEST(b.queue.at_work(), "told to look");
  BOOST_TEST(b.queue.take_wake());
  BOOST_TEST(b.queue.at_work());
  BOOST_TEST(!b.queue.take_wake());
  BOOST_TEST(!b.queue.at_work());
  b.queue.kick();
  b.queue.disable();
  BOOST_TEST(!b.queue.at_work(), "a queue that is off keeps nobody");
  b.queue.kick();
  BOOST_TEST(!b.queue.at_work());
}

BOOST_AUTO_TEST_CASE(a_paused_queue_takes_nothing_and_tells_when_it_is_empty) {
  struct Host : RingBench {
    using RingBench::RingBench;
    void queue_drained(unsigned) override { ++drained; }
    unsigned drained = 0;
  } b(split_layout(8));
  b.add(4, 4);
  b.add(4, 4);
  auto chain = b.pop();
  b.queue.pause(true);
  BOOST_TEST(!b.queue.pop());
  BOOST_TEST(!b.queue.available());
  b.queue.flush();
  BOOST_TEST(b.drained == 0u);
  b.queue.push(std::move(chain), 4);
  b.queue.flush();
  BOOST_TEST(b.drained == 1u);
  b.queue.pause(false);
  BOOST_TEST(static_cast<bool>(b.queue.pop()));
}

BOOST_AUTO_TEST_CASE(used_length_never_exceeds_the_writable_part) {
  RingBench b(split_layout(8));
  b.add(4, 4);
  b.queue.push(b.pop(), 1000);
  b.queue.flush();
  BOOST_TEST(b.driver->next_used()->written.value() == 4u);
}

BOOST_AUTO_TEST_CASE(memory_for_requests_is_bounded) {
  // 2048 requests that all name one table of 1024 descriptors.
  RingBench b(split_layout(2048));
  b.memory.logging = false;
  const std::uint64_t table = b.arena.take(16 * 1024, 16);
  const auto descriptor = [&](std::uint64_t at, std::uint64_t address, std::uint32_t length,
                              std::uint16_t flags, std::uint16_t next) {
    b.memory.store<std::uint64_t>(at, address);
    b.memory.store<std::uint32_t>(at + 8, length);
    b.memory.store<std::uint16_t>(at + 12, flags);
    b.memory.store<std::uint16_t>(at + 14, next);
  };
  for (std::uint16_t i = 0; i < 1024; ++i)
    descriptor(table + 16u * i, b.in, 1, i < 1023 ? 1 : 0, i + 1);
  for (std::uint16_t i = 0; i < 2048; ++i) {
    descriptor(b.place.descriptor_area + 16u * i, table, 16 * 1024, 4, 0);
    b.memory.store<std::uint16_t>(b.place.driver_area + 4 + 2u * i, i);
  }
  b.memory.store<std::uint16_t>(b.place.driver_area + 2, 2048);
  std::vector<virtio::ChainPtr> held;
  while (auto chain = b.queue.pop()) held.push_back(std::move(chain));
  BOOST_TEST(held.size() == 1024u);
  b.queue.take_wake();
  // What comes back makes room, and wakes the queue's thread for the rest.
  b.queue.push(std::move(held.back()), 0);
  held.pop_back();
  b.queue.flush();
  BOOST_TEST(b.queue.take_wake());
  BOOST_TEST(static_cast<bool>(b.queue.pop()));
  BOOST_TEST(b.broken.empty());
}

BOOST_AUTO_TEST_SUITE_END()

SIM_TEST_CASE(latency_is_measured_in_nanoseconds) {
  LoopbackBench bench;
  bench.device.service_time = sc_core::sc_time(3, sc_core::SC_US);
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 8));
    const auto in = bench.arena.take(64, 1);
    BOOST_TEST_REQUIRE(bench.driver.queue().add({{in, 4}}, {{in + 8, 4}}, 0, Form::Direct));
    bench.driver.submit();
    BOOST_TEST(bench.driver.wait_used(0, {1, sc_core::SC_MS}));
    BOOST_TEST(sc_core::sc_time_stamp() == sc_core::sc_time(3, sc_core::SC_US));
  });
  const auto& latency = bench.device.queue(0).latency;
  BOOST_TEST(latency.count() == 1u);
  BOOST_TEST(latency.min() == 3000u);
}

SIM_TEST_CASE(each_queue_has_its_thread) {
  // Four requests of 1 us each on four queues take 1 us together.
  LoopbackBench bench("queues: 4");
  bench.device.service_time = sc_core::sc_time(1, sc_core::SC_US);
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.negotiate({32}));
    for (unsigned i = 0; i < 4; ++i) BOOST_TEST_REQUIRE(bench.driver.add_queue(i, 8));
    bench.driver.start();
    const auto in = bench.arena.take(64, 1);
    for (unsigned i = 0; i < 4; ++i) {
      BOOST_TEST_REQUIRE(bench.driver.queue(i).add({{in, 4}}, {{in + 8, 4}}, i, Form::Direct));
      bench.driver.submit(i);
    }
    for (unsigned i = 0; i < 4; ++i) BOOST_TEST(bench.driver.wait_used(i, {1, sc_core::SC_MS}));
    BOOST_TEST(sc_core::sc_time_stamp() == sc_core::sc_time(1, sc_core::SC_US));
  });
}

SIM_TEST_CASE(kicks_while_the_thread_is_busy_are_not_lost) {
  LoopbackBench bench;
  unsigned rounds = 0;
  bench.device.instead = [&](unsigned) {
    ++rounds;
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
    return true;
  };
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 8));
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
    rounds = 0;
    bench.access.notify(0, 0);
    sc_core::wait(sc_core::sc_time(500, sc_core::SC_NS));
    BOOST_TEST(rounds == 1u);
    bench.access.notify(0, 0);
    bench.access.notify(0, 0);
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
    BOOST_TEST(rounds == 2u);
  });
}
