// SPDX-License-Identifier: Apache-2.0
#include "kit/override.h"

#include "support/sim.h"

using namespace ringside;

namespace {

struct Backend : Model {
  static constexpr const char* kind = "store";
  static constexpr const char* kind_doc = "holds data";
  Backend(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<std::string> path{this, "path", "", "where"};
};

struct Disk : Model {
  Disk(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<unsigned> size{this, "size", 1u, "how large"};
  ChildSlot<Backend> backend{this, "backend", "plain", "what holds the data"};
  Children<Model> parts{this, "parts", "partitions"};
};

void register_types(Registry& registry) {
  registry.add<Backend, Backend>("plain", "as it is");
  registry.add<Backend, Backend>("packed", "smaller");
  registry.add<Model, Disk>("disk", "spins");
}

struct Setup {
  explicit Setup(const std::vector<std::pair<std::string, std::string>>& settings) : platform(registry) {
    register_types(registry);
    for (const auto& [path, value] : settings)
      platform.overrides().add(path, value, "--set " + path + "=" + value);
    built = platform.build(
        Node::parse("children:\n  d: {type: disk, size: 2, parts: {p: {type: disk}}}\n", "f.yaml"));
  }
  Registry registry;
  Platform platform;
  bool built;
};

void expect(const std::string& path, const std::string& value, const std::string& message) {
  Setup s({{path, value}});
  BOOST_TEST(!s.built);
  BOOST_TEST(s.platform.diagnostics().str() == message + "\n");
}

}  // namespace

SIM_TEST_CASE(overrides_find_models_through_maps_and_slots) {
  Setup s({{"d.size", "3"},
           {"d.p.size", "4"},
           {"d.p.backend.path", "x"},
           {"d.backend", "{type: packed, path: y}"},
           {"seed", "9"}});
  BOOST_REQUIRE_MESSAGE(s.built, s.platform.diagnostics().str());
  BOOST_TEST(dynamic_cast<Disk*>(s.platform.find("d"))->size.get() == 3u);
  BOOST_TEST(dynamic_cast<Disk*>(s.platform.find("d.p"))->size.get() == 4u);
  BOOST_TEST(dynamic_cast<Backend*>(s.platform.find("d.p.backend"))->path.get() == "x");
  BOOST_TEST(s.platform.find("d.backend")->type() == "packed");
  BOOST_TEST(dynamic_cast<Backend*>(s.platform.find("d.backend"))->path.get() == "y");
  BOOST_TEST(s.platform.seed == 9u);
}

SIM_TEST_CASE(the_last_override_counts_and_a_type_can_be_changed) {
  Setup s({{"d.size", "3"}, {"d.size", "5"}, {"d.backend.type", "packed"}});
  BOOST_REQUIRE_MESSAGE(s.built, s.platform.diagnostics().str());
  BOOST_TEST(dynamic_cast<Disk*>(s.platform.find("d"))->size.get() == 5u);
  BOOST_TEST(s.platform.find("d.backend")->type() == "packed");
}

SIM_TEST_CASE(override_of_a_key_that_is_not_there) {
  expect("d.sise", "3", "--set d.sise=3: error: unknown key 'sise' of d (disk); expected one of 'type', 'size', 'backend', 'parts'; did you mean 'size'?");
}
SIM_TEST_CASE(override_of_a_model_that_is_not_there) {
  expect("d.q.size", "3", "--set d.q.size=3: error: d (disk) has no model 'q'; expected one of 'backend', 'p'; did you mean 'p'?");
}
SIM_TEST_CASE(override_below_a_leaf) {
  expect("d.backend.path.x", "3", "--set d.backend.path.x=3: error: d.backend (plain) has no model 'path'; expected one of its own keys");
}
SIM_TEST_CASE(override_with_a_wrong_value) {
  expect("d.size", "big", "--set d.size=big: error: 'size' of d (disk) is 'big'; expected a whole number from 0 to 4294967295");
}
SIM_TEST_CASE(override_for_a_type) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.overrides().add_for_type("disk", "size", "7", "--size 7");
  platform.overrides().add_for_type("tape", "size", "7", "--tape 7");
  BOOST_TEST(!platform.build(Node::parse("children: {d: {type: disk}}", "f.yaml")));
  BOOST_TEST(dynamic_cast<Disk*>(platform.find("d"))->size.get() == 7u);
  BOOST_TEST(platform.diagnostics().str() == "--tape 7: error: the platform has no model of type 'tape'\n");
}
SIM_TEST_CASE(override_paths_and_values_that_make_no_sense) {
  Overrides overrides;
  for (const char* path : {"", ".", "a.", ".a", "a..b"})
    BOOST_CHECK_THROW(overrides.add(path, "1", "o"), ConfigError);
  BOOST_CHECK_THROW(overrides.add("a", "{b: [}", "o"), ConfigError);
}
