// SPDX-License-Identifier: Apache-2.0
// Registers, as models/cosim/rtl/README.md and the specification have them.
#include "rtl/bench.h"

using namespace ringside::test;

namespace {
QueuePlace place(std::uint16_t size = 8) {
  return {size, RtlBench::kBase, RtlBench::kBase + 0x1000, RtlBench::kBase + 0x2000};
}
}  // namespace

SIM_TEST_CASE(after_power_on_all_is_as_the_specification_says) {
  RtlBench bench;
  BOOST_TEST(bench.access.status() == 0u);
  BOOST_TEST(bench.access.read(0x10, 2) == 0xffffu);  // no vector
  BOOST_TEST(bench.access.read(0x12, 2) == Dut::kQueues);
  BOOST_TEST(bench.access.config_generation() == 0u);
  for (unsigned queue = 0; queue < Dut::kQueues; ++queue) {
    BOOST_TEST(bench.access.queue_max_size(queue) == 256u);
    BOOST_TEST(bench.access.read(0x1a, 2) == 0xffffu);
    BOOST_TEST(bench.access.read(0x1c, 2) == 0u);
    BOOST_TEST(bench.access.read(0x1e, 2) == queue);  // queue_notify_off
    for (unsigned at = 0x20; at < 0x38; at += 4) BOOST_TEST(bench.access.read(at, 4) == 0u);
  }
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(features_are_offered_in_pages_and_must_fit) {
  RtlBench bench;
  BOOST_TEST(bench.access.device_features(0) == 0x30000000u);
  BOOST_TEST(bench.access.device_features(1) == 0x14du);
  BOOST_TEST(bench.access.device_features(2) == 0u);
  bench.access.set_status(3);
  bench.access.set_driver_features(0, 0x10000000);
  bench.access.set_driver_features(1, 0);
  bench.access.set_status(0xb);
  BOOST_TEST((bench.access.status() & 8) == 0);  // no VERSION_1
  bench.access.set_driver_features(1, 0x201);
  bench.access.set_status(0xb);
  BOOST_TEST((bench.access.status() & 8) == 0);  // not offered
  bench.access.set_driver_features(1, 1);
  bench.access.set_status(0xb);
  BOOST_TEST(bench.access.status() == 0xbu);
  bench.access.set_driver_features(1, 0x101);  // too late
  BOOST_TEST(bench.access.driver_features(1) == 1u);
  BOOST_TEST(bench.access.driver_features(0) == 0x10000000u);
}

SIM_TEST_CASE(status_follows_the_steps) {
  RtlBench bench;
  bench.access.set_status(7);  // DRIVER_OK without FEATURES_OK
  BOOST_TEST(bench.access.status() == 3u);
  bench.access.set_driver_features(1, 1);
  bench.access.set_status(0xb);
  bench.access.set_status(0xf);
  BOOST_TEST(bench.access.status() == 0xfu);
  bench.access.set_status(1);  // bits stay set
  BOOST_TEST(bench.access.status() == 0xfu);
  bench.access.set_status(0x40);  // not the driver's
  BOOST_TEST(bench.access.status() == 0xfu);
  bench.access.set_status(0x80);
  BOOST_TEST(bench.access.status() == 0x8fu);
  bench.access.set_status(0);
  BOOST_TEST(bench.access.status() == 0u);
  BOOST_TEST(bench.access.driver_features(1) == 0u);
}

SIM_TEST_CASE(a_queue_that_is_not_legal_is_not_enabled) {
  RtlBench bench;
  BOOST_TEST(!bench.access.enable_queue(0, place()));  // before FEATURES_OK
  bench.access.set_driver_features(1, 1);
  bench.access.set_status(0xb);
  bench.access.select(1);
  for (unsigned size : {0u, 7u, 512u}) {  // nothing, no power of 2, more than there is
    bench.access.write(0x18, 2, size);
    BOOST_TEST(bench.access.read(0x18, 2) == 256u);
  }
  const auto refused = [&](unsigned queue, const QueuePlace& where) {
    bench.access.enable_queue(queue, where);
    return !bench.access.queue_enabled(queue);
  };
  QueuePlace p = place();
  p.descriptor_area += 8;
  BOOST_TEST(refused(0, p));
  p = place();
  p.driver_area += 1;
  BOOST_TEST(refused(0, p));
  p = place();
  p.device_area += 2;
  BOOST_TEST(refused(0, p));
  p = place();
  p.descriptor_area = ~std::uint64_t{0} - 0x7f + 0x10;  // 128 bytes are needed
  BOOST_TEST(refused(0, p));
  p = place();
  BOOST_TEST(!refused(0, p));
  BOOST_TEST(!bench.access.queue_enabled(1));
  bench.access.select(7);  // no such queue
  BOOST_TEST(bench.access.read(0x18, 2) == 0u);
  BOOST_TEST(bench.access.read(0x1a, 2) == 0xffffu);
}

SIM_TEST_CASE(an_enabled_queue_keeps_its_place) {
  RtlBench bench;
  bench.access.set_driver_features(1, 1);
  bench.access.set_status(0xb);
  BOOST_TEST(bench.access.enable_queue(0, place()));
  bench.access.write(0x20, 4, 0x12340000);
  bench.access.write(0x18, 2, 16);
  BOOST_TEST(bench.access.read(0x20, 4) == 0x80000000u);
  BOOST_TEST(bench.access.read(0x18, 2) == 8u);
}

SIM_TEST_CASE(a_vector_that_is_not_there_reads_as_no_vector) {
  RtlBench bench;
  bench.access.write(0x10, 2, Dut::kVectors);
  BOOST_TEST(bench.access.read(0x10, 2) == 0xffffu);
  bench.access.write(0x10, 2, Dut::kVectors - 1);
  BOOST_TEST(bench.access.read(0x10, 2) == Dut::kVectors - 1);
  bench.access.select(1);
  bench.access.write(0x1a, 2, 0x1000);
  BOOST_TEST(bench.access.read(0x1a, 2) == 0xffffu);
}

SIM_TEST_CASE(a_field_is_written_in_its_width_only) {
  RtlBench bench;
  bench.access.write(0x14, 4, 0x00010001);  // status and queue_select at once
  BOOST_TEST(bench.access.status() == 0u);
  BOOST_TEST(bench.access.read(0x16, 2) == 0u);
  bench.access.write(0x20, 2, 0x1000);
  BOOST_TEST(bench.access.read(0x20, 4) == 0u);
}

SIM_TEST_CASE(configuration_is_the_device_parts) {
  RtlBench bench;
  std::uint8_t bytes[4] = {};
  bench.access.read_config(0, bytes, 4);
  for (unsigned i = 0; i < 4; ++i) BOOST_TEST(bytes[i] == i + 1);
}

SIM_TEST_CASE(isr_status_is_cleared_by_reading) {
  RtlBench bench;
  bench.run([&] {
    BOOST_TEST(bench.driver.bring_up({32}, 8));
    BOOST_TEST(bench.access.read(0x1000, 1) == 0u);
    const std::uint64_t data = bench.arena.take(64, 64);
    bench.driver.queue().add({{data, 4}}, {{data + 16, 4}}, 1, Form::Direct);
    bench.driver.submit();
    bench.pass();
    BOOST_TEST(bench.access.read(0x1000, 1) == 1u);
    BOOST_TEST(bench.access.read(0x1000, 1) == 0u);
    BOOST_TEST(bench.access.queue_interrupts(0) == 1u);
  });
}

SIM_TEST_CASE(without_a_vector_no_message_is_sent) {
  RtlBench bench;
  bench.run([&] {
    BOOST_TEST(bench.driver.bring_up({32}, 8));
    bench.access.select(0);
    bench.access.write(0x1a, 2, 0xffff);
    const std::uint64_t data = bench.arena.take(64, 64);
    bench.driver.queue().add({{data, 4}}, {{data + 16, 4}}, 1, Form::Direct);
    bench.driver.submit();
    bench.pass();
    BOOST_TEST(bench.driver.queue().used_waiting());
    BOOST_TEST(bench.access.queue_interrupts(0) == 0u);
    BOOST_TEST(bench.access.read(0x1000, 1) == 1u);
  });
}
