// SPDX-License-Identifier: Apache-2.0
#include "pci/slot.h"

#include "pci/express.h"

namespace ringside::pci {
namespace {

constexpr std::uint16_t kSlotImplemented = 1u << 8;
constexpr std::uint32_t kOffered = kSlotAttentionButton | kSlotPowerController |
                                   kSlotAttentionIndicator | kSlotPowerIndicator | kSlotSurprise |
                                   kSlotHotPlug;
// Each indicator has two bits: 1 is on, 2 blinking, 3 off. Attention at bit 6, power at bit 8.
constexpr std::uint16_t kPowerIndicatorOn = 3u << 6 | 1u << 8;
constexpr unsigned kNumberShift = 19;
// Enables of button, presence, command and link events, the interrupt, both indicators, power.
// Those of a power fault and a latch may be set, though neither ever happens.
constexpr std::uint16_t kControlBits =
    0x001f | kSlotHotPlugInterrupt | kSlotIndicatorsOff | kSlotPowerOff | kSlotLinkEventEnable;
constexpr std::uint16_t kEvents =
    kSlotButtonPressed | kSlotPresenceChanged | kSlotCommandCompleted | kSlotLinkChanged;
constexpr std::uint16_t kAlignedEvents = 0x001f;  // those whose enable bits are at the same place

}  // namespace

void Slot::declare(unsigned express, bool occupied) {
  express_ = express;
  occupied_ = occupied;
  config_.set(express_ + kExpressFlags, 2,
              config_.get16(express_ + kExpressFlags) | kSlotImplemented);
  config_.set(express_ + kSlotCapabilities, 4, kOffered);
  config_.allow(express_ + kSlotControl, 2, kControlBits);
  config_.clear_by_one(express_ + kSlotStatus, 2, kEvents);
}

void Slot::set_number(unsigned number) {
  if (declared()) config_.set(express_ + kSlotCapabilities, 4, kOffered | number << kNumberShift);
}

std::uint16_t Slot::control() const {
  return config_.get16(express_ + kSlotControl);
}

std::uint16_t Slot::status() const {
  return config_.get16(express_ + kSlotStatus);
}

void Slot::set_status(std::uint16_t value) {
  config_.set(express_ + kSlotStatus, 2, value);
}

void Slot::reset() {
  if (!declared()) return;
  removal_asked_ = false;
  config_.set(express_ + kSlotControl, 2,
              occupied_ ? kPowerIndicatorOn : kSlotIndicatorsOff | kSlotPowerOff);
  set_status(static_cast<std::uint16_t>(occupied_ ? kSlotPresent : 0u));
  update_link();
  set_status(
      static_cast<std::uint16_t>(occupied_ ? kSlotPresent : 0u));  // how things begin is no event
}

void Slot::written(unsigned offset, unsigned bytes) {
  const unsigned at = express_ + kSlotControl;
  if (!declared() || offset >= at + 2 || offset + bytes <= at) return;
  note(kSlotCommandCompleted);
  update_link();
  if (removal_asked_ && (control() & kSlotPowerOff)) remove();
}

void Slot::insert() {
  if (occupied_) return;
  occupied_ = true;
  removal_asked_ = false;
  note(kSlotPresent | kSlotPresenceChanged | kSlotButtonPressed);
  update_link();
}

void Slot::ask_removal() {
  if (!occupied_) return;
  removal_asked_ = !removal_asked_;
  note(kSlotButtonPressed);
  // Nobody uses a card without power.
  if (removal_asked_ && (control() & kSlotPowerOff)) remove();
}

void Slot::remove() {
  if (!occupied_) return;
  occupied_ = false;
  removal_asked_ = false;
  set_status((status() & ~kSlotPresent) | kSlotPresenceChanged);
  update_link();
}

void Slot::update_link() {
  const bool up = occupied_ && !(control() & kSlotPowerOff);
  set_link_status(config_, express_, up);
  if (up == link_up_) return;
  link_up_ = up;
  note(kSlotLinkChanged);
  on_link_(up);
}

bool Slot::interrupt() const {
  if (!declared() || !(control() & kSlotHotPlugInterrupt)) return false;
  const bool link = (status() & kSlotLinkChanged) && (control() & kSlotLinkEventEnable);
  return link || (status() & control() & kEvents & kAlignedEvents) != 0;
}

}  // namespace ringside::pci
