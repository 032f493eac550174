// SPDX-License-Identifier: Apache-2.0
// What accesses to registers do.
#include "baseline/e1000.h"
#include "kit/platform.h"

namespace ringside {

using namespace e1000;

void E1000::define_registers() {
  define_control();
  define_interrupts();
  define_delays();
  define_rings();
}

void E1000::define_control() {
  regs_.control.on_write([this](std::uint32_t value) { write_control(value); });
  regs_.control_copy.on_read([this] { return regs_.control.value(); });
  regs_.control_copy.on_write([this](std::uint32_t value) { write_control(value); });
  regs_.eeprom_wires.on_read([this] { return read_eeprom_wires(); });
  regs_.eeprom_wires.on_write([this](std::uint32_t value) { write_eeprom_wires(value); });
  regs_.eeprom_read.on_write([this](std::uint32_t value) {
    if (!(value & kEepromStart)) return;
    const unsigned address = value >> 8 & 0xff;
    const auto word = static_cast<std::uint32_t>(eeprom_.word(address));
    regs_.eeprom_read.set(word << 16 | address << 8 | kEepromDone);
  });
  regs_.management.on_write([this](std::uint32_t value) { write_management(value); });
  regs_.vlan_type.on_write([this](std::uint32_t value) {
    regs_.vlan_type.set(value & 0xffff);
    builder_.settings.tag_type = static_cast<std::uint16_t>(value);
  });
  regs_.packet_buffer.on_write([this](std::uint32_t value) {
    // What the receiver does not get of the 64 KiB, the transmitter has.
    const std::uint32_t receiver = value & 0x3f;
    regs_.packet_buffer.set((64 - receiver) << 16 | receiver);
  });
}

void E1000::write_control(std::uint32_t value) {
  if (value & kReset) return reset_mac();
  const bool phy_reset_begins = (value & ~regs_.control) & kPhyReset;
  regs_.control.set(value);
  builder_.settings.tag = value & kVlanMode;
  if (!phy_reset_begins) return;
  phy_.reset();
  link_begins();
}

void E1000::write_eeprom_wires(std::uint32_t value) {
  regs_.eeprom_wires.set(value & kEepromWritable);
  eeprom_.drive(value & kEepromSelect, value & kEepromClock, value & kEepromIn);
}

std::uint32_t E1000::read_eeprom_wires() const {
  std::uint32_t value = regs_.eeprom_wires | kEepromPresent;
  if (value & kEepromRequest) value |= kEepromGrant;
  if (eeprom_.output()) value |= kEepromOut;
  return value;
}

void E1000::write_management(std::uint32_t value) {
  const unsigned index = value >> 16 & 0x1f;
  const unsigned address = value >> 21 & 0x1f;
  bool there = address == Phy::kAddress;
  std::uint32_t result = (value & ~kManagementError) | kManagementReady;
  if (there && (value & kManagementRead)) {
    std::uint16_t data = 0;
    there = phy_.read(index, data);
    if (there) result = (result & ~0xffffu) | data;
  } else if (there && (value & kManagementWrite)) {
    there = phy_.write(index, static_cast<std::uint16_t>(value));
    if (there && index == Phy::kControl) link_begins();
  }
  if (!there) result |= kManagementError;
  regs_.management.set(result);
  if (value & kManagementInterrupt) raise(kManagementDone);
}

// ---- interrupts -----------------------------------------------------------------------------

void E1000::define_interrupts() {
  regs_.cause.on_read([this] {
    const std::uint32_t causes = interrupts_.causes();
    interrupts_.clear(now(), ~0u);
    show_interrupts();
    return causes;
  });
  regs_.cause.on_write([this](std::uint32_t value) {
    interrupts_.clear(now(), value);
    show_interrupts();
  });
  regs_.cause_set.on_read([this] { return interrupts_.causes(); });
  regs_.cause_set.on_write([this](std::uint32_t value) { raise(value); });
  regs_.mask_set.on_read([this] { return interrupts_.mask(); });
  regs_.mask_set.on_write([this](std::uint32_t value) {
    interrupts_.enable(now(), value);
    show_interrupts();
  });
  regs_.mask_clear.on_write([this](std::uint32_t value) {
    interrupts_.disable(now(), value);
    show_interrupts();
  });
}

void E1000::define_delays() {
  const auto keep = [](Registers::Word& reg, std::uint16_t& delay) {
    reg.on_write([&reg, &delay](std::uint32_t value) {
      delay = static_cast<std::uint16_t>(value);
      reg.set(delay);
    });
  };
  keep(regs_.interval, interrupts_.delays.interval);
  keep(regs_.transmit_absolute, interrupts_.delays.transmit_absolute);
  keep(regs_.receive_absolute, interrupts_.delays.receive_absolute);
  regs_.transmit_delay.on_write([this](std::uint32_t value) {
    interrupts_.delays.transmit = static_cast<std::uint16_t>(value);
    regs_.transmit_delay.set(value & 0xffff);
    if (value & kFlush) interrupts_.flush_transmit(now());
    show_interrupts();
  });
  regs_.receive_delay.on_write([this](std::uint32_t value) {
    interrupts_.delays.receive = static_cast<std::uint16_t>(value);
    regs_.receive_delay.set(value & 0xffff);
    if (value & kFlush) interrupts_.flush_receive(now());
    show_interrupts();
  });
}

/// A write of TDT comes back when all has been sent, if the driver's hypervisor does it so.
void E1000::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  kept_ = sc_core::SC_ZERO_TIME;
  PciFunction::transport(payload, delay);
  delay += kept_;
}

// ---- rings ----------------------------------------------------------------------------------

void E1000::define_rings() {
  const auto masked = [](Registers::Word& reg, std::uint32_t mask, auto then) {
    reg.on_write([&reg, mask, then](std::uint32_t value) {
      reg.set(value & mask);
      then();
    });
  };
  const auto stop_transmit = [this] { this->stop_transmit(); };
  masked(regs_.transmit_base_low, Ring::kBaseMask, stop_transmit);
  masked(regs_.transmit_base_high, ~0u, stop_transmit);
  masked(regs_.transmit_length, Ring::kLengthMask, stop_transmit);
  masked(regs_.transmit_head, Ring::kIndexMask, stop_transmit);
  masked(regs_.transmit_tail, Ring::kIndexMask, [this] {
    ++tx.kicks;
    if (platform().timed()) kept_ = transmit_time.get() * transmit_.ring.owned();
    transmit_.kick(arrives_in());
  });
  const auto stop_receive = [this] { this->stop_receive(); };
  masked(regs_.receive_base_low, Ring::kBaseMask, stop_receive);
  masked(regs_.receive_base_high, ~0u, stop_receive);
  masked(regs_.receive_length, Ring::kLengthMask, stop_receive);
  masked(regs_.receive_head, Ring::kIndexMask, stop_receive);
  masked(regs_.receive_tail, Ring::kIndexMask, [this] {
    ++rx.kicks;
    receive_.kick(arrives_in());
  });
  regs_.transmit_control.on_write([this](std::uint32_t value) {
    regs_.transmit_control.set(value);
    builder_.settings.pad = value & kPadShort;
    if (value & kTransmitEnable)
      transmit_.kick(arrives_in());
    else
      this->stop_transmit();
  });
  regs_.receive_control.on_write([this](std::uint32_t value) {
    regs_.receive_control.set(value);
    if (value & kReceiveEnable)
      receive_.kick(arrives_in());
    else
      this->stop_receive();
  });
}

}  // namespace ringside
