// SPDX-License-Identifier: Apache-2.0
// A model with a byte stream, and what it has seen of it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backend/char_backend.h"
#include "backend/plugin_types.h"
#include "support/sim.h"

namespace ringside::test {

using backend::CharBackend;

struct Line : Model {
  Line(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Line);
    SC_THREAD(tick);
    backend->on_input([this] {
      if (take_input) take();
    });
    backend->on_writable([this] { ++writable; });
    backend->on_open_change([this](bool open) { opens.push_back(open); });
    backend->on_resize([this](unsigned c, unsigned r) { size = {c, r}; });
    backend->on_break([this] { ++breaks; });
  }
  void tick() {  // with nothing pending the kernel would sleep until the host sends something
    for (;;) wait(sc_core::sc_time(1, sc_core::SC_US));
  }
  void take() {
    std::uint8_t bytes[100];
    while (const std::size_t got = backend->read(bytes, sizeof bytes))
      input.append(bytes, bytes + got);
  }
  void say(const std::string& text) {
    said += backend->write(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }

  ChildSlot<CharBackend> backend{this, "backend", required, "the byte stream"};
  bool take_input = true;
  std::string input;
  std::vector<bool> opens;
  std::pair<unsigned, unsigned> size;
  int writable = 0;
  int breaks = 0;
  std::size_t said = 0;
};

inline void register_line(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Line>("line", "a byte stream for tests");
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

}  // namespace ringside::test
