// SPDX-License-Identifier: Apache-2.0
#include "rtl/replay.h"

#include <Vrtl_block.h>
#include <Vrtl_core_128.h>
#include <Vrtl_core_256.h>
#include <Vrtl_core_64.h>
#include <Vrtl_entropy.h>
#include <Vrtl_net.h>

#include <memory>
#include <stdexcept>

#include "cosim/log/waves.h"
#include "cosim/replay/rtl_replay.h"
#include "rtl/loopback_part.h"

namespace ringside::test {

namespace {

using namespace cosim;

struct Switches {
  bool hold = false;
  unsigned excess = 0;
  unsigned serve = ~0u;
  std::uint64_t requests = 0;
};

template <class Model>
void play_to_device(Player& player, const DutSettings& settings) {
  RtlReplaySettings replay;
  replay.timing = settings.timing;
  const auto model = std::make_unique<Model>();
  RtlReplay<Model>(*model, player, replay).run();
  model->final();
}

template <class Model>
void play_to_core(Player& player, const DutSettings& settings) {
  RtlReplaySettings replay;
  replay.timing = settings.timing;
  const auto model = std::make_unique<Model>();
  Switches switches;
  using Part = LoopbackPart<Model, Switches>;
  Part part(*model, settings, switches);
  RtlReplay<Model, Part>(*model, player, replay, part).run();
  model->final();
}

void play(Player& player, const DutSettings& settings) {
  switch (settings.device) {
    case Device::Entropy:
      return play_to_device<Vrtl_entropy>(player, settings);
    case Device::Net:
      return play_to_device<Vrtl_net>(player, settings);
    case Device::Block:
      return play_to_device<Vrtl_block>(player, settings);
    case Device::Loopback:
      break;
  }
  switch (settings.width) {
    case 64:
      return play_to_core<Vrtl_core_64>(player, settings);
    case 128:
      return play_to_core<Vrtl_core_128>(player, settings);
    case 256:
      return play_to_core<Vrtl_core_256>(player, settings);
    default:
      throw std::runtime_error("no such width");
  }
}

}  // namespace

ReplayOutcome replay_on_rtl(const std::string& log, const DutSettings& settings,
                            const RtlReplayOptions& options) {
  Player player(log);
  if (options.check) player.check();
  std::unique_ptr<Waves> waves;
  if (!options.waves.empty()) {
    waves = std::make_unique<Waves>(options.waves, Dut::kQueues);
    player.add(*waves);
  }
  std::unique_ptr<WaveWindow> window;
  if (!options.window.empty()) {
    window = std::make_unique<WaveWindow>(options.window, Dut::kQueues);
    player.add(*window);
    player.on_first_fault = [&] { window->mark(); };
  }
  play(player, settings);
  return player.outcome();
}

}  // namespace ringside::test
