// SPDX-License-Identifier: Apache-2.0
// The rest is shown on a Slurm: tests/sweep/slurm.py.
#include <boost/test/unit_test.hpp>

#include "sweep/slurm_engine.h"

using namespace ringside::sweep;

BOOST_AUTO_TEST_CASE(task_numbers_of_a_queue) {
  using Numbers = std::set<std::size_t>;
  BOOST_TEST(task_numbers("3") == Numbers{3}, boost::test_tools::per_element());
  BOOST_TEST(task_numbers("[0-2,7%2]") == (Numbers{0, 1, 2, 7}), boost::test_tools::per_element());
  BOOST_TEST(task_numbers("1,3-4") == (Numbers{1, 3, 4}), boost::test_tools::per_element());
  for (const char* nothing : {"N/A", "", "-", "4-2", "0-99999999999", "[", "x-y,"})
    BOOST_TEST(task_numbers(nothing).empty());
}

BOOST_AUTO_TEST_CASE(the_script_of_a_job_array) {
  SlurmSettings settings;
  settings.partition = "long";
  settings.time = "1:00:00";
  const std::string script = array_script(settings, "name", "/a b/tasks", "/a b/out");
  BOOST_TEST(script.rfind("#!/bin/sh\n#SBATCH --job-name=name\n#SBATCH --output=/a b/out\n"
                          "#SBATCH --partition=long\n#SBATCH --time=1:00:00\n",
                          0) == 0);
  BOOST_TEST(script.find("--account") == std::string::npos);
  BOOST_TEST(script.find("p\" '/a b/tasks')") != std::string::npos);
}
