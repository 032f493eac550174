// SPDX-License-Identifier: Apache-2.0
// A PCI Express root port: a bridge (type 1 header) from the root bus to one link, with bus
// numbers, I/O, memory and prefetchable windows that firmware or the operating system sets up
// (PCI-to-PCI Bridge 1.2; PCI Express Base 5.0, 7.5.1.3).
#pragma once

#include "kit/command.h"
#include "pci/bus.h"
#include "pci/function.h"
#include "pci/slot.h"

namespace ringside::pci {

class PciRootPort final : public PciFunction, public BusOwner {
 public:
  PciRootPort(const sc_core::sc_module_name& name, const ModelContext& context);

  void resolve() override;

  // BusOwner
  bool is_root_bus() const override { return false; }
  std::uint8_t secondary_bus() const override;
  void bus_decode_changed() override;
  void pin_changed(unsigned device, unsigned pin, bool high) override;
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned upstream_debug(tlm::tlm_generic_payload& payload) override;

  // PciFunction
  void claim(DecodeTable& memory, DecodeTable& io, unsigned child) const override;
  bool forwards_buses(unsigned& first, unsigned& last) const override;
  void upstream_invalidated(std::uint64_t first, std::uint64_t last) override;
  bool has_requester(std::uint16_t requester_id) const override;

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
  Counter forwarded_down{this, "forwarded_down", "count", "accesses passed on to the link"};
  Counter forwarded_up{this, "forwarded_up", "count",
                       "accesses of functions behind the port passed on to the root bus"};

 private:
  struct Window {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
    bool holds(std::uint64_t address) const { return address >= first && address <= last; }
  };

  std::uint64_t read_bar(unsigned, std::uint64_t, unsigned) override { return 0; }
  void write_bar(unsigned, std::uint64_t, unsigned, std::uint64_t) override {}
  void config_written(unsigned offset, unsigned bytes) override;
  void on_reset() override;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool direct_downstream(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;

  void plug_card();
  void ask_for_card();
  void pull_card();
  void check_slot(bool occupied) const;
  void link_changed(bool up);
  void slot_changed();
  /// Nothing gets through to the functions behind, or back.
  bool closed() const { return in_reset_ || (slot_.declared() && !slot_.link_up()); }
  void declare_header();
  void update_windows();
  bool is_for_behind(PciSpace space, std::uint64_t address) const;

  PciBus secondary_;
  Window io_;
  Window memory_;
  Window prefetch_;
  bool forwards_up_ = false;
  std::uint8_t numbered_ = 0;  // the secondary bus number that direct pointers were granted for
  bool in_reset_ = false;
  bool card_was_in_ = false;
  bool interrupt_ = false;
  Slot slot_;

 public:
  Children<PciFunction> functions{this, "children", "the functions at the other end of the link"};
};

}  // namespace ringside::pci
