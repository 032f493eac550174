// SPDX-License-Identifier: Apache-2.0
#include "support/sim.h"

using namespace ringside;

namespace {

struct Beeper : Model {
  Beeper(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Beeper);
    SC_THREAD(beep);
  }
  void beep() {
    for (;;) {
      wait(period.get());
      ++beeps;
    }
  }
  void reset() override { ++resets; }
  Param<sc_core::sc_time> period{this, "period", sc_core::sc_time(1, sc_core::SC_US), "time between beeps"};
  Counter beeps{this, "beeps", "count", "beeps so far"};
  int resets = 0;
};

void register_types(Registry& registry) { registry.add<Model, Beeper>("beeper", "beeps"); }

}  // namespace

SIM_TEST_CASE(a_platform_builds_resets_and_runs) {
  test::Sim sim("children:\n  b: {type: beeper, period: 10ns}\n", register_types);
  sim.run(sc_core::sc_time(105, sc_core::SC_NS));
  const Beeper& beeper = sim.model<Beeper>("b");
  BOOST_TEST(beeper.beeps.value() == 10u);
  BOOST_TEST(beeper.resets == 1);
  sim.platform.request_reset();
  sim.run(sc_core::sc_time(10, sc_core::SC_NS));
  BOOST_TEST(beeper.resets == 2);
}

SIM_TEST_CASE(mistakes_are_reported_with_place_and_nearest_name) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse("children:\n  b: {type: beepr}\n  c: {type: beeper, perod: 1ns}\n"
                                         "  d: {type: beeper, period: 4}\n", "x.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("x.yaml:2:13: error: 'b' of the machine has the unknown type 'beepr'") != std::string::npos, text);
  BOOST_TEST(text.find("did you mean 'beeper'?") != std::string::npos, text);
  BOOST_TEST(text.find("x.yaml:3:21: error: unknown key 'perod' of c (beeper)") != std::string::npos, text);
  BOOST_TEST(text.find("x.yaml:4:29: error: 'period' of d (beeper) is '4'; expected a time with a unit") != std::string::npos,
             text);
  BOOST_TEST(platform.diagnostics().errors() == 3u);
}
