// SPDX-License-Identifier: Apache-2.0
// Requirements on packed virtqueues (virtio 1.4, 2.8).
#include "spec/scenario.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr unsigned kIndirectDesc = 28, kEventIdx = 29, kPacked = 34;
constexpr std::uint16_t kAvail = 1 << 7, kUsed = 1 << 15, kNext = 1, kWrite = 2;

void put(Scenario& s, unsigned slot, std::uint64_t address, std::uint32_t length, std::uint16_t id,
         std::uint16_t flags) {
  const std::uint64_t at = s.place.descriptor_area + 16u * slot;
  s.memory.store<std::uint64_t>(at, address);
  s.memory.store<std::uint32_t>(at + 8, length);
  s.memory.store<std::uint16_t>(at + 12, id);
  s.memory.store<std::uint16_t>(at + 14, flags);
}

std::uint16_t id_at(Scenario& s, unsigned slot) {
  return s.memory.load<std::uint16_t>(s.place.descriptor_area + 16u * slot + 12);
}

std::uint16_t flags_at(Scenario& s, unsigned slot) {
  return s.memory.load<std::uint16_t>(s.place.descriptor_area + 16u * slot + 14);
}

}  // namespace

SIM_TEST_CASE(packed_descriptors_are_processed_in_ring_order) {
  SPEC("packed.packed-virtqueues.1");
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked}, 5);
    for (unsigned lap = 0; lap < 4; ++lap) {
      s.memory.log.clear();
      for (unsigned i = 0; i < 5; ++i)
        BOOST_TEST_REQUIRE(s.driver.queue().add({{s.in + i, 1}}, {}, i, Form::Direct));
      s.driver.submit();
      s.settle();
      while (s.driver.queue().next_used()) {
      }
      std::vector<std::uint64_t> slots;
      for (const auto& a : s.memory.log)
        if (a.step == Step::Descriptor) slots.push_back((a.address - s.place.descriptor_area) / 16);
      slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
      BOOST_TEST_REQUIRE(slots.size() >= 5u);
      for (unsigned i = 0; i < 5; ++i) BOOST_TEST(slots[i] == i);
    }
  });
}

SIM_TEST_CASE(packed_used_descriptors_are_written_in_order_of_completion) {
  SPEC("packed.packed-virtqueues.2");
  Scenario s;
  s.device.order = Loopback::Order::Reversed;
  s.run([&] {
    s.bring_up({kPacked});
    for (std::uint16_t i = 0; i < 4; ++i) put(s, i, s.in, 16, 100 + i, kAvail);
    s.access.notify(0, 0);
    s.settle();
    for (std::uint16_t i = 0; i < 4; ++i) {
      BOOST_TEST(flags_at(s, i) == (kAvail | kUsed));
      BOOST_TEST(id_at(s, i) == 103 - i);  // completed last first
    }
  });
}

SIM_TEST_CASE(packed_buffers_are_only_accessed_as_they_may_be) {
  SPEC("packed.the-virtqueue-descriptor-table.1");
  SPEC("packed.the-virtqueue-descriptor-table.2");
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked, kIndirectDesc, kEventIdx}, 7);
    for (Form form : {Form::Direct, Form::Indirect})
      for (unsigned i = 0; i < 10; ++i) {
        s.add(i, form);
        s.driver.submit();
        s.settle();
        BOOST_TEST_REQUIRE(s.driver.queue().next_used().has_value());
      }
  });
  BOOST_TEST(s.memory.log.size() > 100u);
  for (const auto& a : s.memory.log) {
    BOOST_TEST(!(a.is_write && s.touches(a, s.in, 16)), "a readable buffer is not written");
    BOOST_TEST(!(!a.is_write && s.touches(a, s.out, 16)), "a writable buffer is not read");
    BOOST_TEST(!(a.is_write && a.step == Step::IndirectTable));
    BOOST_TEST(!(a.is_write && s.touches(a, s.place.driver_area, 4)), "the driver's events");
    BOOST_TEST(!(!a.is_write && s.touches(a, s.place.device_area, 4)), "the device's events");
  }
}

SIM_TEST_CASE(packed_descriptor_is_used_only_when_it_has_become_available) {
  SPEC("packed.the-virtqueue-descriptor-table.3");
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked}, 4);
    // All but "available in this lap" is not: never written, used, or of the other lap.
    for (std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{kAvail | kUsed}, kUsed}) {
      put(s, 0, s.in, 16, 1, flags);
      s.access.notify(0, 0);
      s.settle();
      BOOST_TEST(s.device.queue(0).requests.value() == 0u);
    }
    for (std::uint16_t i = 0; i < 4; ++i) put(s, i, s.in, 16, i, kAvail);
    s.access.notify(0, 0);
    s.settle();
    BOOST_TEST(s.device.queue(0).requests.value() == 4u);
    // In the second lap the bits change their roles.
    for (std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{kAvail | kUsed}, kAvail}) {
      put(s, 0, s.in, 16, 1, flags);
      s.access.notify(0, 0);
      s.settle();
      BOOST_TEST(s.device.queue(0).requests.value() == 4u);
    }
    put(s, 0, s.in, 16, 1, kUsed);
    s.access.notify(0, 0);
    s.settle();
    BOOST_TEST(s.device.queue(0).requests.value() == 5u);
    BOOST_TEST(flags_at(s, 0) == 0);
  });
}

SIM_TEST_CASE(packed_descriptor_is_left_alone_once_used) {
  SPEC("packed.the-virtqueue-descriptor-table.4");
  {
    Scenario s;
    s.memory.latency = sc_core::sc_time(3, sc_core::SC_NS);
    std::vector<std::uint64_t> used;
    s.memory.observer = [&](const TestMemory::Access& a) {
      if (!a.is_write || a.step != Step::UsedRing) return;
      for (std::uint64_t slot = 0; slot < 8; ++slot)
        if (s.touches(a, s.place.descriptor_area + 16 * slot, 16)) used.push_back(slot);
    };
    s.device.order = Loopback::Order::Together;
    s.run([&] {
      s.bring_up({kPacked});
      for (unsigned i = 0; i < 8; ++i)
        BOOST_TEST_REQUIRE(s.driver.queue().add({}, {{s.out, 4}}, i, Form::Direct));
      s.driver.submit();
      s.settle(100);
    });
    std::sort(used.begin(), used.end());
    BOOST_TEST(used == (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7}),
               boost::test_tools::per_element());
  }
}

SIM_TEST_CASE(packed_lists_are_used_in_their_order) {
  SPEC("packed.scatter-gather-support.1");
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked}, 6);
    for (unsigned i = 0; i < 12; ++i) s.memory.store<std::uint8_t>(s.in + i, i);
    for (unsigned lap = 0; lap < 5; ++lap) {  // lists that wrap
      // Pieces that do not lie in the order of the list.
      BOOST_TEST_REQUIRE(s.driver.queue().add({{s.in + 8, 4}, {s.in, 4}},
                                              {{s.out + 4, 4}, {s.out, 4}}, 1, Form::Direct));
      s.driver.submit();
      s.settle();
      BOOST_TEST_REQUIRE(s.driver.queue().next_used().has_value());
      for (unsigned i = 0; i < 4; ++i) {
        BOOST_TEST(s.memory.load<std::uint8_t>(s.out + 4 + i) == (~(8 + i) & 0xff));
        BOOST_TEST(s.memory.load<std::uint8_t>(s.out + i) == (~i & 0xff));
      }
    }
  });
}

// What else the text promises.

SIM_TEST_CASE(packed_write_flag_of_a_used_descriptor_says_if_anything_was_written) {
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked});
    put(s, 0, s.in, 16, 5, kAvail);
    put(s, 2, s.out, 8, 6, kAvail | kWrite);
    put(s, 1, s.in, 16, 9, kAvail | kNext);
    s.access.notify(0, 0);
    s.settle();
    BOOST_TEST(flags_at(s, 0) == (kAvail | kUsed));
    BOOST_TEST(id_at(s, 0) == 5);
    BOOST_TEST(flags_at(s, 1) == (kAvail | kUsed | kWrite));
    BOOST_TEST(id_at(s, 1) == 6);  // the id is that of the last descriptor of the list
    BOOST_TEST(s.memory.load<std::uint32_t>(s.place.descriptor_area + 16 + 8) == 8u);
  });
}

SIM_TEST_CASE(packed_interrupts_by_flags_and_position) {
  Scenario s;
  s.run([&] {
    s.bring_up({kPacked, kEventIdx}, 5);
    const auto set = [&](std::uint16_t position, std::uint16_t flags) {
      s.memory.store<std::uint16_t>(s.place.driver_area, position);
      s.memory.store<std::uint16_t>(s.place.driver_area + 2, flags);
    };
    const auto serve = [&] {
      const auto before = s.access.queue_interrupts(0);
      BOOST_TEST_REQUIRE(s.driver.queue().add({{s.in, 1}}, {}, 0, Form::Direct));
      s.driver.submit();
      s.settle();
      BOOST_TEST_REQUIRE(s.driver.queue().next_used().has_value());
      return s.access.queue_interrupts(0) - before;
    };
    set(0, 0);
    BOOST_TEST(serve() == 1u);
    set(0, 1);
    BOOST_TEST(serve() == 0u);
    unsigned slot = 2;
    bool wrap = true;
    for (unsigned i = 0; i < 20; ++i) {
      for (unsigned event = 0; event < 5; ++event)
        for (bool event_wrap : {false, true}) {
          set(static_cast<std::uint16_t>(event | (event_wrap ? 0x8000 : 0)), 2);
          BOOST_TEST(serve() == (event == slot && event_wrap == wrap ? 1u : 0u));
          if (++slot == 5) {
            slot = 0;
            wrap = !wrap;
          }
        }
    }
  });
}
