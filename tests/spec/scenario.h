// SPDX-License-Identifier: Apache-2.0
// A driver and a device with one queue, for tests that look at what exactly passes between them.
#pragma once

#include <algorithm>
#include <functional>

#include "driver/bench.h"
#include "support/spec.h"

namespace ringside::test {

constexpr std::uint8_t kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8, kSuspend = 16,
                       kNeedsReset = 64;

struct Scenario : LoopbackBench {
  using Access = TestMemory::Access;

  explicit Scenario(const std::string& params = "packed: true, in_order: true, suspend: true")
      : LoopbackBench(params) {}

  /// Brings the device up with these features and VERSION_1, and puts two buffers aside.
  void bring_up(Driver::Bits bits, std::uint16_t size = 8) {
    bits.push_back(32);
    arena.release_all();
    BOOST_TEST_REQUIRE(driver.bring_up(bits, size));
    take_buffers();
    memory.log.clear();
    memory.logging = true;
  }
  void take_buffers() {
    place = driver.queue().place();
    in = arena.take(kBufferBytes, 64);
    out = arena.take(kBufferBytes, 64);
  }

  /// Lays out one request of 16 readable and 16 writable bytes.
  void add(std::uint64_t token = 0, Form form = Form::Direct) {
    BOOST_TEST_REQUIRE(driver.queue().add({{in, 16}}, {{out, 16}}, token, form));
  }
  /// Lets the device do what it has to do.
  void settle(double us = 10) { sc_core::wait(sc_core::sc_time(us, sc_core::SC_US)); }
  /// One request, there and back; the interrupts that it took.
  std::uint64_t serve_one() {
    const auto before = access.queue_interrupts(0);
    add();
    driver.submit();
    settle();
    BOOST_TEST_REQUIRE(driver.queue().next_used().has_value());
    return access.queue_interrupts(0) - before;
  }

  std::size_t count(const std::function<bool(const Access&)>& what) const {
    return static_cast<std::size_t>(std::count_if(memory.log.begin(), memory.log.end(), what));
  }
  /// Position in the log of the first access that fits; its size if there is none.
  std::size_t first(const std::function<bool(const Access&)>& what) const {
    return static_cast<std::size_t>(std::find_if(memory.log.begin(), memory.log.end(), what) -
                                    memory.log.begin());
  }
  static bool touches(const Access& a, std::uint64_t address, std::uint64_t bytes) {
    return a.address < address + bytes && address < a.address + a.bytes;
  }

  static constexpr std::uint64_t kBufferBytes = 4096;
  QueuePlace place;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
};

}  // namespace ringside::test
