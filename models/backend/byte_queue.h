// SPDX-License-Identifier: Apache-2.0
// Bytes that wait: put in at the end, taken from the front. Keeps its storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::backend {

class ByteQueue {
 public:
  std::size_t size() const { return bytes_.size() - taken_; }
  bool empty() const { return size() == 0; }
  /// The bytes that wait, one after the other.
  const std::uint8_t* data() const { return bytes_.data() + taken_; }

  void put(const std::uint8_t* data, std::size_t bytes) {
    bytes_.insert(bytes_.end(), data, data + bytes);
  }
  /// Drops up to `bytes` bytes from the front.
  void drop(std::size_t bytes) {
    taken_ += bytes < size() ? bytes : size();
    // Moving what is left costs no more than what has been taken, so each byte moves once.
    if (taken_ < size()) return;
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  void clear() {
    bytes_.clear();
    taken_ = 0;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t taken_ = 0;
};

}  // namespace ringside::backend
