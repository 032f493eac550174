// SPDX-License-Identifier: Apache-2.0
// A port's registers and its link.
#include "baseline/ahci_port.h"

#include <algorithm>

namespace ringside::ahci {

using namespace ata;

Port::Port(Model* model, PortOwner& owner, unsigned index, const PortSettings& settings)
    : registers(model, index),
      statistics(model, "port" + std::to_string(index)),
      owner_(owner),
      index_(index),
      settings_(settings) {
  define_registers();
}

void Port::attach(AtaDisk& disk) {
  disk_ = &disk;
  disk.on_plug([this] { plug_changed(); });
}

void Port::kick(const sc_core::sc_time& in) {
  kicked_ = true;
  wake_.notify(in);
}

// ---- registers ------------------------------------------------------------------------------

void Port::define_registers() {
  const auto aligned = [](Word& word, std::uint32_t mask) {
    word.on_write([&word, mask](std::uint32_t value) { word.set(value & mask); });
  };
  aligned(registers.list, ~0x3ffu);
  aligned(registers.fis, ~0xffu);
  registers.status.on_read([this] { return shown_interrupts(); });
  registers.status.on_write([this](std::uint32_t value) {
    registers.status.set(registers.status & ~value);
    owner_.port_changed(index_);
  });
  registers.enable.on_write([this](std::uint32_t value) {
    registers.enable.set(value & kEnabledBits);
    owner_.port_changed(index_);
  });
  registers.command.on_write([this](std::uint32_t value) { write_command(value); });
  registers.link_control.on_write([this](std::uint32_t value) { write_link_control(value); });
  registers.link_error.on_write([this](std::uint32_t value) {
    registers.link_error.set(registers.link_error & ~value);
    owner_.port_changed(index_);
  });
  // Both are set by ones, and only while the port runs (3.3.13, 3.3.14).
  registers.active.on_write([this](std::uint32_t value) {
    if (started()) registers.active.set(registers.active | value);
  });
  registers.issue.on_write([this](std::uint32_t value) {
    if (!started()) return;
    const std::uint32_t added = value & ~registers.issue;
    for (unsigned slot = 0; slot < kSlots; ++slot)
      if (added >> slot & 1) issued_at_[slot] = now();
    registers.issue.set(registers.issue | value);
    ++statistics.kicks;
    kick(arrives_in_);
  });
}

void Port::write_command(std::uint32_t value) {
  const bool was_started = started();
  std::uint32_t command = (registers.command & ~kPortWritable) | (value & kPortWritable);
  if ((value & kListOverride) && !was_started)
    registers.taskfile.set(registers.taskfile & ~std::uint32_t{kBusy | kDataRequest});
  if (was_started && !(command & kStart)) {
    give_up();
    registers.issue.set(0);
    registers.active.set(0);
    stopped_ = false;
    command &= ~(0x1fu << kCurrentSlotShift);
    last_slot_ = kSlots - 1;
  }
  command &= ~std::uint32_t{kFisRunning | kListRunning};
  if (command & kFisReceive) command |= kFisRunning;
  if (command & kStart) command |= kListRunning;
  registers.command.set(command);
  kick(arrives_in_);
}

std::uint32_t Port::shown_interrupts() const {
  std::uint32_t shown = registers.status & ~std::uint32_t{kFromError};
  if (registers.link_error & kExchanged) shown |= kConnectChange;
  if (registers.link_error & kPhyReadyChanged) shown |= kPhyReadyChange;
  return shown;
}

void Port::interrupt(std::uint32_t bits) {
  registers.status.set(registers.status | bits);
  owner_.port_changed(index_);
}

void Port::interrupted() {
  ++statistics.interrupts;
  statistics.batch.record(told_);
  told_ = 0;
}

void Port::show_taskfile(std::uint8_t status, std::uint8_t error) {
  registers.taskfile.set(status | static_cast<std::uint32_t>(error) << 8);
}

// ---- link and resets ------------------------------------------------------------------------

void Port::reset(bool all) {
  give_up();
  const std::uint32_t kept[] = {registers.list, registers.list_high, registers.fis,
                                registers.fis_high};
  registers.bank.reset();
  if (!all) {
    registers.list.set(kept[0]);
    registers.list_high.set(kept[1]);
    registers.fis.set(kept[2]);
    registers.fis_high.set(kept[3]);
  }
  stopped_ = false;
  told_ = 0;
  last_slot_ = kSlots - 1;
  headers_.fill({});
  link_lost(0);
  link_begins();
}

void Port::write_link_control(std::uint32_t value) {
  const std::uint32_t before = registers.link_control & kDetectMask;
  const std::uint32_t detect = value & kDetectMask;
  registers.link_control.set(value & 0xfff);
  if (detect == before) return;
  if (detect == kDetectReset) return link_lost(0);
  if (detect == kDetectOff) return link_lost(kLinkOff);
  if (detect == 0) link_begins();
}

void Port::plug_changed() {
  if ((registers.link_control & kDetectMask) != 0) return;
  if (disk_->plugged()) return link_begins();
  const bool was_up = link_up();
  link_lost(0);
  if (was_up) registers.link_error.set(registers.link_error | kPhyReadyChanged);
  owner_.port_changed(index_);
}

void Port::link_lost(std::uint32_t status) {
  give_up();
  registers.link_status.set(status);
  registers.taskfile.set(kNoTaskfile);
  registers.signature.set(~0u);
  registers.active.set(0);
  soft_reset_ = false;
  signature_wanted_ = false;
  signature_posted_ = true;
}

/// A disk, if one is there, answers; it will send its signature.
void Port::link_begins() {
  if (!disk_ || !disk_->plugged()) return;
  const std::uint32_t most = registers.link_control >> 4 & 0xf;
  const unsigned generation =
      most == 0 ? settings_.generation : std::min<unsigned>(settings_.generation, most);
  disk_->link_speed(generation);
  registers.link_status.set(kLinkUp | generation << 4);
  registers.link_error.set(registers.link_error | kExchanged | kPhyReadyChanged);
  show_taskfile(kBusy, 0);
  signature_wanted_ = true;
  signature_slot_ = kSlots;
  signature_at_ = now() + settings_.spin_up.value();
  owner_.port_changed(index_);
  kick();
}

/// What is under way has no effect any more.
void Port::give_up() {
  ++epoch_;
  forget_jobs();
  signature_slot_ = kSlots;
}

void Port::forget_jobs() {
  for (Job& job : jobs_) job.phase = Phase::Free;
  queued_ = 0;
  finished_ = 0;
}

}  // namespace ringside::ahci
