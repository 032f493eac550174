// SPDX-License-Identifier: Apache-2.0
#include "sweep/outcome.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"

using namespace ringside::sweep;

namespace {

constexpr const char* kStatistics =
    R"({"platform": "p", "accuracy": "timed", "stop": {"exit_code": 0, "reason": "off"},
"simulated_ps": 2500000, "resets": 1, "host": {"seconds": 0.5}, "statistics": {"bus": {"d": {
"kicks": {"kind": "counter", "unit": "count", "doc": "", "value": 18446744073709551615},
"latency": {"kind": "histogram", "unit": "ns", "doc": "", "count": 3, "mean": 1.5, "p99": 2}}}}})";

Outcome outcome_of(const std::string& console, bool has_workload = true,
                   const std::string& stats = kStatistics) {
  const Folder folder;
  folder.write("stats.json", stats);
  folder.write("console", console);
  return read_outcome(folder.path(""), 0, "", has_workload);
}

}  // namespace

BOOST_AUTO_TEST_CASE(statistics_and_what_the_guest_says) {
  const Outcome outcome = outcome_of(
      "[    0.1] hello\r\nWORKLOAD blk-read count=10 per_s=1.5 word=x=y ns=-3\r\nWORKLOAD udp "
      "count=20\r\n"
      "RINGSIDE-RUN exit=0\r\n");
  BOOST_TEST(outcome.done);
  BOOST_TEST(outcome.reason == "off");
  BOOST_TEST(outcome.accuracy == "timed");
  BOOST_TEST(outcome.host_seconds == 0.5);
  BOOST_TEST(*outcome.statistics.find("run.seconds") == 2.5e-6);
  BOOST_TEST(*outcome.statistics.find("run.resets") == 1);
  BOOST_TEST(*outcome.statistics.find("bus.d.kicks") == 18446744073709551615.0);
  BOOST_TEST(*outcome.statistics.find("bus.d.latency.p99") == 2);
  BOOST_TEST(*outcome.statistics.find("guest.count") == 20);
  BOOST_TEST(*outcome.statistics.find("guest.blk-read.count") == 10);
  BOOST_TEST(*outcome.statistics.find("guest.per_s") == 1.5);
  BOOST_TEST(*outcome.statistics.find("guest.ns") == -3);
  BOOST_TEST(!outcome.statistics.find("guest.word"));
}

BOOST_AUTO_TEST_CASE(workloads_that_fail) {
  BOOST_TEST(outcome_of("WORKLOAD x count=1\n").reason ==
             "the workload did not end; the run stopped because: off");
  BOOST_TEST(outcome_of("RINGSIDE-RUN exit=3\n").reason == "the workload ended with exit code 3");
  BOOST_TEST(!outcome_of("RINGSIDE-RUN exit=3\n").done);
  BOOST_TEST(!outcome_of("RINGSIDE-RUN exit=nonsense\n").done);
  BOOST_TEST(outcome_of("", false).done);
}

BOOST_AUTO_TEST_CASE(runs_that_fail) {
  const Folder folder;
  BOOST_TEST(read_outcome(folder.path(""), 0, "", false).reason ==
             "it left no statistics that can be read");
  BOOST_TEST(read_outcome(folder.path(""), 124, "", false).reason == "time limit on the wall");
  BOOST_TEST(read_outcome(folder.path(""), 7, "", false).reason == "exit code 7");
  BOOST_TEST(read_outcome(folder.path(""), 137, "ended by signal 9", false).reason ==
             "ended by signal 9");
  for (const char* broken :
       {"", "{", "[]", "{}", R"({"statistics": 5})", R"({"statistics": {"d": {"n": {"kind": "counter"}}}})",
        R"({"statistics": {}, "accuracy": "timed", "host": 1})"})
    BOOST_TEST(!outcome_of("", false, broken).done);
}

BOOST_AUTO_TEST_CASE(a_guest_that_talks_without_end) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "WORKLOAD k key" + std::to_string(i) + "=1\n";
  Statistics statistics;
  BOOST_TEST(read_console(text, statistics) == -1);
  BOOST_TEST(statistics.all().size() < 1100);
}
