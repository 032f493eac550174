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

SIM_TEST_CASE(statistics_are_of_the_region_of_interest) {
  test::Sim sim("children:\n  b: {type: beeper, period: 10ns}\n", register_types);
  const Beeper& beeper = sim.model<Beeper>("b");
  Platform& platform = sim.platform;
  std::string seen;
  platform.on_region([&](bool begins) {
    seen += (begins ? "begin " : "end ") + std::to_string(beeper.beeps.value()) + " ";
  });
  sim.run(sc_core::sc_time(105, sc_core::SC_NS));
  platform.end_region();  // none has begun
  platform.begin_region();
  BOOST_TEST(platform.in_region());
  BOOST_TEST((platform.counted_since() == sc_core::sc_time(105, sc_core::SC_NS)));
  sim.run(sc_core::sc_time(30, sc_core::SC_NS));
  platform.end_region();
  BOOST_TEST(!platform.in_region());
  sim.run(sc_core::sc_time(20, sc_core::SC_NS));
  platform.begin_region();
  platform.begin_region();
  BOOST_TEST(seen == "begin 0 end 3 begin 0 begin 0 ");
}

SIM_TEST_CASE(milestones_are_kept_and_told) {
  test::Sim sim("children:\n  b: {type: beeper}\n", register_types);
  std::string told;
  sim.platform.on_event([&](const Event& event) { told += event.what + "=" + event.detail + " "; });
  sim.run(sc_core::sc_time(5, sc_core::SC_NS));
  sim.platform.milestone(*sim.platform.root(), "kernel");
  BOOST_TEST(told == "milestone=kernel ");
  BOOST_TEST_REQUIRE(sim.platform.milestones().size() == 1u);
  BOOST_TEST((sim.platform.milestones()[0].when == sc_core::sc_time(5, sc_core::SC_NS)));
  for (unsigned i = 0; i < 1000; ++i) sim.platform.milestone(*sim.platform.root(), "again");
  BOOST_TEST(sim.platform.milestones().size() == Platform::kMostMilestones);
}

SIM_TEST_CASE(samples_are_taken_when_they_are_due) {
  test::Sim sim("children:\n  b: {type: beeper}\n", register_types);
  std::string times;
  sim.platform.serve_observer();
  sim.platform.on_sample([&] {
    times += std::to_string(sc_core::sc_time_stamp().value() / 1000) + " ";
    return sc_core::sc_time_stamp() + sc_core::sc_time(10, sc_core::SC_NS);
  });
  for (unsigned i = 0; i < 8; ++i) {
    sim.platform.serve_observer();
    sim.run(sc_core::sc_time(4, sc_core::SC_NS));
  }
  sim.platform.on_sample({});
  sim.platform.serve_observer();
  BOOST_TEST(times == "0 12 24 ");
}

SIM_TEST_CASE(an_observer_is_called_when_it_has_been_asked_for) {
  test::Sim sim("children:\n  b: {type: beeper}\n", register_types);
  unsigned calls = 0;
  sim.platform.serve_observer();
  sim.platform.on_observe([&] { ++calls; });
  sim.platform.serve_observer();
  BOOST_TEST(calls == 0u);
  sim.platform.ask_observer();
  sim.platform.ask_observer();
  sim.platform.serve_observer();
  sim.platform.serve_observer();
  BOOST_TEST(calls == 1u);
}
