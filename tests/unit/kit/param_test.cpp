// SPDX-License-Identifier: Apache-2.0
#include "kit/param.h"

#include <cstdlib>

#include "support/sim.h"

using namespace ringside;

namespace {

enum class Colour { Red, Green };

struct Knobs : Model {
  Knobs(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<bool> flag{this, "flag", false, "a switch"};
  Param<unsigned> count{this, "count", 4u, Range<unsigned>{1, 8}, "how many"};
  Param<std::uint64_t> wide{this, "wide", 1, "a large number"};
  Param<std::int64_t> offset{this, "offset", -1, "either way"};
  Param<double> ratio{this, "ratio", 0.5, Range<double>{0, 1}, "a part"};
  Param<std::string> text{this, "text", "x", "some text"};
  Param<Size> size{this, "size", Size{4096}, Range<Size>{{512}, {1 << 20}}, "a size"};
  Param<Address> address{this, "address", Address{0x1000}, "a place"};
  Param<Frequency> clock{this, "clock", Frequency{1e9}, "a clock"};
  Param<BitRate> speed{this, "speed", BitRate{1e9}, "a speed"};
  Param<sc_core::sc_time> delay{this, "delay", sc_core::sc_time(8, sc_core::SC_NS), "a delay"};
  Param<FilePath> file{this, "file", FilePath{}, "a file"};
  Param<std::vector<unsigned>> list{this, "list", std::vector<unsigned>(), "numbers"};
  Param<Node> tree{this, "tree", Node(), "anything"};
  Choice<Colour> colour{
      this, "colour", {{"red", Colour::Red}, {"green", Colour::Green}}, Colour::Red, "which"};
};

struct Strict : Model {
  Strict(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Param<Size> size{this, "size", required, "how large"};
};

void register_types(Registry& registry) {
  registry.add<Model, Knobs>("knobs", "parameters of each type");
  registry.add<Model, Strict>("strict", "a required parameter");
}

/// What is said about one key of a `knobs`.
void expect_finding(const std::string& key_and_value, const std::string& message) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  platform.build(Node::parse("children:\n  k:\n    type: knobs\n    " + key_and_value + "\n", "f.yaml"));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find(message) != std::string::npos, "expected: " << message << "\nfound: " << text);
}

}  // namespace

SIM_TEST_CASE(params_take_defaults) {
  test::Sim sim("children: {k: {type: knobs}}", register_types);
  const Knobs& k = sim.model<Knobs>("k");
  BOOST_TEST(!k.flag.get());
  BOOST_TEST(k.count.get() == 4u);
  BOOST_TEST((k.colour == Colour::Red));
  BOOST_TEST(!k.count.given());
  BOOST_TEST(k.count.default_text() == "4");
  BOOST_TEST(k.count.limits_text() == "1 to 8");
  BOOST_TEST(k.size.limits_text() == "512B to 1MiB");
  BOOST_TEST(k.colour.limits_text() == "'red', 'green'");
}

SIM_TEST_CASE(params_take_values_and_show_them_so_that_they_read_back) {
  const std::string values =
      "{type: knobs, flag: true, count: 8, wide: 0xffff_ffff_ffff_ffff, offset: -0x8000_0000_0000_0000, ratio: 0.125, text: \"a: \\\"b\\\"\", "
      "size: 1.5KiB, address: 0x80000000, clock: 10MHz, speed: 2.5Gbps, delay: 1.5us, "
      "list: [1, 2], tree: {a: [b]}, colour: green}";
  test::Sim sim("children: {k: " + values + "}", register_types);
  const Knobs& k = sim.model<Knobs>("k");
  BOOST_TEST(k.flag.get());
  BOOST_TEST(k.wide.get() == ~std::uint64_t{0});
  BOOST_TEST(k.offset.get() == std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(k.text.get() == "a: \"b\"");
  BOOST_TEST(k.size->bytes == 1536u);
  BOOST_TEST(k.list->size() == 2u);
  BOOST_TEST(k.tree->find("a")->items()[0].text() == "b");
  BOOST_TEST((k.colour == Colour::Green));
  BOOST_TEST(k.count.given());
  BOOST_TEST(k.count.where().line == 1);
  for (const ParamBase* param : k.params()) {
    const Node again = Node::parse("v: " + param->value_text(), "again");
    const Node& value = *again.find("v");
    BOOST_TEST(!param->value_text().empty());
    if (param->type_name() == "size") BOOST_TEST(value.text() == "1536B");
    if (param->type_name() == "bit rate") BOOST_TEST(parse_bit_rate(value.text())->bits_per_second == 2.5e9);
    if (param->name() == "text") BOOST_TEST(value.text() == k.text.get());
    if (param->name() == "tree") BOOST_TEST(value.find("a")->is_list());
  }
}

SIM_TEST_CASE(file_params_are_relative_to_their_file_and_know_the_environment) {
  setenv("RINGSIDE_TEST_DIR", "/somewhere", 1);
  unsetenv("RINGSIDE_TEST_UNSET");
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(platform.build(Node::parse(
      "children:\n"
      "  a: {type: knobs, file: disk.img}\n"
      "  b: {type: knobs, file: /abs/disk.img}\n"
      "  c: {type: knobs, file: \"${RINGSIDE_TEST_DIR}/disk.img\"}\n"
      "  d: {type: knobs, file: \"${RINGSIDE_TEST_UNSET:-/usual}/disk.img\"}\n"
      "  e: {type: knobs, file: \"\"}\n",
      "some/dir/f.yaml")));
  const auto file = [&](const char* path) {
    return dynamic_cast<Knobs*>(platform.find(path))->file->path;
  };
  BOOST_TEST(file("a") == "some/dir/disk.img");
  BOOST_TEST(file("b") == "/abs/disk.img");
  BOOST_TEST(file("c") == "/somewhere/disk.img");
  BOOST_TEST(file("d") == "/usual/disk.img");
  BOOST_TEST(file("e") == "");
}

#define FINDING_TEST(name, key_and_value, message) \
  SIM_TEST_CASE(name) { expect_finding(key_and_value, message); }

FINDING_TEST(param_bool, "flag: yes", "f.yaml:4:11: error: 'flag' of k (knobs) is 'yes'; expected 'true' or 'false'")
FINDING_TEST(param_count_range, "count: 9", "f.yaml:4:12: error: 'count' of k (knobs) is '9'; expected 1 to 8")
FINDING_TEST(param_count_negative, "count: -1", "'count' of k (knobs) is '-1'; expected a whole number")
FINDING_TEST(param_count_list, "count: [1]", "'count' of k (knobs) is a list; expected a whole number")
FINDING_TEST(param_count_empty, "count:", "'count' of k (knobs) is nothing; expected a whole number")
FINDING_TEST(param_offset_too_large, "offset: 9223372036854775808", "'offset' of k (knobs) is '9223372036854775808'; expected a whole number, which may be negative")
FINDING_TEST(param_offset_twice_negative, "offset: --1", "expected a whole number, which may be negative")
FINDING_TEST(param_ratio, "ratio: 1.5", "'ratio' of k (knobs) is '1.5'; expected 0 to 1")
FINDING_TEST(param_size_unit, "size: 4096", "'size' of k (knobs) is '4096'; expected a size with a unit")
FINDING_TEST(param_size_range, "size: 4GB", "'size' of k (knobs) is '4GB'; expected 512B to 1MiB")
FINDING_TEST(param_address, "address: 4KiB", "'address' of k (knobs) is '4KiB'; expected an address without a unit")
FINDING_TEST(param_clock, "clock: 1", "expected a frequency with a unit")
FINDING_TEST(param_speed, "speed: 1GHz", "expected a bit rate with a unit")
FINDING_TEST(param_delay, "delay: 5", "expected a time with a unit")
FINDING_TEST(param_list, "list: [1, x]", "expected a list, each a whole number")
FINDING_TEST(param_tree, "tree: x", "'tree' of k (knobs) is 'x'; expected a map")
FINDING_TEST(param_choice, "colour: gren", "'colour' of k (knobs) is 'gren'; expected one of 'red', 'green'; did you mean 'green'?")
FINDING_TEST(param_unknown, "colur: red", "f.yaml:4:5: error: unknown key 'colur' of k (knobs)")

SIM_TEST_CASE(a_required_param_that_is_missing_is_named_with_type_and_doc) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse("children: {s: {type: strict}}", "f.yaml")));
  BOOST_TEST(platform.diagnostics().str() ==
             "f.yaml:1:15: error: 'size' of s (strict) is missing; expected size: <size> (how large)\n");
}
