// SPDX-License-Identifier: Apache-2.0
// A resource of simulated hardware that serves one use at a time (a data path, a link), booked
// ahead. No SystemC in this file; times are picoseconds.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace ringside {

/// When the resource is taken. Accesses come with annotated times and not always in their order, so
/// what is booked far ahead must not hold up an earlier access that is told of later: the idle
/// stretches before the last booking are remembered, and a use is put into the first that has room
/// for it. The latest kGaps of them are; time before the oldest is then no longer to be had, so a
/// use may come later than it could, never two at once. No allocation; a booking looks at each gap
/// at most once, and at none when it comes in order.
///
/// Uses have kinds (a direction, say). `apart(before, after)` is the time that has to pass between
/// the end of a use of one kind and the begin of a use of another, neighbours in time.
class Calendar {
 public:
  using Kind = std::uint16_t;
  static constexpr unsigned kGaps = 32;

  /// Where a use would go; good until the next take().
  struct Slot {
    std::uint64_t start = 0;
    unsigned gap = kGaps;  ///< the gap it lies in, or kGaps for after everything
  };

  /// Stretches shorter than `shortest` are not worth remembering.
  explicit Calendar(std::uint64_t shortest = 1) : shortest_(std::max<std::uint64_t>(shortest, 1)) {}

  /// The earliest place for a use of `duration` that begins at or after `from`.
  template <typename Apart>
  Slot find(std::uint64_t from, std::uint64_t duration, Kind kind, const Apart& apart) const {
    if (from < end_) {
      // Most gaps are in the past, so the first that ends late enough is looked for from the end.
      unsigned i = gaps_;
      while (i > 0 && gap(i - 1).end >= from + duration) --i;
      for (; i < gaps_; ++i) {
        const Gap& gap = this->gap(i);
        const std::uint64_t start = std::max(from, gap.start + apart(gap.before, kind));
        if (start + duration + apart(kind, gap.after) <= gap.end) return {start, i};
      }
    }
    const std::uint64_t after = used_ ? end_ + apart(last_, kind) : 0;
    return {std::max(from, after), kGaps};
  }
  Slot find(std::uint64_t from, std::uint64_t duration) const {
    return find(from, duration, 0, [](Kind, Kind) { return std::uint64_t{0}; });
  }

  /// Books what find() has found for the same duration and kind.
  void take(const Slot& slot, std::uint64_t duration, Kind kind = 0) {
    const std::uint64_t end = slot.start + duration;
    if (slot.gap == kGaps) {
      add(gaps_, {end_, slot.start, last_, kind});
      end_ = end;
      last_ = kind;
      used_ = true;
      return;
    }
    const Gap gap = this->gap(slot.gap);
    for (unsigned i = slot.gap + 1; i < gaps_; ++i) this->gap(i - 1) = this->gap(i);
    --gaps_;
    // The later part first, because the earlier one then goes before it.
    add(slot.gap, {end, gap.end, kind, gap.after});
    add(slot.gap, {gap.start, slot.start, gap.before, kind});
  }

  /// find() and take() in one; where it begins.
  std::uint64_t book(std::uint64_t from, std::uint64_t duration) {
    const Slot slot = find(from, duration);
    take(slot, duration);
    return slot.start;
  }

  /// The end of the last use.
  std::uint64_t end() const { return end_; }

 private:
  struct Gap {
    std::uint64_t start;
    std::uint64_t end;
    Kind before;  ///< the use that ends where the gap begins; also before the first use of all
    Kind after;
  };

  Gap& gap(unsigned i) { return gap_[(first_ + i) % kGaps]; }
  const Gap& gap(unsigned i) const { return gap_[(first_ + i) % kGaps]; }

  /// Inserts at a place of the list, which stays sorted; a full list forgets its oldest.
  void add(unsigned at, const Gap& added) {
    if (added.end < added.start + shortest_) return;
    if (gaps_ == kGaps) {
      if (at == 0) return;
      first_ = (first_ + 1) % kGaps;
      --gaps_;
      --at;
    }
    for (unsigned i = gaps_; i > at; --i) gap(i) = gap(i - 1);
    gap(at) = added;
    ++gaps_;
  }

  std::uint64_t shortest_;
  std::uint64_t end_ = 0;
  Kind last_ = 0;
  bool used_ = false;
  unsigned gaps_ = 0;
  unsigned first_ = 0;            // where the oldest is
  std::array<Gap, kGaps> gap_{};  // a ring, sorted by time
};

}  // namespace ringside
