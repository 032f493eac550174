// SPDX-License-Identifier: Apache-2.0
#include "sweep/expression.h"

#include <boost/test/unit_test.hpp>
#include <map>

using ringside::ConfigError;
using ringside::sweep::Expression;

namespace {

std::optional<double> value(const std::string& text) {
  const std::map<std::string, double> known = {{"a", 6},    {"b", 4},  {"bus.disk-0.kicks", 10},
                                               {"zero", 0}, {"e5", 3}, {"min", 7}};
  return Expression::parse(text, {}).value([&known](const std::string& name) {
    const auto found = known.find(name);
    return found == known.end() ? std::optional<double>() : found->second;
  });
}

std::string error(const std::string& text) {
  try {
    Expression::parse(text, {"f", 3, 10});
  } catch (const ConfigError& e) {
    return e.diagnostic().str();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(operators_bind_as_in_school) {
  BOOST_TEST(*value("1 + 2 * 3") == 7);
  BOOST_TEST(*value("(1+2)*3") == 9);
  BOOST_TEST(*value("10 - 4 - 3") == 3);
  BOOST_TEST(*value("24 / 4 / 3") == 2);
  BOOST_TEST(*value("-2 * -a") == 12);
  BOOST_TEST(*value("--a") == 6);
  BOOST_TEST(*value("2 - -3") == 5);
  BOOST_TEST(*value("1_000 + 0.5 + 1e3 + 2e-1") == 2000.7);
  BOOST_TEST(*value("min(a, b) + max(a, b * 2)") == 12);
}

BOOST_AUTO_TEST_CASE(names_are_paths) {
  BOOST_TEST(*value("bus.disk-0.kicks / 4") == 2.5);
  BOOST_TEST(*value("e5 * 2") == 6);
  BOOST_TEST(*value("min + 1") == 8);  // no parenthesis: a name
  const Expression twice = Expression::parse("a + b - a + *.x.**.kicks", {});
  const std::vector<std::string> names = {"a", "b", "*.x.**.kicks"};
  BOOST_TEST(twice.names() == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_value_where_there_is_none) {
  BOOST_TEST(!value("a + nobody"));
  BOOST_TEST(!value("a / zero"));
  BOOST_TEST(!value("zero / zero"));
  BOOST_TEST(!value("1e308 * 1e308"));
  BOOST_TEST(!Expression().value([](const std::string&) { return 1.0; }));
}

BOOST_AUTO_TEST_CASE(mistakes_have_their_place) {
  BOOST_TEST(error("") ==
             "f:3:10: error: found the end in the expression; expected a number, a name or '('");
  BOOST_TEST(error("a +") ==
             "f:3:13: error: found the end in the expression; expected a number, a name or '('");
  BOOST_TEST(error("a b") ==
             "f:3:12: error: found 'b' in the expression; expected an operator or the end");
  BOOST_TEST(error("(a") == "f:3:12: error: found the end in the expression; expected ')'");
  BOOST_TEST(error("a)") ==
             "f:3:11: error: found ')' in the expression; expected an operator or the end");
  BOOST_TEST(
      error("1x") ==
      "f:3:10: error: found '1x' in the expression; expected a number such as 0.5, 1_000 or 1e9");
  BOOST_TEST(error("min(a)") == "f:3:15: error: found ')' in the expression; expected ','");
  BOOST_TEST(error("a $ b") ==
             "f:3:12: error: found '$ b' in the expression; expected an operator or the end");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
  BOOST_TEST(*value(std::string(60, '(') + "a" + std::string(60, ')')) == 6);
  BOOST_TEST(error(std::string(100000, '(')).find("expected at most 64 parentheses") !=
             std::string::npos);
  BOOST_TEST(*value(std::string(100000, '-') + "a") == 6);
}
