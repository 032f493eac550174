// SPDX-License-Identifier: Apache-2.0
#include "sweep/texts.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"

using namespace ringside::sweep;

BOOST_AUTO_TEST_CASE(numbers_of_values) {
  BOOST_TEST(*number_of("64") == 64);
  BOOST_TEST(*number_of("0x40") == 64);
  BOOST_TEST(*number_of("-0.5") == -0.5);
  BOOST_TEST(*number_of("true") == 1);
  BOOST_TEST(*number_of("false") == 0);
  BOOST_TEST(*number_of("4KiB") == 4096);
  BOOST_TEST(*number_of("250ns") == 250e-9, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(*number_of("2GHz") == 2e9);
  BOOST_TEST(*number_of("10Gbps") == 1e10);
  BOOST_TEST(!number_of("packed"));
  BOOST_TEST(!number_of(""));
}

BOOST_AUTO_TEST_CASE(placeholders_are_replaced_once) {
  const auto value = [](const std::string& name) -> std::optional<std::string> {
    if (name == "a") return "${b}";
    if (name == "b") return "2";
    return std::nullopt;
  };
  BOOST_TEST(substitute("x${a}y${b}z", value) == "x${b}y2z");
  BOOST_TEST(substitute("${HOME} $a ${b", value) == "${HOME} $a ${b");
  BOOST_TEST(substitute("$${b} ${b}", value) == "${b} 2");
  BOOST_TEST(substitute("", value) == "");
  const std::vector<std::string> names = {"a", "b c"};
  BOOST_TEST(placeholders("${a}$${no}${b c}${") == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_of_files) {
  BOOST_TEST(file_name("a=1,b=2.5") == "a=1,b=2.5");
  BOOST_TEST(file_name("../x y") == "%2e.%2fx%20y");
  BOOST_TEST(file_name("..") == "%2e.");
  BOOST_TEST(file_name("\n%") == "%0a%25");
}

BOOST_AUTO_TEST_CASE(words_for_a_shell) {
  BOOST_TEST(shell_line({"run", "a b", "it's", "", "$x", "x=1"}) ==
             "run 'a b' 'it'\\''s' '' '$x' x=1");
}

BOOST_AUTO_TEST_CASE(text_in_xml) {
  BOOST_TEST(xml_text("a<b & \"c\"\x01") == "a&lt;b &amp; &quot;c&quot;?");
}

BOOST_AUTO_TEST_CASE(numbers_for_people) {
  BOOST_TEST(short_number(0) == "0");
  BOOST_TEST(short_number(12340) == "12.34k");
  BOOST_TEST(short_number(-2.5e9) == "-2.5G");
  BOOST_TEST(short_number(0.031) == "0.031");
  BOOST_TEST(short_number(2e-9) == "2e-09");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_log) {
  const Folder folder;
  folder.write("log", "one\r\n\ntwo\n\x1b[31mthree\nfour");
  const std::vector<std::string> expected = {"two", "?[31mthree", "four"};
  BOOST_TEST(last_lines(folder.path("log"), 3) == expected, boost::test_tools::per_element());
  BOOST_TEST(last_lines(folder.path("nothing"), 3).empty());
  folder.write("long", std::string(1 << 20, 'x') + "\nend\n");
  BOOST_TEST(last_lines(folder.path("long"), 1).front() == "end");
  BOOST_TEST(last_lines(folder.path("long"), 2).front().size() == 500);
}
