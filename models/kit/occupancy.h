// SPDX-License-Identifier: Apache-2.0
// A resource that serves one thing at a time: a direction of a link, a data bus.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside {

/// Times in picoseconds. Who asks knows a time in the future at which it will need the resource
/// (timing is annotated, not waited for), so requests do not come in the order of their times: what
/// is left free between two reservations is kept, and filled by who comes later with an earlier
/// time. The latest kGaps gaps are remembered; older ones count as busy.
class Occupancy {
 public:
  static constexpr std::size_t kGaps = 16;

  /// Reserves `duration` at the earliest moment not before `at`; gives its beginning.
  std::uint64_t reserve(std::uint64_t at, std::uint64_t duration) {
    busy_ += duration;
    if (at < free_) {
      for (std::size_t i = 0; i < count_; ++i) {
        Gap& gap = gaps_[i];
        const std::uint64_t start = std::max(at, gap.first);
        if (start >= gap.end || gap.end - start < duration) continue;
        fill(i, start, start + duration);
        return start;
      }
      at = free_;
    }
    if (at > free_) add({free_, at});
    free_ = at + duration;
    return at;
  }

  /// From here on nothing is reserved.
  std::uint64_t free_from() const { return free_; }
  /// All that has been reserved.
  std::uint64_t busy() const { return busy_; }

 private:
  struct Gap {
    std::uint64_t first;
    std::uint64_t end;
  };

  void add(const Gap& gap) {
    if (count_ == kGaps) erase(0);
    gaps_[count_++] = gap;
  }
  void erase(std::size_t i) {
    std::copy(gaps_.begin() + i + 1, gaps_.begin() + count_, gaps_.begin() + i);
    --count_;
  }
  /// Takes [start, end) out of gap i. Of two parts that are left, the longer stays: gaps are not in
  /// the way of each other, and a list without insertions stays short.
  void fill(std::size_t i, std::uint64_t start, std::uint64_t end) {
    const Gap before{gaps_[i].first, start};
    const Gap after{end, gaps_[i].end};
    const std::uint64_t left = before.end - before.first;
    const std::uint64_t right = after.end - after.first;
    if (left == 0 && right == 0) return erase(i);
    gaps_[i] = right >= left ? after : before;
  }

  std::array<Gap, kGaps> gaps_;
  std::size_t count_ = 0;
  std::uint64_t free_ = 0;
  std::uint64_t busy_ = 0;
};

}  // namespace ringside
