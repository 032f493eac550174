// SPDX-License-Identifier: Apache-2.0
// What a checker has found: one broken rule.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

/// The rules. Those from ReadExtent on compare with what the reference predicts; the others hold
/// for every device and need nothing but what it has read itself.
enum class Rule : std::uint8_t {
  BeforeDriverOk,  ///< DMA before DRIVER_OK (3.1.1, 2.1.2)
  AfterReset,    ///< DMA or an interrupt after the end of a reset, of device or queue (2.4, 2.6.1)
  AfterError,    ///< requests published as used after the ring broke or memory failed
  NeedsReset,    ///< after such an error: DEVICE_NEEDS_RESET, and the driver is told (2.1.2)
  Outside,       ///< neither a ring's area nor a buffer of a chain that is out
  NotPublished,  ///< avail entry or descriptor that the driver has not made available
  WriteToReadable,     ///< device-readable buffer written (2.7.4.1)
  ReadFromWritable,    ///< device-writable buffer read
  PayloadAfterUsed,    ///< payload moved after the chain's used element
  IndexBeforeElement,  ///< used index covers an element that is not there
  UnknownId,           ///< used id that is not out: never available, or used before
  UsedPosition,        ///< used element elsewhere than the next position, or written twice
  UsedLength,          ///< more than the chain's writable bytes
  UsedBeforePayload,   ///< used length covers bytes that have not been written (2.7.8.2)
  WrapCounter,         ///< avail and used bits of a used descriptor against the lap (2.8.1)
  InOrder,             ///< VIRTIO_F_IN_ORDER: used in another order, or a batch skips unfilled ones
  InterruptBeforeIndex,  ///< nothing has been used since the interrupt before
  InterruptUnchecked,    ///< the driver's wishes were not read after the used index
  InterruptSuppressed,   ///< the driver does not want it (2.7.7.2, 2.8.10)
  InterruptMissing,      ///< the driver wants one and none came
  NoSecondLook,          ///< notifications switched on, and the ring not looked at again

  ReadExtent,     ///< a read of a place or length that the protocol does not need
  WriteBytes,     ///< a byte of a ring written that is not predicted, or another value
  EventBytes,     ///< likewise, of avail_event, used flags or device event suppression
  PayloadBytes,   ///< other payload than the device part should give
  WrittenLength,  ///< used length is not what has been written
};
const char* to_string(Rule rule);
/// True if the rule belongs to the reference and its scoreboard, not to the passive ones.
constexpr bool is_predicted(Rule rule) {
  return rule >= Rule::ReadExtent;
}

struct Finding {
  Rule rule = Rule::Outside;
  std::uint64_t transaction = 0;  ///< its number
  std::uint64_t time = 0;         ///< ps
  std::uint16_t device = 0;
  std::uint16_t queue = Transaction::kNoQueue;
  std::uint64_t request = Transaction::kNoRequest;
  std::string expected;
  std::string found;
  /// "used-length: transaction 12 at 340000 ps, queue 0, request 3: expected at most 16 bytes,
  /// found 20".
  std::string str() const;
};

/// Keeps the first findings as they are and counts the rest: a device that is wrong is wrong often.
class Findings {
 public:
  static constexpr std::size_t kKept = 64;
  void add(Finding finding) {
    if (kept_.size() < kKept) kept_.push_back(std::move(finding));
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  const std::vector<Finding>& kept() const { return kept_; }
  void clear() {
    kept_.clear();
    count_ = 0;
  }
  /// A line each, and how many more there were.
  std::string str() const;

 private:
  std::vector<Finding> kept_;
  std::uint64_t count_ = 0;
};

}  // namespace ringside::cosim
