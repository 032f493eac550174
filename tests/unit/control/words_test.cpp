// SPDX-License-Identifier: Apache-2.0
#include "control/words.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "control/show.h"

using namespace ringside;
using namespace ringside::control;

namespace {

const Json kList = Json::parse(R"([
  {"model": "", "type": "machine", "commands": [
    {"name": "quit", "doc": "ends it", "arguments": [{"name": "code", "type": "integer", "required": false, "doc": "exit code"}]},
    {"name": "registers", "doc": "shows", "arguments": [{"name": "model", "type": "text", "required": true, "doc": "whose"}]}]},
  {"model": "bus.net", "type": "virtio-net", "commands": [
    {"name": "set_link", "doc": "cable", "arguments": [{"name": "state", "type": "text", "required": true, "doc": "of it", "words": ["up", "down"]}]},
    {"name": "load", "doc": "file", "arguments": [
      {"name": "path", "type": "file", "required": true, "doc": "what"},
      {"name": "places", "type": "list of integer", "required": false, "doc": "where"},
      {"name": "how", "type": "tree", "required": false, "doc": "how"}]}]}])");

Call call(const std::vector<std::string>& words) { return call_from(words, kList); }

}  // namespace

BOOST_AUTO_TEST_CASE(words_become_calls) {
  BOOST_TEST(call({"quit"}).model == "");
  BOOST_TEST(call({"quit", "3"}).arguments == Json({{"code", "3"}}));
  BOOST_TEST(call({"machine", "quit", "code=3"}).arguments == Json({{"code", "3"}}));
  const Call link = call({"bus.net", "set_link", "up"});
  BOOST_TEST(link.model == "bus.net");
  BOOST_TEST(link.command == "set_link");
  BOOST_TEST(link.arguments == Json({{"state", "up"}}));
  BOOST_TEST(call({"bus.net", "set_link", "a=b"}).arguments == Json({{"state", "a=b"}}));
}

BOOST_AUTO_TEST_CASE(files_lists_and_trees_are_understood) {
  const Json a = call({"bus.net", "load", "x/../disk.img", "1,2", "how={a: [b]}"}).arguments;
  BOOST_TEST(a["path"] == (std::filesystem::current_path() / "disk.img").string());
  BOOST_TEST(a["places"] == Json({"1", "2"}));
  BOOST_TEST(a["how"]["a"][0] == "b");
  BOOST_TEST(call({"bus.net", "load", "path=/a", "places=[3, 4]"}).arguments["places"] == Json({"3", "4"}));
  BOOST_TEST(call({"bus.net", "load", "~/a"}).arguments["path"] == "~/a");
  BOOST_CHECK_THROW(call({"bus.net", "load", "a", "1", "how={"}), CommandError);
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_left_to_the_simulator) {
  BOOST_TEST(call({"qit"}).command == "qit");
  BOOST_TEST(call({"bus.nte", "set_link", "up"}).model == "bus.nte");
  BOOST_CHECK_THROW(call({"quit", "1", "2"}), CommandError);
  BOOST_CHECK_THROW(call({}), CommandError);
}

BOOST_AUTO_TEST_CASE(a_shell_is_told_what_may_follow) {
  using Words = std::vector<std::string>;
  BOOST_TEST(next_words({}, kList) == (Words{"quit", "registers", "bus.net"}));
  BOOST_TEST(next_words({"bus.net"}, kList) == (Words{"set_link", "load"}));
  BOOST_TEST(next_words({"bus.net", "set_link"}, kList) == (Words{"up", "down"}));
  BOOST_TEST(next_words({"registers"}, kList) == (Words{"", "bus.net"}));
  BOOST_TEST(next_words({"bus.net", "set_link", "up"}, kList) == Words{});
  BOOST_TEST(next_words({"nonsense"}, kList) == Words{});
}

BOOST_AUTO_TEST_CASE(results_are_shown_to_people) {
  BOOST_TEST(show(nullptr) == "");
  BOOST_TEST(show(Json("text")) == "text\n");
  BOOST_TEST(show(Json::parse(R"({"a": 1, "long": "x", "in": {"b": true}})")) ==
             "a     1\nlong  x\nin\n  b  true\n");
  BOOST_TEST(show(Json::parse(R"([{"a": 1, "b": null}, {"a": 22, "b": "x"}])")) ==
             "a   b\n1   -\n22  x\n");
  const std::string commands = show_commands(kList);
  BOOST_TEST(commands.find("machine (machine)\n  quit [code] ") == 0u);
  BOOST_TEST(commands.find("  set_link state=up|down ") != std::string::npos);
}
