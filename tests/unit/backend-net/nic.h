// SPDX-License-Identifier: Apache-2.0
// A model that is plugged into a network, and the frames it has seen.
#pragma once

#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backend/net_backend.h"
#include "backend/plugin_types.h"
#include "support/sim.h"

namespace ringside::test {

using backend::NetBackend;
using Frame = std::vector<std::uint8_t>;

struct Nic : Model {
  Nic(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Nic);
    SC_THREAD(tick);
    net->on_frame([this](const std::uint8_t* frame, std::size_t bytes) {
      frames.emplace_back(frame, frame + bytes);
      times.push_back(sc_core::sc_time_stamp());
    });
    net->on_link_change([this](bool up) { links.push_back(up); });
  }
  void tick() {  // with nothing pending the kernel would sleep until the host sends something
    for (;;) wait(sc_core::sc_time(1, sc_core::SC_US));
  }
  void send(const Frame& frame) { net->send(frame.data(), frame.size()); }

  ChildSlot<NetBackend> net{this, "net", required, "the network"};
  std::vector<Frame> frames;
  std::vector<sc_core::sc_time> times;
  std::vector<bool> links;
};

inline void register_nic(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Nic>("nic", "a NIC for tests");
}

/// Runs the simulation in steps of 20 us while the host does its part, until `done` or 5 s have
/// gone.
inline bool run_until(Sim& sim, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (sim.platform.stopped() || std::chrono::steady_clock::now() > end) return false;
    sim.run(sc_core::sc_time(20, sc_core::SC_US));
    usleep(200);
  }
  return true;
}

inline Frame frame(std::size_t bytes, std::uint8_t fill) {
  Frame f(bytes, fill);
  for (std::size_t i = 0; i < 6; ++i) f[i] = 0xff;
  return f;
}

}  // namespace ringside::test
