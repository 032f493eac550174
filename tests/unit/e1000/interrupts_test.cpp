// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "baseline/e1000_interrupts.h"

using namespace ringside::e1000;

namespace {

using Picoseconds = Interrupts::Picoseconds;
constexpr Picoseconds kUs = 1'000'000;
constexpr std::uint32_t kAll = ~0u;

Interrupts make(bool mitigation, Timers timers = Timers::Emulation, Picoseconds lateness = 0) {
  Interrupts::Settings settings;
  settings.mitigation = mitigation;
  settings.timers = timers;
  settings.lateness = lateness;
  return Interrupts(settings);
}

/// What a driver's handler does.
void serve(Interrupts& i, Picoseconds now) {
  i.clear(now, kAll);
  i.disable(now, kAll);
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_what_is_enabled_raises_the_pin) {
  Interrupts i = make(false);
  i.set(0, kLinkChanged);
  BOOST_TEST(!i.level());
  i.enable(0, kReceived);
  BOOST_TEST(!i.level());
  i.enable(0, kLinkChanged);
  BOOST_TEST(i.level());
  BOOST_TEST(i.mask() == (kReceived | kLinkChanged));
  i.disable(0, kLinkChanged);
  BOOST_TEST(!i.level());
  BOOST_TEST(i.causes() == kLinkChanged);
  i.enable(0, kLinkChanged);
  i.clear(0, kAll);
  BOOST_TEST(!i.level());
  BOOST_TEST(i.causes() == 0u);
}

BOOST_AUTO_TEST_CASE(without_mitigation_nothing_waits) {
  Interrupts i = make(false);
  i.delays = {1000, 8, 32, 8, 8};
  i.enable(0, kAll);
  for (Picoseconds now = 0; now < 10 * kUs; now += kUs) {
    i.transmitted(now, true);
    BOOST_TEST(i.level());
    BOOST_TEST(!i.deadline());
    i.clear(now, kAll);
    BOOST_TEST(!i.level());
    i.received(now);
    BOOST_TEST(i.level());
    i.clear(now, kAll);
  }
}

BOOST_AUTO_TEST_CASE(emulation_opens_a_window_of_at_least_128_us) {
  Interrupts i = make(true);
  i.enable(0, kAll);
  i.received(10 * kUs);
  BOOST_TEST(i.level(), "the first one does not wait");
  BOOST_TEST(!i.deadline());
  i.clear(11 * kUs, kAll);
  i.received(20 * kUs);
  BOOST_TEST(!i.level());
  BOOST_REQUIRE(i.deadline());
  BOOST_TEST(*i.deadline() == 138 * kUs);
  i.advance(137 * kUs);
  BOOST_TEST(!i.level());
  i.advance(138 * kUs);
  BOOST_TEST(i.level());
  i.clear(140 * kUs, kAll);
  BOOST_TEST(!i.deadline(), "nothing waits");
  i.received(266 * kUs);
  BOOST_TEST(i.level(), "the next window has ended by itself");
}

BOOST_AUTO_TEST_CASE(the_emulations_window_is_the_shortest_timer_that_applies) {
  // ITR alone, longer than the minimum: 1000 * 256 ns.
  Interrupts i = make(true);
  i.enable(0, kAll);
  i.delays.interval = 1000;
  i.received(0);
  i.clear(0, kAll);
  i.received(kUs);
  BOOST_TEST(*i.deadline() == 256 * kUs);
  // TADV is shorter, and counts if a descriptor asked for delay: 200 * 1.024 us.
  i = make(true);
  i.enable(0, kAll);
  i.delays.interval = 1000;
  i.delays.transmit_absolute = 200;
  i.transmitted(0, true);
  i.clear(0, kAll);
  i.transmitted(kUs, false);
  BOOST_TEST(*i.deadline() == 204'800'000u);
  i.advance(*i.deadline());
  i.clear(205 * kUs, kAll);
  i.received(205 * kUs);
  BOOST_TEST(*i.deadline() == 204'800'000u + 256 * kUs, "nobody asked for delay since");
  // RADV counts if RDTR is set.
  i = make(true);
  i.enable(0, kAll);
  i.delays.receive_absolute = 200;
  i.received(0);
  i.clear(0, kAll);
  i.received(0);
  BOOST_TEST(*i.deadline() == 128 * kUs);
  i.clear(0, kAll);
  i.delays.receive = 1;
  i.received(128 * kUs);
  i.clear(128 * kUs, kAll);
  i.received(128 * kUs);
  BOOST_TEST(*i.deadline() == 128 * kUs + 204'800'000u);
}

BOOST_AUTO_TEST_CASE(a_thread_that_wakes_late_makes_the_window_longer) {
  Interrupts i = make(true, Timers::Emulation, 80 * kUs);
  i.enable(0, kAll);
  i.received(0);
  i.clear(0, kAll);
  i.received(0);
  BOOST_TEST(*i.deadline() == 208 * kUs);
}

BOOST_AUTO_TEST_CASE(enabling_waits_for_the_window_too) {
  Interrupts i = make(true);
  i.enable(0, kAll);
  i.transmitted(0, false);
  serve(i, 2 * kUs);
  i.transmitted(3 * kUs, false);
  BOOST_TEST(!i.deadline(), "masked: nobody waits");
  i.enable(5 * kUs, kAll);
  BOOST_TEST(!i.level());
  BOOST_TEST(*i.deadline() == 128 * kUs);
}

BOOST_AUTO_TEST_CASE(streaming_is_limited_by_the_window) {
  Interrupts i = make(true);
  i.enable(0, kAll);
  unsigned interrupts = 0;
  bool was = false;
  for (Picoseconds now = 0; now < 1'000'000 * kUs; now += 10 * kUs) {
    i.transmitted(now, true);
    if (i.deadline() && *i.deadline() <= now) i.advance(now);
    if (i.level() && !was) {
      ++interrupts;
      i.clear(now, kAll);
    }
    was = i.level();
  }
  // 128 us, and the next packet comes every 10 us.
  BOOST_TEST(interrupts == 7693u, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(the_chip_delays_by_packet_and_absolute_timers) {
  Interrupts i = make(true, Timers::Chip);
  i.enable(0, kAll);
  i.delays.transmit = 8;
  i.delays.transmit_absolute = 32;
  i.transmitted(0, true);
  BOOST_TEST(i.causes() == 0u);
  BOOST_TEST(*i.deadline() == 8 * Interrupts::kDelayTick);
  i.transmitted(7 * kUs, true);
  BOOST_TEST(*i.deadline() == 7 * kUs + 8 * Interrupts::kDelayTick, "begins again");
  for (Picoseconds now = 14 * kUs; now < 32 * kUs; now += 7 * kUs) i.transmitted(now, true);
  BOOST_TEST(*i.deadline() == 32 * Interrupts::kDelayTick, "but not for ever");
  i.advance(*i.deadline());
  BOOST_TEST(i.level());
  BOOST_TEST(i.causes() == kTransmitted);
  i.clear(40 * kUs, kAll);
  i.transmitted(41 * kUs, false);
  BOOST_TEST(i.level(), "without IDE at once");
}

BOOST_AUTO_TEST_CASE(the_chip_delays_receive_and_flushes) {
  Interrupts i = make(true, Timers::Chip);
  i.enable(0, kAll);
  i.received(0);
  BOOST_TEST(i.level(), "RDTR is 0");
  i.clear(0, kAll);
  i.delays.receive = 100;
  i.received(0);
  BOOST_TEST(!i.level());
  i.flush_receive(kUs);
  BOOST_TEST(i.level());
  i.clear(kUs, kAll);
  i.flush_receive(kUs);
  BOOST_TEST(!i.level(), "nothing was held");
  i.delays.transmit = 100;
  i.transmitted(kUs, true);
  i.flush_transmit(2 * kUs);
  BOOST_TEST(i.causes() == kTransmitted);
}

BOOST_AUTO_TEST_CASE(the_chips_throttle_keeps_interrupts_apart) {
  Interrupts i = make(true, Timers::Chip);
  i.enable(0, kAll);
  i.received(0);
  i.clear(0, kAll);
  i.received(0);
  BOOST_TEST(i.level(), "ITR is 0");
  i.clear(0, kAll);
  i.delays.interval = 195;
  i.received(0);
  i.clear(0, kAll);
  i.received(kUs);
  BOOST_TEST(!i.level());
  BOOST_TEST(*i.deadline() == 195 * Interrupts::kInterruptTick);
  i.advance(*i.deadline());
  BOOST_TEST(i.level());
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_all_but_the_settings) {
  Interrupts i = make(true, Timers::Chip);
  i.delays = {195, 8, 32, 8, 32};
  i.enable(0, kAll);
  i.transmitted(0, true);
  i.received(0);
  i.reset();
  BOOST_TEST(i.causes() == 0u);
  BOOST_TEST(i.mask() == 0u);
  BOOST_TEST(!i.deadline());
  BOOST_TEST(i.delays.interval == 0u);
  i.delays.receive = 10;
  i.enable(0, kAll);
  i.received(0);
  BOOST_TEST(!i.level(), "still the chip's timers");
}
