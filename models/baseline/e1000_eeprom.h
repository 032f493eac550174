// SPDX-License-Identifier: Apache-2.0
// The e1000's serial EEPROM: a 93C46 (64 words of 16 bits) behind four wires. What is written to it
// stays over resets, but not over runs.
#pragma once

#include <array>
#include <cstdint>

namespace ringside::e1000 {

using MacAddress = std::array<std::uint8_t, 6>;

class Eeprom {
 public:
  static constexpr unsigned kWords = 64;
  /// All words together have this sum (modulo 65536).
  static constexpr std::uint16_t kSum = 0xbaba;
  // Words.
  static constexpr unsigned kMac = 0x00;  ///< three words, first byte in the low half
  static constexpr unsigned kInitControl1 = 0x0a;
  static constexpr unsigned kSubsystem = 0x0b;
  static constexpr unsigned kSubsystemVendor = 0x0c;
  static constexpr unsigned kDevice = 0x0d;
  static constexpr unsigned kVendor = 0x0e;
  static constexpr unsigned kInitControl2 = 0x0f;
  static constexpr unsigned kChecksum = 0x3f;

  explicit Eeprom(const MacAddress& mac);

  std::uint16_t word(unsigned address) const { return words_[address % kWords]; }
  MacAddress mac() const;

  /// Levels of the wires towards the chip: select, clock, data in.
  void drive(bool select, bool clock, bool data);
  /// Level of data out.
  bool output() const { return output_; }

 private:
  enum class Phase { Start, Instruction, Read, Write, Done };
  void clock_in(bool bit);
  void decode();
  void shift_out();
  void store();

  std::array<std::uint16_t, kWords> words_{};
  Phase phase_ = Phase::Start;
  bool clock_ = false;
  bool output_ = true;
  bool writable_ = false;  // by EWEN, until EWDS
  bool write_all_ = false;
  unsigned address_ = 0;
  unsigned bits_ = 0;
  unsigned shift_ = 0;
};

}  // namespace ringside::e1000
