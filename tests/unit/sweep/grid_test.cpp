// SPDX-License-Identifier: Apache-2.0
#include "sweep/grid.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"
#include "sweep/texts.h"

using namespace ringside::sweep;

namespace {

constexpr const char* kSweep = R"(
set: {accuracy: timed, bus.disk.file: "${sweep}/${kind}.img"}
axes:
  ring: {path: bus.disk.queue_size, range: {from: 16, to: 64, factor: 2}}
  kind: {variants: {split: {bus.disk.packed: false}, packed: {bus.disk.packed: true, bus.disk.in_order: true}}}
  depth: {values: [1, 8]}
run: {kernel: image, limit: 2s, options: [--log, error]}
workload: load --depth ${depth}; echo $$HOME
metrics: {time: run.seconds}
)";

std::string text_of(const Point& point) {
  return shell_line(point.command);
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_combinations_in_order) {
  const Bench bench(kSweep);
  BOOST_REQUIRE_MESSAGE(bench.sweep, bench.findings.str());
  BOOST_TEST(bench.points.size() == 12);
  BOOST_TEST(bench.points[0].label == "ring=16,kind=split,depth=1");
  BOOST_TEST(bench.points[1].label == "ring=16,kind=split,depth=8");
  BOOST_TEST(bench.points[2].label == "ring=16,kind=packed,depth=1");
  BOOST_TEST(bench.points[11].label == "ring=64,kind=packed,depth=8");
  BOOST_TEST(bench.points[11].folder == "ring=64,kind=packed,depth=8");
}

BOOST_AUTO_TEST_CASE(commands_say_everything) {
  const Bench bench(kSweep);
  BOOST_REQUIRE(bench.points.size() == 12);
  const std::string folder = std::filesystem::canonical(bench.folder.path(".")).string();
  BOOST_TEST(
      text_of(bench.points[3]) ==
      "run " + folder + "/machine.yaml --set accuracy=timed --set bus.disk.file=" + folder +
          "/packed.img --set bus.disk.queue_size=16 --set bus.disk.packed=true --set "
          "bus.disk.in_order=true "
          "--kernel image --append 'console=ttyS0 quiet ringside.net=off "
          "ringside.run=load%20--depth%208%3b%20echo%20%24%24HOME' --limit 2s --timeout 3600 "
          "--stats stats.json --log error");
}

BOOST_AUTO_TEST_CASE(seeds_repeat_each_point) {
  const Bench bench(
      "axes: {a: {values: [1, 2]}}\nseeds: [5, 7]\nrun: {options: [--log, \"${a}${seed}\"]}\n"
      "metrics: {time: run.seconds}\n");
  BOOST_REQUIRE_MESSAGE(bench.points.size() == 4, bench.findings.str());
  BOOST_TEST(bench.points[1].label == "a=1,seed=7");
  BOOST_TEST(text_of(bench.points[1]).find("--set seed=7") != std::string::npos);
  BOOST_TEST(text_of(bench.points[3]).find("--log 27") != std::string::npos);
  BOOST_TEST(sample(*bench.sweep, bench.points).size() == 2);
}

BOOST_AUTO_TEST_CASE(a_sample_shows_every_value) {
  const Bench bench(kSweep);
  const std::vector<const Point*> chosen = sample(*bench.sweep, bench.points);
  BOOST_TEST(chosen.size() == 1 + 2 + 1 + 1);
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::size_t value = 0; value < bench.sweep->axes[axis].values.size(); ++value) {
      bool seen = false;
      for (const Point* point : chosen) seen = seen || point->at[axis] == value;
      BOOST_TEST(seen);
    }
}

BOOST_AUTO_TEST_CASE(bounds) {
  const Bench many(
      "axes:\n  a: {path: x, range: {from: 1, to: 1000, step: 1}}\n"
      "  b: {path: y, range: {from: 1, to: 1000, step: 1}}\nmetrics: {time: run.seconds}\n");
  BOOST_TEST(many.findings.str().find("with axis 'b' the sweep has more than 100000 points") !=
             std::string::npos);
  BOOST_TEST(many.points.empty());
  const Bench wordy("axes: {a: {path: x, values: [" + std::string(300, 'n') +
                    "]}}\nmetrics: {time: run.seconds}\n");
  BOOST_TEST(wordy.findings.str().find("is too long for a folder") != std::string::npos);
  const Bench talk("axes: {a: {path: x, values: [1]}}\nworkload: " + std::string(1100, 'w') +
                   "\nmetrics: {time: run.seconds}\n");
  BOOST_TEST(talk.findings.str().find("the kernel command line has ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_becomes_a_word) {
  BOOST_TEST(workload_words("a b%c\t'd'\"") == "ringside.run=a%20b%25c%09%27d%27%22");
}
