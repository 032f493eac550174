// SPDX-License-Identifier: Apache-2.0
// Writes that are kept in memory above contents that stay as they are (`snapshot` of a back end).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace ringside::backend {

/// Copy-on-write in blocks of 64 KiB. Takes as much memory as the guest has written, at most the
/// disk's size; blocks that have become zero as a whole take none.
class BlockOverlay {
 public:
  using ReadBelow = std::function<bool(std::uint64_t offset, std::uint8_t* to, std::size_t bytes)>;

  explicit BlockOverlay(ReadBelow read_below) : read_below_(std::move(read_below)) {}

  bool read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes);
  bool write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes);

 private:
  static constexpr std::uint64_t kBlock = 64 << 10;
  using Block = std::unique_ptr<std::uint8_t[]>;  // none: all zero

  /// The block to write to, with the contents it has now; nullptr if they cannot be read.
  std::uint8_t* writable(std::uint64_t index);

  ReadBelow read_below_;
  std::map<std::uint64_t, Block> blocks_;
};

}  // namespace ringside::backend
