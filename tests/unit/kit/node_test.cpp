// SPDX-License-Identifier: Apache-2.0
#include "kit/node.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>

using namespace ringside;

namespace {

/// What parsing says is wrong, or "" if nothing is.
std::string finding(const std::string& text) {
  try {
    Node::parse(text, "f.yaml");
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& expected) {
  const std::string found = finding(text);
  if (found.find(expected) != std::string::npos) return true;
  BOOST_TEST_MESSAGE("found: " << found);
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(node)

BOOST_AUTO_TEST_CASE(keeps_order_and_places) {
  const Node root = Node::parse("b: 1\na:\n  - x\n  - {c: d}\n", "f.yaml");
  BOOST_REQUIRE(root.is_map());
  BOOST_REQUIRE_EQUAL(root.entries().size(), 2u);
  BOOST_TEST(root.entries()[0].key == "b");
  BOOST_TEST(root.entries()[1].key_where.str() == "f.yaml:2:1");
  const Node& list = *root.find("a");
  BOOST_REQUIRE(list.is_list());
  BOOST_TEST(list.items()[0].text() == "x");
  BOOST_TEST(list.items()[1].find("c")->where().str() == "f.yaml:4:9");
  BOOST_TEST(root.find("z") == nullptr);
}

BOOST_AUTO_TEST_CASE(aliases_are_copies) {
  Node root = Node::parse("a: &x {k: 1}\nb: *x\n", "f.yaml");
  root.set_path("a.k", Node::scalar("2"));
  BOOST_TEST(root.find("a")->find("k")->text() == "2");
  BOOST_TEST(root.find("b")->find("k")->text() == "1");
}

BOOST_AUTO_TEST_CASE(set_path_makes_maps_and_refuses_to_go_below_a_word) {
  Node root;
  root.set_path("a.b.c", Node::scalar("1"));
  BOOST_TEST(root.find("a")->find("b")->find("c")->text() == "1");
  BOOST_CHECK_THROW(root.set_path("a.b.c.d", Node::scalar("1")), ConfigError);
}

BOOST_AUTO_TEST_CASE(says_where_the_syntax_is_wrong) {
  BOOST_TEST(says("a: [1, 2\n", "f.yaml:2:1: error: YAML syntax error"));
  BOOST_TEST(says("a: b: c\n", "f.yaml:1:5: error: YAML syntax error"));
  BOOST_TEST(says("- a\nb: 1\n", "f.yaml:2:1: error: YAML syntax error: this does not belong"));
  BOOST_TEST(says("a: 1\n---\nb: 2\n", "YAML syntax error: this does not belong"));
  BOOST_TEST(says("", "f.yaml:1:1: error: the file is empty; expected"));
  BOOST_TEST(says("# only a comment\n", "the file is empty; expected"));
  BOOST_TEST(says("~\n", "the file is empty; expected"));
}

BOOST_AUTO_TEST_CASE(a_key_written_twice_names_both_places) {
  BOOST_TEST(says("a: 1\nb: 2\na: 3\n",
                  "f.yaml:3:1: error: key 'a' is written twice, first at f.yaml:1:1"));
  BOOST_TEST(says("? [1, 2]\n: x\n", "this key is not a word"));
}

BOOST_AUTO_TEST_CASE(hostile_files_are_bounded) {
  // Each level doubles: 2^40 values if they were all expanded.
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + below + ", " + below + "]\n";
  }
  BOOST_TEST(says(bomb, "more than 100000 values"));
  BOOST_TEST(says(std::string(80, '[') + std::string(80, ']'), "nested deeper than 64 levels"));
  BOOST_TEST(finding(std::string(100000, '[')) != "");
  BOOST_TEST(finding(std::string(100000, '{')) != "");
  BOOST_TEST(finding("a: &a [*a]\n") != "");
  std::string garbage;
  unsigned state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 1103515245u + 12345u;
    garbage += static_cast<char>(state >> 16);
  }
  finding(garbage);  // any finding or none, but neither crash nor hang
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
  const auto load = [](const std::string& name) -> std::string {
    try {
      Node::load(name);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(load("/no/such.yaml").find("/no/such.yaml: error: cannot read this file") == 0u);
  BOOST_TEST(load("/").find("this is a folder") != std::string::npos);
  BOOST_TEST(load("/dev/zero").find("larger than 16MiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(flow_text_reads_back) {
  const char* text = "a: [1, two, \"three: 3\", ~, {b: \"\", \"null\": \"~\"}]\nc: \"x\\ty\\n\\\"q\\\"\"\n";
  const Node root = Node::parse(text, "f.yaml");
  const Node again = Node::parse(root.flow(), "g.yaml");
  BOOST_TEST(again.flow() == root.flow());
  BOOST_TEST(again.find("a")->items()[2].text() == "three: 3");
  BOOST_TEST((again.find("a")->items()[3].kind() == Node::Kind::Null));
  BOOST_TEST(again.find("a")->items()[4].find("null")->text() == "~");
  BOOST_TEST(again.find("c")->text() == "x\ty\n\"q\"");
}

BOOST_AUTO_TEST_CASE(describes_what_was_found) {
  BOOST_TEST(Node::scalar("x").describe() == "'x'");
  BOOST_TEST(Node::list({}).describe() == "a list");
  BOOST_TEST(Node().describe() == "a map");
  BOOST_TEST(Node::null({}).describe() == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()
