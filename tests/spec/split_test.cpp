// SPDX-License-Identifier: Apache-2.0
// Requirements on split virtqueues (virtio 1.4, 2.7).
#include "driver/exercise.h"
#include "spec/scenario.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr unsigned kIndirectDesc = 28, kEventIdx = 29;

std::uint64_t used_event(const Scenario& s) {
  return s.place.driver_area + 4 + 2 * 8;
}

}  // namespace

SIM_TEST_CASE(any_arrangement_of_buffers_will_do) {
  SPEC("split.message-framing.1");
  Scenario s;
  s.run([&] {
    s.bring_up({kIndirectDesc}, 32);
    for (std::uint32_t i = 0; i < 16; ++i) s.memory.store<std::uint8_t>(s.in + i, i);
    const std::vector<std::vector<std::uint32_t>> cuts{{16}, {1, 15}, {15, 1}, {4, 4, 4, 4}};
    for (Form form : {Form::Direct, Form::Indirect, Form::Mixed})
      for (const auto& readable : cuts)
        for (const auto& writable : cuts) {
          const auto pieces = [](std::uint64_t at, const std::vector<std::uint32_t>& lengths) {
            std::vector<Piece> result;
            for (std::uint32_t n : lengths) {
              result.push_back({at, n});
              at += n;
            }
            return result;
          };
          s.memory.store<std::uint64_t>(s.out, 0);
          s.memory.store<std::uint64_t>(s.out + 8, 0);
          BOOST_TEST_REQUIRE(
              s.driver.queue().add(pieces(s.in, readable), pieces(s.out, writable), 1, form));
          s.driver.submit();
          s.settle();
          const auto used = s.driver.queue().next_used();
          BOOST_TEST_REQUIRE(used.has_value());
          BOOST_TEST(used->written.value() == 16u);
          for (std::uint32_t i = 0; i < 16; ++i)
            BOOST_TEST(s.memory.load<std::uint8_t>(s.out + i) == (~i & 0xff));
        }
  });
}

SIM_TEST_CASE(each_area_is_only_accessed_as_it_may_be) {
  SPEC("split.the-virtqueue-descriptor-table.1");
  SPEC("split.the-virtqueue-descriptor-table.2");
  SPEC("split.the-virtqueue-descriptor-table.3");
  {
    Scenario s;
    s.run([&] {
      s.bring_up({kIndirectDesc, kEventIdx});
      for (Form form : {Form::Direct, Form::Indirect, Form::Mixed})
        for (unsigned i = 0; i < 5; ++i) {
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
      BOOST_TEST(!(a.is_write && s.touches(a, s.place.descriptor_area, 16 * 8)),
                 "the descriptor table is not written");
      BOOST_TEST(!(a.is_write && a.step == Step::IndirectTable));
      BOOST_TEST(!(a.is_write && s.touches(a, s.place.driver_area, 6 + 2 * 8)),
                 "the available ring is not written");
    }
  }
}

SIM_TEST_CASE(write_flag_of_an_indirect_descriptor_is_ignored) {
  SPEC("split.indirect-descriptors.1");
  Scenario s;
  s.run([&] {
    s.bring_up({kIndirectDesc});
    s.add(0, Form::Indirect);
    const std::uint64_t flags = s.place.descriptor_area + 12;
    s.memory.store<std::uint16_t>(flags, s.memory.load<std::uint16_t>(flags) | 2);
    s.driver.submit();
    s.settle();
    const auto used = s.driver.queue().next_used();
    BOOST_TEST_REQUIRE(used.has_value());
    BOOST_TEST(used->written.value() == 16u);
  });
}

SIM_TEST_CASE(an_indirect_table_after_any_number_of_descriptors) {
  SPEC("split.indirect-descriptors.2");
  Scenario s;
  s.run([&] {
    s.bring_up({kIndirectDesc});
    const std::uint64_t table = s.arena.take(32, 16);
    for (std::uint16_t direct = 0; direct < 8; ++direct) {
      // `direct` readable bytes in as many descriptors, then a table with one more and 16 writable.
      const auto put = [&](std::uint64_t at, std::uint64_t address, std::uint32_t length,
                           std::uint16_t flags, std::uint16_t next) {
        s.memory.store<std::uint64_t>(at, address);
        s.memory.store<std::uint32_t>(at + 8, length);
        s.memory.store<std::uint16_t>(at + 12, flags);
        s.memory.store<std::uint16_t>(at + 14, next);
      };
      for (std::uint16_t i = 0; i < direct; ++i)
        put(s.place.descriptor_area + 16u * i, s.in + i, 1, 1, i + 1);
      put(s.place.descriptor_area + 16u * direct, table, 32, 4, 0);
      put(table, s.in + direct, 1, 1, 1);
      put(table + 16, s.out, 16, 2, 0);
      const auto index = s.memory.load<std::uint16_t>(s.place.driver_area + 2);
      s.memory.store<std::uint16_t>(s.place.driver_area + 4 + 2u * (index % 8), 0);
      s.memory.store<std::uint16_t>(s.place.driver_area + 2, index + 1);
      s.access.notify(0, 0);
      s.settle();
      BOOST_TEST(s.memory.load<std::uint16_t>(s.place.device_area + 2) == index + 1);
      BOOST_TEST(s.memory.load<std::uint32_t>(s.place.device_area + 8 + 8u * (index % 8)) ==
                 direct + 1u);
    }
  });
}

SIM_TEST_CASE(interrupts_without_event_index) {
  SPEC("split.used-buffer-notification-suppression.1");
  SPEC("split.used-buffer-notification-suppression.2");
  SPEC("split.used-buffer-notification-suppression.3");
  Scenario s;
  s.run([&] {
    s.bring_up({});
    for (std::uint16_t event = 0; event < 6; ++event) {
      s.memory.store<std::uint16_t>(used_event(s), event);  // means nothing
      s.memory.store<std::uint16_t>(s.place.driver_area, 0);
      BOOST_TEST(s.serve_one() == 1u);
      s.memory.store<std::uint16_t>(used_event(s),
                                    s.memory.load<std::uint16_t>(s.place.device_area + 2));
      s.memory.store<std::uint16_t>(s.place.driver_area, 1);
      BOOST_TEST(s.serve_one() == 0u);
    }
  });
  BOOST_TEST(s.device.queue(0).interrupts.value() == 6u);
  BOOST_TEST(s.device.queue(0).suppressed_interrupts.value() == 6u);
}

SIM_TEST_CASE(interrupts_with_event_index) {
  SPEC("split.used-buffer-notification-suppression.4");
  SPEC("split.used-buffer-notification-suppression.5");
  SPEC("split.used-buffer-notification-suppression.6");
  Scenario s;
  s.run([&] {
    s.bring_up({kEventIdx});
    for (std::uint16_t flags : {0, 1}) {
      s.memory.store<std::uint16_t>(s.place.driver_area, flags);  // means nothing
      const auto now = s.memory.load<std::uint16_t>(s.place.device_area + 2);
      for (int distance = -3; distance < 6; ++distance) {
        const auto position = s.memory.load<std::uint16_t>(s.place.device_area + 2);
        s.memory.store<std::uint16_t>(used_event(s),
                                      static_cast<std::uint16_t>(position + distance));
        BOOST_TEST(s.serve_one() == (distance == 0 ? 1u : 0u));
      }
      BOOST_TEST(s.memory.load<std::uint16_t>(s.place.device_area + 2) == now + 9);
    }
  });
}

SIM_TEST_CASE(a_batch_interrupts_if_it_passes_the_event_index) {
  SPEC("split.used-buffer-notification-suppression.5");
  SPEC("split.used-buffer-notification-suppression.6");
  Scenario s;
  s.device.order = Loopback::Order::Together;
  s.run([&] {
    s.bring_up({kEventIdx}, 16);
    const std::uint64_t event = s.place.driver_area + 4 + 2 * 16;
    for (int distance = -2; distance < 6; ++distance) {
      const auto position = s.memory.load<std::uint16_t>(s.place.device_area + 2);
      s.memory.store<std::uint16_t>(event, static_cast<std::uint16_t>(position + distance));
      const auto before = s.access.queue_interrupts(0);
      for (unsigned i = 0; i < 4; ++i) s.add(i);
      s.driver.submit();
      s.settle();
      while (s.driver.queue().next_used()) {
      }
      BOOST_TEST(s.access.queue_interrupts(0) - before ==
                 (distance >= 0 && distance < 4 ? 1u : 0u));
    }
  });
}

SIM_TEST_CASE(used_index_moves_after_everything_it_promises) {
  SPEC("split.the-virtqueue-used-ring.1");
  SPEC("split.the-virtqueue-used-ring.2");
  Scenario s;
  s.memory.latency = sc_core::sc_time(7, sc_core::SC_NS);
  s.run([&] {
    s.bring_up({});
    s.add();
    s.driver.submit();
    s.settle();
    const auto used = s.driver.queue().next_used();
    BOOST_TEST_REQUIRE(used.has_value());
    BOOST_TEST(used->written.value() == 16u);
  });
  const auto payload = s.first([](const auto& a) { return a.is_write && a.step == Step::Payload; });
  const auto element = s.first([](const auto& a) { return a.step == Step::UsedRing; });
  const auto index = s.first([](const auto& a) { return a.step == Step::UsedIndex; });
  BOOST_TEST(payload < element);
  BOOST_TEST(element < index);
  BOOST_TEST_REQUIRE(index < s.memory.log.size());
  BOOST_TEST(s.memory.log[payload].bytes == 16u);  // as much as `len` says
}

SIM_TEST_CASE(used_flags_are_0_or_1_without_event_index) {
  SPEC("split.available-buffer-notification-suppression.1");
  Scenario s;
  std::vector<std::uint16_t> flags;
  s.memory.observer = [&](const TestMemory::Access& a) {
    if (a.is_write && s.touches(a, s.place.device_area, 2))
      flags.push_back(s.memory.load<std::uint16_t>(s.place.device_area));
  };
  s.run([&] {
    s.bring_up({});
    for (unsigned i = 0; i < 3; ++i) s.serve_one();
  });
  // Off while the queue is served, on when it has run dry.
  BOOST_TEST(flags == (std::vector<std::uint16_t>{1, 0, 1, 0, 1, 0}),
             boost::test_tools::per_element());
}

SIM_TEST_CASE(used_flags_stay_0_with_event_index) {
  SPEC("split.available-buffer-notification-suppression.2");
  Scenario s;
  s.run([&] {
    s.bring_up({kEventIdx});
    for (unsigned i = 0; i < 20; ++i) {
      s.serve_one();
      // A notification is asked for exactly when the next request comes.
      BOOST_TEST(s.memory.load<std::uint16_t>(s.place.device_area + 4 + 8 * 8) == i + 1);
    }
  });
  BOOST_TEST(s.count([&](const auto& a) {
    return a.is_write && s.touches(a, s.place.device_area, 2);
  }) == 0u);
}

SIM_TEST_CASE(spurious_notifications_do_no_harm) {
  SPEC("split.available-buffer-notification-suppression.3");
  Scenario s;
  s.run([&] {
    s.bring_up({kEventIdx});
    for (unsigned i = 0; i < 20; ++i) {
      for (unsigned k = 0; k < i; ++k) s.access.notify(0, 0);
      s.settle();
      s.memory.store<std::uint16_t>(used_event(s), i);
      BOOST_TEST(s.serve_one() == 1u);
      s.access.notify(0, 0);
    }
    BOOST_TEST(s.access.queue_interrupts(0) == 20u);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kFeaturesOk | kDriverOk));
  });
}
