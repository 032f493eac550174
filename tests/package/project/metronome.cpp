// SPDX-License-Identifier: Apache-2.0
// A model outside Ringside's tree.
#include "kit/plugin.h"

namespace {

class Metronome final : public ringside::Model {
 public:
  Metronome(const sc_core::sc_module_name& name, const ringside::ModelContext& context)
      : ringside::Model(name, context) {
    SC_HAS_PROCESS(Metronome);
    SC_THREAD(tick);
  }
  ringside::Param<sc_core::sc_time> period{this, "period", sc_core::sc_time(1, sc_core::SC_MS),
                                           "time between ticks"};
  ringside::Counter ticks{this, "ticks", "count", "ticks so far"};

 private:
  void tick() {
    for (;;) {
      wait(period.get());
      ++ticks;
    }
  }
};

void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, Metronome>("metronome", "ticks");
}

}  // namespace

RINGSIDE_PLUGIN("metronome", register_types);
