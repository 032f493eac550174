// SPDX-License-Identifier: Apache-2.0
// Children, slots, and what happens when a constructor throws.
#include "kit/model.h"

#include "support/sim.h"

using namespace ringside;

namespace {

struct Engine : Model {
  static constexpr const char* kind = "engine";
  static constexpr const char* kind_doc = "drives a car";
  Engine(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<unsigned> power{this, "power", 50u, "kilowatts"};
};

struct Car : Model {
  Car(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<bool> broken{this, "broken", false, "throw"};
  ChildSlot<Engine> engine{this, "engine", "petrol", "what drives it"};
  ChildSlot<Engine> spare{this, "spare", nullptr, "another"};
  Children<Model> trailers{this, "trailers", "what it pulls"};
  struct Fail {
    explicit Fail(Car& car) {
      if (car.broken) throw std::runtime_error("the wheels came off");
    }
  } fail{*this};
  void resolve() override {
    if (engine->power == 13u) throw std::runtime_error("unlucky");
  }
};

struct Train : Model {
  Train(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  ChildSlot<Engine> engine{this, "engine", required, "what pulls it"};
};

void register_types(Registry& registry) {
  registry.add<Engine, Engine>("petrol", "burns");
  registry.add<Engine, Engine>("electric", "hums");
  registry.add<Model, Car>("car", "drives");
  registry.add<Model, Train>("train", "runs on rails");
}

std::string findings(const std::string& yaml) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse(yaml, "f.yaml"));
  return platform.diagnostics().str();
}

void expect(const std::string& yaml, const std::string& message) {
  const std::string text = findings(yaml);
  BOOST_TEST(text.find(message) != std::string::npos, "expected: " << message << "\nfound: " << text);
}

}  // namespace

SIM_TEST_CASE(models_know_their_path_slots_and_children) {
  test::Sim sim(
      "children:\n  a: {type: car, engine: electric, trailers: {t: {type: car, engine: {power: 9}}}}\n",
      register_types);
  Car& a = sim.model<Car>("a");
  BOOST_TEST(a.engine->type() == "electric");
  BOOST_TEST(a.engine->path() == "a.engine");
  BOOST_TEST(!a.spare);
  BOOST_REQUIRE_EQUAL(a.trailers.size(), 1u);
  BOOST_TEST(a.trailers.all()[0]->label() == "a.t (car)");
  // A map without a type takes the standard one.
  BOOST_TEST(sim.model<Engine>("a.t.engine").type() == "petrol");
  BOOST_TEST(sim.model<Engine>("a.t.engine").power.get() == 9u);
  BOOST_TEST(sim.platform.find_all<Engine>().size() == 2u);
  BOOST_TEST(a.slots()[0]->standard_type() == "petrol");
  BOOST_TEST(a.slots()[0]->built().size() == 1u);
  BOOST_TEST(sim.platform.find("a.nothing") == nullptr);
  BOOST_TEST(sim.platform.root()->label() == "the machine");
}

SIM_TEST_CASE(seeds_depend_on_path_and_machine_seed_only) {
  test::Sim sim("seed: 7\nchildren: {a: {type: car}, b: {type: car}}\n", register_types);
  const Platform& p = sim.platform;
  BOOST_TEST(p.seed_for(*p.find("a")) == p.seed_for(*p.find("a")));
  BOOST_TEST(p.seed_for(*p.find("a")) != p.seed_for(*p.find("b")));
}

SIM_TEST_CASE(a_missing_required_child) {
  expect("children: {t: {type: train}}", "f.yaml:1:15: error: 'engine' of t (train) is missing; expected engine: {type: ...} (what pulls it)");
}
SIM_TEST_CASE(a_child_of_another_kind) {
  expect("children: {t: {type: train, engine: car}}",
         "f.yaml:1:37: error: 'engine' of t (train) has the unknown type 'car'; expected a type of kind 'engine': one of 'electric', 'petrol'; 'car' is of kind 'component'");
}
SIM_TEST_CASE(a_child_without_type) {
  expect("children: {t: {type: train, engine: {power: 3}}}", "'engine' of t (train) has no type; expected 'type: ' and one of 'electric', 'petrol'");
}
SIM_TEST_CASE(children_that_are_a_list) {
  expect("children: [car]", "f.yaml:1:11: error: 'children' of the machine is a list; expected a map from name to model");
}
SIM_TEST_CASE(a_name_with_a_dot) {
  expect("children: {a.b: {type: car}}", "the name 'a.b' below the machine is not usable");
}
SIM_TEST_CASE(a_constructor_that_throws_is_a_finding_and_leaves_no_model) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse("children: {a: {type: car, broken: true}, b: {type: car}}", "f.yaml")));
  BOOST_TEST(platform.diagnostics().str() == "f.yaml:1:15: error: 'a' of the machine (car): the wheels came off\n");
  BOOST_TEST(platform.find("a") == nullptr);
  BOOST_TEST(platform.find("a.engine") == nullptr);
  BOOST_TEST(platform.root()->children().size() == 1u);
}
SIM_TEST_CASE(a_resolve_that_throws_is_a_finding) {
  expect("children: {a: {type: car, engine: {power: 13}}}", "f.yaml:1:15: error: a (car): unlucky");
}
SIM_TEST_CASE(a_root_that_is_no_machine) {
  expect("type: machin\n", "f.yaml:1:7: error: the root is of type 'machin'; expected one of 'machine'; did you mean 'machine'?");
  expect("[a]\n", "f.yaml:1:1: error: a platform is a list; expected a map such as 'type: machine'");
  expect("{type: [a]}\n", "error: the root is of type ''");
}
