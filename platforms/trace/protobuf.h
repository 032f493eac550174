// SPDX-License-Identifier: Apache-2.0
// Writes Protocol Buffers (the wire format: varints and length-delimited fields).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ringside::trace {

/// One message, as bytes. Cleared and filled again, it allocates nothing once warm.
class Message {
 public:
  void clear() { bytes_.clear(); }
  const std::string& bytes() const { return bytes_; }

  void add(unsigned field, std::uint64_t value) {
    key(field, kVarint);
    varint(value);
  }
  void add(unsigned field, std::string_view text) {
    key(field, kLength);
    varint(text.size());
    bytes_.append(text);
  }
  void add(unsigned field, const Message& message) { add(field, std::string_view(message.bytes_)); }
  void add_fixed64(unsigned field, std::uint64_t value) {
    key(field, kFixed64);
    for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(value >> 8 * i));
  }

 private:
  enum WireType : unsigned { kVarint = 0, kFixed64 = 1, kLength = 2 };
  void key(unsigned field, WireType type) { varint(field << 3 | type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

}  // namespace ringside::trace
