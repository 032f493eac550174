// SPDX-License-Identifier: Apache-2.0
// The e1000's statistics registers: they count up to all ones, and reading clears them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::e1000 {

class Statistics {
 public:
  static constexpr std::uint64_t kFirst = 0x4000;  ///< offsets of the registers
  static constexpr std::uint64_t kEnd = 0x4100;

  void clear() { values_.fill(0); }
  /// What the guest reads. The high half of a 64-bit counter clears both halves.
  std::uint32_t read(std::uint64_t offset);

  /// `bytes` are those of a frame without check sequence.
  void sent(const std::uint8_t* frame, std::size_t bytes);
  /// Any frame on the wire.
  void seen(std::size_t bytes);
  /// A frame that the guest gets.
  void received(const std::uint8_t* frame, std::size_t bytes);
  void too_long() { add(0x40ac); }        ///< ROC
  void no_buffer() { add(0x40a0); }       ///< RNBC: a frame had to wait
  void missed() { add(0x4010); }          ///< MPC: a frame was lost
  void segmented() { add(0x40f8); }       ///< TSCTC
  void segment_failed() { add(0x40fc); }  ///< TSCTFC

 private:
  static constexpr std::size_t index(std::uint64_t offset) { return (offset - kFirst) / 4; }
  void add(std::uint64_t offset);
  void add_bytes(std::uint64_t low, std::size_t bytes);
  void add_by_size(std::uint64_t first, std::size_t bytes);

  std::array<std::uint32_t, (kEnd - kFirst) / 4> values_{};
};

}  // namespace ringside::e1000
