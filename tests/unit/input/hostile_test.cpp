// SPDX-License-Identifier: Apache-2.0
// Drivers that do what they must not.
#include <random>

#include "input_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(a_buffer_without_room_needs_a_reset) {
  InputBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(0));
    b.give(2, 7);
    b.post({{1, 30, 1}});
    settle(5);
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST_REQUIRE(b.start());
    b.post({{1, 30, 1}});
    BOOST_TEST(b.events() == "1:30=1 | ");
  });
}

SIM_TEST_CASE(only_the_selection_can_be_written) {
  InputBench b;
  const std::vector<std::uint8_t> junk(b.device.config_bytes(), 1);
  b.access.write_config(0, junk.data(), junk.size());
  std::vector<std::uint8_t> all(junk.size());
  b.access.read_config(0, all.data(), all.size());
  BOOST_TEST((all[0] == 1 && all[1] == 1 && all[2] == 0));
  BOOST_TEST((std::vector<std::uint8_t>(all.begin() + 2, all.end()) ==
              std::vector<std::uint8_t>(all.size() - 2, 0)));
}

SIM_TEST_CASE(resets_while_memory_is_written) {
  InputBench b("device: mouse");
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 4; ++step) {
      BOOST_TEST_REQUIRE(b.start(8));
      unsigned seen = 0;
      b.memory.observer = [&](const TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      b.post({{2, 0, 1}, {2, 1, 1}});
      settle(200);
      BOOST_TEST(seen == step);
      b.memory.observer = nullptr;
      BOOST_TEST_REQUIRE(b.start(8));
      settle(100);
      b.post({{2, 0, 2}});
      settle(100);
      BOOST_TEST(b.events() == "2:0=2 | ");
    }
  });
}

SIM_TEST_CASE(random_requests) {
  InputBench b("device: mouse, backlog: 32");
  std::mt19937 random(18);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  b.run([&] {
    for (unsigned life = 0; life < 40; ++life) {
      BOOST_TEST_REQUIRE(b.start(pick(4)));
      for (unsigned i = 0; i < 30; ++i) {
        const unsigned queue = pick(2);
        const Piece piece{pick(12) ? b.arena.take(64, 8) : random(), pick(4) ? 8 : pick(64)};
        b.places.push_back(piece);
        const std::vector<Piece> some{piece}, none;
        const bool writable = pick(6) ? queue == 0 : queue == 1;
        b.driver.queue(queue).add(writable ? none : some, writable ? some : none,
                                  b.places.size() - 1, Form::Direct);
        b.driver.submit(queue);
        backend::InputUpdate update;
        for (unsigned n = pick(6); n > 0; --n)
          update.push_back({static_cast<std::uint16_t>(random()),
                            static_cast<std::uint16_t>(random()),
                            static_cast<std::int32_t>(random())});
        update.push_back({2, static_cast<std::uint16_t>(pick(2)), 1});
        b.post(update);
        settle(pick(3));
      }
      settle(5);
    }
    BOOST_TEST_REQUIRE(b.start(4));
    b.post({{2, 0, 7}});
    BOOST_TEST(b.events() == "2:0=7 | ");
  });
}
