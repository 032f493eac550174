// SPDX-License-Identifier: Apache-2.0
// What an observer of the transport is told.
#include <fmt/format.h>

#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

/// Keeps what it is told as text: "w 14 1 0" for a status write of 0, "n 1" for a notification.
struct Notes final : TransportObserver {
  void on_register(bool is_write, std::uint64_t offset, std::uint64_t value,
                   unsigned bytes) override {
    lines.push_back(fmt::format("{} {:x} {} {:x}", is_write ? 'w' : 'r', offset, bytes, value));
  }
  void on_notification(unsigned queue) override { lines.push_back(fmt::format("n {}", queue)); }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};
using Lines = std::vector<std::string>;

void same(const Lines& told, const Lines& expected) {
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

}  // namespace

SIM_TEST_CASE(registers_and_notifications_in_their_order) {
  VirtioBench b;
  Notes notes;
  b.card.observe(&notes);
  b.negotiate();
  same(notes.take(), {"w 14 1 0", "w 14 1 1", "w 14 1 3", "w 8 4 0", "w c 4 0", "w 8 4 1",
                      "w c 4 1", "w 14 1 b"});
  BOOST_TEST(b.status() == 0xb);
  same(notes.take(), {"r 14 1 b"});
  b.enable_queue(1);
  b.driver_ok();
  notes.take();
  b.offer(1);
  b.kick(1);  // without a vector there is no message, but a notification
  same(notes.take(), {"w 3004 2 1", "n 1"});
  b.guest.get8(b.kIsr);
  b.guest.get8(b.kDevice + 3);
  same(notes.take(), {"r 1000 1 1", "r 2003 1 4"});
  b.device.config_changed();
  same(notes.take(), {"n 65535"});
  b.card.reset();
  same(notes.take(), {"w 14 1 0"});
  b.enumerate();
  b.card.observe(nullptr);
  b.status();
  same(notes.take(), {});
}

SIM_TEST_CASE(doorbells_elsewhere_are_told_in_their_place) {
  VirtioBench b(", page_per_vq: true, modern_pio_notify: true");
  Notes notes;
  b.card.observe(&notes);
  b.guest.put16(b.kNotify + 0x1000, 1);
  b.guest.put16(b.kPortDoorbell, 1);
  same(notes.take(), {"w 3004 2 1", "w 3004 2 1"});
}

SIM_TEST_CASE(accesses_through_configuration_space_count) {
  VirtioBench b;
  Notes notes;
  b.card.observe(&notes);
  const std::uint64_t window = b.at + 0x84;  // see README
  b.guest.put8(window + kCapBar, kModernBar);
  b.guest.put32(window + kCapOffset, kDeviceStatus);
  b.guest.put32(window + kCapBytes, 1);
  b.guest.put8(window + kCapData, 1);
  same(notes.take(), {"w 14 1 1"});
}

SIM_TEST_CASE(a_legacy_driver_is_told_as_a_modern_one) {
  VirtioBench b("", ", queue_size: 16");
  Notes notes;
  b.card.observe(&notes);
  const std::uint64_t page = Guest::kRam + 0x100000;
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, 0);
  b.guest.put8(b.kLegacy + kLegacyDeviceStatus, kAcknowledge | kDriver);
  b.guest.put32(b.kLegacy + kLegacyDriverFeatures, 1u << 5);
  b.guest.put16(b.kLegacy + kLegacyQueueSelect, 1);
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, static_cast<std::uint32_t>(page >> 12));
  same(notes.take(), {"w 14 1 0", "w 14 1 3", "w 8 4 0", "w c 4 20", "w 16 2 1", "w 18 2 10",
                      "w 20 8 80100000", "w 28 8 80100100", "w 30 8 80101000", "w 1c 2 1"});
  b.offer_at(page, page + 0x100, 16);
  b.guest.put16(b.kLegacy + kLegacyQueueNotify, 1);  // before DRIVER_OK, which some do
  b.step();
  same(notes.take(), {"w 14 1 7", "w 3004 2 1", "n 1"});
  BOOST_TEST(b.guest.get8(b.kLegacy + kLegacyIsr) == kIsrQueue);
  same(notes.take(), {"r 1000 1 1"});
  b.guest.put32(b.kLegacy + kLegacyQueueAddress, 0);
  same(notes.take(), {"w 14 1 0"});
}
