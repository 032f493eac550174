// SPDX-License-Identifier: Apache-2.0
#include "kit/registry.h"

#include <boost/test/unit_test.hpp>

using namespace ringside;

namespace {

struct Pipe : Model {
  static constexpr const char* kind = "pipe";
  static constexpr const char* kind_doc = "carries bytes";
  using Model::Model;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(types_are_found_by_kind_and_name) {
  Registry types;
  types.add<Pipe, Pipe>("wide", "a lot");
  types.add<Pipe, Pipe>("narrow", "a little");
  types.add<Model, Pipe>("wide", "the same name, another kind");
  BOOST_REQUIRE(types.find("pipe", "wide") != nullptr);
  BOOST_TEST(types.find("pipe", "wide")->doc == "a lot");
  BOOST_TEST(types.find("component", "wide")->family == "kit");
  BOOST_TEST(types.find("component", "narrow") == nullptr);
  BOOST_TEST((types.names_of_kind("pipe") == std::vector<std::string>{"narrow", "wide"}));
  BOOST_TEST((types.kinds_of("wide") == std::vector<std::string>{"pipe", "component"}));
  BOOST_TEST(types.kinds_of("none").empty());
}

BOOST_AUTO_TEST_CASE(a_type_is_registered_once) {
  Registry types;
  types.add<Pipe, Pipe>("wide", "a lot");
  BOOST_CHECK_THROW((types.add<Pipe, Pipe>("wide", "again")), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(kinds_keep_their_order_and_documentation) {
  Registry types;
  types.add<Pipe, Pipe>("wide", "a lot");
  types.add_kind("pipe", "ignored: it is known");
  BOOST_REQUIRE_EQUAL(types.kinds().size(), 3u);
  BOOST_TEST(types.kinds()[2].first == "pipe");
  BOOST_TEST(types.kinds()[2].second == "carries bytes");
}

BOOST_AUTO_TEST_SUITE_END()
