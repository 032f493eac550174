// SPDX-License-Identifier: Apache-2.0
#include "kit/command.h"

#include <nlohmann/json.hpp>

#include "support/sim.h"

using namespace ringside;

namespace {

struct Lamp : Model {
  Lamp(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Command<> toggle{this, "toggle", {}, "switches it", [this] { lit = !lit; }};
  Command<Size, std::optional<unsigned>> fill{
      this,
      "fill",
      {{"bytes", "how much oil"}, {"times", "how often"}},
      "fills it",
      [this](Size bytes, std::optional<unsigned> times) {
        oil += bytes.bytes * times.value_or(1);
        return oil;
      }};
  Command<std::string> paint{this,
                             "paint",
                             {{"colour", "of the shade", {"red", "green"}}},
                             "paints it",
                             [this](const std::string& to) { colour = to; }};
  Command<FilePath, std::vector<unsigned>> engrave{
      this,
      "engrave",
      {{"file", "what to engrave"}, {"where", "places"}},
      "engraves it",
      [this](const FilePath& file, const std::vector<unsigned>& where) {
        return file.path + ":" + std::to_string(where.size());
      }};
  Command<> look{this,
                 "look",
                 {},
                 "tells how it is",
                 [this] {
                   return Json{{"lit", lit}, {"colour", colour}};
                 },
                 CommandEffect::Reads};
  Command<> refuse{this, "refuse", {}, "never works", [] { throw CommandError("the bulb is broken"); }};
  Command<> fail{this, "fail", {}, "breaks", []() -> bool { throw std::out_of_range("too far"); }};
  Command<std::int64_t, bool, double> shift{
      this,
      "shift",
      {{"by", "steps"}, {"back", "direction"}, {"scale", "factor"}},
      "moves it",
      [](std::int64_t by, bool back, double scale) { return static_cast<double>(back ? -by : by) * scale; }};
  Command<> is_lit{this, "is_lit", {}, "whether it is on", [this] { return lit; }, CommandEffect::Reads};
  Command<> depth{this, "depth", {}, "a signed number", [] { return -3; }, CommandEffect::Reads};
  bool lit = false;
  std::uint64_t oil = 0;
  std::string colour = "white";
};

void register_types(Registry& registry) { registry.add<Model, Lamp>("lamp", "shines"); }

struct Setup : test::Sim {
  Setup() : test::Sim("children: {l: {type: lamp}}", register_types), lamp(model<Lamp>("l")) {}
  CommandBase& command(const std::string& name) {
    for (CommandBase* c : lamp.commands())
      if (c->name() == name) return *c;
    throw std::logic_error(name);
  }
  Json call(const std::string& name, const std::string& arguments = "") {
    return command(name).call(arguments.empty() ? Node::null({}) : Node::parse(arguments, "arguments"));
  }
  std::string refusal(const std::string& name, const std::string& arguments) {
    try {
      call(name, arguments);
    } catch (const CommandError& e) {
      return e.what();
    }
    return "(done)";
  }
  Lamp& lamp;
};

}  // namespace

SIM_TEST_CASE(commands_describe_themselves) {
  Setup s;
  BOOST_TEST(s.lamp.commands().size() == 10u);
  const CommandBase& fill = s.command("fill");
  BOOST_TEST(fill.doc() == "fills it");
  BOOST_TEST((fill.effect() == CommandEffect::Changes));
  BOOST_TEST((s.command("look").effect() == CommandEffect::Reads));
  BOOST_REQUIRE_EQUAL(fill.arguments().size(), 2u);
  BOOST_TEST(fill.arguments()[0].name == "bytes");
  BOOST_TEST(fill.arguments()[0].type == "size");
  BOOST_TEST(fill.arguments()[0].required);
  BOOST_TEST(fill.arguments()[1].doc == "how often");
  BOOST_TEST(!fill.arguments()[1].required);
  BOOST_TEST(s.command("paint").arguments()[0].words.size() == 2u);
  BOOST_TEST(s.command("engrave").arguments()[0].type == "file");
  BOOST_TEST(s.command("engrave").arguments()[1].type == "list of integer");
}

SIM_TEST_CASE(commands_take_arguments_by_name_and_in_order_and_give_results) {
  Setup s;
  BOOST_TEST(s.call("toggle").is_null());
  BOOST_TEST(s.lamp.lit);
  BOOST_TEST(s.call("fill", "{bytes: 2KiB}") == Json(2048));
  BOOST_TEST(s.call("fill", "[1KiB, 2]") == Json(4096));
  BOOST_TEST(s.call("fill", "{times: null, bytes: 1B}") == Json(4097));
  s.call("paint", "{colour: red}");
  BOOST_TEST(s.call("look") == (Json{{"lit", true}, {"colour", "red"}}));
  BOOST_TEST(s.call("shift", "[-4, true, 0.5]") == Json(2.0));
  BOOST_TEST(s.call("is_lit") == Json(true));
  BOOST_TEST(s.call("depth") == Json(-3));
}

SIM_TEST_CASE(a_files_name_is_relative_to_whoever_gave_the_command) {
  Setup s;
  const Node arguments =
      Node::map({{"file", {}, Node::scalar("disk.img")}, {"where", {}, Node::list({Node::scalar("1")})}});
  BOOST_TEST(s.command("engrave").call(arguments) == Json("disk.img:1"));
}

SIM_TEST_CASE(arguments_that_do_not_fit_are_named_with_what_was_expected) {
  Setup s;
  BOOST_TEST(s.refusal("fill", "{bytes: 4}") ==
             "'bytes' of fill is '4'; expected a size with a unit, such as 512MiB or 4KB");
  BOOST_TEST(s.refusal("fill", "{bits: 4B}") ==
             "fill has no argument 'bits'; expected some of 'bytes', 'times'; did you mean 'bytes'?");
  BOOST_TEST(s.refusal("fill", "{times: 3}") ==
             "'bytes' of fill is missing; expected a size with a unit, such as 512MiB or 4KB (how much oil)");
  BOOST_TEST(s.refusal("fill", "[1B, 2, 3]") == "fill got 3 arguments; expected some of 'bytes', 'times'");
  BOOST_TEST(s.refusal("fill", "{bytes: [1B]}") ==
             "'bytes' of fill is a list; expected a size with a unit, such as 512MiB or 4KB");
  BOOST_TEST(s.refusal("fill", "loose") ==
             "the arguments of fill are 'loose'; expected a map by name, or a list");
  BOOST_TEST(s.refusal("toggle", "[1]") == "toggle got 1 arguments; expected none");
  BOOST_TEST(s.refusal("paint", "{colour: gren}") ==
             "'colour' of paint is 'gren'; expected one of 'red', 'green'; did you mean 'green'?");
  BOOST_TEST(s.refusal("paint", "{}") ==
             "'colour' of paint is missing; expected one of 'red', 'green' (of the shade)");
  BOOST_TEST(s.refusal("shift", "[9223372036854775808, true, 1]") ==
             "'by' of shift is '9223372036854775808'; expected a whole number, which may be negative");
  BOOST_TEST(s.lamp.oil == 0u);
  BOOST_TEST(s.lamp.colour == "white");
}

SIM_TEST_CASE(refusals_and_exceptions_of_handlers_are_command_errors) {
  Setup s;
  BOOST_TEST(s.refusal("refuse", "") == "the bulb is broken");
  BOOST_TEST(s.refusal("fail", "") == "too far");
}

SIM_TEST_CASE(a_command_with_too_few_names_is_our_own_mistake) {
  Setup s;
  const auto wrong = [&s] { Command<bool, bool> c{&s.lamp, "c", {{"one", ""}}, "", [](bool, bool) {}}; };
  BOOST_CHECK_THROW(wrong(), std::logic_error);
}
