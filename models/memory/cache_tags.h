// SPDX-License-Identifier: Apache-2.0
// The tags of a set-associative cache. No data, no SystemC in this file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace ringside {

/// Which lines are held, and which of them memory has not got yet. The line to give up is the one
/// that was used longest ago.
class CacheTags {
 public:
  /// `sets` is a power of two, `ways` at least 1.
  CacheTags(std::uint64_t sets, unsigned ways);

  /// True if the line is held; it is then the one used last, and dirty if `make_dirty`.
  bool touch(std::uint64_t line, bool make_dirty);
  /// Takes a line that is not held into one of the first `ways` of its set; the dirty line that had
  /// to go for it, if any.
  std::optional<std::uint64_t> allocate(std::uint64_t line, unsigned ways, bool dirty);
  /// Gives the line up, dirty or not. True if it was held.
  bool drop(std::uint64_t line);
  void clear();

 private:
  struct Entry {
    std::uint64_t line = 0;
    std::uint64_t used = 0;  ///< the number of its last use; 0: holds nothing
    bool dirty = false;
  };

  Entry* set_of(std::uint64_t line) { return &entries_[(line & (sets_ - 1)) * ways_]; }
  Entry* find(std::uint64_t line);

  std::uint64_t sets_;
  unsigned ways_;
  std::uint64_t uses_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace ringside
