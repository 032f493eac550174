// SPDX-License-Identifier: Apache-2.0
// The tutorial's device does what the tutorial says.
#include <nlohmann/json.hpp>

#include "driver/device_bench.h"
#include "thermometer.h"
#include "virtio/device/bytes.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

void register_types(Registry& registry) {
  registry.add<VirtioDevice, Thermometer>("virtio-thermometer", "a thermometer");
  register_holder(registry);
}

struct Room : DeviceBench<Thermometer> {
  Room() : DeviceBench("{type: virtio-thermometer, sensors: 4, packed: true}", register_types) {}

  /// Bytes of a reading into this much room.
  std::vector<std::uint8_t> read(std::uint32_t room) {
    const std::uint64_t at = arena.take(room, 4);
    driver.queue().add({}, {{at, room}}, 0, Form::Direct);
    driver.submit();
    BOOST_REQUIRE(driver.wait_used(0, {1, sc_core::SC_MS}));
    std::vector<std::uint8_t> bytes(driver.queue().next_used()->written.value());
    memory.read(at, bytes.data(), bytes.size());
    return bytes;
  }
};

}  // namespace

SIM_TEST_CASE(readings_come_back_as_negotiated) {
  Room room;
  room.run([&] {
    BOOST_TEST_REQUIRE(room.driver.bring_up({kVersion1, kThermometerHumidity}, 8));
    const auto both = room.read(64);
    BOOST_TEST_REQUIRE(both.size() == 8u);
    BOOST_TEST(get_le32(both.data()) == 21500u);
    BOOST_TEST(get_le32(&both[4]) == 420u);
    BOOST_TEST(room.read(5).size() == 5u);
    room.driver.reset();
    BOOST_TEST_REQUIRE(room.driver.bring_up({kVersion1, kRingPacked, kEventIdx}, 7));
    room.device.warm_to.call(Node::parse("{temperature: 30000}", "test"));
    const auto one = room.read(64);
    BOOST_TEST_REQUIRE(one.size() == 4u);
    BOOST_TEST(get_le32(one.data()) == 30000u);
    BOOST_TEST(room.device.readings.value() == 3u);
  });
}

SIM_TEST_CASE(the_configuration_changes_with_a_notice) {
  Room room;
  room.run([&] {
    BOOST_TEST_REQUIRE(room.driver.bring_up({kVersion1}, 8));
    std::uint8_t sensors[4];
    room.access.read_config(0, sensors, 4);
    BOOST_TEST(get_le32(sensors) == 4u);
    const auto generation = room.access.config_generation();
    room.device.set_sensors(9);
    settle();
    BOOST_TEST(room.access.config_interrupts() == 1u);
    BOOST_TEST(room.access.config_generation() != generation);
    room.access.read_config(0, sensors, 4);
    BOOST_TEST(get_le32(sensors) == 9u);
  });
}
