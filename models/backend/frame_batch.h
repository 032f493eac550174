// SPDX-License-Identifier: Apache-2.0
// Several frames in one host message: a message costs a wake-up of the simulation, a frame does
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::backend {

/// Bytes of a message: for each frame its length (4 bytes, little-endian) and contents.
class FrameBatch {
 public:
  void add(const std::uint8_t* frame, std::size_t bytes) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes_.push_back(static_cast<std::uint8_t>(bytes >> shift));
    bytes_.insert(bytes_.end(), frame, frame + bytes);
  }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::uint8_t> take() {
    std::vector<std::uint8_t> taken;
    taken.swap(bytes_);
    return taken;
  }

  /// Calls `each(frame, bytes)`; stops at a length that goes beyond the message.
  template <typename F>
  static void for_each(const std::vector<std::uint8_t>& message, std::size_t at, F each) {
    while (message.size() - at >= 4) {
      const std::size_t bytes = message[at] | message[at + 1] << 8 | message[at + 2] << 16 |
                                static_cast<std::size_t>(message[at + 3]) << 24;
      at += 4;
      if (bytes > message.size() - at) return;
      each(message.data() + at, bytes);
      at += bytes;
    }
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace ringside::backend
