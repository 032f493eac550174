// SPDX-License-Identifier: Apache-2.0
#include "kit/stat.h"

#include <algorithm>
#include <cmath>

namespace ringside {

StatGroup::StatGroup(StatGroup* parent, std::string name) : name_(std::move(name)) {
  parent->groups_.push_back(this);
}

const Counter* StatGroup::find_counter(const std::string& name) const {
  for (const Counter* counter : counters_)
    if (name == counter->name()) return counter;
  return nullptr;
}

void StatGroup::clear_stats() {
  for (Counter* counter : counters_) counter->clear();
  for (Histogram* histogram : histograms_) histogram->clear();
  for (StatGroup* group : groups_) group->clear_stats();
}

Counter::Counter(StatGroup* group, const char* name, const char* unit, const char* doc)
    : name_(name), unit_(unit), doc_(doc) {
  group->counters_.push_back(this);
}

Histogram::Histogram(StatGroup* group, const char* name, const char* unit, const char* doc)
    : name_(name), unit_(unit), doc_(doc) {
  group->histograms_.push_back(this);
}

unsigned Histogram::bucket_of(std::uint64_t value) {
  if (value < (1u << kSubBits)) return static_cast<unsigned>(value);
  const unsigned shift = 63 - static_cast<unsigned>(__builtin_clzll(value)) - kSubBits;
  return ((shift + 1) << kSubBits) + static_cast<unsigned>((value >> shift) - (1u << kSubBits));
}

std::uint64_t Histogram::upper_bound_of(unsigned bucket) {
  if (bucket < (1u << kSubBits)) return bucket;
  const unsigned shift = (bucket >> kSubBits) - 1;
  const std::uint64_t low = ((bucket & ((1u << kSubBits) - 1)) + (std::uint64_t{1} << kSubBits));
  return (low << shift) + ((std::uint64_t{1} << shift) - 1);
}

void Histogram::record(std::uint64_t value) {
  ++buckets_[bucket_of(value)];
  ++count_;
  sum_ += value;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Histogram::clear() {
  buckets_.fill(0);
  count_ = sum_ = max_ = 0;
  min_ = ~std::uint64_t{0};
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> all;
  for (unsigned i = 0; i < kBuckets; ++i)
    if (buckets_[i] != 0)
      all.push_back({i == 0 ? 0 : upper_bound_of(i - 1) + 1, upper_bound_of(i), buckets_[i]});
  return all;
}

std::uint64_t Histogram::percentile(double fraction) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(upper_bound_of(bucket), max_);
  }
  return max_;
}

}  // namespace ringside
