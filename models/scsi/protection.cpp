// SPDX-License-Identifier: Apache-2.0
#include "scsi/protection.h"

#include <array>

namespace ringside::scsi {

namespace {

constexpr std::uint16_t kPolynomial = 0x8bb7;
constexpr std::uint16_t kNoApplication = 0xffff;
constexpr std::uint32_t kNoReference = 0xffffffff;

std::array<std::uint16_t, 256> make_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    auto crc = static_cast<std::uint16_t>(byte << 8);
    for (unsigned bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>(crc & 0x8000 ? crc << 1 ^ kPolynomial : crc << 1);
    table[byte] = crc;
  }
  return table;
}

}  // namespace

bool protection_use(unsigned field, ProtectionUse& use) {
  switch (field) {
    case 0:
      use = {false, true, true};
      return true;
    case 1:
    case 5:
      use = {true, true, true};
      return true;
    case 2:
      use = {true, false, true};
      return true;
    case 3:
      use = {true, false, false};
      return true;
    case 4:
      use = {true, true, false};
      return true;
    default:
      return false;
  }
}

std::uint16_t guard_of(const std::uint8_t* block, std::size_t bytes) {
  static const std::array<std::uint16_t, 256> kTable = make_table();
  std::uint16_t crc = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    crc = static_cast<std::uint16_t>(crc << 8 ^ kTable[(crc >> 8 ^ block[i]) & 0xff]);
  return crc;
}

void make_tuple(std::uint8_t* tuple, std::uint16_t guard, std::uint64_t lba) {
  put16(tuple, guard);
  put16(tuple + 2, 0);
  put32(tuple + 4, lba & 0xffffffff);
}

Sense check_tuple(const std::uint8_t* tuple, Protection type, const ProtectionUse& use,
                  const std::uint8_t* block, std::size_t bytes, std::uint64_t lba) {
  const std::uint32_t reference = get32(tuple + 4);
  if (get16(tuple + 2) == kNoApplication &&
      (type == Protection::Type1 || reference == kNoReference))
    return sense::kNone;
  if (use.guard && get16(tuple) != guard_of(block, bytes)) return sense::kGuardCheckFailed;
  if (use.reference && type == Protection::Type1 && reference != (lba & 0xffffffff))
    return sense::kReferenceCheckFailed;
  return sense::kNone;
}

}  // namespace ringside::scsi
