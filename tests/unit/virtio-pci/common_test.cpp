// SPDX-License-Identifier: Apache-2.0
// The common configuration and the device configuration of the modern interface.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(features_are_shown_page_by_page) {
  SPEC("pci.common-configuration-structure-layout.3");
  VirtioBench b;
  BOOST_TEST(b.offered(0) == ((1u << 0) | (1u << 5) | (1u << 28) | (1u << 29)));
  BOOST_TEST((b.offered(1) & 1u) == 1u, "VERSION_1");
  BOOST_TEST((b.offered(1) & (1u << 8)) != 0u, "RING_RESET");
  BOOST_TEST(b.offered(2) == 1u << 2);
  BOOST_TEST(b.offered(3) == 1u << 4);
  BOOST_TEST(b.offered(4) == 0u);
  BOOST_TEST(b.offered(0xffffffff) == 0u);
  BOOST_TEST(b.get<std::uint32_t>(kDeviceFeatureSelect) == 0xffffffffu);
}

SIM_TEST_CASE(driver_features_read_back) {
  SPEC("pci.common-configuration-structure-layout.4");
  VirtioBench b;
  b.set_status(kAcknowledge | kDriver);
  b.accept(0, 1u << 5);
  b.accept(1, 1);
  b.accept(2, 1u << 2);
  const auto back = [&](std::uint32_t page) {
    b.put<std::uint32_t>(kDriverFeatureSelect, page);
    return b.get<std::uint32_t>(kDriverFeature);
  };
  BOOST_TEST(back(0) == 1u << 5);
  BOOST_TEST(back(1) == 1u);
  BOOST_TEST(back(2) == 1u << 2);
  BOOST_TEST(back(3) == 0u);
  BOOST_TEST(back(7) == 0u);
  BOOST_TEST(b.get<std::uint32_t>(kDriverFeatureSelect) == 7u);
}

SIM_TEST_CASE(features_ok_is_refused_for_what_was_not_offered) {
  VirtioBench b;
  b.negotiate(0, 1u << 7);
  BOOST_TEST((b.status() & kFeaturesOk) == 0);
  b.negotiate(0, 1u << 5);
  BOOST_TEST((b.status() & kFeaturesOk) != 0);
  BOOST_TEST(b.device.has(5));
}

SIM_TEST_CASE(queues_are_described_through_the_selector) {
  SPEC("pci.common-configuration-structure-layout.13");
  SPEC("pci.common-configuration-structure-layout.14");
  VirtioBench b("", ", queues: 3, queue_size: 100");
  BOOST_TEST(b.get<std::uint16_t>(kNumQueues) == 3);
  b.select(2);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSelect) == 2);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 64, "a power of 2 without a packed ring");
  BOOST_TEST(b.get<std::uint16_t>(kQueueNotifyOff) == 2);
  BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == kNoVector);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 0);
  for (std::uint16_t queue : {std::uint16_t{3}, std::uint16_t{0x400}, std::uint16_t{0xffff}}) {
    b.select(queue);
    BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 0);
    BOOST_TEST(b.get<std::uint16_t>(kQueueNotifyOff) == 0);
    BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 0);
    BOOST_TEST(b.get<std::uint64_t>(kQueueDesc) == 0u);
    b.put<std::uint16_t>(kQueueVector, 0);
    BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == kNoVector);
    b.put<std::uint16_t>(kQueueSize, 8);
    b.put<std::uint16_t>(kQueueEnable, 1);
    b.put_area(kQueueDesc, 0x1000);
    BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 0);
  }
}

SIM_TEST_CASE(queue_sizes_that_are_not_legal_are_not_taken) {
  SPEC("pci.common-configuration-structure-layout.14");
  VirtioBench b;
  b.negotiate();
  b.select(0);
  for (std::uint16_t size : {std::uint16_t{0}, std::uint16_t{3}, std::uint16_t{512}}) {
    b.put<std::uint16_t>(kQueueSize, size);
    BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 256);
  }
  b.put<std::uint16_t>(kQueueSize, 32);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 32);
  BOOST_TEST(b.card.ignored_accesses.value() == 3u);
}

SIM_TEST_CASE(packed_rings_take_any_size) {
  VirtioBench b("", ", packed: true");
  b.negotiate(1u << (kRingPacked - 32));
  b.select(0);
  b.put<std::uint16_t>(kQueueSize, 100);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 100);
  b.put<std::uint16_t>(kQueueSize, 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 100);
}

SIM_TEST_CASE(halves_of_64_bit_fields_are_independent) {
  SPEC("pci.pci-device-layout.1");
  VirtioBench b;
  b.select(0);
  for (unsigned field : {kQueueDesc, kQueueDriver, kQueueDevice}) {
    b.put<std::uint32_t>(field + 4, 0x11223344);
    BOOST_TEST(b.get<std::uint64_t>(field) == 0x1122334400000000u);
    b.put<std::uint32_t>(field, 0x55667788);
    BOOST_TEST(b.get<std::uint32_t>(field) == 0x55667788u);
    BOOST_TEST(b.get<std::uint32_t>(field + 4) == 0x11223344u);
    b.put<std::uint64_t>(field, 0x0102030405060708);
    BOOST_TEST(b.get<std::uint64_t>(field) == 0x0102030405060708u);
  }
}

SIM_TEST_CASE(vectors_are_checked_and_read_back) {
  SPEC("pci.msi-x-vector-configuration.4");
  SPEC("pci.msi-x-vector-configuration.5");
  SPEC("pci.msi-x-vector-configuration.6");
  SPEC("pci.msi-x-vector-configuration.8");
  SPEC("pci.msi-x-vector-configuration.9");
  VirtioBench b("", ", queues: 2");
  for (std::uint16_t vector = 0; vector < 3; ++vector) {
    b.put<std::uint16_t>(kConfigVector, vector);
    BOOST_TEST(b.get<std::uint16_t>(kConfigVector) == vector);
    b.select(1);
    b.put<std::uint16_t>(kQueueVector, vector);
    BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == vector);
  }
  for (std::uint16_t vector : {std::uint16_t{3}, std::uint16_t{0x800}, kNoVector}) {
    b.put<std::uint16_t>(kConfigVector, 0);
    b.put<std::uint16_t>(kConfigVector, vector);
    BOOST_TEST(b.get<std::uint16_t>(kConfigVector) == kNoVector);
    b.put<std::uint16_t>(kQueueVector, 0);
    b.put<std::uint16_t>(kQueueVector, vector);
    BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == kNoVector);
  }
}

SIM_TEST_CASE(reset_brings_back_all_registers) {
  SPEC("pci.common-configuration-structure-layout.6");
  SPEC("pci.common-configuration-structure-layout.7");
  SPEC("pci.common-configuration-structure-layout.8");
  SPEC("pci.common-configuration-structure-layout.9");
  SPEC("pci.msi-x-vector-configuration.7");
  VirtioBench b;
  b.negotiate(1u << (kRingReset - 32));
  b.put<std::uint16_t>(kConfigVector, 1);
  b.enable_queue(1, 2);
  b.driver_ok();
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 0);
  const unsigned resets = b.device.resets;
  b.set_status(0);
  BOOST_TEST(b.device.resets == resets + 1);
  BOOST_TEST(b.status() == 0);
  BOOST_TEST(b.get<std::uint16_t>(kConfigVector) == kNoVector);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSelect) == 0);
  b.select(1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == kNoVector);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 256);
  BOOST_TEST(b.get<std::uint64_t>(kQueueDesc) == 0u);
  BOOST_TEST(b.get<std::uint32_t>(kDriverFeature) == 0u);
}

SIM_TEST_CASE(a_reset_of_the_function_resets_the_device) {
  SPEC("pci.common-configuration-structure-layout.7");
  VirtioBench b;
  b.negotiate();
  b.enable_queue(0, 0);
  b.driver_ok();
  b.sim.platform.request_reset();
  b.step();
  BOOST_TEST(b.device.status() == 0);
  BOOST_TEST(!b.device.queue_setup(0).enabled);
  BOOST_TEST(b.guest.get32(b.kCommon) == 0xffffffffu, "the registers have no address any more");
}

SIM_TEST_CASE(an_enabled_queue_keeps_its_set_up) {
  VirtioBench b;
  b.negotiate();
  b.enable_queue(0);
  b.put<std::uint16_t>(kQueueSize, 16);
  b.put_area(kQueueDesc, 0x1234000);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 8);
  BOOST_TEST(b.get<std::uint64_t>(kQueueDesc) == b.ring(0));
  b.put<std::uint16_t>(kQueueEnable, 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 1, "0 must not be written");
}

SIM_TEST_CASE(one_queue_is_reset_alone) {
  SPEC("pci.common-configuration-structure-layout.10");
  SPEC("pci.common-configuration-structure-layout.11");
  SPEC("pci.common-configuration-structure-layout.12");
  VirtioBench b;
  b.negotiate(1u << (kRingReset - 32));
  b.enable_queue(0, 0);
  b.enable_queue(1, 1);
  b.driver_ok();
  b.select(0);
  b.put<std::uint16_t>(kQueueReset, 1);
  b.step();
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 256);
  BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == kNoVector);
  BOOST_TEST(b.device.queue_resets == 1u);
  b.select(1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 1);
  b.guest.put32(b.ring(0) + 0x100, 0);
  b.enable_queue(0, 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 1);
  b.offer(0);
  b.kick(0);
  BOOST_TEST(b.device.served == 1u);
}

SIM_TEST_CASE(a_queue_reset_lasts_until_the_memory_is_left_alone) {
  SPEC("pci.common-configuration-structure-layout.11");
  VirtioBench b("", "", false, "accuracy: timed\n");
  b.negotiate(1u << (kRingReset - 32));
  b.enable_queue(0);
  b.driver_ok();
  b.offer(0);
  b.guest.put16(b.kNotify, 0);
  b.sim.run(sc_core::sc_time(10, sc_core::SC_NS));  // a read is on its way
  b.select(0);
  b.put<std::uint16_t>(kQueueReset, 1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 1);
  b.step();
  BOOST_TEST(b.get<std::uint16_t>(kQueueReset) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 0);
  BOOST_TEST(b.device.served == 0u);
}

SIM_TEST_CASE(a_reset_lasts_until_the_memory_is_left_alone) {
  SPEC("pci.common-configuration-structure-layout.6");
  VirtioBench b("", "", false, "accuracy: timed\n");
  b.negotiate();
  b.enable_queue(0);
  b.driver_ok();
  b.offer(0);
  b.guest.put16(b.kNotify, 0);
  b.sim.run(sc_core::sc_time(10, sc_core::SC_NS));
  b.set_status(0);
  BOOST_TEST(b.status() != 0);
  b.step();
  BOOST_TEST(b.status() == 0);
  b.negotiate();
  BOOST_TEST((b.status() & kFeaturesOk) != 0);
}

SIM_TEST_CASE(queue_reset_needs_its_feature) {
  VirtioBench b;
  b.negotiate();
  b.enable_queue(0);
  b.select(0);
  b.put<std::uint16_t>(kQueueReset, 1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueEnable) == 1);
  BOOST_TEST(b.device.queue_resets == 0u);
}

SIM_TEST_CASE(there_are_no_administration_queues) {
  VirtioBench b;
  BOOST_TEST(b.get<std::uint16_t>(kAdminQueueNum) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kAdminQueueIndex) == 0);
  BOOST_TEST((b.offered(1) & (1u << (kAdminVq - 32))) == 0u);
}

SIM_TEST_CASE(the_administration_queue_follows_the_others) {
  SPEC("pci.common-configuration-structure-layout.15");
  SPEC("pci.common-configuration-structure-layout.16");
  VirtioBench b("", ", queues: 3, admin_queue: true");
  BOOST_TEST((b.offered(1) & (1u << (kAdminVq - 32))) != 0u);
  BOOST_TEST(b.card.msix().vectors() == 5u);  // one per queue, and one for the configuration
  // Not negotiated: it is not there.
  b.negotiate();
  BOOST_TEST(b.get<std::uint16_t>(kNumQueues) == 3);
  BOOST_TEST(b.get<std::uint16_t>(kAdminQueueNum) == 0);
  BOOST_TEST(b.get<std::uint16_t>(kAdminQueueIndex) == 0);
  b.select(3);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 0);
  b.negotiate(1u << (kAdminVq - 32));
  BOOST_TEST((b.status() & kFeaturesOk) != 0);
  const unsigned index = b.get<std::uint16_t>(kAdminQueueIndex);
  const unsigned count = b.get<std::uint16_t>(kAdminQueueNum);
  BOOST_TEST(b.get<std::uint16_t>(kNumQueues) == 3);
  BOOST_TEST(index == 3u);
  BOOST_TEST(count == 1u);
  BOOST_TEST(index + count <= 0x10000u);
  b.select(3);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 64);
  BOOST_TEST(b.get<std::uint16_t>(kQueueNotifyOff) == 3);
  b.put<std::uint16_t>(kQueueVector, 4);
  BOOST_TEST(b.get<std::uint16_t>(kQueueVector) == 4);
  b.select(4);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSize) == 0);
  b.put<std::uint16_t>(kAdminQueueNum, 7);
  BOOST_TEST(b.get<std::uint16_t>(kAdminQueueNum) == 1);
}

SIM_TEST_CASE(configuration_changes_change_the_generation) {
  SPEC("pci.common-configuration-structure-layout.5");
  VirtioBench b;
  const std::uint8_t before = b.get<std::uint8_t>(kConfigGeneration);
  BOOST_TEST(b.guest.get8(b.kDevice) == 1);
  BOOST_TEST(b.get<std::uint8_t>(kConfigGeneration) == before);
  b.device.config[0] = 99;
  b.device.config_changed();
  BOOST_TEST(b.guest.get8(b.kDevice) == 99);
  BOOST_TEST(b.get<std::uint8_t>(kConfigGeneration) != before);
}

SIM_TEST_CASE(wrong_widths_change_nothing) {
  VirtioBench b;
  b.set_status(kAcknowledge | kDriver);
  b.put<std::uint8_t>(kQueueSelect, 1);
  b.put<std::uint32_t>(kQueueSelect, 1);
  BOOST_TEST(b.get<std::uint16_t>(kQueueSelect) == 0);
  b.put<std::uint16_t>(kDriverFeatureSelect, 2);
  BOOST_TEST(b.get<std::uint32_t>(kDriverFeatureSelect) == 0u);
  b.put<std::uint32_t>(kDeviceStatus, 0);
  BOOST_TEST(b.status() == (kAcknowledge | kDriver));
  b.put<std::uint16_t>(kQueueDesc, 0xffff);
  BOOST_TEST(b.get<std::uint64_t>(kQueueDesc) == 0u);
  b.put<std::uint32_t>(kDeviceFeature, 0);
  b.put<std::uint16_t>(kNumQueues, 9);
  BOOST_TEST(b.get<std::uint16_t>(kNumQueues) == 2);
  b.put<std::uint32_t>(0x40, 1);
  b.put<std::uint32_t>(0xffc, 1);
  BOOST_TEST(b.get<std::uint32_t>(0xffc) == 0u);
  BOOST_TEST(b.card.ignored_accesses.value() >= 5u);
}

SIM_TEST_CASE(reads_of_any_width_see_the_same_bytes) {
  VirtioBench b;
  b.negotiate();
  b.enable_queue(1, 1);
  std::vector<std::uint8_t> bytes;
  for (unsigned i = 0; i < kCommonBytes; ++i) bytes.push_back(b.get<std::uint8_t>(i));
  for (unsigned i = 0; i + 8 <= kCommonBytes; ++i) {
    const auto value = b.get<std::uint64_t>(i);
    for (unsigned k = 0; k < 8; ++k) BOOST_TEST((value >> (8 * k) & 0xff) == bytes[i + k]);
  }
  BOOST_TEST(b.get<std::uint64_t>(kCommonBytes - 4) >> 32 == 0u);
}

SIM_TEST_CASE(the_device_configuration_takes_all_widths) {
  VirtioBench b("", ", config_size: 13");
  BOOST_TEST(b.guest.get<std::uint64_t>(b.kDevice) == 0x0807060504030201u);
  BOOST_TEST(b.guest.get16(b.kDevice + 3) == 0x0504);
  BOOST_TEST(b.guest.get32(b.kDevice + 12) == 0xffffff0du, "what is past the end reads as ones");
  BOOST_TEST(b.guest.get32(b.kDevice + 0xffc) == 0xffffffffu);
  b.guest.put32(b.kDevice + 11, 0xa1a2a3a4);
  BOOST_TEST(b.device.config[11] == 0xa4);
  BOOST_TEST(b.device.config[12] == 0xa3);
  b.guest.put8(b.kDevice + 13, 1);
  BOOST_TEST(b.device.config.size() == 13u);
  BOOST_TEST(b.card.device_reads.value() == 4u);
  BOOST_TEST(b.card.device_writes.value() == 2u);
}
