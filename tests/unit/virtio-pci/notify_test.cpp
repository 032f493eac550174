// SPDX-License-Identifier: Apache-2.0
// Doorbells.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

std::uint64_t kicks(VirtioBench& b, unsigned queue) {
  return b.device.queue(queue).kicks.value();
}

void start(VirtioBench& b, std::uint32_t page1 = 0) {
  b.negotiate(page1);
  b.enable_queue(0);
  b.enable_queue(1);
  b.driver_ok();
}

}  // namespace

SIM_TEST_CASE(each_queue_has_its_doorbell) {
  VirtioBench b;
  start(b);
  b.offer(1);
  b.kick(1);
  BOOST_TEST(kicks(b, 0) == 0u);
  BOOST_TEST(kicks(b, 1) == 1u);
  BOOST_TEST(b.used(1) == 1);
  BOOST_TEST(b.card.notify_writes.value() == 1u);
  BOOST_TEST(b.guest.get32(b.kNotify + 4) == 0u);
}

SIM_TEST_CASE(doorbells_can_have_pages) {
  VirtioBench b(", page_per_vq: true");
  start(b);
  b.guest.put16(b.kNotify + 0x1000, 1);
  BOOST_TEST(kicks(b, 1) == 1u);
  BOOST_TEST(kicks(b, 0) == 0u);
  b.guest.put16(b.kModern + 0x7ff000, 0);
  BOOST_TEST(kicks(b, 0) + kicks(b, 1) == 1u);
}

SIM_TEST_CASE(doorbells_of_queues_that_are_not_there_do_nothing) {
  VirtioBench b;
  start(b);
  b.guest.put16(b.kNotify + 8, 2);
  b.guest.put16(b.kNotify + 0xffc, 1023);
  BOOST_TEST(kicks(b, 0) + kicks(b, 1) == 0u);
}

SIM_TEST_CASE(doorbells_of_the_wrong_width_do_nothing) {
  VirtioBench b;
  start(b);
  b.guest.put8(b.kNotify, 0);
  b.guest.put<std::uint64_t>(b.kNotify, 0);
  BOOST_TEST(kicks(b, 0) == 0u);
  BOOST_TEST(b.card.ignored_accesses.value() == 2u);
  b.guest.put32(b.kNotify, 0);
  BOOST_TEST(kicks(b, 0) == 1u);
}

SIM_TEST_CASE(notification_data_needs_32_bits) {
  VirtioBench b("", ", notification_data: true");
  start(b, 1u << (kNotificationData - 32));
  b.offer(1);
  b.guest.put16(b.kNotify + 4, 1);
  b.step();
  BOOST_TEST(kicks(b, 1) == 0u);
  b.guest.put32(b.kNotify + 4, 1u << 16 | 1);
  b.step();
  BOOST_TEST(kicks(b, 1) == 1u);
  BOOST_TEST(b.used(1) == 1);
}

SIM_TEST_CASE(notif_config_data_is_there_when_negotiated) {
  VirtioBench b("", ", notif_config_data: true");
  b.negotiate();
  b.select(1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueNotifConfigData) == 0);
  start(b, 1u << (kNotifConfigData - 32));
  b.select(1);
  const auto value = b.get<std::uint16_t>(kQueueNotifConfigData);
  BOOST_TEST(value == 1);
  b.offer(1);
  b.guest.put16(b.kNotify + 4, value);
  b.step();
  BOOST_TEST(b.used(1) == 1);
}

SIM_TEST_CASE(the_io_doorbell_goes_by_value) {
  VirtioBench b(", modern_pio_notify: true");
  start(b);
  b.guest.put16(b.kPortDoorbell, 1);
  BOOST_TEST(kicks(b, 1) == 1u);
  b.guest.put16(b.kPortDoorbell, 7);
  b.guest.put32(b.kPortDoorbell, 0xffff0000);
  BOOST_TEST(kicks(b, 0) == 1u);
  BOOST_TEST(kicks(b, 1) == 1u);
}

SIM_TEST_CASE(nothing_is_served_before_driver_ok) {
  VirtioBench b;
  b.negotiate();
  b.enable_queue(0);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.device.served == 0u);
  BOOST_TEST(b.used(0) == 0);
  b.driver_ok();
  BOOST_TEST(b.device.served == 1u, "what waits then is served without another notification");
}
