// SPDX-License-Identifier: Apache-2.0
// An input device by itself, and its driver.
#pragma once

#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "backend/seat.h"
#include "driver/device_bench.h"
#include "support/spec.h"
#include "virtio/device/input.h"

namespace ringside::test {

inline void register_input(Registry& registry) {
  backend::register_types(registry);
  registry.add<virtio::VirtioDevice, virtio::Input>("virtio-input", "input");
  register_holder(registry);
}

struct InputBench : DeviceBench<virtio::Input> {
  explicit InputBench(const std::string& params = "device: keyboard")
      : InputBench(params, register_input) {}
  InputBench(const std::string& params, void (*register_types)(Registry&))
      : DeviceBench("{type: virtio-input, " + params + "}", register_types) {}

  bool start(unsigned buffers = 16, const Driver::Bits& bits = {virtio::kVersion1},
             std::uint16_t size = 16) {
    places.clear();
    if (!driver.negotiate(bits) || !driver.add_queue(0, size) || !driver.add_queue(1, 8))
      return false;
    driver.start();
    give(buffers);
    return true;
  }
  void give(unsigned buffers, std::uint32_t bytes = 8) {
    for (unsigned i = 0; i < buffers; ++i) {
      places.push_back({arena.take(8, 8), bytes});
      BOOST_REQUIRE(driver.queue(0).add({}, {places.back()}, places.size() - 1, Form::Direct));
    }
    driver.submit(0);
    settle(5);
  }
  /// "type:code=value" of each event that came, and a bar for SYN_REPORT.
  std::string events() {
    settle(20);
    std::string all;
    while (const auto done = driver.queue(0).next_used()) {
      if (done->written.value_or(8) != 8) all += "short ";
      const std::uint64_t at = places[done->token].address;
      const auto type = memory_word<std::uint16_t>(at);
      const auto code = memory_word<std::uint16_t>(at + 2);
      const auto value = memory_word<std::int32_t>(at + 4);
      all += type == 0 ? "| "
                       : std::to_string(type) + ":" + std::to_string(code) + "=" +
                             std::to_string(value) + " ";
    }
    return all;
  }
  template <typename T>
  T memory_word(std::uint64_t at) {
    T value;
    memory.read(at, &value, sizeof value);
    return value;
  }
  void post(const backend::InputUpdate& update) {
    backend::Seat::post(sim.platform, "main", update);
  }
  std::vector<std::uint8_t> ask(std::uint8_t select, std::uint8_t subsel) {
    access.write_config(0, &select, 1);
    access.write_config(1, &subsel, 1);
    std::vector<std::uint8_t> all(device.config_bytes());
    access.read_config(0, all.data(), all.size());
    BOOST_TEST_REQUIRE(all.size() >= 8u + all[2]);
    return {all.begin() + 8, all.begin() + 8 + all[2]};
  }

  std::vector<Piece> places;
};

}  // namespace ringside::test
