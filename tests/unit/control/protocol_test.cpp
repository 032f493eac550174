// SPDX-License-Identifier: Apache-2.0
#include "control/protocol.h"

#include <boost/test/unit_test.hpp>

using namespace ringside;
using namespace ringside::control;

namespace {

Request parse(const std::string& line) {
  Json id;
  bool is_json = false;
  return parse_request(line, id, is_json);
}

/// What is said about a line, and whether it was JSON.
std::string refusal(const std::string& line, bool expect_json) {
  Json id;
  bool is_json = !expect_json;
  try {
    parse_request(line, id, is_json);
  } catch (const CommandError& e) {
    BOOST_TEST(is_json == expect_json, line);
    return e.what();
  }
  return "(taken)";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(requests_are_read) {
  const Request r =
      parse(R"({"id": 7, "model": "bus.net", "command": "set_link", "arguments": {"state": "up"}})");
  BOOST_TEST(r.id == Json(7));
  BOOST_TEST(r.model == "bus.net");
  BOOST_TEST(r.command == "set_link");
  BOOST_TEST(node_of(r.arguments).find("state")->text() == "up");
  const Request bare = parse(R"({"command": "list"})");
  BOOST_TEST(bare.id.is_null());
  BOOST_TEST(bare.model == "");
  BOOST_TEST((node_of(bare.arguments).kind() == Node::Kind::Null));
}

BOOST_AUTO_TEST_CASE(values_become_text_as_in_yaml) {
  const Node n = node_of(Incoming::parse(R"([1, -2, 0.5, true, null, "x", [3], {"a": "b"}])"));
  BOOST_REQUIRE_EQUAL(n.items().size(), 8u);
  BOOST_TEST(n.items()[0].text() == "1");
  BOOST_TEST(n.items()[1].text() == "-2");
  BOOST_TEST(n.items()[2].text() == "0.5");
  BOOST_TEST(n.items()[3].text() == "true");
  BOOST_TEST((n.items()[4].kind() == Node::Kind::Null));
  BOOST_TEST(n.items()[6].is_list());
  BOOST_TEST(n.items()[7].find("a")->text() == "b");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_line_is_said) {
  BOOST_TEST(says(refusal("hello", false), "'hello' is no JSON"));
  BOOST_TEST(says(refusal("[1]", false), "expected a map"));
  BOOST_TEST(says(refusal("{\"command\": \"\xff\"}", false), "is no JSON"));
  BOOST_TEST(says(refusal("{\"command\": 1e999}", false), "is no JSON"));
  BOOST_TEST(refusal("{}", true) == "'command' is missing; expected text");
  BOOST_TEST(refusal(R"({"command": 1})", true) == "'command' is no text; expected text");
  BOOST_TEST(says(refusal(R"({"command": "a", "modell": "b"})", true), "did you mean 'model'?"));
  BOOST_TEST(says(refusal(R"({"id": [], "command": "a"})", true), "'id' is no number"));
  BOOST_TEST(says(refusal(R"({"id": ")" + std::string(200, 'x') + R"(", "command": "a"})", true),
                  "'id' is no number"));
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_and_deeper_nesting_does_no_harm) {
  const auto nested = [](int depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_CHECK_NO_THROW(node_of(Incoming::parse(nested(16))));
  BOOST_CHECK_THROW(node_of(Incoming::parse(nested(18))), CommandError);
  BOOST_CHECK_THROW(node_of(Incoming::parse(nested(100000))), CommandError);
}

BOOST_AUTO_TEST_CASE(answers_are_one_line_each) {
  BOOST_TEST(result_line(Json("a"), Json(nullptr)) == R"({"id":"a","result":null})");
  BOOST_TEST(error_line(Json(1), "no\nway") == R"({"id":1,"error":{"message":"no\nway"}})");
  BOOST_TEST(event_line("reset", "", "x") == R"({"event":"reset","model":"","detail":"x"})");
  BOOST_TEST(error_line(nullptr, "\xff") == "{\"id\":null,\"error\":{\"message\":\"\xef\xbf\xbd\"}}");
}
