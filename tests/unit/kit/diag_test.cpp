// SPDX-License-Identifier: Apache-2.0
#include "kit/diag.h"

#include <boost/test/unit_test.hpp>

using namespace ringside;

BOOST_AUTO_TEST_SUITE(diag)

BOOST_AUTO_TEST_CASE(a_place_is_file_line_column) {
  BOOST_TEST((Location{"a.yaml", 3, 7}).str() == "a.yaml:3:7");
  BOOST_TEST((Location{"a.yaml", 0, 0}).str() == "a.yaml");
  BOOST_TEST(Location{}.str() == "(built in)");
}

BOOST_AUTO_TEST_CASE(warnings_do_not_fail) {
  Diagnostics findings;
  findings.warning({"f", 1, 2}, "odd");
  BOOST_TEST(!findings.failed());
  findings.error({"f", 3, 4}, "wrong");
  BOOST_TEST(findings.failed());
  BOOST_TEST(findings.errors() == 1u);
  BOOST_TEST(findings.str() == "f:1:2: warning: odd\nf:3:4: error: wrong\n");
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_a_plausible_typo_or_none) {
  const std::vector<std::string> names = {"kernel", "initrd", "append", "bios"};
  BOOST_TEST(nearest("kernal", names) == "kernel");
  BOOST_TEST(nearest("intrd", names) == "initrd");
  BOOST_TEST(nearest("bio", names) == "bios");
  BOOST_TEST(nearest("velocity", names) == "");
  BOOST_TEST(nearest("x", {}) == "");
  BOOST_TEST(did_you_mean("kernal", names) == "; did you mean 'kernel'?");
  BOOST_TEST(did_you_mean("velocity", names) == "");
}

BOOST_AUTO_TEST_CASE(text_from_files_is_made_harmless) {
  BOOST_TEST(printable("plain") == "plain");
  BOOST_TEST(printable("\x1b[2J") == "\\x1b[2J");
  BOOST_TEST(printable(std::string(100, 'a')) == std::string(60, 'a') + "...");
}

BOOST_AUTO_TEST_SUITE_END()
