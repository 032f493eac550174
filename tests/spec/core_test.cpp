// SPDX-License-Identifier: Apache-2.0
// Requirements on what all devices share (virtio 1.4, sections 2.1 to 2.6, 3.4 and 6).
#include "driver/exercise.h"
#include "spec/scenario.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::uint8_t kReady = kAcknowledge | kDriver | kFeaturesOk | kDriverOk;
constexpr unsigned kIndirectDesc = 28, kEventIdx = 29, kVersion1 = 32, kAccessPlatform = 33,
                   kPacked = 34, kInOrder = 35, kSrIov = 37, kRingReset = 40, kSuspendBit = 43;

bool offers(Scenario& s, unsigned bit) {
  return (s.access.device_features(bit / 32) >> (bit % 32) & 1) != 0;
}

/// A request that the device can't finish: its buffer is not in memory.
void break_ring(Scenario& s) {
  BOOST_TEST_REQUIRE(s.driver.queue().add({{0x1000, 16}}, {{s.out, 16}}, 0, Form::Direct));
  s.driver.submit();
  s.settle();
}

}  // namespace

// ---- 2.1 device status

SIM_TEST_CASE(nothing_happens_before_driver_ok) {
  SPEC("core.device-status-field.1");
  Scenario s;
  s.run([&] {
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1}));
    BOOST_TEST_REQUIRE(s.driver.add_queue(0, 8));
    s.take_buffers();
    s.add();
    s.driver.submit();
    s.settle();
    BOOST_TEST(s.memory.accesses == 0u);
    BOOST_TEST(s.access.queue_interrupts(0) == 0u);
    BOOST_TEST(s.device.starts == 0u);
    s.driver.start();
    s.settle();
    BOOST_TEST(s.device.starts == 1u);
    BOOST_TEST(s.driver.queue().next_used().has_value());
  });
}

SIM_TEST_CASE(an_error_sets_needs_reset_and_tells_the_driver) {
  SPEC("core.device-status-field.2");
  SPEC("core.device-status-field.3");
  Scenario s;
  s.run([&] {
    s.bring_up({});
    break_ring(s);
    BOOST_TEST(s.access.status() == (kReady | kNeedsReset));
    BOOST_TEST(s.access.config_interrupts() == 1u);
    s.access.set_status(kReady);  // does not take it away
    BOOST_TEST(s.access.status() == (kReady | kNeedsReset));
    s.bring_up({});
    BOOST_TEST(s.access.status() == kReady);
    s.serve_one();
    BOOST_TEST(s.access.config_interrupts() == 1u);
  });
}

SIM_TEST_CASE(needs_reset_before_driver_ok_is_silent) {
  Scenario s;
  s.run([&] {
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1}));
    s.device.needs_reset("test");
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kFeaturesOk | kNeedsReset));
    BOOST_TEST(s.access.config_interrupts() == 0u);
  });
}

SIM_TEST_CASE(status_bits_cannot_be_cleared_one_by_one) {
  Scenario s;
  s.run([&] {
    s.bring_up({});
    s.access.set_status(kAcknowledge);
    BOOST_TEST(s.access.status() == kReady);
    s.access.set_status(kReady | 128);
    BOOST_TEST(s.access.status() == (kReady | 128));
    s.access.set_status(0);
    BOOST_TEST(s.access.status() == 0);
  });
}

SIM_TEST_CASE(driver_ok_without_features_ok_does_not_start_the_device) {
  Scenario s;
  s.run([&] {
    s.driver.reset();
    s.access.set_status(kAcknowledge | kDriver | kDriverOk);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver));
    BOOST_TEST(s.device.starts == 0u);
  });
}

// ---- 2.2 feature bits, 6

SIM_TEST_CASE(offered_features_are_what_the_configuration_says) {
  SPEC("core.feature-bits.1");
  SPEC("core.feature-bits.4");
  SPEC("core.reserved-feature-bits.1");
  Scenario s("packed: true, indirect: false, access_platform: true");
  s.run([&] {
    // Device type bits 0, 1 (which needs 0) and 70; the standard set with the changes above.
    const std::vector<unsigned> expected{0,       1,          kEventIdx, kVersion1, kAccessPlatform,
                                         kPacked, kRingReset, 70};
    for (unsigned bit = 0; bit < 128; ++bit) {
      const bool wanted = std::count(expected.begin(), expected.end(), bit) != 0;
      BOOST_TEST(offers(s, bit) == wanted, "bit " << bit);
    }
    BOOST_TEST(s.access.device_features(4) == 0u);
  });
}

SIM_TEST_CASE(every_valid_subset_is_accepted) {
  SPEC("core.feature-bits.2");
  Scenario s;
  s.run([&] {
    const std::vector<unsigned> optional{0,       1,        kIndirectDesc, kEventIdx,
                                         kPacked, kInOrder, kRingReset,    70};
    for (unsigned subset = 0; subset < 256; ++subset) {
      Driver::Bits bits{kVersion1};
      for (unsigned i = 0; i < 8; ++i)
        if (subset >> i & 1) bits.push_back(optional[i]);
      const bool valid = (subset & 3) != 2;  // bit 1 needs bit 0
      BOOST_TEST(s.driver.negotiate(bits) == valid, "subset " << subset);
      for (unsigned bit : bits) BOOST_TEST(s.device.has(bit) == valid);
    }
  });
}

SIM_TEST_CASE(invalid_subsets_leave_features_ok_clear) {
  SPEC("core.feature-bits.3");
  Scenario s("packed: false, access_platform: true");
  s.run([&] {
    const auto refused = [&](const Driver::Bits& bits) {
      const bool accepted = s.driver.negotiate(bits);
      return !accepted && s.access.status() == (kAcknowledge | kDriver);
    };
    BOOST_TEST(refused({kVersion1, kAccessPlatform, 1}));        // needs 0
    BOOST_TEST(refused({kVersion1, kAccessPlatform, kPacked}));  // not offered
    BOOST_TEST(refused({kVersion1, kAccessPlatform, 2}));        // not offered
    BOOST_TEST(refused({kVersion1, kAccessPlatform, 127}));      // not offered
    BOOST_TEST(refused({kAccessPlatform}));                      // no VERSION_1
    BOOST_TEST(refused({}));                                     // nor here
    BOOST_TEST(refused({kVersion1}));  // memory is reached through the platform only
    // A second try without a reset is possible as long as FEATURES_OK is clear.
    BOOST_TEST(refused({kVersion1, kAccessPlatform, 1}));
    s.access.set_driver_features(0, 3);
    s.access.set_status(kAcknowledge | kDriver | kFeaturesOk);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kFeaturesOk));
  });
}

SIM_TEST_CASE(features_read_back_and_are_settled_by_features_ok) {
  Scenario s;
  s.run([&] {
    s.driver.reset();
    for (unsigned page = 0; page < 4; ++page)
      s.access.set_driver_features(page, 0x11111111u * (page + 1));
    for (unsigned page = 0; page < 4; ++page)
      BOOST_TEST(s.access.driver_features(page) == 0x11111111u * (page + 1));
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1, 0}));
    s.access.set_driver_features(0, 3);
    BOOST_TEST(s.access.driver_features(0) == 1u);
    BOOST_TEST(!s.device.has(1));
    s.driver.reset();
    BOOST_TEST(s.access.driver_features(0) == 0u);
    BOOST_TEST(s.access.driver_features(1) == 0u);
  });
}

SIM_TEST_CASE(what_was_negotiated_once_can_be_negotiated_again) {
  SPEC("core.feature-bits.5");
  Scenario s;
  s.run([&] {
    for (unsigned i = 0; i < 20; ++i) {
      s.bring_up(i % 2 ? Driver::Bits{kPacked, kEventIdx, 0, 1, 70} : Driver::Bits{kEventIdx});
      if (i % 4 < 2) s.serve_one();
      if (i % 5 == 3) s.sim.platform.request_reset();
      if (i % 5 == 3) s.settle();
    }
  });
}

SIM_TEST_CASE(access_platform_is_offered_where_it_is_asked_for) {
  SPEC("core.reserved-feature-bits.2");
  Scenario s("access_platform: true, order_platform: true");
  BOOST_TEST(offers(s, kAccessPlatform));
  BOOST_TEST(offers(s, 36));
}

SIM_TEST_CASE(in_order_holds_whatever_the_device_does) {
  SPEC("core.reserved-feature-bits.3");
  {
    Scenario s;
    s.device.order = Loopback::Order::Later;  // shuffled
    s.run([&] {
      for (bool packed_ring : {false, true}) {
        s.bring_up(packed_ring ? Driver::Bits{kPacked, kInOrder} : Driver::Bits{kInOrder}, 32);
        for (unsigned round = 0; round < 10; ++round) {
          for (unsigned i = 0; i < 16; ++i) s.add(i);
          s.driver.submit();
          s.settle();
          for (unsigned i = 0; i < 16; ++i) {
            const auto used = s.driver.queue().next_used();
            BOOST_TEST_REQUIRE(used.has_value());
            BOOST_TEST(used->token == i);
          }
        }
      }
    });
  }
}

SIM_TEST_CASE(sr_iov_is_not_offered) {
  SPEC("core.reserved-feature-bits.5");
  Scenario s;
  BOOST_TEST(!offers(s, kSrIov));
}

// ---- 2.4 reset

SIM_TEST_CASE(reset_sets_status_to_0_and_stops_everything) {
  SPEC("core.device-reset.1");
  SPEC("core.device-reset.2");
  {
    Scenario s;
    s.memory.latency = sc_core::sc_time(50, sc_core::SC_NS);
    s.run([&] {
      for (unsigned ns = 1; ns < 1200; ns += 37) {  // in the middle of whatever it does
        s.bring_up({kEventIdx}, 16);
        for (unsigned i = 0; i < 8; ++i) s.add(i);
        s.driver.submit();
        sc_core::wait(sc_core::sc_time(ns, sc_core::SC_NS));
        s.driver.reset();
        BOOST_TEST(s.access.status() == 0);
        const auto accesses = s.memory.accesses;
        const auto interrupts = s.access.queue_interrupts(0) + s.access.config_interrupts();
        s.access.notify(0, 0);
        s.settle();
        BOOST_TEST(s.memory.accesses == accesses);
        BOOST_TEST(s.access.queue_interrupts(0) + s.access.config_interrupts() == interrupts);
        BOOST_TEST(!s.access.queue_enabled(0));
      }
    });
    BOOST_TEST(s.device.queue(0).requests.value() > 20u);
  }
}

SIM_TEST_CASE(a_reset_is_over_when_no_access_is_under_way) {
  Scenario s;
  s.memory.latency = sc_core::sc_time(50, sc_core::SC_NS);
  s.run([&] {
    s.bring_up({});
    s.add();
    s.driver.submit();
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
    s.access.set_status(0);
    BOOST_TEST(s.access.status() == kReady, "still busy");
    sc_core::wait(sc_core::sc_time(60, sc_core::SC_NS));
    BOOST_TEST(s.access.status() == 0);
  });
}

SIM_TEST_CASE(requests_held_over_a_reset_are_dead) {
  Scenario s;
  virtio::ChainPtr held;
  s.device.instead = [&](unsigned queue) {
    if (!held) held = s.device.hold(queue);
    return false;
  };
  s.run([&] {
    s.bring_up({});
    s.add();
    s.driver.submit();
    s.settle();
    BOOST_TEST_REQUIRE(static_cast<bool>(held));
    BOOST_TEST(held->alive());
    s.bring_up({});
    BOOST_TEST(!held->alive());
    std::uint32_t word = 0;
    BOOST_TEST(!held->read(0, &word, 4));
    BOOST_TEST(!held->write(0, &word, 4));
    BOOST_TEST(!held->fill(0, 1, 4));
    s.device.queue(0).push(std::move(held), 4);
    s.device.queue(0).flush();
    s.settle();
    BOOST_TEST(!s.driver.queue().used_waiting());
    held = nullptr;
    s.device.instead = nullptr;
    s.serve_one();
  });
}

// ---- 2.5 configuration space

SIM_TEST_CASE(configuration_can_be_read_before_features_ok) {
  SPEC("core.device-configuration-space.1");
  Scenario s;
  s.run([&] {
    s.driver.reset();
    std::uint8_t bytes[8] = {};
    s.access.read_config(0, bytes, 8);
    for (unsigned i = 0; i < 8; ++i) BOOST_TEST(bytes[i] == i + 1);
  });
}

SIM_TEST_CASE(a_changed_configuration_has_a_new_generation_and_an_interrupt) {
  Scenario s;
  s.run([&] {
    s.driver.reset();
    const std::uint8_t before = s.access.config_generation();
    s.device.config_changed();
    BOOST_TEST(s.access.config_generation() != before);
    BOOST_TEST(s.access.config_interrupts() == 0u);  // nobody there yet
    s.bring_up({});
    const std::uint8_t generation = s.access.config_generation();
    s.device.config_changed();
    BOOST_TEST(s.access.config_generation() != generation);
    BOOST_TEST(s.access.config_interrupts() == 1u);
  });
}

// ---- 2.6 virtqueues

SIM_TEST_CASE(a_queue_with_an_illegal_place_stays_off) {
  Scenario s("packed: true, queue_size: 100");
  s.run([&] {
    const auto enabled = [&](bool packed, QueuePlace place) {
      BOOST_TEST_REQUIRE(
          s.driver.negotiate(packed ? Driver::Bits{kVersion1, kPacked} : Driver::Bits{kVersion1}));
      const bool result = s.access.enable_queue(0, place);
      BOOST_TEST(s.access.queue_enabled(0) == result);
      return result;
    };
    const QueuePlace good{8, 0x80000000, 0x80001000, 0x80002000};
    for (bool packed : {false, true}) {
      BOOST_TEST(enabled(packed, good));
      auto bad = good;
      bad.size = 0;
      BOOST_TEST(!enabled(packed, bad));
      bad.size = 128;
      BOOST_TEST(!enabled(packed, bad));
      bad.size = 7;
      BOOST_TEST(enabled(packed, bad) == packed);
      bad = good;
      bad.descriptor_area += 8;
      BOOST_TEST(!enabled(packed, bad));
      bad = good;
      bad.driver_area += 2;
      BOOST_TEST(enabled(packed, bad) == !packed);
      bad = good;
      bad.driver_area += 1;
      BOOST_TEST(!enabled(packed, bad));
      bad = good;
      bad.device_area += 2;
      BOOST_TEST(!enabled(packed, bad));
      bad = good;
      bad.descriptor_area = ~std::uint64_t{0} - 63;
      BOOST_TEST(!enabled(packed, bad));
    }
    // The largest size is a power of 2 where it has to be.
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1}));
    BOOST_TEST(s.access.queue_max_size(0) == 64);
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1, kPacked}));
    BOOST_TEST(s.access.queue_max_size(0) == 100);
    // Not before features are settled.
    s.driver.reset();
    BOOST_TEST(!s.access.enable_queue(0, good));
  });
}

SIM_TEST_CASE(a_queue_that_was_reset_is_as_new) {
  SPEC("core.virtqueue-reset.1");
  SPEC("core.virtqueue-reset.2");
  SPEC("core.virtqueue-re-enable.1");
  Scenario s;
  s.run([&] {
    for (bool packed : {false, true}) {
      s.device.order = Loopback::Order::Later;
      s.bring_up(packed ? Driver::Bits{kPacked, kRingReset} : Driver::Bits{kRingReset});
      for (unsigned i = 0; i < 4; ++i) s.add(i);
      s.driver.submit();
      sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));  // taken, not done
      const auto requests = s.device.queue(0).requests.value();
      const auto interrupts = s.access.queue_interrupts(0);
      s.access.reset_queue(0);
      BOOST_TEST(!s.access.queue_resetting(0));
      BOOST_TEST(!s.access.queue_enabled(0));
      BOOST_TEST(s.access.queue_max_size(0) == 32768);
      const auto accesses = s.memory.accesses;
      s.access.notify(0, 0);
      s.settle();
      BOOST_TEST(s.memory.accesses == accesses);
      BOOST_TEST(s.access.queue_interrupts(0) == interrupts);
      BOOST_TEST(s.device.queue(0).requests.value() == requests);
      BOOST_TEST(s.access.status() == kReady);
      // Another size and place; it starts from position 0.
      s.device.order = Loopback::Order::AtOnce;
      BOOST_TEST_REQUIRE(s.driver.add_queue(0, 16));
      for (unsigned i = 0; i < 20; ++i) s.serve_one();
    }
    BOOST_TEST(s.device.queue_resets == 2u);
  });
}

SIM_TEST_CASE(a_queue_reset_waits_for_accesses_under_way) {
  Scenario s;
  s.memory.latency = sc_core::sc_time(50, sc_core::SC_NS);
  s.run([&] {
    s.bring_up({kRingReset});
    s.add();
    s.driver.submit();
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
    s.access.reset_queue(0);
    BOOST_TEST(s.access.queue_resetting(0));
    sc_core::wait(sc_core::sc_time(60, sc_core::SC_NS));
    BOOST_TEST(!s.access.queue_resetting(0));
    s.bring_up({});  // without the feature there is no such thing
    s.access.reset_queue(0);
    BOOST_TEST(s.access.queue_enabled(0));
  });
}

// ---- 3.4 suspend

SIM_TEST_CASE(suspend_needs_a_live_device_and_the_feature) {
  SPEC("core.device-suspend.1");
  Scenario s;
  s.run([&] {
    BOOST_TEST_REQUIRE(s.driver.negotiate({kVersion1, kSuspendBit}));
    s.access.set_status(kAcknowledge | kDriver | kFeaturesOk | kSuspend);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kFeaturesOk));
    s.bring_up({});
    s.access.set_status(kReady | kSuspend);
    s.settle();
    BOOST_TEST(s.access.status() == kReady);
    s.serve_one();
  });
}

SIM_TEST_CASE(a_suspended_device_is_silent_until_it_resumes) {
  SPEC("core.device-suspend.2");
  SPEC("core.device-suspend.3");
  SPEC("core.device-suspend.4");
  SPEC("core.device-suspend.5");
  SPEC("core.device-suspend.6");
  SPEC("core.device-suspend.7");
  Scenario s;
  s.run([&] {
    s.bring_up({kSuspendBit});
    s.serve_one();
    s.access.set_status(kReady | kSuspend);
    constexpr std::uint8_t kSuspended = kAcknowledge | kDriver | kFeaturesOk | kSuspend;
    BOOST_TEST(s.access.status() == kSuspended);
    BOOST_TEST(s.device.suspended());
    const std::uint8_t value = 99;
    s.access.write_config(0, &value, 1);
    BOOST_TEST(s.device.config[0] == 1);
    const auto accesses = s.memory.accesses;
    const auto interrupts = s.access.queue_interrupts(0);
    s.add();
    s.driver.submit();
    s.device.queue(0).poke();
    s.device.config_changed();
    s.settle();
    BOOST_TEST(s.memory.accesses == accesses);
    BOOST_TEST(s.access.queue_interrupts(0) == interrupts);
    BOOST_TEST(s.access.config_interrupts() == 0u);
    s.access.set_status(kSuspended | kDriverOk);
    BOOST_TEST(s.access.status() == kReady);
    BOOST_TEST(s.access.config_interrupts() == 1u);
    s.settle();
    BOOST_TEST(s.driver.queue().next_used().has_value());
    BOOST_TEST(s.access.queue_interrupts(0) == interrupts + 1);
    BOOST_TEST(s.device.starts == 1u);
    s.access.set_status(kReady | kSuspend);
    s.access.set_status(0);
    BOOST_TEST(s.access.status() == 0);
    BOOST_TEST(!s.device.suspended());
  });
}

SIM_TEST_CASE(suspending_waits_for_requests_that_are_out) {
  SPEC("core.device-suspend.8");
  Scenario s;
  s.device.order = Loopback::Order::Later;
  s.memory.latency = sc_core::sc_time(1, sc_core::SC_NS);
  s.run([&] {
    s.bring_up({kSuspendBit});
    for (unsigned i = 0; i < 4; ++i) s.add(i);
    s.driver.submit();
    sc_core::wait(sc_core::sc_time(12, sc_core::SC_NS));
    const auto taken = s.device.queue(0).requests.value();
    BOOST_TEST_REQUIRE(taken > 0u);
    BOOST_TEST_REQUIRE(taken < 4u);
    s.access.set_status(kReady | kSuspend);
    BOOST_TEST(s.access.status() == kReady, "not yet");
    s.settle();
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kFeaturesOk | kSuspend));
    // At most the one whose descriptors were being read has been taken since.
    BOOST_TEST(s.device.queue(0).requests.value() <= taken + 1);
    unsigned back = 0;
    while (s.driver.queue().next_used()) ++back;
    BOOST_TEST(back == s.device.queue(0).requests.value());
    BOOST_TEST(s.access.queue_interrupts(0) > 0u);
    s.access.set_status(kReady | kSuspend);
    s.settle();
    while (s.driver.queue().next_used()) ++back;
    BOOST_TEST(back == 4u);
  });
}

// ---- legacy interface

SIM_TEST_CASE(legacy_drivers_need_no_features_ok_and_may_start_early) {
  Scenario s;
  s.access.use_legacy(true);
  s.run([&] {
    BOOST_TEST(s.access.device_features(0) == (3u | 1u << 24 | 1u << 27 | 1u << 28 | 1u << 29));
    BOOST_TEST(s.access.device_features(1) == 0u);
    s.driver.reset();
    s.access.set_status(kAcknowledge | kDriver);
    s.access.set_driver_features(0, 1u << 29 | 1);
    BOOST_TEST(s.device.has(kEventIdx));
    BOOST_TEST(s.device.has(0));
    BOOST_TEST_REQUIRE(s.driver.add_queue(0, 8));
    s.take_buffers();
    s.memory.store<std::uint16_t>(s.place.driver_area + 4 + 2 * 8, 0);
    s.add();
    s.driver.queue().publish();
    s.access.notify(0, 0);  // before DRIVER_OK (3.1.2)
    s.settle();
    BOOST_TEST(s.driver.queue().next_used().has_value());
    BOOST_TEST(s.device.starts == 1u);
    s.access.set_status(kAcknowledge | kDriver | kDriverOk);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kDriverOk));
    BOOST_TEST(s.device.starts == 1u);
    s.access.set_driver_features(0, 0);
    BOOST_TEST(s.device.has(kEventIdx));  // settled by use
  });
}

SIM_TEST_CASE(legacy_drivers_do_not_see_needs_reset) {
  Scenario s;
  s.access.use_legacy(true);
  s.run([&] {
    s.driver.reset();
    s.access.set_status(kAcknowledge | kDriver);
    BOOST_TEST_REQUIRE(s.driver.add_queue(0, 8));
    s.take_buffers();
    s.access.set_status(kAcknowledge | kDriver | kDriverOk);
    break_ring(s);
    BOOST_TEST(s.access.status() == (kAcknowledge | kDriver | kDriverOk));
    BOOST_TEST(s.access.config_interrupts() == 0u);
    BOOST_TEST(!s.device.driver_ok());
  });
}

SIM_TEST_CASE(legacy_notify_on_empty_overrides_suppression) {
  Scenario s;
  s.access.use_legacy(true);
  s.device.order = Loopback::Order::Together;
  s.run([&] {
    for (bool on : {false, true}) {
      s.driver.reset();
      s.access.set_status(kAcknowledge | kDriver);
      s.access.set_driver_features(0, on ? 1u << 24 : 0);
      BOOST_TEST_REQUIRE(s.driver.add_queue(0, 8));
      s.take_buffers();
      s.access.set_status(kAcknowledge | kDriver | kDriverOk);
      s.memory.store<std::uint16_t>(s.place.driver_area, 1);  // no interrupts, please
      BOOST_TEST(s.serve_one() == (on ? 1u : 0u));
    }
  });
}
