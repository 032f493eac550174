// SPDX-License-Identifier: Apache-2.0
// The 4096 bytes of a function's configuration space: values, which bits the guest may write, which
// bits it clears by writing ones, and the lists of capabilities. Knows nothing of what the
// registers do.
#pragma once

#include <array>
#include <cstdint>

namespace ringside::pci {

class ConfigSpace {
 public:
  static constexpr unsigned kBytes = 4096;
  static constexpr unsigned kConventionalBytes = 256;

  // -- the function's side: offset + bytes must lie inside; bytes is 1, 2 or 4
  std::uint32_t get(unsigned offset, unsigned bytes) const;
  std::uint8_t get8(unsigned offset) const { return value_[offset]; }
  std::uint16_t get16(unsigned offset) const {
    return static_cast<std::uint16_t>(value_[offset] | value_[offset + 1] << 8);
  }
  std::uint32_t get32(unsigned offset) const { return get(offset, 4); }
  void set(unsigned offset, unsigned bytes, std::uint32_t value);
  /// Bits that the guest may change.
  void allow(unsigned offset, unsigned bytes, std::uint32_t mask);
  /// Bits that the guest clears by writing one to them.
  void clear_by_one(unsigned offset, unsigned bytes, std::uint32_t mask);

  /// Puts a capability of `bytes` bytes (its two head bytes included) at the next free place from
  /// 0x40 on, at the head of the list. Gives its offset, or 0 if there is no room.
  unsigned add_capability(std::uint8_t id, unsigned bytes);
  /// The same for the extended list, which starts at 0x100; appended at its end. 0 if no room.
  unsigned add_extended_capability(std::uint16_t id, unsigned version, unsigned bytes);

  /// What the values are now is what restore() brings back.
  void save() { saved_ = value_; }
  void restore() { value_ = saved_; }

  // -- the guest's side: any alignment; bytes is 1 to 4
  std::uint32_t read(unsigned offset, unsigned bytes) const { return get(offset, bytes); }
  void write(unsigned offset, unsigned bytes, std::uint32_t value);

 private:
  std::array<std::uint8_t, kBytes> value_{};
  std::array<std::uint8_t, kBytes> writable_{};
  std::array<std::uint8_t, kBytes> clear_by_one_{};
  std::array<std::uint8_t, kBytes> saved_{};
  unsigned next_ = 0x40;
  unsigned next_extended_ = kConventionalBytes;
  unsigned last_extended_ = 0;
};

}  // namespace ringside::pci
