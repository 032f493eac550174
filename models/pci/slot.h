// SPDX-License-Identifier: Apache-2.0
// The slot of a root port: its capabilities, control and status, and what becomes of them when a
// card comes, goes, or a button is pressed (PCI Express Base 5.0, 6.7 and 7.5.3.9 to 7.5.3.11).
// There is a power controller, an attention button, both indicators and surprise removal; no
// interlock and no latch. No SystemC.
#pragma once

#include <cstdint>
#include <functional>

#include "pci/config_space.h"

namespace ringside::pci {

/// Bits of the slot registers.
enum SlotBit : std::uint32_t {
  // capabilities
  kSlotAttentionButton = 1u << 0,
  kSlotPowerController = 1u << 1,
  kSlotAttentionIndicator = 1u << 3,
  kSlotPowerIndicator = 1u << 4,
  kSlotSurprise = 1u << 5,
  kSlotHotPlug = 1u << 6,
  // control; the enable bits 0 to 4 belong to the events of the same bits
  kSlotHotPlugInterrupt = 1u << 5,
  kSlotIndicatorsOff = 0xfu << 6,
  kSlotPowerOff = 1u << 10,
  kSlotLinkEventEnable = 1u << 12,
  // status
  kSlotButtonPressed = 1u << 0,
  kSlotPresenceChanged = 1u << 3,
  kSlotCommandCompleted = 1u << 4,
  kSlotPresent = 1u << 6,
  kSlotLinkChanged = 1u << 8,
};

class Slot {
 public:
  /// `on_link` is called when the way to the card opens or closes.
  Slot(ConfigSpace& config, std::function<void(bool up)> on_link)
      : config_(config), on_link_(std::move(on_link)) {}

  /// Declares the registers in the port's PCI Express capability. The slot may be empty at first.
  void declare(unsigned express, bool occupied);
  bool declared() const { return express_ != 0; }
  void set_number(unsigned number);

  /// The port is reset: a card that is there has power, an empty slot has none.
  void reset();
  /// The guest has written configuration bytes.
  void written(unsigned offset, unsigned bytes);

  bool occupied() const { return occupied_; }
  /// There is a card, it has power, and the link to it works.
  bool link_up() const { return link_up_; }
  bool removal_asked() const { return removal_asked_; }

  /// A card is put in, and the button pressed. Without effect on a slot that has one.
  void insert();
  /// Presses the button, to ask for leave; the card goes when the guest has taken its power. A
  /// second press takes that back, as far as the guest still listens.
  void ask_removal();
  /// The card goes at once.
  void remove();

  /// Level of the hot-plug interrupt's condition (6.7.3.4).
  bool interrupt() const;

 private:
  std::uint16_t control() const;
  std::uint16_t status() const;
  void set_status(std::uint16_t value);
  void note(std::uint16_t events) { set_status(status() | events); }
  void update_link();

  ConfigSpace& config_;
  std::function<void(bool)> on_link_;
  unsigned express_ = 0;
  bool occupied_ = false;
  bool link_up_ = false;
  bool removal_asked_ = false;
};

}  // namespace ringside::pci
