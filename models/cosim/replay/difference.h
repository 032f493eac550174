// SPDX-License-Identifier: Apache-2.0
// What a replayed device did otherwise than the recorded one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

struct Difference {
  enum class Kind : std::uint8_t {
    WrittenBytes,   ///< a write of the device has other bytes; the replay goes on
    RegisterValue,  ///< a register reads as something else; the replay goes on
    Extra,          ///< an access or an interrupt that the log does not have, or not here
    Order,          ///< one that the log has later, and what comes before it does not come
    Missing,        ///< what the log has next does not come, and nothing else does
  };
  Kind kind = Kind::WrittenBytes;
  std::uint64_t record = 0;  ///< number of the record that the log was at
  std::uint64_t time = 0;    ///< of the replay, ps
  std::uint16_t queue = Transaction::kNoQueue;
  std::uint64_t request = Transaction::kNoRequest;
  std::string expected;
  std::string found;
  /// "order: record 42 at 340000 ps, queue 0, request 3: expected dma write used_ring 0x1004 +8,
  /// found interrupt of queue 0".
  std::string str() const;
};
const char* to_string(Difference::Kind kind);

/// Keeps the first as they are and counts the rest.
class Differences {
 public:
  static constexpr std::size_t kKept = 64;
  void add(Difference difference) {
    if (kept_.size() < kKept) kept_.push_back(std::move(difference));
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  const std::vector<Difference>& kept() const { return kept_; }
  /// A line each, and how many more there were.
  std::string str() const;

 private:
  std::vector<Difference> kept_;
  std::uint64_t count_ = 0;
};

}  // namespace ringside::cosim
