// SPDX-License-Identifier: Apache-2.0
// Interrupts: MSI-X vectors of queues and configuration, and the pin with the ISR status.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

constexpr unsigned kWire = 33;  // pin A of device 1

void start(VirtioBench& b, std::uint16_t vector) {
  b.negotiate();
  b.enable_queue(0, vector);
  b.driver_ok();
}

bool status_bit(VirtioBench& b) {
  return b.guest.get16(b.at + pci::kStatus) & pci::kInterruptStatus;
}

}  // namespace

SIM_TEST_CASE(a_used_buffer_raises_the_vector_of_its_queue) {
  VirtioBench b;
  b.enable_msix();
  b.program_vector(2, 0x42);
  start(b, 2);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.used(0) == 1);
  BOOST_REQUIRE(b.messages.size() == 1u);
  BOOST_TEST(b.messages[0].data == 0x42u);
  BOOST_TEST(b.messages[0].tag.queue == 0);
  BOOST_TEST(b.messages[0].tag.requester_id == 1 << 3);
  BOOST_TEST(b.wires.rises.empty());
  BOOST_TEST(b.guest.get8(b.kIsr) == 0);
}

SIM_TEST_CASE(no_vector_means_no_interrupt) {
  SPEC("pci.used-buffer-notifications.1");
  SPEC("pci.notification-of-device-configuration-changes.1");
  VirtioBench b;
  b.enable_msix();
  for (unsigned vector = 0; vector < 3; ++vector) b.program_vector(vector, vector);
  start(b, kNoVector);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.used(0) == 1);
  b.device.config_changed();
  BOOST_TEST(b.messages.empty());
  BOOST_TEST(b.wires.rises.empty());
}

SIM_TEST_CASE(configuration_changes_raise_their_vector) {
  SPEC("pci.isr-status-capability.2");
  VirtioBench b;
  b.enable_msix();
  b.program_vector(1, 0x17);
  start(b, kNoVector);
  b.put<std::uint16_t>(kConfigVector, 1);
  b.device.config_changed();
  BOOST_REQUIRE(b.messages.size() == 1u);
  BOOST_TEST(b.messages[0].data == 0x17u);
  BOOST_TEST(!b.wires.levels[kWire]);
  BOOST_TEST((b.guest.get8(b.kIsr) & kIsrConfig) != 0);
}

SIM_TEST_CASE(one_vector_serves_all_events) {
  SPEC("pci.msi-x-vector-configuration.4");
  VirtioBench b;
  b.enable_msix();
  b.program_vector(0, 5);
  b.negotiate();
  b.enable_queue(0, 0);
  b.enable_queue(1, 0);
  b.put<std::uint16_t>(kConfigVector, 0);
  b.driver_ok();
  b.offer(0);
  b.kick(0);
  b.offer(1);
  b.kick(1);
  b.device.config_changed();
  BOOST_TEST(b.messages.size() == 3u);
  BOOST_TEST(b.messages[1].tag.queue == 1);
}

SIM_TEST_CASE(a_masked_vector_coalesces) {
  VirtioBench b;
  b.enable_msix();
  b.program_vector(0, 5);
  b.guest.put32(b.kTable + 12, 1);
  start(b, 0);
  for (int i = 0; i < 3; ++i) {
    b.offer(0);
    b.kick(0);
  }
  BOOST_TEST(b.used(0) == 3);
  BOOST_TEST(b.messages.empty());
  b.guest.put32(b.kTable + 12, 0);
  BOOST_TEST(b.messages.size() == 1u);
}

SIM_TEST_CASE(without_msix_the_pin_is_used) {
  SPEC("pci.isr-status-capability.3");
  SPEC("pci.isr-status-capability.4");
  SPEC("pci.isr-status-capability.5");
  VirtioBench b;
  start(b, 0);
  BOOST_TEST(!b.wires.levels[kWire]);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.wires.levels[kWire]);
  BOOST_TEST(status_bit(b));
  BOOST_TEST(b.guest.get8(b.kIsr) == kIsrQueue);
  BOOST_TEST(!b.wires.levels[kWire]);
  BOOST_TEST(!status_bit(b));
  BOOST_TEST(b.guest.get8(b.kIsr) == 0);
  BOOST_TEST(b.messages.empty());
}

SIM_TEST_CASE(the_isr_tells_configuration_changes_from_queues) {
  SPEC("pci.isr-status-capability.2");
  SPEC("pci.isr-status-capability.4");
  VirtioBench b;
  start(b, 0);
  b.device.config_changed();
  BOOST_TEST(b.wires.levels[kWire]);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.guest.get32(b.kIsr) == (kIsrQueue | kIsrConfig));
  BOOST_TEST(!b.wires.levels[kWire]);
  b.device.config_changed();
  BOOST_TEST(b.guest.get8(b.kIsr) == kIsrConfig);
  BOOST_TEST(b.guest.get8(b.kIsr + 1) == 0);
}

SIM_TEST_CASE(a_reset_takes_the_pin_down) {
  VirtioBench b;
  start(b, 0);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.wires.levels[kWire]);
  b.set_status(0);
  BOOST_TEST(!b.wires.levels[kWire]);
  BOOST_TEST(b.guest.get8(b.kIsr) == 0);
}

SIM_TEST_CASE(a_broken_ring_tells_the_driver) {
  VirtioBench b;
  start(b, 0);
  b.guest.put16(b.ring(0) + 0x102, 100);  // more buffers than the queue has places for
  b.kick(0);
  BOOST_TEST((b.status() & kNeedsReset) != 0);
  BOOST_TEST(b.guest.get8(b.kIsr) == kIsrConfig);
  b.set_status(0);
  BOOST_TEST(b.status() == 0);
  b.guest.put16(b.ring(0) + 0x102, 0);
  b.guest.put16(b.ring(0) + 0x202, 0);
  start(b, 0);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.device.served == 1u);
}

SIM_TEST_CASE(losing_bus_mastership_stops_the_device) {
  VirtioBench b;
  start(b, 0);
  b.guest.put16(b.at + pci::kCommand, pci::kMemoryEnable);
  b.offer(0);
  b.kick(0);
  BOOST_TEST((b.status() & kNeedsReset) != 0);
  BOOST_TEST(b.device.served == 0u);
}
