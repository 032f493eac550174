// SPDX-License-Identifier: Apache-2.0
// Where events come from: seats, scripts, and what a keyboard types.
#include "backend/keys.h"
#include "backend/plugin_types.h"
#include "backend/seat.h"
#include "support/sim.h"

using namespace ringside;
using backend::InputUpdate;

namespace {

struct Listener : Model {
  Listener(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    source->on_update([this](const InputUpdate& update) {
      heard += std::to_string(static_cast<int>(sc_core::sc_time_stamp().to_seconds() * 1000 + 0.5));
      for (const auto& event : update)
        heard += " " + std::to_string(event.code) + "=" + std::to_string(event.value);
      heard += "; ";
    });
  }
  ChildSlot<backend::InputSource> source{this, "source", "seat", "events"};
  std::string heard;
};

void register_listener(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Listener>("listener", "hears events");
}

}  // namespace

SIM_TEST_CASE(all_at_a_seat_hear_the_same) {
  test::Sim sim(
      "children:\n  a: {type: listener}\n  b: {type: listener, source: {type: seat, name: main}}\n"
      "  c: {type: listener, source: {type: seat, name: other}}\n",
      register_listener);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  backend::Seat::post(sim.platform, "main", {{1, 30, 1}});
  backend::Seat::post(sim.platform, "nobody", {{1, 31, 1}});
  BOOST_TEST(sim.model<Listener>("a").heard == "0 30=1; ");
  BOOST_TEST(sim.model<Listener>("b").heard == "0 30=1; ");
  BOOST_TEST(sim.model<Listener>("c").heard == "");
}

SIM_TEST_CASE(a_script_plays_at_its_times) {
  test::Sim sim(
      "children:\n  a:\n    type: listener\n    source:\n      type: script\n      events:\n"
      "        - {at: 100ms, button: left}\n        - {at: 20ms, text: \"a\"}\n"
      "        - {at: 50ms, move: [3, -4]}\n        - {at: 60ms, position: [32767, 0]}\n",
      register_listener);
  sim.run(sc_core::sc_time(1, sc_core::SC_SEC));
  BOOST_TEST(sim.model<Listener>("a").heard ==
             "20 30=1; 30 30=0; 50 0=3 1=-4; 60 0=32767 1=0; 100 272=1; 110 272=0; ");
}

SIM_TEST_CASE(fingers_in_a_script) {
  test::Sim sim(
      "children:\n  a:\n    type: listener\n    source:\n      type: script\n      events:\n"
      "        - {at: 10ms, touch: [0, 5, 6]}\n        - {at: 20ms, touch: [1, 7, 8]}\n"
      "        - {at: 30ms, lift: 0}\n        - {at: 40ms, lift: 1}\n",
      register_listener);
  sim.run(sc_core::sc_time(1, sc_core::SC_SEC));
  BOOST_TEST(sim.model<Listener>("a").heard ==
             "10 47=0 57=0 53=5 54=6 330=1; 20 47=1 57=1 53=7 54=8; 30 47=0 57=-1; "
             "40 47=1 57=-1 330=0; ");
}

SIM_TEST_CASE(mistakes_in_a_script_are_found) {
  Registry registry;
  register_listener(registry);
  Platform platform(registry);
  const char* yaml =
      "children:\n  a:\n    type: listener\n    source:\n      type: script\n      events:\n"
      "        - {at: 1s, key: nothing}\n        - {key: a}\n        - {at: 1s, move: [1]}\n"
      "        - {at: 1s, position: [40000, 0]}\n        - {at: 1s, dance: a}\n        - word\n";
  BOOST_TEST(!platform.build(Node::parse(yaml, "test.yaml")));
  const std::string found = platform.diagnostics().str();
  for (const char* line : {":7:", ":8:", ":9:", ":10:", ":11:", ":12:"})
    BOOST_TEST(found.find(line) != std::string::npos, found);
}

BOOST_AUTO_TEST_CASE(names_of_keys) {
  BOOST_TEST(backend::key_code("a").value() == 30);
  BOOST_TEST(backend::key_code("f12").value() == 88);
  BOOST_TEST(backend::key_code("enter").value() == 28);
  BOOST_TEST(!backend::key_code("A").has_value());
  BOOST_TEST(!backend::key_code("").has_value());
  BOOST_CHECK_THROW(backend::press_keys("ctrl-"), std::invalid_argument);
  BOOST_CHECK_THROW(backend::press_keys(""), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(every_printable_character_can_be_typed) {
  for (char c = ' '; c < 127; ++c) BOOST_TEST(!backend::type_text(std::string(1, c)).empty());
  BOOST_TEST(backend::type_text("?").size() == 4u);
  BOOST_CHECK_THROW(backend::type_text("\x7f"), std::invalid_argument);
}
