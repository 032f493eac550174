// SPDX-License-Identifier: Apache-2.0
// A ring of descriptors, as its five registers describe it. The device owns those from head to
// tail.
#pragma once

#include <array>
#include <cstdint>

#include "baseline/e1000_descriptors.h"
#include "baseline/e1000_registers.h"

namespace ringside::e1000 {

class Ring {
 public:
  /// Bits of the registers that can be written: rings are made of 128 bytes.
  static constexpr std::uint32_t kBaseMask = ~0xfu;
  static constexpr std::uint32_t kLengthMask = 0xf'ff80;
  static constexpr std::uint32_t kIndexMask = 0xffff;

  Ring(Registers::Word& low, Registers::Word& high, Registers::Word& length, Registers::Word& head,
       Registers::Word& tail)
      : low_(low), high_(high), length_(length), head_(head), tail_(tail) {}

  std::uint32_t size() const { return length_ / static_cast<std::uint32_t>(kDescriptorBytes); }
  /// False for registers that contradict each other: nothing is owned then.
  bool valid() const { return head_ < size() && tail_ < size(); }
  std::uint32_t head() const { return head_; }
  /// Descriptors that the device owns.
  std::uint32_t owned() const {
    if (!valid()) return 0;
    return tail_ >= head_ ? tail_ - head_ : size() - head_ + tail_;
  }
  /// The same, up to the end of the ring's memory.
  std::uint32_t owned_in_row() const {
    if (!valid()) return 0;
    return tail_ >= head_ ? tail_ - head_ : size() - head_;
  }
  std::uint64_t address() const {
    return (static_cast<std::uint64_t>(high_) << 32 | low_) + head_ * kDescriptorBytes;
  }
  void advance() { head_.set(head_ + 1 < size() ? head_ + 1 : 0); }

 private:
  Registers::Word& low_;
  Registers::Word& high_;
  Registers::Word& length_;
  Registers::Word& head_;
  Registers::Word& tail_;
};

}  // namespace ringside::e1000
