// SPDX-License-Identifier: Apache-2.0
#include "report/sampler.h"

#include "support/sim.h"

using namespace ringside;
using report::Sampler;

namespace {

struct Worker : Model {
  Worker(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  Counter requests{this, "requests", "count", "done"};
  Counter other{this, "other", "count", "makes no curve"};
};

void register_types(Registry& registry) { registry.add<Model, Worker>("worker", "works"); }

struct Bench : test::Sim {
  Bench()
      : test::Sim("children: {w: {type: worker}}", register_types),
        worker(model<Worker>("w")),
        sampler(platform) {}
  /// As a hart would: a stretch, and then it is between two.
  void stretch(const sc_core::sc_time& time) {
    run(time);
    ++worker.requests;
    platform.serve_observer();
  }
  Worker& worker;
  Sampler sampler;
};

}  // namespace

SIM_TEST_CASE(totals_are_noted_at_even_distances) {
  Bench b;
  b.platform.serve_observer();
  for (unsigned i = 0; i < 20; ++i) b.stretch(sc_core::sc_time(5, sc_core::SC_US));
  BOOST_TEST_REQUIRE(b.sampler.series().size() == 1u);
  BOOST_TEST(b.sampler.series()[0].path == "w");
  const std::vector<std::uint64_t> expected = {0, 4, 8, 12, 16, 20};
  BOOST_TEST(b.sampler.series()[0].totals == expected);
  BOOST_TEST((b.sampler.times()[1] == sc_core::sc_time(20, sc_core::SC_US)));
}

SIM_TEST_CASE(a_long_run_has_no_more_samples_than_a_short_one) {
  Bench b;
  const sc_core::sc_time step(20, sc_core::SC_US);
  for (unsigned i = 0; i < 20000; ++i) b.stretch(step);
  b.sampler.take();
  const auto& times = b.sampler.times();
  const auto& totals = b.sampler.series()[0].totals;
  BOOST_TEST_REQUIRE(times.size() == totals.size());
  BOOST_TEST(times.size() <= Sampler::kMost);
  BOOST_TEST(times.size() >= Sampler::kMost / 2 - 1);
  BOOST_TEST((times.back() == 20000 * step));
  BOOST_TEST(totals.back() == 20000u);
  for (std::size_t i = 1; i < times.size(); ++i) {
    BOOST_TEST_REQUIRE((times[i] > times[i - 1]));
    // Whatever was thinned out, the totals are those of their times.
    BOOST_TEST_REQUIRE((totals[i] * step == times[i]));
  }
}

SIM_TEST_CASE(a_region_of_interest_begins_anew) {
  Bench b;
  for (unsigned i = 0; i < 3000; ++i) b.stretch(sc_core::sc_time(20, sc_core::SC_US));
  b.platform.begin_region();
  b.sampler.restart();
  b.stretch(sc_core::sc_time(7, sc_core::SC_US));
  b.sampler.take();
  b.sampler.take();
  const std::vector<std::uint64_t> expected = {0, 1};
  BOOST_TEST(b.sampler.series()[0].totals == expected);
}
