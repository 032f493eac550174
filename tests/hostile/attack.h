// SPDX-License-Identifier: Apache-2.0
// What hostile drivers have in common: they bring a device up by the rules, then write what they
// like.
#pragma once

#include <functional>
#include <string>

#include "driver/bench.h"
#include "driver/exercise.h"

namespace ringside::test {

constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr std::uint16_t kAvail = 1 << 7, kUsed = 1 << 15;
constexpr std::uint8_t kNeedsReset = 64;

class Attack {
 public:
  /// Features besides VERSION_1, and the size of the ring.
  Attack(Driver::Bits bits, std::uint16_t size)
      : bench("packed: true, in_order: true"), bits_(std::move(bits)), size_(size) {
    bits_.push_back(32);
  }

  /// Brings the device up, does `harm`, notifies, and checks that the device asks for a reset, says
  /// so by a configuration interrupt, does nothing more, and works after the reset.
  void expect_needs_reset(const std::function<void(Attack&)>& harm) {
    bench.run([&] {
      bring_up();
      const auto config_interrupts = bench.access.config_interrupts();
      harm(*this);
      kick();
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      BOOST_TEST((bench.access.status() & kNeedsReset) != 0, "the device needs a reset");
      BOOST_TEST(bench.access.config_interrupts() == config_interrupts + 1);
      BOOST_TEST(!bench.device.driver_ok());
      expect_silence();
      expect_recovery();
    });
  }

  /// The same, but the device has to serve what it gets.
  void expect_service(const std::function<void(Attack&)>& odd, unsigned requests) {
    bench.run([&] {
      bring_up();
      const auto before = bench.device.queue(0).requests.value();
      odd(*this);
      kick();
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      BOOST_TEST((bench.access.status() & kNeedsReset) == 0);
      BOOST_TEST(bench.device.queue(0).requests.value() - before == requests);
      expect_recovery();
    });
  }

  void bring_up() {
    bench.arena.release_all();
    BOOST_TEST_REQUIRE(bench.driver.bring_up(bits_, size_));
    place = bench.driver.queue().place();
    data = bench.arena.take(4096, 16);
    table = bench.arena.take(16 * 4096, 16);
  }
  void kick() { bench.access.notify(0, 0); }

  // -- a split ring
  void split(std::uint16_t index, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
             std::uint16_t next = 0) {
    descriptor(place.descriptor_area + 16u * index, address, length, flags, next);
  }
  void make_available(std::uint16_t head) {
    bench.memory.store<std::uint16_t>(place.driver_area + 4 + 2u * (avail_ % size_), head);
    bench.memory.store<std::uint16_t>(place.driver_area + 2, ++avail_);
  }
  // -- both
  void in_table(unsigned index, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
                std::uint16_t next = 0) {
    descriptor(table + 16u * index, address, length, flags, next);
  }
  // -- a packed ring, first lap
  void packed(std::uint16_t slot, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
              std::uint16_t id = 0) {
    const std::uint64_t at = place.descriptor_area + 16u * slot;
    bench.memory.store<std::uint64_t>(at, address);
    bench.memory.store<std::uint32_t>(at + 8, length);
    bench.memory.store<std::uint16_t>(at + 12, id);
    bench.memory.store<std::uint16_t>(at + 14, flags);
  }

  LoopbackBench bench;
  QueuePlace place;
  std::uint64_t data = 0;
  std::uint64_t table = 0;

 private:
  void descriptor(std::uint64_t at, std::uint64_t address, std::uint32_t length,
                  std::uint16_t flags, std::uint16_t next) {
    bench.memory.store<std::uint64_t>(at, address);
    bench.memory.store<std::uint32_t>(at + 8, length);
    bench.memory.store<std::uint16_t>(at + 12, flags);
    bench.memory.store<std::uint16_t>(at + 14, next);
  }

  void expect_silence() {
    const auto accesses = bench.memory.accesses;
    const auto interrupts = bench.access.queue_interrupts(0) + bench.access.config_interrupts();
    kick();
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST(bench.memory.accesses == accesses);
    BOOST_TEST(bench.access.queue_interrupts(0) + bench.access.config_interrupts() == interrupts);
  }

  void expect_recovery() {
    bench.memory.bad_first = 1;
    bench.memory.bad_last = 0;
    bench.device.order = Loopback::Order::AtOnce;
    Combination c;
    c.packed = std::count(bits_.begin(), bits_.end(), 34u) != 0;
    c.event_idx = true;
    c.requests = 20;
    const Outcome outcome = exercise(bench.driver, bench.access, bench.memory, bench.arena, c, 1);
    BOOST_TEST(outcome.ok, outcome.why);
    BOOST_TEST((bench.access.status() & kNeedsReset) == 0);
  }

  Driver::Bits bits_;
  std::uint16_t size_;
  std::uint16_t avail_ = 0;
};

}  // namespace ringside::test
