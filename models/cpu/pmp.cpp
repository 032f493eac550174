// SPDX-License-Identifier: Apache-2.0
#include "cpu/pmp.h"

#include <algorithm>

namespace ringside::cpu {

namespace {

constexpr unsigned kModeShift = 3;
constexpr uint8_t kModeMask = 3 << kModeShift;
enum Match : uint8_t { kOff = 0, kTor = 1, kNa4 = 2, kNapot = 3 };
constexpr uint64_t kAddressBits = (uint64_t{1} << 54) - 1;
constexpr uint8_t kWritable = Pmp::kR | Pmp::kW | Pmp::kX | kModeMask | Pmp::kL;

Match match_of(uint8_t config) {
  return static_cast<Match>((config & kModeMask) >> kModeShift);
}

}  // namespace

void Pmp::reset() {
  for (unsigned i = 0; i < kEntries; ++i) {
    config_[i] = 0;
    address_[i] = 0;
  }
  rebuild();
}

uint64_t Pmp::config(unsigned index) const {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= uint64_t{config_[index * 4 + i]} << (8 * i);
  return value;
}

bool Pmp::set_config(unsigned index, uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned entry = index * 4 + i;
    if (locked(entry)) continue;
    auto byte = static_cast<uint8_t>((value >> (8 * i)) & kWritable);
    // W without R is reserved; WARL keeps neither.
    if ((byte & kW) != 0 && (byte & kR) == 0) byte &= static_cast<uint8_t>(~kW);
    config_[entry] = byte;
  }
  rebuild();
  return true;
}

bool Pmp::set_address(unsigned entry, uint64_t value) {
  if (locked(entry)) return false;
  // A locked TOR entry locks the address below it too.
  if (entry + 1 < kEntries && locked(entry + 1) && match_of(config_[entry + 1]) == kTor) {
    return false;
  }
  address_[entry] = value & kAddressBits;
  rebuild();
  return true;
}

void Pmp::rebuild() {
  active_count_ = 0;
  known_[0] = known_[1] = Known{};
  for (unsigned i = 0; i < kEntries; ++i) {
    Range r{0, 0, config_[i]};
    switch (match_of(config_[i])) {
      case kOff:
        continue;
      case kTor: {
        const uint64_t from = i == 0 ? 0 : address_[i - 1];
        if (from >= address_[i]) continue;
        r.first = from << 2;
        r.last = (address_[i] << 2) - 1;
        break;
      }
      case kNa4:
        r.first = address_[i] << 2;
        r.last = r.first + 3;
        break;
      case kNapot: {
        const uint64_t ones = address_[i] & ~(address_[i] + 1);
        r.first = (address_[i] & ~ones) << 2;
        r.last = r.first + (ones << 3) + 7;
        break;
      }
    }
    active_[active_count_++] = r;
  }
}

uint8_t Pmp::look_up(uint64_t paddr, uint64_t size, Mode mode, bool& uniform) const {
  const uint64_t last = paddr + size - 1;
  Known known{0, ~uint64_t{0}, static_cast<uint8_t>(mode == kMachine ? kR | kW | kX : 0)};
  uniform = true;
  for (unsigned i = 0; i < active_count_; ++i) {
    const Range& r = active_[i];
    if (last < r.first) {
      known.last = std::min(known.last, r.first - 1);
      continue;
    }
    if (paddr > r.last) {
      known.first = std::max(known.first, r.last + 1);
      continue;
    }
    if (paddr < r.first || last > r.last) {
      uniform = false;
      return 0;
    }
    known.first = std::max(known.first, r.first);
    known.last = std::min(known.last, r.last);
    const bool free = mode == kMachine && (r.config & kL) == 0;
    known.permissions = free ? kR | kW | kX : r.config & (kR | kW | kX);
    break;
  }
  known_[mode == kMachine] = known;
  return known.permissions;
}

bool Pmp::allows(uint64_t paddr, uint64_t size, Mode mode, Access access) const {
  bool uniform;
  const uint8_t have = permissions(paddr, size, mode, uniform);
  const uint8_t need = access == Access::kLoad ? kR : access == Access::kStore ? kW : kX;
  return (have & need) != 0;
}

}  // namespace ringside::cpu
