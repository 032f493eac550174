// SPDX-License-Identifier: Apache-2.0
// A PCI Express port towards a link: of the root complex, or of a switch. What is below it is one
// device at the other end of the link, or an empty slot.
#pragma once

#include "kit/command.h"
#include "pci/bridge.h"
#include "pci/slot.h"

namespace ringside::pci {

class PciPort : public PciBridge {
 public:
  void resolve() override;

  // BusOwner
  Link* bus_link() const override { return link.get(); }
  void pin_changed(unsigned device, unsigned pin, bool high) override;

  Param<bool> hotplug{this, "hotplug", true, "the port has a slot that cards come to and go from"};
  Param<bool> plugged{this, "plugged", true,
                      "the functions below are there from the start; false: when 'plug' is called"};
  Param<unsigned> slot_number{this, "slot_number", 0, Range<unsigned>{0, 8191},
                              "physical number of the slot; 0: the port's device number"};

  Command<> plug{this, "plug", {}, "puts the card into the slot and presses the button", [this] {
                   plug_card();
                 }};
  Command<> unplug{this,
                   "unplug",
                   {},
                   "presses the button; the card goes when the guest has switched its power off. "
                   "Again: takes it back",
                   [this] { ask_for_card(); }};
  Command<> surprise{
      this, "surprise", {}, "pulls the card out of the slot at once", [this] { pull_card(); }};

  Counter cards_in{this, "cards_in", "count", "cards that came while the simulation ran"};
  Counter cards_out{this, "cards_out", "count", "cards that went"};

 protected:
  PciPort(const sc_core::sc_module_name& name, const ModelContext& context, ExpressType type,
          const Identity& identity);

 private:
  bool closed() const override {
    return PciBridge::closed() || (slot_.declared() && !slot_.link_up());
  }
  void config_written(unsigned offset, unsigned bytes) override;
  void on_reset() override;

  void plug_card();
  void ask_for_card();
  void pull_card();
  void check_slot(bool occupied) const;
  void link_changed(bool up);
  void slot_changed();

  bool card_was_in_ = false;
  bool interrupt_ = false;
  Slot slot_;

 public:
  Children<PciFunction> functions{this, "children", "the functions at the other end of the link"};
};

/// A port of the root complex.
class PciRootPort final : public PciPort {
 public:
  PciRootPort(const sc_core::sc_module_name& name, const ModelContext& context)
      : PciPort(name, context, ExpressType::RootPort, {0x1b36, 0x000c, 0, 0x060400, 0, 0}) {}
};

}  // namespace ringside::pci
