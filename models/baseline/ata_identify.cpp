// SPDX-License-Identifier: Apache-2.0
// What the disk says of itself: IDENTIFY DEVICE (ACS-3, 7.12) and the general purpose logs (annex
// A).
#include <algorithm>
#include <array>
#include <cstring>

#include "baseline/ata_disk.h"

namespace ringside {

using namespace ata;

namespace {

using Words = std::array<std::uint16_t, kPageBytes / 2>;

/// Text as ATA has it: padded with blanks, the first of two characters in the upper byte.
void put_text(Words& words, unsigned at, unsigned bytes, const std::string& text) {
  for (unsigned i = 0; i < bytes; ++i) {
    const auto c = static_cast<std::uint8_t>(i < text.size() ? text[i] : ' ');
    std::uint16_t& word = words[at + i / 2];
    word = static_cast<std::uint16_t>(i % 2 == 0 ? c << 8 : word | c);
  }
}

void put_number(Words& words, unsigned at, unsigned count, std::uint64_t value) {
  for (unsigned i = 0; i < count; ++i) words[at + i] = static_cast<std::uint16_t>(value >> 16 * i);
}

void put_qword(std::uint8_t* page, unsigned at, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) page[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

constexpr std::uint64_t kValid = std::uint64_t{1} << 63;
constexpr unsigned kPageList = 0;
constexpr unsigned kIdentifyCopy = 1;
constexpr unsigned kCapacity = 2;
constexpr unsigned kSerialAta = 8;

}  // namespace

void AtaDisk::identify(std::uint8_t* page) const {
  Words w{};
  const std::uint64_t last28 = 0xfffffff;
  const std::uint64_t capacity = sectors();
  w[0] = 0x0040;  // a disk that stays in
  // Cylinders, heads, sectors: a fiction.
  w[1] = w[54] = static_cast<std::uint16_t>(std::min<std::uint64_t>(capacity / (16 * 63), 16383));
  w[3] = w[55] = 16;
  w[6] = w[56] = 63;
  put_number(w, 57, 2, std::uint64_t{w[1]} * 16 * 63);
  put_text(w, 10, kSerialBytes, serial_);
  put_text(w, 23, 8, "1.0");
  put_text(w, 27, kModelBytes, model_number);
  w[47] = static_cast<std::uint16_t>(0x8000 | most_multiple());
  w[48] = 0x4000;
  w[49] = 0x2f00;  // standby timer, IORDY, LBA, DMA
  w[50] = 0x4000;
  w[53] = 0x0007;
  if (multiple_ != 0) w[59] = static_cast<std::uint16_t>(0x0100 | multiple_);
  put_number(w, 60, 2, std::min(capacity, last28));
  w[63] = static_cast<std::uint16_t>(0x0007 | multi_word_ << 8);
  w[64] = 0x0003;
  w[65] = w[66] = w[67] = w[68] = 120;  // ns
  if (ncq) w[75] = kTags - 1;
  w[76] = 0x0002;
  if (generation_ >= 2) w[76] |= 0x0004;
  if (generation_ >= 3) w[76] |= 0x0008;
  if (ncq) w[76] |= 0x0100;
  w[77] = static_cast<std::uint16_t>(generation_ << 1);
  w[80] = 0x07f0;  // to ACS-3
  w[82] = 0x4068;  // NOP, look-ahead, write cache, power management
  w[83] = 0x7400;  // flushes, 48 bits
  w[84] = 0x4060;  // FUA, general purpose logs
  w[85] = static_cast<std::uint16_t>(0x4008 | (cached_ ? 0x20 : 0) | (look_ahead_ ? 0x40 : 0));
  w[86] = 0xb400;
  w[87] = 0x4060;
  w[88] = static_cast<std::uint16_t>(0x007f | ultra_ << 8);
  put_number(w, 100, 4, capacity);
  if (trim) {
    w[105] = kRangePages;
    w[169] = 0x0001;
  }
  w[106] = static_cast<std::uint16_t>(0x4000 | (block() > 512 ? 0x1000 : 0));
  if (physical_block_exp != 0u)
    w[106] = static_cast<std::uint16_t>(w[106] | 0x2000 | physical_block_exp);
  put_number(w, 117, 2, block() / 2);
  w[119] = w[120] = 0x4008;  // READ LOG DMA EXT
  w[209] = 0x4000;
  w[217] = 0x0001;  // does not rotate
  w[222] = 0x107f;  // serial, to SATA 3.1
  for (unsigned i = 0; i < w.size(); ++i) {
    page[2 * i] = static_cast<std::uint8_t>(w[i]);
    page[2 * i + 1] = static_cast<std::uint8_t>(w[i] >> 8);
  }
  // The sum of all bytes is zero.
  page[510] = 0xa5;
  unsigned sum = 0;
  for (unsigned i = 0; i < 511; ++i) sum += page[i];
  page[511] = static_cast<std::uint8_t>(-sum);
}

// ---- logs -----------------------------------------------------------------------------------

unsigned AtaDisk::log_pages(Log log) const {
  switch (log) {
    case Log::Directory:
      return 1;
    case Log::QueuedError:
      return ncq ? 1 : 0;
    case Log::IdentifyData:
      return kIdentifyPages;
  }
  return 0;
}

void AtaDisk::page(const Job& job, std::uint64_t number, std::uint8_t* to) const {
  std::memset(to, 0, kPageBytes);
  switch (job.log) {
    case Log::Directory:
      return directory_page(to);
    case Log::QueuedError:
      std::memcpy(to, queued_error_.data(), kPageBytes);
      return;
    case Log::IdentifyData:
      return identify_log_page(number, to);
  }
}

void AtaDisk::directory_page(std::uint8_t* to) const {
  to[0] = 1;  // version
  for (const Log log : {Log::QueuedError, Log::IdentifyData})
    to[2 * static_cast<unsigned>(log)] = static_cast<std::uint8_t>(log_pages(log));
}

/// Pages that have no number here are empty.
void AtaDisk::identify_log_page(std::uint64_t number, std::uint8_t* to) const {
  if (number == kIdentifyCopy) return identify(to);
  const std::uint64_t header = kValid | number << 16 | 1;
  switch (number) {
    case kPageList: {
      const std::uint8_t pages[] = {kPageList, kIdentifyCopy, kCapacity, kSerialAta};
      put_qword(to, 0, header);
      to[8] = sizeof pages;
      std::memcpy(to + 9, pages, sizeof pages);
      return;
    }
    case kCapacity:
      put_qword(to, 0, header);
      put_qword(to, 8, kValid | sectors());
      // Sizes of sectors are there, alignment is 0.
      put_qword(to, 16,
                kValid | std::uint64_t{1} << 62 | (block() > 512 ? std::uint64_t{1} << 61 : 0) |
                    static_cast<std::uint64_t>(physical_block_exp.get()) << 16);
      put_qword(to, 24, kValid | block() / 2);
      return;
    case kSerialAta: {
      std::uint64_t capabilities = kValid;
      for (unsigned i = 0; i < generation_; ++i) capabilities |= std::uint64_t{1} << i;
      if (ncq) capabilities |= std::uint64_t{1} << 3;
      put_qword(to, 0, header);
      put_qword(to, 8, capabilities);
      put_qword(to, 16, kValid | generation_);
      return;
    }
    default:
      return;
  }
}

}  // namespace ringside
