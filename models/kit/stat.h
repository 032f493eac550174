// SPDX-License-Identifier: Apache-2.0
// Statistics: counters and histograms, members with unit and documentation, gathered in groups that
// form a tree.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside {

class Counter;
class Histogram;

/// A named set of statistics. A model is one; a queue of a device is a group inside the model's.
class StatGroup {
 public:
  explicit StatGroup(std::string name) : name_(std::move(name)) {}
  StatGroup(StatGroup* parent, std::string name);
  StatGroup(const StatGroup&) = delete;
  StatGroup& operator=(const StatGroup&) = delete;
  virtual ~StatGroup() = default;

  const std::string& stat_name() const { return name_; }
  const std::vector<Counter*>& counters() const { return counters_; }
  const std::vector<Histogram*>& histograms() const { return histograms_; }
  const std::vector<StatGroup*>& stat_groups() const { return groups_; }
  /// The counter of that name in this group, or nullptr.
  const Counter* find_counter(const std::string& name) const;
  /// Sets every statistic of this group and those below to zero (the start of a region of
  /// interest).
  void clear_stats();

 private:
  friend class Counter;
  friend class Histogram;
  std::string name_;
  std::vector<Counter*> counters_;
  std::vector<Histogram*> histograms_;
  std::vector<StatGroup*> groups_;
};

/// An amount that only grows while the simulation runs, since the start or since it was cleared.
class Counter {
 public:
  Counter(StatGroup* group, const char* name, const char* unit, const char* doc);
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  Counter& operator++() {
    ++total_;
    return *this;
  }
  Counter& operator+=(std::uint64_t amount) {
    total_ += amount;
    return *this;
  }
  /// For totals since the start that are kept elsewhere (a hart's retired instructions) and copied
  /// in now and then.
  void set(std::uint64_t total) { total_ = total; }
  /// Takes one back that should not have been counted.
  void take_back() {
    if (value() != 0) --total_;
  }
  std::uint64_t value() const { return total_ < cleared_ ? total_ : total_ - cleared_; }
  void clear() { cleared_ = total_; }
  const char* name() const { return name_; }
  const char* unit() const { return unit_; }
  const char* doc() const { return doc_; }

 private:
  const char* name_;
  const char* unit_;
  const char* doc_;
  std::uint64_t total_ = 0;
  std::uint64_t cleared_ =
      0;  // the total when it was cleared; above it: whoever keeps it began anew
};

/// Distribution of a non-negative integer: exact below 16, then 16 buckets per power of two (6 %
/// wide).
class Histogram {
 public:
  Histogram(StatGroup* group, const char* name, const char* unit, const char* doc);
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  void record(std::uint64_t value);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t min() const { return count_ ? min_ : 0; }
  std::uint64_t max() const { return max_; }
  double mean() const {
    return count_ ? static_cast<double>(sum_) / static_cast<double>(count_) : 0;
  }
  /// The smallest bucket bound that at least `fraction` (0..1) of the values do not exceed.
  std::uint64_t percentile(double fraction) const;

  /// Those buckets that hold anything, from small to large.
  struct Bucket {
    std::uint64_t first;  ///< the smallest and the largest value that belong to it
    std::uint64_t last;
    std::uint64_t count;
  };
  std::vector<Bucket> buckets() const;

  const char* name() const { return name_; }
  const char* unit() const { return unit_; }
  const char* doc() const { return doc_; }

 private:
  static constexpr unsigned kSubBits = 4;
  static constexpr unsigned kBuckets = (64 - kSubBits + 1) << kSubBits;
  static unsigned bucket_of(std::uint64_t value);
  static std::uint64_t upper_bound_of(unsigned bucket);

  const char* name_;
  const char* unit_;
  const char* doc_;
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
};

}  // namespace ringside
