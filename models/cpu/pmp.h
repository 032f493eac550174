// SPDX-License-Identifier: Apache-2.0
// Physical memory protection, 16 entries (RISC-V privileged ISA, "Physical Memory Protection").
#pragma once

#include <cstdint>

#include "cpu/priv.h"

namespace ringside::cpu {

class Pmp {
 public:
  static constexpr unsigned kEntries = 16;
  static constexpr uint8_t kR = 1, kW = 2, kX = 4, kL = 0x80;

  void reset();

  /// pmpcfg<index>, index even: eight entries each.
  uint64_t config(unsigned index) const;
  uint64_t address(unsigned entry) const { return address_[entry]; }
  /// Writes honour locks. True if the protection may have changed.
  bool set_config(unsigned index, uint64_t value);
  bool set_address(unsigned entry, uint64_t value);

  /// Permissions of [paddr, paddr + size) for `mode` as kR | kW | kX. `uniform` tells if one
  /// entry, or none, decides for the whole range; if not, the range is not accessible at all.
  uint8_t permissions(uint64_t paddr, uint64_t size, Mode mode, bool& uniform) const {
    const Known& k = known_[mode == kMachine];
    if (paddr >= k.first && paddr <= k.last && size - 1 <= k.last - paddr) {
      uniform = true;
      return k.permissions;
    }
    return look_up(paddr, size, mode, uniform);
  }

  /// Whether an access of up to 16 bytes is allowed.
  bool allows(uint64_t paddr, uint64_t size, Mode mode, Access access) const;

 private:
  struct Range {
    uint64_t first;
    uint64_t last;
    uint8_t config;
  };
  /// The range around the last address asked for that has the same permissions throughout.
  struct Known {
    uint64_t first = 1;
    uint64_t last = 0;
    uint8_t permissions = 0;
  };
  uint8_t look_up(uint64_t paddr, uint64_t size, Mode mode, bool& uniform) const;
  bool locked(unsigned entry) const { return (config_[entry] & kL) != 0; }
  void rebuild();

  uint8_t config_[kEntries] = {};
  uint64_t address_[kEntries] = {};
  Range active_[kEntries] = {};
  unsigned active_count_ = 0;
  mutable Known known_[2];  ///< below M-mode, and in it
};

}  // namespace ringside::cpu
