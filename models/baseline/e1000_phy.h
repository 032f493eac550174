// SPDX-License-Identifier: Apache-2.0
// The transceiver behind the e1000's management interface: an 88E1000 (IEEE 802.3, clauses 22, 28
// and 40). Its other end does 1000BASE-T in full duplex and flow control. It knows no time: who
// owns it says when negotiation has ended.
#pragma once

#include <array>
#include <cstdint>

namespace ringside::e1000 {

class Phy {
 public:
  static constexpr unsigned kRegisters = 32;
  static constexpr unsigned kAddress = 1;  ///< on the management interface
  enum Register : unsigned {
    kControl = 0,
    kStatus = 1,
    kId1 = 2,
    kId2 = 3,
    kAdvertisement = 4,
    kPartnerAbility = 5,
    kExpansion = 6,
    kGigabitControl = 9,
    kGigabitStatus = 10,
    kExtendedStatus = 15,
    kSpecificControl = 16,
    kSpecificStatus = 17,
    kInterruptEnable = 18,
    kExtendedControl = 20,
    kReceiveErrors = 21,
    kPageSelect = 29,
    kGeneralControl = 30,
  };
  enum ControlBit : std::uint16_t {
    kReset = 0x8000,
    kLoopback = 0x4000,
    kNegotiate = 0x1000,
    kPowerDown = 0x0800,
    kRestart = 0x0200,
  };
  enum StatusBit : std::uint16_t { kComplete = 0x0020, kLinked = 0x0004 };

  Phy() { reset(); }

  /// The reset pin. Whether the cable is in does not change.
  void reset();
  /// The cable comes or goes.
  void plug(bool in);
  /// What the partner and we can do is known.
  void negotiated();
  bool negotiating() const { return state_ == State::Negotiating; }
  bool link() const { return state_ == State::Up; }
  /// What is sent comes back; nothing leaves.
  bool loopback() const { return registers_[kControl] & kLoopback; }

  /// False if there is no such register.
  bool read(unsigned index, std::uint16_t& value);
  /// False if there is no such register, or it can't be written.
  bool write(unsigned index, std::uint16_t value);

 private:
  enum class State { Down, Negotiating, Up };
  void write_control(std::uint16_t value);
  void begin();
  void set(State state);

  std::array<std::uint16_t, kRegisters> registers_{};
  State state_ = State::Down;
  bool cable_ = true;
  bool was_down_ = false;  // since the status register was read
};

}  // namespace ringside::e1000
