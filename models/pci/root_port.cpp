// SPDX-License-Identifier: Apache-2.0
#include "pci/root_port.h"

#include <fmt/format.h>

#include "kit/platform.h"
#include "pci/express.h"
#include "pci/registers.h"

namespace ringside::pci {

PciPort::PciPort(const sc_core::sc_module_name& name, const ModelContext& context, ExpressType type,
                 const Identity& identity)
    : PciBridge(name, context, type, identity),
      slot_(mutable_config(), [this](bool up) { link_changed(up); }) {
  add_msix(0, 1);
  add_pin(1);
  if (link) set_link_rate(mutable_config(), express_offset(), link->settings());
  secondary().attach(functions.all(), true);
  card_was_in_ = plugged && functions.size() != 0;
  if (hotplug) slot_.declare(express_offset(), card_was_in_);
  if (!hotplug && !plugged)
    diagnostics().error(plugged.where(),
                        fmt::format("'plugged' of {} is false, but 'hotplug' is, too; expected a "
                                    "slot that a card can come to",
                                    label()));
}

void PciPort::resolve() {
  slot_.set_number(slot_number != 0 ? slot_number.get() : device());
}

void PciPort::pin_changed(unsigned device, unsigned pin, bool high) {
  if (!link) return PciBridge::pin_changed(device, pin, high);
  link->pin_message([this, place = static_cast<std::uint16_t>(device << 4 | pin << 1 | high)] {
    PciBridge::pin_changed(place >> 4, place >> 1 & 7, place & 1);
  });
}

void PciPort::config_written(unsigned offset, unsigned bytes) {
  slot_.written(offset, bytes);
  slot_changed();
  PciBridge::config_written(offset, bytes);
}

void PciPort::on_reset() {
  slot_.reset();
  interrupt_ = false;
  PciBridge::on_reset();
}

// ---- the slot ---------------------------------------------------------------------------------

void PciPort::check_slot(bool occupied) const {
  if (!slot_.declared()) throw CommandError(label() + " has no slot: 'hotplug' is false");
  if (functions.size() == 0) throw CommandError(label() + " has no card: nothing is below it");
  if (slot_.occupied() != occupied)
    throw CommandError(
        fmt::format("the slot of {} {}", label(), occupied ? "is empty" : "has its card already"));
}

void PciPort::plug_card() {
  check_slot(false);
  slot_.insert();
  slot_changed();
}

void PciPort::ask_for_card() {
  check_slot(true);
  slot_.ask_removal();
  slot_changed();
}

void PciPort::pull_card() {
  check_slot(true);
  slot_.remove();
  slot_changed();
}

// A card that loses its power or its place forgets everything; one that gets it begins afresh.
void PciPort::link_changed(bool up) {
  secondary().reset_functions();
  bus_decode_changed();
  if (!up) secondary().invalidate_upstream(0, ~std::uint64_t{0});
}

void PciPort::slot_changed() {
  if (slot_.declared() && slot_.occupied() != card_was_in_) {
    card_was_in_ = slot_.occupied();
    ++(card_was_in_ ? cards_in : cards_out);
    platform().announce(*this, card_was_in_ ? "plugged" : "unplugged");
  }
  const bool interrupt = slot_.interrupt();
  if (interrupt && !interrupt_) raise_msix(0);
  interrupt_ = interrupt;
  set_intx(interrupt);
}

}  // namespace ringside::pci
