// SPDX-License-Identifier: Apache-2.0
// The records of a log that are still to be played, read as far ahead as somebody looks. Free of
// SystemC.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cosim/check/registers.h"
#include "cosim/log/log.h"

namespace ringside::cosim {

/// False for offsets that observers are told as register writes and that are none: not to be made.
constexpr bool is_real_register(std::uint64_t offset) {
  return offset != kRegNotificationsHidden && offset != kRegRingPosition;
}

/// One record, and how much of it has been played.
struct ScriptRecord {
  Transaction t;  ///< as recorded; `data` and `strobes` point into this record
  std::vector<std::uint8_t> data, strobes;
  bool hashed = false;  ///< a write whose data the log has as a hash only
  std::uint64_t hash = 0;

  /// What the replayed device has given so far: of its writes, and of reads of its registers.
  std::vector<std::uint8_t> made;
  std::vector<std::uint8_t> open;  ///< DMA: a byte each, not 0 while it has not been accessed
  std::uint32_t left = 0;          ///< DMA: how many of these
  bool heard = false;              ///< an interrupt that has come before its turn
};

class Script {
 public:
  static constexpr std::size_t kAhead = 4096;            ///< records that are looked ahead
  static constexpr std::size_t kAheadBytes = 16u << 20;  ///< and bytes in them, if that is less

  /// Throws std::runtime_error if the file is no log.
  explicit Script(const std::string& path) : reader_(path) {}

  /// The record that comes so many after the present one, or nullptr if the log ends before it, it
  /// is too far ahead to be looked at, or the log cannot be read so far. Messages (interrupts as
  /// writes to memory) are left out: whether they are sent is up to vectors and masks.
  ScriptRecord* at(std::size_t ahead);
  /// The present record is done.
  void pop();
  /// What is wrong with the log behind the last record that could be read; empty if nothing is.
  const std::string& error() const { return error_; }

 private:
  bool read_one();

  LogReader reader_;
  std::deque<std::unique_ptr<ScriptRecord>> records_;
  std::vector<std::unique_ptr<ScriptRecord>> free_;
  std::size_t bytes_ = 0;
  std::uint64_t read_ = 0;
  bool ended_ = false;
  std::string error_;
};

}  // namespace ringside::cosim
