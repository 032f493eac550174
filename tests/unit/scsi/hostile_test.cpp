// SPDX-License-Identifier: Apache-2.0
// Requests that no driver should send.
#include <random>

#include "unit/scsi/device_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(a_request_without_room_for_its_response_needs_a_reset) {
  ScsiBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const std::uint64_t at = b.arena.take(256, 16);
    b.driver.queue(2).add({{at, 51}}, {{at + 64, 107}}, 0, Form::Direct);
    b.driver.submit(2);
    settle();
    BOOST_TEST((b.access.status() & kNeedsReset) != 0);
    b.driver.reset();
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send(b.lun(0, 0), {0}).came);
  });
}

SIM_TEST_CASE(a_request_without_a_whole_header_fails) {
  ScsiBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const std::uint64_t at = b.arena.take(512, 16);
    b.driver.queue(2).add({{at, 50}}, {{at + 64, 108}}, 0, Form::Direct);
    b.driver.submit(2);
    BOOST_TEST_REQUIRE(b.driver.wait_used(2, {1, sc_core::SC_MS}));
    std::uint8_t response = 0;
    b.memory.read(at + 64 + 11, &response, 1);
    BOOST_TEST(response == 9);
  });
}

SIM_TEST_CASE(a_reset_while_a_function_waits_for_a_command_is_survived) {
  ScsiBench b;
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 0);
    for (int i = 0; i < 5; ++i) {
      const Bytes request = b.head(b.lun(0, 0), {0x28, 0, 0, 0, 0, 0, 0, 7, 0xff}, 1);
      const std::uint32_t reply = 108 + 0x7ff * 512;
      const std::uint64_t to = b.arena.take(request.size(), 16), from = b.arena.take(reply, 16);
      b.memory.write(to, request.data(), request.size());
      b.driver.queue(2).add({{to, static_cast<std::uint32_t>(request.size())}}, {{from, reply}}, 0,
                            Form::Direct);
      b.driver.submit(2);
      const std::uint64_t tmf = b.arena.take(32, 16);
      const Bytes bytes{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
      b.memory.write(tmf, bytes.data(), bytes.size());
      b.driver.queue(0).add({{tmf, 24}}, {{tmf + 24, 1}}, 0, Form::Direct);
      b.driver.submit(0);
      sc_core::wait(sc_core::sc_time(1 + i * 0.4, sc_core::SC_US));
      b.driver.reset();
      BOOST_TEST_REQUIRE(b.start());
      BOOST_TEST(b.send(b.lun(0, 0), {0}).came);
    }
  });
}

SIM_TEST_CASE(random_commands_break_nothing) {
  ScsiBench b("inout: true, ");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    std::mt19937 random(7);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
    static const unsigned opcodes[] = {0x00, 0x03, 0x08, 0x0a, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25,
                                       0x28, 0x2a, 0x2e, 0x2f, 0x35, 0x41, 0x42, 0x43, 0x46, 0x4a,
                                       0x51, 0x55, 0x5a, 0x88, 0x89, 0x8a, 0x8e, 0x8f, 0x91, 0x93,
                                       0x9e, 0xa0, 0xa8, 0xaa, 0xae, 0xaf, 0xbd};
    unsigned good = 0, answers = 0;
    for (int i = 0; i < 4000; ++i) {
      Bytes cdb(16);
      cdb[0] = static_cast<std::uint8_t>(below(10) == 0 ? below(256)
                                                        : opcodes[below(std::size(opcodes))]);
      for (std::size_t k = 1; k < cdb.size(); ++k)
        cdb[k] = static_cast<std::uint8_t>(below(4) == 0 ? below(256) : below(3));
      Bytes out(below(3) == 0 ? below(2048) : 0);
      for (auto& byte : out) byte = static_cast<std::uint8_t>(below(5) ? 0 : below(256));
      const auto where = b.lun(below(3), below(3) == 0 ? 300 : below(2));
      const auto answer = b.send(where, cdb, out, below(3) == 0 ? 0 : below(4096));
      BOOST_TEST_REQUIRE(answer.came);
      answers += answer.response == 0;
      good += answer.ok();
      if (below(20) == 0) BOOST_TEST_REQUIRE(b.manage(below(9), where, 7) >= 0);
    }
    BOOST_TEST(!(b.access.status() & kNeedsReset));
    BOOST_TEST(answers > 1500u);
    BOOST_TEST(good > 200u);
  });
}
