// SPDX-License-Identifier: Apache-2.0
// Inflating, deflating, reporting: what happens to the guest's memory and to the host's.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "balloon_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(inflating_gives_memory_back_to_the_host_and_deflating_brings_it_back) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    constexpr unsigned kPages = 1024;
    b.fill(b.kData, kPages * b.kPage, 0xa5);
    BOOST_TEST(b.resident(b.kData, kPages * b.kPage) == kPages);
    BOOST_TEST(b.inflate(b.pages(b.kData, kPages)) == 0);
    BOOST_TEST(b.resident(b.kData, kPages * b.kPage) == 0u);
    BOOST_TEST(b.device.pages_inflated.value() == kPages);
    BOOST_TEST(b.device.bytes_given_back.value() == kPages * b.kPage);
    BOOST_TEST(b.deflate(b.pages(b.kData, kPages)) == 0);
    BOOST_TEST(b.device.pages_deflated.value() == kPages);
    BOOST_TEST(b.holds(b.kData, kPages * b.kPage, 0));
    b.fill(b.kData, kPages * b.kPage, 0x5a);
    BOOST_TEST(b.holds(b.kData, kPages * b.kPage, 0x5a));
  });
}

SIM_TEST_CASE(only_the_pages_of_the_list_are_touched_in_any_order) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, 16 * b.kPage, 7);
    const std::uint32_t p = b.page(b.kData);
    BOOST_TEST(b.inflate({p + 9, p + 8, p + 7, p + 1, p + 3, p + 3, p + 4, p + 12}) == 0);
    for (unsigned i = 0; i < 16; ++i) {
      const bool gone = i == 1 || i == 3 || i == 4 || (i >= 7 && i <= 9) || i == 12;
      BOOST_TEST(b.holds(b.kData + i * b.kPage, b.kPage, gone ? 0 : 7), "page " << i);
    }
    // Repeated pages were looked at twice.
    BOOST_TEST(b.device.pages_inflated.value() == 8u);
    // The list in several buffers, cut anywhere.
    const Piece list = b.put(std::vector<std::uint32_t>{p, p + 2, p + 5});
    BOOST_TEST(b.ask(b.kInflate, {{list.address, 3}, {list.address + 3, 2}, {list.address + 5, 7}},
                     {}) == 0);
    for (const unsigned i : {0u, 2u, 5u}) BOOST_TEST(b.holds(b.kData + i * b.kPage, b.kPage, 0));
    BOOST_TEST(b.holds(b.kData + 6 * b.kPage, b.kPage, 7));
  });
}

SIM_TEST_CASE(decoded_code_is_dropped_when_its_page_goes) {
  BalloonBench b;
  struct Listener : CodePageListener {
    void code_page_written(const std::uint8_t*) override { ++calls; }
    int calls = 0;
  } listener;
  b.sim.platform.code_pages().add_listener(&listener);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, b.kPage, 1);
    tlm::tlm_generic_payload payload;
    payload.set_address(b.kData);
    tlm::tlm_dmi dmi;
    dmi.init();
    BOOST_REQUIRE(b.cpu.dma.socket->get_direct_mem_ptr(payload, dmi));
    b.sim.platform.code_pages().mark(dmi.get_dmi_ptr() + (b.kData - dmi.get_start_address()));
    BOOST_TEST(b.inflate(b.pages(b.kData, 1)) == 0);
    BOOST_TEST(listener.calls == 1);
  });
}

SIM_TEST_CASE(reported_pages_go_back_to_the_host) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({0, 1, 3, 5}));  // without PAGE_POISON
    b.fill(b.kData, 64 * b.kPage, 3);
    BOOST_TEST(
        b.ask(b.kReporting, {}, {{b.kData, 16 * 4096}, {b.kData + 32 * b.kPage, 16 * 4096}}) == 0);
    BOOST_TEST(b.resident(b.kData, 64 * b.kPage) == 32u);
    BOOST_TEST(b.holds(b.kData, 16 * b.kPage, 0));
    BOOST_TEST(b.holds(b.kData + 16 * b.kPage, 16 * b.kPage, 3));
    BOOST_TEST(b.device.bytes_reported.value() == 32 * b.kPage);
    // Parts of pages stay.
    BOOST_TEST(b.ask(b.kReporting, {}, {{b.kData + 16 * b.kPage + 1, 2 * 4096}}) == 0);
    BOOST_TEST(b.holds(b.kData + 16 * b.kPage, b.kPage, 3));
    BOOST_TEST(b.holds(b.kData + 17 * b.kPage, b.kPage, 0));
    BOOST_TEST(b.holds(b.kData + 18 * b.kPage, b.kPage, 3));
  });
}

SIM_TEST_CASE(a_reported_page_keeps_its_poison) {
  SPEC("balloon.free-page-reporting.1");
  BalloonBench b;
  b.run([&] {
    for (const std::uint32_t poison : {0xaaaaaaaau, 0u}) {
      BOOST_TEST_REQUIRE(b.negotiate({0, 1, 3, 4, 5}));
      b.write32(12, poison);
      for (unsigned queue = 0; queue < 5; ++queue)
        BOOST_TEST_REQUIRE(b.driver.add_queue(queue, 16));
      b.driver.start();
      const auto value = static_cast<std::uint8_t>(poison);
      b.fill(b.kData, 8 * b.kPage, value);
      BOOST_TEST(b.ask(b.kReporting, {}, {{b.kData, 8 * 4096}}) == 0);
      // Zero is what given-back memory reads as, so it can go in that case.
      BOOST_TEST(b.resident(b.kData, 8 * b.kPage) == (poison == 0 ? 0u : 8u));
      BOOST_TEST(b.holds(b.kData, 8 * b.kPage, value));
    }
  });
}

SIM_TEST_CASE(addresses_that_are_translated_give_nothing_back) {
  BalloonBench b("access_platform: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({1, 3, 5, 33}));
    b.fill(b.kData, b.kPage, 0);
    BOOST_TEST(b.ask(b.kReporting, {}, {{b.kData, 4096}}) == 0);
    BOOST_TEST(b.resident(b.kData, b.kPage) == 1u);
  });
}

SIM_TEST_CASE(pages_of_device_memory_go_back_too_but_not_those_that_last) {
  std::string image = (std::filesystem::temp_directory_path() / "ringside-XXXXXX").string();
  close(mkstemp(image.data()));
  {
    std::ofstream file(image, std::ios::binary);
    file << std::string(64 << 10, 'x');
  }
  BalloonBench b("",
                 "hot: {type: device-memory, base: 0x1_0000_0000, size: 64KiB}\n"
                 "      nv: {type: device-memory, base: 0x2_0000_0000, image: " + image + "}");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(0x100000000, 0x10000, 5);
    BOOST_TEST(b.inflate(b.pages(0x100000000, 4)) == 0);
    BOOST_TEST(b.holds(0x100000000, 4 * b.kPage, 0));
    BOOST_TEST(b.holds(0x100004000, 4 * b.kPage, 5));
    BOOST_TEST(b.inflate(b.pages(0x200000000, 4)) == 0);
    BOOST_TEST(b.holds(0x200000000, 0x10000, 'x'));
  });
  unlink(image.c_str());
}

SIM_TEST_CASE(a_balloon_works_in_timed_mode) {
  BalloonBench b("", "", "timed");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, 2048 * b.kPage, 1);
    BOOST_TEST(b.inflate(b.pages(b.kData, 2048)) == 0);
    BOOST_TEST(b.resident(b.kData, 2048 * b.kPage) == 0u);
  });
}

SIM_TEST_CASE(a_reset_while_the_list_is_read) {
  BalloonBench b("", "", "timed");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.fill(b.kData, 4096 * b.kPage, 1);
    const Piece list = b.put(b.pages(b.kData, 4096));
    BOOST_TEST_REQUIRE(b.driver.queue(b.kInflate).add({list}, {}, 1, Form::Direct));
    b.driver.submit(b.kInflate);
    while (b.device.bytes_given_back.value() == 0 && sc_core::sc_time_stamp().to_seconds() < 1)
      sc_core::wait(sc_core::sc_time(100, sc_core::SC_NS)), b.device.write_status(0);
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.inflate(b.pages(b.kData, 4)) == 0);
    BOOST_TEST(b.holds(b.kData, 4 * b.kPage, 0));
  });
}
