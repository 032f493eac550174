// SPDX-License-Identifier: Apache-2.0
// Which channel, bank, row and column an address is. No SystemC in this file.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "memory/dram_profile.h"

namespace ringside {

/// Where a burst lies.
struct DramPlace {
  unsigned channel = 0;
  unsigned rank = 0;
  unsigned bank_group = 0;  ///< in the rank
  unsigned bank = 0;        ///< in the bank group
  unsigned row = 0;
};

/// The order of an address's bits. Below all of them lies the offset in a burst.
class DramMapping {
 public:
  DramMapping() = default;
  /// `order` names the fields from the most significant bits down: channel, rank, bank_group, bank,
  /// row, column, each once; "column:2" is the part of a field that has two bits, after which
  /// the field's name stands once more for the rest. Throws std::invalid_argument with what is
  /// wrong.
  DramMapping(const std::vector<std::string>& order, const DramProfile& profile);

  /// Of an offset in the memory. Bits above the capacity are not looked at.
  DramPlace place(std::uint64_t offset) const {
    std::array<unsigned, kFields> value{};
    for (unsigned i = 0; i < parts_; ++i)
      value[part_[i].field] |= static_cast<unsigned>((offset >> part_[i].from) & part_[i].mask)
                               << part_[i].to;
    return {value[kChannel], value[kRank], value[kBankGroup], value[kBank], value[kRow]};
  }

 private:
  enum Field : unsigned { kChannel, kRank, kBankGroup, kBank, kRow, kColumn, kFields };
  static constexpr unsigned kMaxParts = 16;
  struct Part {
    unsigned field;
    unsigned from;  ///< bits of the offset below it
    unsigned to;    ///< bits of the field below it
    std::uint64_t mask;
  };
  static const std::array<const char*, kFields>& names();

  unsigned parts_ = 0;
  std::array<Part, kMaxParts> part_{};
};

}  // namespace ringside
