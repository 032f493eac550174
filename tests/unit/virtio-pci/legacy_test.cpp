// SPDX-License-Identifier: Apache-2.0
// The legacy interface in I/O space.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

constexpr std::uint64_t kPage = Guest::kRam + 0x100000;
constexpr unsigned kSize = 16;
constexpr std::uint64_t kAvailable = kPage + 16 * kSize;
constexpr std::uint64_t kUsed = kPage + 0x1000;
const char* const kDevice = ", queue_size: 16, config_size: 12";

void start(VirtioBench& b, std::uint32_t features = 0) {
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, 0);
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge);
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge | kDriver);
  b.guest.put32(b.kLegacy + kLegacyDriverFeatures, features);
  b.guest.put16(b.kLegacy + kLegacyQueueSelect, 1);
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, kPage >> 12);
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge | kDriver | kDriverOk);
  b.step();
}

void request(VirtioBench& b) {
  b.offer_at(kPage, kAvailable, kSize);
  b.guest.put16(b.kLegacy + kLegacyQueueNotify, 1);
  b.step();
}

void drive(const char* interface) {
  VirtioBench b(interface, kDevice);
  BOOST_TEST(!b.device.legacy() == (b.card.interface() == VirtioPci::Interface::Transitional));
  start(b, 1u << 5);
  BOOST_TEST(b.device.legacy());
  BOOST_TEST(b.device.has(5));
  BOOST_TEST(!b.device.has(kVersion1));
  BOOST_TEST(b.guest.get32(b.kLegacy + kLegacyQueueAddress) == kPage >> 12);
  request(b);
  BOOST_TEST(b.guest.get16(kUsed + 2) == 1);
  BOOST_TEST(b.guest.get8(Guest::kRam + 0x2000) == 0xa5);
  BOOST_TEST(b.wires.levels[33]);
  BOOST_TEST(b.guest.get8(b.kLegacy + kLegacyIsr) == kIsrQueue);
  BOOST_TEST(!b.wires.levels[33]);
}

}  // namespace

SIM_TEST_CASE(a_legacy_driver_works_on_a_legacy_function) {
  drive(", interface: legacy");
}
SIM_TEST_CASE(a_legacy_driver_works_on_a_transitional_function) {
  drive("");
}

SIM_TEST_CASE(the_header_describes_the_device) {
  VirtioBench b("", kDevice);
  const std::uint32_t features = b.guest.get32(b.kLegacy + kLegacyDeviceFeatures);
  BOOST_TEST((features & (1u << 5)) != 0u);
  BOOST_TEST((features & (1u << kAnyLayout)) != 0u);
  BOOST_TEST((features & (1u << kNotifyOnEmpty)) != 0u);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueSize) == 16);
  b.guest.put16(b.kLegacy + kLegacyQueueSelect, 2);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueSize) == 0);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueSelect) == 2);
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, 1);
  BOOST_TEST(b.guest.get32(b.kLegacy + kLegacyQueueAddress) == 0u);
}

SIM_TEST_CASE(the_configuration_moves_with_msix) {
  VirtioBench b("", kDevice);
  BOOST_TEST(b.guest.get32(b.kLegacy + 0x14) == 0x04030201u);
  BOOST_TEST(b.guest.get8(b.kLegacy + 0x1f) == 12);
  b.enable_msix();
  BOOST_TEST(b.guest.get32(b.kLegacy + 0x14) == 0xffffffffu, "vectors");
  BOOST_TEST(b.guest.get32(b.kLegacy + 0x18) == 0x04030201u);
  b.guest.put16(b.kLegacy + 0x1a, 0xaabb);
  BOOST_TEST(b.device.config[2] == 0xbb);
  b.enable_msix(false);
  BOOST_TEST(b.guest.get32(b.kLegacy + 0x14) == 0xaabb0201u);
  BOOST_TEST(b.guest.get32(b.kLegacy + 0x20) == 0xffffffffu, "past the end");
}

SIM_TEST_CASE(any_width_reads_the_same_configuration) {
  VirtioBench b("", kDevice);
  for (unsigned i = 0; i < 12; ++i) BOOST_TEST(b.guest.get8(b.kLegacy + 0x14 + i) == i + 1);
  BOOST_TEST(b.guest.get16(b.kLegacy + 0x15) == 0x0302);
  BOOST_TEST(b.guest.get<std::uint64_t>(b.kLegacy + 0x14) == 0x0807060504030201u);
}

SIM_TEST_CASE(legacy_vectors_work) {
  VirtioBench b("", kDevice);
  b.enable_msix();
  b.program_vector(1, 0x99);
  start(b);
  b.guest.put16(b.kLegacy + kLegacyQueueVector, 7);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueVector) == kNoVector);
  b.guest.put16(b.kLegacy + kLegacyQueueVector, 1);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueVector) == 1);
  b.guest.put16(b.kLegacy + kLegacyConfigVector, 0);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyConfigVector) == 0);
  request(b);
  BOOST_REQUIRE(b.messages.size() == 1u);
  BOOST_TEST(b.messages[0].data == 0x99u);
}

SIM_TEST_CASE(the_first_status_after_a_reset_decides_the_interface) {
  VirtioBench b("", kDevice);
  start(b);
  BOOST_TEST(b.device.legacy());
  b.set_status(0);
  BOOST_TEST(!b.device.legacy());
  b.negotiate();
  BOOST_TEST((b.status() & kFeaturesOk) != 0);
  BOOST_TEST(!b.device.legacy());
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge);
  BOOST_TEST(!b.device.legacy(), "no change in the middle");
}

SIM_TEST_CASE(address_0_stops_the_device) {
  VirtioBench b("", kDevice);
  start(b);
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, 5);
  BOOST_TEST(b.guest.get32(b.kLegacy + kLegacyQueueAddress) == kPage >> 12, "in use already");
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, 0);
  BOOST_TEST(b.guest.get8(b.kLegacy + kLegacyDeviceStatus) == 0);
  BOOST_TEST(!b.device.queue_setup(1).enabled);
}

SIM_TEST_CASE(wrong_widths_and_read_only_fields_change_nothing) {
  VirtioBench b("", kDevice);
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge);
  b.guest.put16(b.kLegacy + kLegacyDeviceStatus, 0);
  b.guest.put32(b.kLegacy + kLegacyDeviceFeatures, 0);
  b.guest.put16(b.kLegacy + kLegacyQueueSize, 4);
  b.guest.put8(b.kLegacy + kLegacyQueueSelect, 1);
  BOOST_TEST(b.guest.get8(b.kLegacy + kLegacyDeviceStatus) == kAcknowledge);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueSize) == 16);
  BOOST_TEST(b.guest.get16(b.kLegacy + kLegacyQueueSelect) == 0);
  BOOST_TEST(b.card.ignored_accesses.value() == 4u);
}

SIM_TEST_CASE(header_reads_of_any_width_see_the_same_bytes) {
  VirtioBench b("", kDevice);
  start(b);
  const auto status = b.guest.get8(b.kLegacy + kLegacyDeviceStatus);
  BOOST_TEST(b.guest.get32(b.kLegacy + kLegacyQueueNotify) == static_cast<std::uint32_t>(status)
                                                                  << 16);
  BOOST_TEST(b.guest.get32(b.kLegacy + kLegacyQueueSize) == (1u << 16 | 16));
}
