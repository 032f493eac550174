// SPDX-License-Identifier: Apache-2.0
// What tests/sweep/broken does not show.
#include "sweep/reader.h"

#include <boost/test/unit_test.hpp>

#include "bench.h"

using namespace ringside::sweep;

namespace {

std::vector<std::string> labels(const std::string& axis) {
  const Bench bench("axes: {a: " + axis + "}\nmetrics: {time: run.seconds}\n");
  BOOST_REQUIRE_MESSAGE(bench.sweep, bench.findings.str());
  std::vector<std::string> all;
  for (const AxisValue& value : bench.sweep->axes[0].values) all.push_back(value.label);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(everything_that_a_sweep_says) {
  const Bench bench(R"(
title: T
description: D
axes:
  size: {path: ram.size, values: [1MiB, 2MiB], label: memory, unit: B}
  kind: {variants: {none: , both: {a.x: 1, b: {type: ssd, channels: 8}}}}
run: {bios: f, kernel: k, initrd: i, append: "a ${kind}", limit: 5ms, timeout: 90s, options: x}
metrics:
  plain: run.seconds
  rate: {value: "plain * 2", unit: 1/s, label: the rate}
plots:
  - {x: size, y: rate}
  - {name: other, title: O, x: kind, y: plain, only: {size: 2MiB}, x_scale: log, y_scale: log}
slurm: {partition: p, account: a, time: "10", extra: [--qos=x], poll: 3s, program: /opt/ringside}
)");
  BOOST_REQUIRE_MESSAGE(bench.sweep, bench.findings.str());
  const Sweep& sweep = *bench.sweep;
  BOOST_TEST(sweep.name == "a sweep");
  BOOST_TEST(sweep.title == "T");
  BOOST_TEST(sweep.base_text == "type: machine\n");
  BOOST_TEST(sweep.axes.size() == 2);
  BOOST_TEST(sweep.axis("size")->label == "memory");
  BOOST_TEST(*sweep.axes[0].values[1].number == 2097152);
  BOOST_TEST(sweep.axes[1].values[0].settings.empty());
  BOOST_TEST(!sweep.axes[1].values[1].number);
  BOOST_TEST(sweep.axes[1].values[1].settings[1].path == "b");
  BOOST_TEST(sweep.axes[1].values[1].settings[1].value == "{type: ssd, channels: 8}");
  BOOST_TEST(sweep.run.boot.size() == 4);
  BOOST_TEST(sweep.run.timeout == 90);
  BOOST_TEST(sweep.metric("rate")->is_performance());
  BOOST_TEST(!sweep.metric("plain")->is_performance());
  BOOST_TEST(sweep.plots[0].name == "rate");
  BOOST_TEST(sweep.plots[0].title == "the rate");
  BOOST_TEST(sweep.plots[0].series == Texts{"kind"}, boost::test_tools::per_element());
  BOOST_TEST((sweep.plots[1].y_scale == Scale::Log));
  BOOST_TEST(sweep.plots[1].series.empty());
  BOOST_TEST(sweep.slurm.program == "/opt/ringside");
  BOOST_TEST(sweep.slurm.poll == 3, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(ranges) {
  BOOST_TEST(labels("{path: x, range: {from: 1, to: 8, factor: 2}}") == (Texts{"1", "2", "4", "8"}),
             boost::test_tools::per_element());
  BOOST_TEST(labels("{path: x, range: {from: 64KiB, to: 192KiB, step: 64KiB}}") ==
                 (Texts{"64KiB", "128KiB", "192KiB"}),
             boost::test_tools::per_element());
  BOOST_TEST(labels("{path: x, range: {from: 0.1, to: 0.5, step: 0.1}}") ==
                 (Texts{"0.1", "0.2", "0.3", "0.4", "0.5"}),
             boost::test_tools::per_element());
  BOOST_TEST(labels("{path: x, range: {from: 1ns, to: 1000ns, factor: 10}}") ==
                 (Texts{"1ns", "10ns", "100ns", "1000ns"}),
             boost::test_tools::per_element());
  BOOST_TEST(labels("{path: x, range: {from: 5, to: 5, step: 1}}") == Texts{"5"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_none) {
  ringside::Diagnostics findings;
  BOOST_TEST(!read_sweep("/no/such/sweep.yaml", findings));
  BOOST_TEST(findings.str().find("/no/such/sweep.yaml: error: cannot read this file") !=
             std::string::npos);
  const Bench list("- 1\n");
  BOOST_TEST(!list.sweep);
  BOOST_TEST(list.findings.failed());
}

BOOST_AUTO_TEST_CASE(a_metric_is_known_to_those_below_it_only) {
  const Bench bench(
      "axes: {a: {path: x, values: [1]}}\nmetrics: {one: two * 2, two: run.seconds}\n");
  BOOST_TEST(bench.findings.str().find("'two' in metric 'one' is no axis and no metric above") !=
             std::string::npos);
}
