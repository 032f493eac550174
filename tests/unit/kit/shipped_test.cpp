// SPDX-License-Identifier: Apache-2.0
#include "kit/shipped.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>

using ringside::find_shipped;

BOOST_AUTO_TEST_CASE(files_of_the_source_tree_are_found_by_folder_and_name) {
  const std::filesystem::path expected = RINGSIDE_SOURCE_DIR "/yaml/timing/ddr4-3200.yaml";
  BOOST_TEST(std::filesystem::equivalent(find_shipped("timing", "ddr4-3200"), expected));
}

BOOST_AUTO_TEST_CASE(other_names_and_paths_are_not) {
  BOOST_TEST(find_shipped("timing", "ddr4-3201") == "");
  BOOST_TEST(find_shipped("timing", "../riscv-virt") == "");
  BOOST_TEST(find_shipped("timing", "") == "");
  BOOST_TEST(find_shipped("no-such-folder", "ddr4-3200") == "");
}

BOOST_AUTO_TEST_CASE(all_names_of_a_folder_are_listed) {
  const auto names = ringside::list_shipped("timing");
  BOOST_TEST((std::find(names.begin(), names.end(), "ddr4-3200") != names.end()));
  BOOST_TEST(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) BOOST_TEST(find_shipped("timing", name) != "");
  BOOST_TEST(ringside::list_shipped("no-such-folder").empty());
}
