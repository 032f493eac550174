// SPDX-License-Identifier: Apache-2.0
// Mode pages (SPC-4, 7.5): current, default and changeable values. No SystemC.
#pragma once

#include <cstdint>
#include <vector>

#include "scsi/protocol.h"

namespace ringside::scsi {

class ModePages {
 public:
  /// `values` begins with page code and length; `changeable` has a 1 for each bit that MODE SELECT
  /// may change.
  void add(std::vector<std::uint8_t> values, std::vector<std::uint8_t> changeable);
  void reset();
  /// A byte of the current values; 0 if there is no such page.
  std::uint8_t current(std::uint8_t code, std::size_t byte) const;
  void set_current(std::uint8_t code, std::size_t byte, std::uint8_t value);
  /// Sets bits of the current and of the default values.
  void set_bits(std::uint8_t code, std::size_t byte, std::uint8_t bits);

  /// Appends a page, or all of them for 0x3f, as MODE SENSE wants them: `control` is PC (0 current,
  /// 1 changeable, 2 default). False if there is no such page.
  bool append(std::uint8_t code, unsigned control, std::vector<std::uint8_t>& to) const;
  /// Pages as MODE SELECT sends them. All or nothing; gives what is wrong.
  Sense select(const std::uint8_t* pages, std::size_t bytes);

 private:
  struct Page {
    std::vector<std::uint8_t> current, standard, changeable;
    std::uint8_t code() const { return standard[0] & 0x3f; }
  };
  const Page* find(std::uint8_t code) const;
  std::vector<Page> pages_;
};

}  // namespace ringside::scsi
