// SPDX-License-Identifier: Apache-2.0
// Free page hinting (5.5.6.4).
#include <set>

#include "balloon_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(a_round_from_its_id_to_done) {
  BalloonBench b;
  b.run([&] {
    SPEC("balloon.free-page-hinting.1");
    BOOST_TEST(b.hint_id() == kHintStop);  // nobody has use for hints yet
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.hint_id() == kHintStop);
    const auto changes = b.access.config_interrupts();
    b.call("hint_free_pages");
    BOOST_TEST(b.hint_id() >= 2u);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    BOOST_TEST(b.hint_command(b.hint_id()) == 0);
    BOOST_TEST(b.ask(b.kHint, {}, {{b.kData, 8 * 4096}}) == 0);
    BOOST_TEST(b.device.bytes_hinted.value() == 8u * 4096);
    SPEC("balloon.free-page-hinting.5");
    BOOST_TEST(b.hint_command(kHintStop) == 0);
    BOOST_TEST(b.hint_id() == kHintDone);
    BOOST_TEST(b.access.config_interrupts() == changes + 2);
  });
}

SIM_TEST_CASE(hinted_zeros_go_back_to_the_host_and_everything_else_stays) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.call("hint_free_pages");
    BOOST_TEST(b.hint_command(b.hint_id()) == 0);
    b.fill(b.kData, 8 * b.kPage, 0);
    b.fill(b.kData + 3 * b.kPage + 4095, 1, 1);  // the driver has taken this page again
    BOOST_TEST(b.resident(b.kData, 8 * b.kPage) == 8u);
    BOOST_TEST(b.ask(b.kHint, {}, {{b.kData, 8 * 4096}}) == 0);
    BOOST_TEST(b.device.bytes_given_back.value() == 7 * b.kPage);
    BOOST_TEST(b.resident(b.kData, 3 * b.kPage) == 0u);
    BOOST_TEST(b.resident(b.kData + 3 * b.kPage, b.kPage) == 1u);
    BOOST_TEST(b.holds(b.kData + 3 * b.kPage + 4095, 1, 1));
    SPEC("balloon.free-page-hinting.4");
    b.fill(b.kData, 8 * b.kPage, 6);
    BOOST_TEST(b.hint_command(kHintStop) == 0);
    BOOST_TEST(b.hint_id() == kHintDone);
    settle(1000);
    BOOST_TEST(b.ask(b.kHint, {}, {{b.kData, 8 * 4096}}) == 0);
    BOOST_TEST(b.holds(b.kData, 8 * b.kPage, 6));
  });
}

SIM_TEST_CASE(pages_of_another_round_are_ignored) {
  SPEC("balloon.free-page-hinting.3");
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, 8 * b.kPage, 0);
    const auto hint = [&] {
      const auto before = b.device.bytes_hinted.value();
      BOOST_TEST(b.ask(b.kHint, {}, {{b.kData, 4096}}) == 0);
      return b.device.bytes_hinted.value() != before;
    };
    BOOST_TEST(!hint());  // before any round
    b.call("hint_free_pages");
    const std::uint32_t id = b.hint_id();
    BOOST_TEST(!hint());  // the driver has not named it
    b.hint_command(id + 1);
    BOOST_TEST(!hint());
    b.hint_command(kHintDone);
    BOOST_TEST(!hint());
    b.hint_command(id);
    BOOST_TEST(hint());
    b.call("stop_hinting");
    BOOST_TEST(b.hint_id() == kHintStop);
    BOOST_TEST(!hint());
    b.hint_command(id);  // too late
    BOOST_TEST(!hint());
    b.hint_command(kHintStop);
    BOOST_TEST(b.hint_id() == kHintDone);
    BOOST_TEST(b.resident(b.kData + b.kPage, 7 * b.kPage) == 7u);
  });
}

SIM_TEST_CASE(an_id_is_not_used_again_before_the_driver_has_stopped) {
  SPEC("balloon.free-page-hinting.2");
  BalloonBench b;
  b.run([&] {
    BOOST_CHECK_THROW(b.call("hint_free_pages"), CommandError);  // no driver
    BOOST_TEST_REQUIRE(b.start());
    BOOST_CHECK_THROW(b.call("stop_hinting"), CommandError);
    std::set<std::uint32_t> ids;
    for (unsigned round = 0; round < 4; ++round) {
      b.call("hint_free_pages");
      const std::uint32_t id = b.hint_id();
      BOOST_TEST(ids.insert(id).second);
      BOOST_CHECK_THROW(b.call("hint_free_pages"), CommandError);
      BOOST_TEST(b.hint_id() == id);
      if (round % 2 == 0) {
        b.call("stop_hinting");
        BOOST_CHECK_THROW(b.call("hint_free_pages"), CommandError);  // no STOP of the driver yet
        BOOST_TEST(b.hint_id() == kHintStop);
      } else {
        b.hint_command(id);
      }
      if (round == 2) {
        BOOST_TEST_REQUIRE(b.start());  // a new driver begins anew, and the ids go on
        BOOST_TEST(b.hint_id() == kHintStop);
      } else {
        b.hint_command(kHintStop);
        BOOST_TEST(b.hint_id() == kHintDone);
      }
    }
    BOOST_TEST_REQUIRE(b.start({0, 1, 4, 5}, {0, 1, 2, 3}));
    BOOST_CHECK_THROW(b.call("hint_free_pages"), CommandError);  // not negotiated
  });
}

SIM_TEST_CASE(a_command_id_of_a_wrong_length_needs_a_reset) {
  BalloonBench b;
  b.run([&] {
    for (const std::uint32_t bytes : {3u, 5u, 8u}) {
      BOOST_TEST_REQUIRE(b.start());
      b.call("hint_free_pages");
      BOOST_TEST(b.ask(b.kHint, {{b.arena.take(8, 4), bytes}}, {}) == -1);
      BOOST_TEST((b.access.status() & 64) != 0);
    }
  });
}
