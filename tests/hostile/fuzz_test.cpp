// SPDX-License-Identifier: Apache-2.0
// Random rings. Whatever lies in memory, the device serves it or asks for a reset, in a bounded
// number of steps, and works after a reset.
#include "hostile/attack.h"

using namespace ringside::test;

namespace {

/// xorshift64*: the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2685821657736338717u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717u;
  }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((next() >> 33) % n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

class Fuzzer {
 public:
  Fuzzer(LoopbackBench& bench, bool packed, std::uint64_t seed)
      : bench_(bench), packed_(packed), random_(seed) {}

  void round() {
    Driver::Bits bits{32};
    for (unsigned bit : {28u, 29u, 35u, 40u})
      if (random_.one_in(2)) bits.push_back(bit);
    if (packed_) bits.push_back(34);
    size_ = static_cast<std::uint16_t>(packed_ ? 1 + random_.below(20) : 1u << random_.below(6));
    bench_.arena.release_all();
    bench_.device.order = static_cast<Loopback::Order>(random_.below(4));
    bench_.memory.latency =
        random_.one_in(2) ? sc_core::SC_ZERO_TIME : sc_core::sc_time(5, sc_core::SC_NS);
    BOOST_TEST_REQUIRE(bench_.driver.bring_up(bits, size_));
    place_ = bench_.driver.queue().place();
    scratch_ = bench_.arena.take(kScratch, 16);
    const unsigned strokes = 1 + random_.below(6);
    const auto config_before = bench_.access.config_interrupts();
    for (unsigned i = 0; i < strokes; ++i) {
      scribble();
      const auto accesses = bench_.memory.accesses;
      bench_.access.notify(0, static_cast<std::uint16_t>(random_.next()));
      // Sometimes the ring changes under the device's hands.
      sc_core::wait(sc_core::sc_time(1 + random_.below(200), sc_core::SC_NS));
      if (random_.one_in(3)) scribble();
      sc_core::wait(sc_core::sc_time(3, sc_core::SC_US));
      if (random_.one_in(20)) bench_.access.reset_queue(0);
      BOOST_TEST(bench_.memory.accesses - accesses < 200000u);
    }
    const bool broken = (bench_.access.status() & kNeedsReset) != 0;
    BOOST_TEST(bench_.access.config_interrupts() - config_before == (broken ? 1u : 0u));
    broken_ += broken;
  }

  unsigned broken() const { return broken_; }

 private:
  static constexpr std::uint32_t kScratch = 4096;

  std::uint64_t address() {
    switch (random_.below(12)) {
      case 0:
        return random_.next();
      case 1:
        return place_.descriptor_area + random_.below(16u * size_);
      case 2:
        return place_.device_area + random_.below(8);
      case 3:
        return bench_.memory.base() + bench_.memory.size() - random_.below(64);
      default:
        return scratch_ + random_.below(kScratch);
    }
  }
  std::uint32_t length() {
    if (random_.one_in(20)) return static_cast<std::uint32_t>(random_.next());
    return random_.one_in(3) ? 16 * random_.below(40) : random_.below(100);
  }
  std::uint16_t flags() {
    if (random_.one_in(16)) return static_cast<std::uint16_t>(random_.next());
    const std::uint16_t choices[] = {0, kNext, kWrite, kWrite | kNext, kWrite, 0, kIndirect, kNext};
    return choices[random_.below(8)];
  }
  void descriptor(std::uint64_t at, std::uint16_t more_flags) {
    const auto next =
        static_cast<std::uint16_t>(random_.one_in(16) ? random_.next() : random_.below(size_));
    bench_.memory.store<std::uint64_t>(at, address());
    bench_.memory.store<std::uint32_t>(at + 8, length());
    const auto f = static_cast<std::uint16_t>(flags() | more_flags);
    bench_.memory.store<std::uint16_t>(at + 12, packed_ ? next : f);
    bench_.memory.store<std::uint16_t>(at + 14, packed_ ? f : next);
  }
  void scribble() {
    for (unsigned i = 0; i < kScratch / 16; ++i)
      if (random_.one_in(2)) descriptor(scratch_ + 16 * i, 0);
    for (unsigned i = 0; i < size_; ++i) {
      if (random_.one_in(4)) continue;
      descriptor(place_.descriptor_area + 16 * i,
                 packed_ ? (random_.one_in(6) ? kUsed : kAvail) : std::uint16_t{0});
    }
    if (packed_) {
      if (random_.one_in(2))
        bench_.memory.store<std::uint32_t>(place_.driver_area,
                                           static_cast<std::uint32_t>(random_.next()));
      return;
    }
    for (unsigned i = 0; i < size_; ++i)
      bench_.memory.store<std::uint16_t>(
          place_.driver_area + 4 + 2 * i,
          static_cast<std::uint16_t>(random_.one_in(30) ? random_.next() : random_.below(size_)));
    const auto index = bench_.memory.load<std::uint16_t>(place_.driver_area + 2);
    const std::uint32_t step =
        random_.one_in(15) ? random_.below(65536) : random_.below(size_ + 1u);
    bench_.memory.store<std::uint16_t>(place_.driver_area + 2,
                                       static_cast<std::uint16_t>(index + step));
    bench_.memory.store<std::uint16_t>(place_.driver_area, random_.below(2));
  }

  LoopbackBench& bench_;
  bool packed_;
  Random random_;
  std::uint16_t size_ = 0;
  QueuePlace place_;
  std::uint64_t scratch_ = 0;
  unsigned broken_ = 0;
};

void fuzz(bool packed, std::uint64_t seed) {
  constexpr unsigned kRounds = 10000;
  LoopbackBench bench("packed: true, in_order: true");
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  Fuzzer fuzzer(bench, packed, seed);
  bench.run(
      [&] {
        for (unsigned i = 0; i < kRounds; ++i) {
          fuzzer.round();
          if (i % 100 != 99) continue;
          Combination c;
          c.packed = packed;
          c.requests = 20;
          bench.device.order = Loopback::Order::AtOnce;
          const Outcome outcome =
              exercise(bench.driver, bench.access, bench.memory, bench.arena, c, i);
          BOOST_TEST(outcome.ok, outcome.why);
        }
      },
      {10, sc_core::SC_SEC});
  // Both ways out are taken often, or the fuzzer has gone blunt.
  BOOST_TEST(fuzzer.broken() > kRounds / 4);
  BOOST_TEST(fuzzer.broken() < kRounds);
  BOOST_TEST(bench.device.queue(0).requests.value() > kRounds);
}

}  // namespace

SIM_TEST_CASE(random_split_rings) {
  fuzz(false, 1);
}
SIM_TEST_CASE(random_packed_rings) {
  fuzz(true, 2);
}
