// SPDX-License-Identifier: Apache-2.0
#include "memory/cfi_flash.h"

#include <cstring>

namespace ringside {

namespace {

enum Command : std::uint8_t {
  kReadArray = 0xff,
  kReadArrayAmd = 0xf0,  // the reset command of the other command set; probing software sends it
  kReadArrayZero = 0x00,
  kProgram = 0x40,
  kProgramAlternate = 0x10,
  kErase = 0x20,
  kClearStatus = 0x50,
  kLockSetup = 0x60,
  kReadStatus = 0x70,
  kReadIdentity = 0x90,
  kQuery = 0x98,
  kBufferProgram = 0xe8,
  kConfirm = 0xd0,
  kLock = 0x01,
};

constexpr std::uint8_t kReady = 0x80;
constexpr std::uint8_t kSequenceError = 0x30;  // erase and program failed: improper sequence
constexpr std::uint8_t kManufacturer = 0x89;   // Intel
constexpr std::uint8_t kDevice = 0x18;         // 128 Mbit

/// The answer of both chips.
std::uint32_t twice(std::uint32_t value) {
  return value << 16 | value;
}

unsigned log2_of(std::size_t value) {
  return 63u - static_cast<unsigned>(__builtin_clzll(value));
}

}  // namespace

CfiFlash::CfiFlash(std::uint8_t* memory, std::size_t bytes)
    : memory_(memory), bytes_(bytes), status_(kReady) {
  make_query_table();
}

void CfiFlash::make_query_table() {
  const std::size_t blocks = bytes_ / kBlockBytes;
  const std::size_t chip_block = kBlockBytes / 2;
  std::memcpy(&query_[0x10], "QRY", 3);
  query_[0x13] = 0x01;                                // Intel extended command set
  query_[0x15] = 0x31;                                // where its table is
  query_[0x1b] = 0x45;                                // supply 4.5 V
  query_[0x1c] = 0x55;                                // to 5.5 V
  query_[0x1f] = 0x07;                                // log2 of typical times: word 128 us,
  query_[0x20] = 0x07;                                // buffer 128 us,
  query_[0x21] = 0x0a;                                // block 1 s
  query_[0x23] = query_[0x24] = query_[0x25] = 0x04;  // at most 16 times that
  query_[0x27] = static_cast<std::uint8_t>(log2_of(bytes_ / 2));
  query_[0x28] = 0x02;  // x8 and x16
  query_[0x2a] = static_cast<std::uint8_t>(log2_of(kBufferBytes / 2));
  query_[0x2c] = 1;  // one region of equal blocks
  query_[0x2d] = static_cast<std::uint8_t>(blocks - 1);
  query_[0x2e] = static_cast<std::uint8_t>((blocks - 1) >> 8);
  query_[0x2f] = static_cast<std::uint8_t>(chip_block >> 8);
  query_[0x30] = static_cast<std::uint8_t>(chip_block >> 16);
  std::memcpy(&query_[0x31], "PRI10", 5);
  query_[0x3f] = 1;  // protection fields
}

void CfiFlash::set_mode(Mode mode) {
  const bool before = shows_array();
  mode_ = mode;
  if (mode_call_ && shows_array() != before) mode_call_(shows_array());
}

void CfiFlash::reset() {
  expect_ = Expect::Command;
  status_ = kReady;
  buffer_.clear();
  set_mode(Mode::Array);
}

std::uint32_t CfiFlash::read(std::size_t offset, unsigned bytes) const {
  std::uint32_t word = 0;
  const std::size_t index = offset / 4;
  switch (mode_) {
    case Mode::Array:
      std::memcpy(&word, memory_ + offset, bytes);
      return word;
    case Mode::Status:
      word = twice(status_);
      break;
    case Mode::Identity:
      word = twice((index & 0xff) == 0 ? kManufacturer : (index & 0xff) == 1 ? kDevice : 0);
      break;
    case Mode::Query:
      word = index < query_.size() ? twice(query_[index]) : 0;
      break;
  }
  word >>= 8 * (offset % 4);
  return bytes == 4 ? word : word & ((1u << (8 * bytes)) - 1);
}

void CfiFlash::write(std::size_t offset, unsigned bytes, std::uint32_t value) {
  // The chips get the same command; the lower one's is looked at.
  const auto code = static_cast<std::uint8_t>(value);
  switch (expect_) {
    case Expect::Command:
      return command(offset, code);
    case Expect::Program:
      program(offset, reinterpret_cast<const std::uint8_t*>(&value), bytes);
      expect_ = Expect::Command;
      return;
    case Expect::EraseConfirm:
      if (code != kConfirm) return bad_sequence();
      erase(offset);
      expect_ = Expect::Command;
      return;
    case Expect::Lock:
      // Blocks are never locked, so there is nothing to do.
      if (code != kConfirm && code != kLock) return bad_sequence();
      expect_ = Expect::Command;
      return;
    case Expect::BufferCount:
      return buffer_count(offset, value);
    case Expect::BufferData:
      return buffer_data(offset, bytes, value);
    case Expect::BufferConfirm:
      return buffer_confirm(code);
  }
}

void CfiFlash::bad_sequence() {
  expect_ = Expect::Command;
  buffer_.clear();
  status_ |= kSequenceError;
  set_mode(Mode::Status);
}

void CfiFlash::command(std::size_t offset, std::uint8_t value) {
  switch (value) {
    case kReadArray:
    case kReadArrayAmd:
    case kReadArrayZero:
      return set_mode(Mode::Array);
    case kReadStatus:
      return set_mode(Mode::Status);
    case kReadIdentity:
      return set_mode(Mode::Identity);
    case kQuery:
      return set_mode(Mode::Query);
    case kClearStatus:
      status_ = kReady;
      return;
    case kProgram:
    case kProgramAlternate:
      expect_ = Expect::Program;
      break;
    case kErase:
      expect_ = Expect::EraseConfirm;
      break;
    case kLockSetup:
      expect_ = Expect::Lock;
      break;
    case kBufferProgram:
      expect_ = Expect::BufferCount;
      buffer_block_ = offset / kBlockBytes * kBlockBytes;
      break;
    default:  // not one of ours: the contents stay visible, as after a read array command
      return set_mode(Mode::Array);
  }
  set_mode(Mode::Status);
}

void CfiFlash::program(std::size_t offset, const std::uint8_t* data, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) memory_[offset + i] &= data[i];
  if (change_call_) change_call_(offset, bytes);
}

void CfiFlash::erase(std::size_t offset) {
  const std::size_t block = offset / kBlockBytes * kBlockBytes;
  std::memset(memory_ + block, 0xff, kBlockBytes);
  if (change_call_) change_call_(block, kBlockBytes);
}

void CfiFlash::buffer_count(std::size_t offset, std::uint32_t value) {
  const unsigned writes = (value & 0xffff) + 1;
  if (offset / kBlockBytes * kBlockBytes != buffer_block_ || writes > kBufferBytes / 4)
    return bad_sequence();
  buffer_left_ = writes;
  buffer_.clear();
  expect_ = Expect::BufferData;
}

void CfiFlash::buffer_data(std::size_t offset, unsigned bytes, std::uint32_t value) {
  if (offset / kBlockBytes * kBlockBytes != buffer_block_) return bad_sequence();
  buffer_.push_back({offset, value, bytes});
  if (--buffer_left_ == 0) expect_ = Expect::BufferConfirm;
}

void CfiFlash::buffer_confirm(std::uint8_t value) {
  if (value != kConfirm) return bad_sequence();
  for (const BufferWrite& write : buffer_)
    program(write.offset, reinterpret_cast<const std::uint8_t*>(&write.value), write.bytes);
  buffer_.clear();
  expect_ = Expect::Command;
}

}  // namespace ringside
