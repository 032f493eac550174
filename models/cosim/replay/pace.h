// SPDX-License-Identifier: Apache-2.0
// Keeps the distances in time between records: none happens earlier after the one before it than it
// was recorded.
#pragma once

#include <cstdint>

namespace ringside::cosim {

class Pace {
 public:
  /// Times in ps: the replay's, and the log's.
  void begin(std::uint64_t now, std::uint64_t recorded) { offset_ = now - recorded; }
  /// When a record is due; never before the last one that has happened.
  std::uint64_t due(std::uint64_t recorded) const { return recorded + offset_; }
  bool is_due(std::uint64_t now, std::uint64_t recorded) const {
    return static_cast<std::int64_t>(now - due(recorded)) >= 0;
  }
  /// It has happened now. What is late stays late.
  void happened(std::uint64_t now, std::uint64_t recorded) {
    if (is_due(now, recorded)) offset_ = now - recorded;
  }

 private:
  std::uint64_t offset_ = 0;  // modulo 2^64
};

}  // namespace ringside::cosim
