// SPDX-License-Identifier: Apache-2.0
#include "report/sampler.h"

#include <algorithm>
#include <set>

#include "walk.h"

namespace ringside::report {

namespace {

const sc_core::sc_time kFirstInterval(20, sc_core::SC_US);

/// What makes a curve that people want to see.
bool worth_a_curve(const std::string& name) {
  static const std::set<std::string> names = {"busy_ps",     "busy_ps_up",   "busy_ps_down",
                                              "requests",    "kernel_exits", "user_exits",
                                              "instructions"};
  return names.count(name) != 0;
}

}  // namespace

Sampler::Sampler(Platform& platform) : platform_(platform), interval_(kFirstInterval) {
  platform.on_sample([this] {
    take();
    return sc_core::sc_time_stamp() + interval_;
  });
}

void Sampler::find_series() {
  program::for_each_group(platform_, [this](const std::string& path, const StatGroup& group) {
    for (const Counter* counter : group.counters())
      if (worth_a_curve(counter->name())) series_.push_back({path, counter, {}});
  });
}

void Sampler::restart() {
  interval_ = kFirstInterval;
  times_.clear();
  for (Series& one : series_) one.totals.clear();
  take();
}

void Sampler::take() {
  if (series_.empty()) find_series();
  if (!times_.empty() && times_.back() == sc_core::sc_time_stamp()) return;
  platform_.refresh_statistics();
  times_.push_back(sc_core::sc_time_stamp());
  for (Series& one : series_) one.totals.push_back(one.counter->value());
  if (times_.size() >= kMost) thin_out();
}

void Sampler::thin_out() {
  const auto thin = [](auto& all) {
    for (std::size_t i = 0; 2 * i < all.size(); ++i) all[i] = all[2 * i];
    all.resize((all.size() + 1) / 2);
  };
  thin(times_);
  for (Series& one : series_) thin(one.totals);
  interval_ += interval_;
}

}  // namespace ringside::report
