// SPDX-License-Identifier: Apache-2.0
// Fields of messages. A Reader never looks beyond what it was given and a Writer never writes
// beyond its room: the first field that does not fit makes ok() false, and everything after it
// reads as 0 or is dropped.
#pragma once

#include <cstring>
#include <string_view>

#include "ninep/message.h"

namespace ringside::ninep {

class Reader {
 public:
  Reader(const std::uint8_t* from, std::size_t bytes) : at_(from), left_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return left_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view text() {
    const std::size_t length = u16();
    const std::uint8_t* from = bytes(length);
    return from ? std::string_view(reinterpret_cast<const char*>(from), length)
                : std::string_view();
  }
  /// The next bytes where they lie; nullptr if there are not so many.
  const std::uint8_t* bytes(std::size_t count) {
    if (count > left_) {
      ok_ = false;
      left_ = 0;
      return nullptr;
    }
    const std::uint8_t* from = at_;
    at_ += count;
    left_ -= count;
    return from;
  }

 private:
  std::uint64_t number(std::size_t count) {
    const std::uint8_t* from = bytes(count);
    if (!from) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | from[i];
    return value;
  }

  const std::uint8_t* at_;
  std::size_t left_;
  bool ok_ = true;
};

class Writer {
 public:
  Writer(std::uint8_t* to, std::size_t room) : to_(to), room_(room) {}

  bool ok() const { return ok_; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return room_ - size_; }
  /// Takes back what was written after the first `size` bytes.
  void rewind(std::size_t size) {
    size_ = size;
    ok_ = true;
  }

  void u8(unsigned value) { number(value, 1); }
  void u16(unsigned value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void text(std::string_view value) {
    if (value.size() > 0xffff) {
      ok_ = false;
      return;
    }
    u16(static_cast<unsigned>(value.size()));
    if (std::uint8_t* to = bytes(value.size())) std::memcpy(to, value.data(), value.size());
  }
  void qid(const Qid& value) {
    u8(value.type);
    u32(value.version);
    u64(value.path);
  }
  /// Room for bytes that the caller fills in; nullptr if there is not so much.
  std::uint8_t* bytes(std::size_t count) {
    if (!ok_ || count > room()) {
      ok_ = false;
      return nullptr;
    }
    std::uint8_t* to = to_ + size_;
    size_ += count;
    return to;
  }
  /// Changes a number that was written before.
  void patch(std::size_t at, std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to_[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
  }

 private:
  void number(std::uint64_t value, std::size_t count) {
    if (bytes(count)) patch(size_ - count, value, count);
  }

  std::uint8_t* to_;
  std::size_t room_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace ringside::ninep
