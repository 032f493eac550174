// SPDX-License-Identifier: Apache-2.0
// The logic of a NOR flash with Intel's command set and a Common Flash Interface (JEDEC JESD68.01,
// JEP137), apart from the bus. Two 16-bit chips side by side make a 32-bit bank, as on QEMU's
// riscv64 `virt` machine. No SystemC in this file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ringside {

/// Programming clears bits, erasing a block sets them; both are done at once, so the status is
/// always "ready".
class CfiFlash {
 public:
  static constexpr std::size_t kBlockBytes = 256 << 10;
  /// What one buffered program command may write (both chips together).
  static constexpr std::size_t kBufferBytes = 2 << 11;

  /// `memory` holds `bytes`, a power of two and at least one block; all of it stays the owner's.
  CfiFlash(std::uint8_t* memory, std::size_t bytes);
  /// Called with a range that programming or erasing has changed.
  void on_change(std::function<void(std::size_t offset, std::size_t bytes)> call) {
    change_call_ = std::move(call);
  }
  /// Called when reads begin or cease to show the contents.
  void on_mode(std::function<void(bool shows_array)> call) { mode_call_ = std::move(call); }

  void reset();
  bool shows_array() const { return mode_ == Mode::Array; }
  /// `bytes` is 1, 2 or 4; the access lies in one aligned word of 4.
  std::uint32_t read(std::size_t offset, unsigned bytes) const;
  void write(std::size_t offset, unsigned bytes, std::uint32_t value);

 private:
  enum class Mode { Array, Status, Identity, Query };
  /// What the next write means.
  enum class Expect {
    Command,
    Program,
    EraseConfirm,
    Lock,
    BufferCount,
    BufferData,
    BufferConfirm
  };

  void set_mode(Mode mode);
  void command(std::size_t offset, std::uint8_t value);
  void bad_sequence();
  void program(std::size_t offset, const std::uint8_t* data, std::size_t bytes);
  void erase(std::size_t offset);
  void buffer_count(std::size_t offset, std::uint32_t value);
  void buffer_data(std::size_t offset, unsigned bytes, std::uint32_t value);
  void buffer_confirm(std::uint8_t value);
  void make_query_table();

  std::uint8_t* memory_;
  std::size_t bytes_;
  std::array<std::uint8_t, 0x52> query_{};
  Mode mode_ = Mode::Array;
  Expect expect_ = Expect::Command;
  std::uint8_t status_;
  std::size_t buffer_block_ = 0;  // where the block of a buffered program begins
  unsigned buffer_left_ = 0;      // writes that are still to come
  struct BufferWrite {
    std::size_t offset;
    std::uint32_t value;
    unsigned bytes;
  };
  std::vector<BufferWrite> buffer_;
  std::function<void(std::size_t, std::size_t)> change_call_;
  std::function<void(bool)> mode_call_;
};

}  // namespace ringside
