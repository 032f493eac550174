// SPDX-License-Identifier: Apache-2.0
// Payload access by offset, whatever the framing.
#include "driver/bench.h"
#include "unit/virtio-ring/ring_bench.h"

using namespace ringside;
using namespace ringside::test;

BOOST_AUTO_TEST_SUITE(chain)

BOOST_AUTO_TEST_CASE(ranges_cross_buffers) {
  RingBench b(split_layout(8));
  for (unsigned i = 0; i < 64; ++i) b.memory.store<std::uint8_t>(b.in + i, i);
  // 0..3, 16..23, 32 in this order.
  BOOST_TEST_REQUIRE(b.driver->add({{b.in, 4}, {b.in + 16, 8}, {b.in + 32, 1}},
                                   {{b.out + 8, 3}, {b.out, 5}}, 0, Form::Direct));
  b.driver->publish();
  const auto chain = b.pop();
  BOOST_TEST(chain->readable_bytes() == 13u);
  BOOST_TEST(chain->writable_bytes() == 8u);
  std::uint8_t bytes[13] = {};
  BOOST_TEST(chain->read(0, bytes, 13));
  const std::uint8_t expected[] = {0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 32};
  BOOST_TEST(bytes == expected, boost::test_tools::per_element());
  BOOST_TEST(chain->read(3, bytes, 2));
  BOOST_TEST(bytes[0] == 3);
  BOOST_TEST(bytes[1] == 16);
  BOOST_TEST(chain->read(12, bytes, 1));
  BOOST_TEST(bytes[0] == 32);
  BOOST_TEST(chain->write(2, expected + 1, 4));
  BOOST_TEST(b.memory.load<std::uint8_t>(b.out + 10) == 1);
  BOOST_TEST(b.memory.load<std::uint8_t>(b.out) == 2);
  BOOST_TEST(b.memory.load<std::uint8_t>(b.out + 2) == 16);
  BOOST_TEST(b.memory.load<std::uint8_t>(b.out + 3) == 0);
  BOOST_TEST(chain->fill(0, 0xab, 8));
  for (unsigned i = 0; i < 5; ++i) BOOST_TEST(b.memory.load<std::uint8_t>(b.out + i) == 0xab);
  BOOST_TEST(b.memory.load<std::uint8_t>(b.out + 5) == 0);
  BOOST_TEST(b.queue.bytes_read.value() == 13u + 2 + 1);
  BOOST_TEST(b.queue.bytes_written.value() == 4u + 8);
}

BOOST_AUTO_TEST_CASE(ranges_outside_copy_nothing) {
  RingBench b(split_layout(8));
  b.add(10, 10);
  const auto chain = b.pop();
  std::uint8_t bytes[64] = {};
  b.take_log();
  BOOST_TEST(!chain->read(0, bytes, 11));
  BOOST_TEST(!chain->read(11, bytes, 0));
  BOOST_TEST(!chain->read(~std::size_t{0}, bytes, 2));
  BOOST_TEST(!chain->write(5, bytes, 6));
  BOOST_TEST(!chain->fill(1, 0, ~std::size_t{0}));
  BOOST_TEST(chain->read(10, bytes, 0));
  BOOST_TEST(b.memory.log.empty());
  BOOST_TEST(b.broken.empty());
  BOOST_TEST(chain->alive());
}

BOOST_AUTO_TEST_CASE(pieces_do_not_cross_pages) {
  RingBench b(split_layout(8));
  BOOST_TEST_REQUIRE(b.driver->add({{b.in + 4000, 9000}}, {}, 0, Form::Direct));
  b.driver->publish();
  const auto chain = b.pop();
  b.memory.log.clear();
  std::vector<std::uint8_t> bytes(9000);
  BOOST_TEST(chain->read(0, bytes.data(), bytes.size()));
  std::vector<std::size_t> sizes;
  for (const auto& a : b.memory.log) {
    sizes.push_back(a.bytes);
    BOOST_TEST((a.step == Step::Payload));
  }
  BOOST_TEST(sizes == (std::vector<std::size_t>{96, 4096, 4096, 712}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(memory_that_does_not_answer_breaks_the_queue) {
  RingBench b(split_layout(8));
  BOOST_TEST_REQUIRE(b.driver->add({{b.in, 8}}, {{0x10, 8}}, 0, Form::Direct));
  b.driver->publish();
  auto chain = b.pop();
  std::uint64_t word = 0;
  BOOST_TEST(chain->read(0, &word, 8));
  BOOST_TEST(!chain->write(0, &word, 8));
  BOOST_TEST_REQUIRE(b.broken.size() == 1u);
  BOOST_TEST(b.broken[0] == "write of payload at 0x10: nothing answers");
  BOOST_TEST(!chain->read(0, &word, 8), "broken is broken");
  b.take_log();
  b.queue.push(std::move(chain), 0);
  b.queue.flush();
  BOOST_TEST(!b.queue.pop());
  BOOST_TEST(!b.queue.available());
  BOOST_TEST(b.memory.log.empty());
  BOOST_TEST(b.broken.size() == 1u, "said once");
}

BOOST_AUTO_TEST_SUITE_END()

SIM_TEST_CASE(a_reset_stops_a_transfer_between_pieces) {
  LoopbackBench bench;
  bench.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  bool result = true;
  bench.device.instead = [&](unsigned queue) {
    auto chain = bench.device.hold(queue);
    std::vector<std::uint8_t> bytes(256 << 10, 0x55);
    result = chain->write(0, bytes.data(), bytes.size());
    return true;
  };
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 8));
    const auto out = bench.arena.take(256 << 10, 4096);
    BOOST_TEST_REQUIRE(bench.driver.queue().add({}, {{out, 256 << 10}}, 0, Form::Direct));
    bench.driver.submit();
    sc_core::wait(sc_core::sc_time(1150, sc_core::SC_NS));
    bench.driver.reset();
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
    BOOST_TEST(!result);
    BOOST_TEST(bench.memory.load<std::uint8_t>(out) == 0x55);
    BOOST_TEST(bench.memory.load<std::uint8_t>(out + (200 << 10)) == 0);
  });
}
