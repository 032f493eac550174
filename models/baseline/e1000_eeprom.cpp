// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_eeprom.h"

namespace ringside::e1000 {

namespace {

// Instructions: a start bit, two bits of operation, six of address.
constexpr unsigned kAddressBits = 6;
constexpr unsigned kInstructionBits = 2 + kAddressBits;
enum Operation : unsigned { kExtended = 0, kWrite = 1, kRead = 2, kErase = 3 };
// Extended ones are told apart by the upper two bits of the address.
enum Extended : unsigned { kWriteDisable = 0, kWriteAll = 1, kEraseAll = 2, kWriteEnable = 3 };

}  // namespace

Eeprom::Eeprom(const MacAddress& mac) {
  for (unsigned i = 0; i < 3; ++i)
    words_[kMac + i] = static_cast<std::uint16_t>(mac[2 * i] | mac[2 * i + 1] << 8);
  words_[0x04] = 0xffff;  // no LED settings of its own
  words_[0x08] = 0xffff;  // no board number
  words_[0x09] = 0xffff;
  // Signature valid (01 in bits 15:14), identifiers are to be taken from here, copper.
  words_[kInitControl1] = 0x4403;
  words_[kSubsystem] = 0x001e;
  words_[kSubsystemVendor] = 0x8086;
  words_[kDevice] = 0x100e;
  words_[kVendor] = 0x8086;
  // Advertise pause in both directions, full duplex.
  words_[kInitControl2] = 0x3040;
  for (unsigned i = 0x30; i < kChecksum; ++i) words_[i] = 0xffff;  // boot agent: none
  std::uint16_t sum = 0;
  for (unsigned i = 0; i < kChecksum; ++i) sum = static_cast<std::uint16_t>(sum + words_[i]);
  words_[kChecksum] = static_cast<std::uint16_t>(kSum - sum);
}

MacAddress Eeprom::mac() const {
  MacAddress mac;
  for (unsigned i = 0; i < 3; ++i) {
    mac[2 * i] = static_cast<std::uint8_t>(words_[kMac + i]);
    mac[2 * i + 1] = static_cast<std::uint8_t>(words_[kMac + i] >> 8);
  }
  return mac;
}

void Eeprom::drive(bool select, bool clock, bool data) {
  const bool rising = clock && !clock_;
  clock_ = clock;
  if (!select) {
    phase_ = Phase::Start;
    output_ = true;  // ready: nothing here takes time
    return;
  }
  if (rising) clock_in(data);
}

void Eeprom::clock_in(bool bit) {
  switch (phase_) {
    case Phase::Start:
      if (!bit) return;
      phase_ = Phase::Instruction;
      bits_ = shift_ = 0;
      return;
    case Phase::Instruction:
      shift_ = shift_ << 1 | bit;
      if (++bits_ == kInstructionBits) decode();
      return;
    case Phase::Read:
      return shift_out();
    case Phase::Write:
      shift_ = shift_ << 1 | bit;
      if (++bits_ == 16) store();
      return;
    case Phase::Done:
      return;
  }
}

void Eeprom::decode() {
  address_ = shift_ & (kWords - 1);
  const unsigned operation = shift_ >> kAddressBits;
  const unsigned extended = address_ >> (kAddressBits - 2);
  bits_ = shift_ = 0;
  phase_ = Phase::Done;
  write_all_ = false;
  if (operation == kRead) {
    phase_ = Phase::Read;
    output_ = false;  // a dummy bit comes before the data
  } else if (operation == kWrite) {
    phase_ = Phase::Write;
  } else if (operation == kErase) {
    if (writable_) words_[address_] = 0xffff;
  } else if (extended == kWriteAll) {
    phase_ = Phase::Write;
    write_all_ = true;
  } else if (extended == kEraseAll) {
    if (writable_) words_.fill(0xffff);
  } else {
    writable_ = extended == kWriteEnable;
  }
}

void Eeprom::shift_out() {
  output_ = words_[address_] >> (15 - bits_) & 1;
  if (++bits_ < 16) return;
  bits_ = 0;
  address_ = (address_ + 1) % kWords;  // reading goes on with the next word
}

void Eeprom::store() {
  phase_ = Phase::Done;
  if (!writable_) return;
  const auto value = static_cast<std::uint16_t>(shift_);
  if (write_all_)
    words_.fill(value);
  else
    words_[address_] = value;
}

}  // namespace ringside::e1000
