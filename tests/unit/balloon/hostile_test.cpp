// SPDX-License-Identifier: Apache-2.0
// Drivers that list what they must not.
#include <random>

#include "balloon_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(pages_that_are_no_memory_are_left_alone) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kBase + b.kBytes - b.kPage, b.kPage, 4);
    const std::uint32_t end = b.page(b.kBase + b.kBytes);
    BOOST_TEST(b.inflate({0, 1, 0xffffffff, 0xfffffffe, end, end + 1, 0x10000}) == 0);
    BOOST_TEST(b.device.bytes_given_back.value() == 0u);
    BOOST_TEST(b.inflate({end - 1, end}) == 0);  // one of two is memory
    BOOST_TEST(b.device.bytes_given_back.value() == b.kPage);
    BOOST_TEST(b.deflate({0, 0xffffffff, end}) == 0);
    BOOST_TEST(b.ask(b.kReporting, {},
                     {{0, 4096}, {b.kBase + b.kBytes - 4096, 8192}, {0xfffffffffffff000, 4095}}) ==
               0);
    BOOST_TEST(b.device.bytes_given_back.value() == 2 * b.kPage);
    BOOST_TEST(b.device.status() == 15u);
  });
}

SIM_TEST_CASE(a_list_is_looked_at_up_to_a_limit) {
  BalloonBench b("max_pages: 100");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, 200 * b.kPage, 1);
    BOOST_TEST(b.inflate(b.pages(b.kData, 200)) == 0);
    BOOST_TEST(b.device.pages_inflated.value() == 100u);
    BOOST_TEST(b.resident(b.kData, 200 * b.kPage) == 100u);
  });
}

SIM_TEST_CASE(a_list_of_gibibytes_ends) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    // The same 32 MiB of RAM 100 times; what it holds are not page numbers of RAM.
    const std::vector<Piece> list(12, {b.kData, 32 << 20});
    BOOST_TEST(b.ask(b.kInflate, list, {}) == 0);
    BOOST_TEST(b.device.pages_inflated.value() == 1u << 20);
  });
}

SIM_TEST_CASE(a_driver_may_give_its_own_rings_away) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    // All pages of the driver's half, rings and this list among them.
    b.inflate(b.pages(b.kBase, b.kBytes / 2 / b.kPage));
    settle(1000);
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.inflate(b.pages(b.kData, 1)) == 0);
  });
}

SIM_TEST_CASE(nonsense_of_all_kinds_does_no_harm) {
  BalloonBench b("deflate_on_oom: true");
  b.run([&] {
    std::mt19937 generator(5);
    const auto random = [&] { return static_cast<std::uint32_t>(generator()); };
    std::vector<std::uint32_t> numbers(512);
    unsigned lives = 0;
    for (unsigned i = 0; i < 2000; ++i) {
      if (i == 0 || (b.access.status() & 64) != 0 || random() % 50 == 0) {
        b.arena.release_all();
        BOOST_TEST_REQUIRE(b.start());
        ++lives;
      }
      for (std::uint32_t& number : numbers)
        number = random() % 4 == 0 ? random() : b.page(b.kData) + random() % 8192;
      const Piece data = b.put(numbers);
      const unsigned queue = random() % 5;
      std::vector<Piece> readable, writable;
      for (unsigned pieces = random() % 4; pieces != 0; --pieces)
        readable.push_back({data.address + random() % 100, random() % 1900});
      for (unsigned pieces = random() % 3; pieces != 0; --pieces)
        writable.push_back(
            {random() % 8 == 0 ? random() : b.kData + random() % (24 << 20), random() % (8 << 20)});
      if (readable.empty() && writable.empty()) continue;
      if (random() % 3 == 0) readable = {{data.address, 4}};
      b.ask(queue, readable, writable, {20, sc_core::SC_US});
      const std::uint32_t word = random();
      b.access.write_config(random() % 13, &word, 1 + random() % 3);
      try {
        b.call(random() % 2 ? "hint_free_pages" : "stop_hinting");
      } catch (const CommandError&) {  // refused, as it should be at that moment
      }
      b.call("poll_statistics");
    }
    BOOST_TEST(lives > 1u);
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.inflate(b.pages(b.kData, 1)) == 0);
  });
}
