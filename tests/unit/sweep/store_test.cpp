// SPDX-License-Identifier: Apache-2.0
#include "sweep/store.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"

using namespace ringside::sweep;

namespace {

constexpr const char* kSweep = R"(
axes: {a: {path: x, values: [1, 2]}, kind: {variants: {one: {y: 1}, two: {y: 2}}}}
metrics:
  kicks: bus.kicks
  each: {value: kicks / a, unit: count}
  rate: {value: kicks / run.seconds, unit: 1/s}
)";

Outcome outcome(std::int64_t kicks, const char* accuracy = "timed") {
  Outcome one;
  one.done = true;
  one.reason = "off";
  one.accuracy = accuracy;
  one.host_seconds = 1.5;
  one.statistics.add({"bus", "kicks", "value", "count", kicks});
  one.statistics.add({"run", "seconds", "value", "s", 0.5});
  return one;
}

Outcome failure(const char* reason) {
  Outcome one;
  one.reason = reason;
  one.exit_code = 3;
  return one;
}

std::string states(const Store& store) {
  std::string text;
  for (const Record& record : store.records()) text += record.state.substr(0, 1);
  return text;
}

struct Stored : Bench {
  explicit Stored(const std::string& text = kSweep) : Bench(text) {
    BOOST_REQUIRE_MESSAGE(sweep, findings.str());
  }
  std::string file() const { return folder.path("results.sqlite"); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(points_wait_until_they_are_kept) {
  const Stored bench;
  {
    Store store(bench.file(), *bench.sweep, bench.points);
    BOOST_TEST(states(store) == "wwww");
    store.keep(0, outcome(10));
    store.keep(3, failure("it burns"));
    BOOST_TEST(states(store) == "dwwf");
  }
  // What failed gets another chance.
  const Store again(bench.file(), *bench.sweep, bench.points);
  BOOST_TEST(states(again) == "dwww");
}

BOOST_AUTO_TEST_CASE(metrics_and_the_table) {
  const Stored bench;
  Store store(bench.file(), *bench.sweep, bench.points);
  store.keep(0, outcome(10));
  store.keep(2, outcome(30, "functional"));
  store.keep(3, failure("it burns, \"hot\""));
  store.measure();
  BOOST_TEST(*store.records()[0].metrics.at("rate") == 20);
  BOOST_TEST(!store.records()[2].metrics.at("rate"));  // no performance in functional mode
  BOOST_TEST(*store.records()[2].metrics.at("each") == 15);
  BOOST_TEST(results_csv(*bench.sweep, bench.points, store.records()) ==
             "a,kind,seed,state,kicks,each (count),rate (1/s),reason\n"
             "1,one,,done,10,10,20,off\n"
             "1,two,,waiting,,,,\n"
             "2,one,,done,30,15,,off\n"
             "2,two,,failed,,,,\"it burns, \"\"hot\"\"\"\n");
  Database database(bench.file());
  Statement rows(database, "SELECT point, a, kind, kicks FROM results WHERE state = 'done'");
  BOOST_TEST(rows.step());
  BOOST_TEST(rows.text(0) == "a=1,kind=one");
  BOOST_TEST(rows.integer(1) == 1);
  BOOST_TEST(rows.text(2) == "one");
  BOOST_TEST(rows.integer(3) == 10);
}

BOOST_AUTO_TEST_CASE(other_points_and_other_metrics) {
  const Stored bench;
  {
    Store store(bench.file(), *bench.sweep, bench.points);
    for (std::size_t i = 0; i < 4; ++i) store.keep(i, outcome(static_cast<std::int64_t>(i)));
  }
  const Stored more(R"(
axes: {a: {path: x, values: [3, 2, 1]}, kind: {variants: {one: {y: 1}, two: {y: 7}}}}
metrics: {twice: bus.kicks * 2}
)");
  // The same platform, as its text goes; commands name the file, so it has to be the same file.
  Sweep sweep = *more.sweep;
  sweep.base = bench.sweep->base;
  ringside::Diagnostics findings;
  const std::vector<Point> points = points_of(sweep, findings);
  Store store(bench.file(), sweep, points);
  BOOST_TEST(states(store) == "wwdwdw");  // `two` is another setting now
  store.measure();
  BOOST_TEST(*store.records()[2].metrics.at("twice") == 4);
  BOOST_TEST(*store.records()[4].metrics.at("twice") == 0);
  sweep.base_text += "# changed\n";
  BOOST_TEST(states(Store(bench.file(), sweep, points)) == "wwwwww");
}

BOOST_AUTO_TEST_CASE(jobs_are_remembered) {
  const Stored bench;
  {
    Store store(bench.file(), *bench.sweep, bench.points);
    store.add_job({"one", "", {"/f/a b", "/f/c"}});
    store.add_job({"two", "", {"/f/d"}});
    store.set_job_number("one", "17");
    store.remove_job("two");
  }
  Store store(bench.file(), *bench.sweep, bench.points);
  BOOST_REQUIRE(store.jobs().size() == 1);
  BOOST_TEST(store.jobs()[0].number == "17");
  const std::vector<std::string> folders = {"/f/a b", "/f/c"};
  BOOST_TEST(store.jobs()[0].folders == folders, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_are_no_database_of_ours) {
  const Stored bench;
  bench.folder.write("results.sqlite", std::string(5000, 'x'));
  BOOST_CHECK_THROW(Store(bench.file(), *bench.sweep, bench.points), std::runtime_error);
  std::filesystem::remove(bench.file());
  Database(bench.file()).run("PRAGMA user_version = 99");
  BOOST_CHECK_EXCEPTION(
      Store(bench.file(), *bench.sweep, bench.points), std::runtime_error, [](const auto& error) {
        return std::string(error.what()).find("is of another version of Ringside") !=
               std::string::npos;
      });
}
