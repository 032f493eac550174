// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_phy.h"

namespace ringside::e1000 {

namespace {

enum Access : std::uint8_t { kNone = 0, kRead = 1, kReadWrite = 3 };

struct Description {
  unsigned index;
  Access access;
  std::uint16_t initial;
};

constexpr Description kDescriptions[] = {
    {Phy::kControl, kReadWrite, 0x1140},         // negotiation on, full duplex, 1000 Mb/s
    {Phy::kStatus, kRead, 0x7949},               // 10 and 100 Mb/s; register 15; can negotiate
    {Phy::kId1, kRead, 0x0141},                  // Marvell ...
    {Phy::kId2, kRead, 0x0c20},                  // ... 88E1000
    {Phy::kAdvertisement, kReadWrite, 0x0de1},   // 10 and 100 Mb/s, pause, IEEE 802.3
    {Phy::kPartnerAbility, kRead, 0x0000},       // until negotiation has ended
    {Phy::kExpansion, kRead, 0x0000},            //
    {Phy::kGigabitControl, kReadWrite, 0x0e00},  // 1000 Mb/s, full duplex, prefer master
    {Phy::kGigabitStatus, kRead, 0x0000},        //
    {Phy::kExtendedStatus, kRead, 0x3000},       // 1000BASE-T, both duplex modes
    {Phy::kSpecificControl, kReadWrite, 0x0360},
    {Phy::kSpecificStatus, kRead, 0x0000},
    {Phy::kInterruptEnable, kReadWrite, 0x0000},
    {Phy::kExtendedControl, kReadWrite, 0x0d60},
    {Phy::kReceiveErrors, kRead, 0x0000},
    {Phy::kPageSelect, kReadWrite, 0x0000},
    {Phy::kGeneralControl, kReadWrite, 0x0000},
};

Access access_of(unsigned index) {
  for (const Description& d : kDescriptions)
    if (d.index == index) return d.access;
  return kNone;
}

// What is seen once there is a partner.
constexpr std::uint16_t kPartner = 0x4de1;         // all of 10 and 100 Mb/s, pause, acknowledged
constexpr std::uint16_t kPartnerNegotiates = 0x1;  // register 6
constexpr std::uint16_t kGigabitPartner = 0x3800;  // receivers ok, 1000BASE-T full duplex
// Register 17: 1000 Mb/s, full duplex, resolved, link.
constexpr std::uint16_t kSpecificLinked = 0xac00;

}  // namespace

void Phy::reset() {
  registers_.fill(0);
  for (const Description& d : kDescriptions) registers_[d.index] = d.initial;
  was_down_ = true;
  begin();
}

void Phy::plug(bool in) {
  if (in == cable_) return;
  cable_ = in;
  begin();
}

/// Starts again to find out whether there is a link.
void Phy::begin() {
  const std::uint16_t control = registers_[kControl];
  if (!cable_ || (control & kPowerDown))
    set(State::Down);
  else
    set(control & kNegotiate ? State::Negotiating : State::Up);
}

void Phy::negotiated() {
  if (negotiating()) set(State::Up);
}

void Phy::set(State state) {
  state_ = state;
  const bool up = state == State::Up;
  const bool told = up && (registers_[kControl] & kNegotiate);
  std::uint16_t& status = registers_[kStatus];
  status = static_cast<std::uint16_t>(status & ~(kComplete | kLinked));
  if (up) status |= kLinked;
  if (told) status |= kComplete;
  was_down_ |= !up;
  registers_[kPartnerAbility] = told ? kPartner : 0;
  registers_[kExpansion] = told ? kPartnerNegotiates : 0;
  registers_[kGigabitStatus] = told ? kGigabitPartner : 0;
  registers_[kSpecificStatus] = up ? kSpecificLinked : 0;
}

bool Phy::read(unsigned index, std::uint16_t& value) {
  if (index >= kRegisters || !(access_of(index) & kRead)) return false;
  value = registers_[index];
  // A link that was lost shows until it has been read (802.3, 22.2.4.2.13).
  if (index == kStatus) {
    if (was_down_) value = static_cast<std::uint16_t>(value & ~kLinked);
    was_down_ = !link();
  }
  return true;
}

bool Phy::write(unsigned index, std::uint16_t value) {
  if (index >= kRegisters || access_of(index) != kReadWrite) return false;
  if (index == kControl)
    write_control(value);
  else
    registers_[index] = value;
  return true;
}

void Phy::write_control(std::uint16_t value) {
  if (value & kReset) {
    // Software reset: what has been written to the other registers takes effect, and stays.
    registers_[kControl] = static_cast<std::uint16_t>(value & ~(kReset | kRestart));
    return begin();
  }
  const std::uint16_t before = registers_[kControl];
  registers_[kControl] = static_cast<std::uint16_t>(value & ~kRestart);
  constexpr std::uint16_t kStarting = kNegotiate | kPowerDown;
  if (((before ^ value) & kStarting) || ((value & kRestart) && (value & kNegotiate))) begin();
}

}  // namespace ringside::e1000
