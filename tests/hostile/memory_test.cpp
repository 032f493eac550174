// SPDX-License-Identifier: Apache-2.0
// Rings and buffers in memory that does not answer.
#include "hostile/attack.h"

using namespace ringside::test;

namespace {

/// One request of 16 readable and 16 writable bytes, in both layouts.
void good_request(Attack& a, bool packed) {
  if (packed) {
    a.packed(1, a.data + 64, 16, kWrite | kAvail);
    a.packed(0, a.data, 16, kNext | kAvail);
  } else {
    a.split(0, a.data, 16, kNext, 1);
    a.split(1, a.data + 64, 16, kWrite);
    a.make_available(0);
  }
}

/// A bus error in [first(place), + bytes).
void bad_memory(bool packed, Driver::Bits bits, std::uint64_t (*first)(const Attack&),
                std::size_t bytes) {
  if (packed) bits.push_back(34);
  Attack a(std::move(bits), 8);
  a.expect_needs_reset([&](Attack& x) {
    good_request(x, packed);
    x.bench.memory.bad_first = first(x);
    x.bench.memory.bad_last = first(x) + bytes - 1;
  });
}

void outside_memory(bool packed, bool writable) {
  Attack a(packed ? Driver::Bits{34} : Driver::Bits{}, 8);
  a.expect_needs_reset([&](Attack& x) {
    const std::uint64_t in = writable ? x.data : 0x1000;
    const std::uint64_t out = writable ? ~std::uint64_t{0} - 63 : x.data;
    if (packed) {
      x.packed(1, out, 16, kWrite | kAvail);
      x.packed(0, in, 16, kNext | kAvail);
    } else {
      x.split(0, in, 16, kNext, 1);
      x.split(1, out, 16, kWrite);
      x.make_available(0);
    }
  });
  BOOST_TEST(a.bench.device.failures == 1u);
}

}  // namespace

SIM_TEST_CASE(split_available_index_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.driver_area + 2; }, 2);
}
SIM_TEST_CASE(split_available_ring_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.driver_area + 4; }, 2);
}
SIM_TEST_CASE(split_descriptor_table_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.descriptor_area + 16; }, 16);
}
SIM_TEST_CASE(split_used_ring_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.device_area + 4; }, 8);
}
SIM_TEST_CASE(split_used_index_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.device_area + 2; }, 2);
}
SIM_TEST_CASE(split_used_flags_do_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.device_area; }, 2);
}
SIM_TEST_CASE(split_available_flags_do_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.place.driver_area; }, 2);
}
SIM_TEST_CASE(split_avail_event_does_not_answer) {
  bad_memory(
      false, {29}, [](const Attack& a) { return a.place.device_area + 4 + 8 * 8; }, 2);
}
SIM_TEST_CASE(split_used_event_does_not_answer) {
  bad_memory(
      false, {29}, [](const Attack& a) { return a.place.driver_area + 4 + 2 * 8; }, 2);
}
SIM_TEST_CASE(split_readable_buffer_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.data + 8; }, 1);
}
SIM_TEST_CASE(split_writable_buffer_does_not_answer) {
  bad_memory(
      false, {}, [](const Attack& a) { return a.data + 64; }, 1);
}

SIM_TEST_CASE(packed_first_descriptor_does_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.place.descriptor_area; }, 16);
}
SIM_TEST_CASE(packed_second_descriptor_does_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.place.descriptor_area + 16; }, 16);
}
SIM_TEST_CASE(packed_driver_events_do_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.place.driver_area; }, 4);
}
SIM_TEST_CASE(packed_device_events_do_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.place.device_area; }, 4);
}
SIM_TEST_CASE(packed_readable_buffer_does_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.data + 8; }, 1);
}
SIM_TEST_CASE(packed_writable_buffer_does_not_answer) {
  bad_memory(
      true, {}, [](const Attack& a) { return a.data + 64; }, 1);
}

SIM_TEST_CASE(split_readable_buffer_outside_memory) {
  outside_memory(false, false);
}
SIM_TEST_CASE(split_writable_buffer_outside_memory) {
  outside_memory(false, true);
}
SIM_TEST_CASE(packed_readable_buffer_outside_memory) {
  outside_memory(true, false);
}
SIM_TEST_CASE(packed_writable_buffer_outside_memory) {
  outside_memory(true, true);
}

namespace {

void ring_outside_memory(bool packed) {
  Attack a(packed ? Driver::Bits{34, 40} : Driver::Bits{40}, 8);
  a.expect_needs_reset([](Attack& x) {
    x.bench.access.reset_queue(0);
    QueuePlace nowhere = x.place;
    nowhere.descriptor_area = nowhere.driver_area = 0x1000;
    BOOST_TEST(x.bench.access.enable_queue(0, nowhere));
  });
}

}  // namespace

SIM_TEST_CASE(split_ring_outside_memory) {
  ring_outside_memory(false);
}
SIM_TEST_CASE(packed_ring_outside_memory) {
  ring_outside_memory(true);
}

SIM_TEST_CASE(a_ring_that_feeds_itself_does_not_stop_the_host) {
  // A request's writable buffer is the available index, and what is written there makes the next
  // request available: work without end in no simulated time, unless the queue takes a rest.
  Attack a({}, 2);
  auto& bench = a.bench;
  std::uint16_t count = 1;
  bench.device.instead = [&](unsigned queue) {
    while (auto chain = bench.device.queue(queue).pop()) {
      ++count;
      chain->write(0, &count, sizeof count);
      bench.device.queue(queue).push(std::move(chain), 2);
      bench.device.queue(queue).flush();
    }
    return true;
  };
  bench.run([&] {
    a.bring_up();
    for (std::uint16_t i = 0; i < 2; ++i) a.split(i, a.place.driver_area + 2, 2, kWrite);
    bench.memory.store<std::uint16_t>(a.place.driver_area + 4, 0);
    bench.memory.store<std::uint16_t>(a.place.driver_area + 6, 1);
    bench.memory.store<std::uint16_t>(a.place.driver_area + 2, 1);
    a.kick();
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
    const auto served = bench.device.queue(0).requests.value();
    BOOST_TEST(served > 100u);
    BOOST_TEST(served < 2000u);
    bench.driver.reset();
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
    BOOST_TEST(bench.device.queue(0).requests.value() == served);
  });
}
