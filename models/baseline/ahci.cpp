// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "baseline/ahci.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"
#include "pci/registers.h"

namespace ringside {

using namespace ahci;

Ahci::Ahci(const sc_core::sc_module_name& name, const ModelContext& context)
    : PciFunction(name, context) {
  identify({0x8086, 0x2922, 2, 0x010601, 0x8086, 0x2922});
  add_pin(1);
  add_msi(1, false);
  // Where the pair of ports is that reaches all registers (Serial ATA 3.x, the capability of SATA).
  const unsigned sata = add_capability(pci::kSata, 8);
  mutable_config().set(sata + 2, 2, 0x0010);
  mutable_config().set(sata + 4, 4, (kPortBar + 4) | kIndex / 4 << 4);
  add_bar(kPortBar, pci::BarKind::Io, kPortBytes);
  add_bar(kMemoryBar, pci::BarKind::Memory32, memory_bytes());
  for (unsigned i = 0; i < ports; ++i) {
    ports_.push_back(
        std::make_unique<Port>(this, static_cast<PortOwner&>(*this), i, port_settings()));
    sc_core::sc_spawn([port = ports_.back().get()] { port->run(); },
                      fmt::format("port{}_thread", i).c_str());
  }
  define_registers();
  place_disks();
}

PortSettings Ahci::port_settings() const {
  return {speed, wire_time, outstanding, gather, command_time, spin_up};
}

std::uint64_t Ahci::memory_bytes() const {
  return kPortBase + ports * ahci::kPortBytes <= 4096 ? 4096 : 8192;
}

bool Ahci::timed() const {
  return platform().timed();
}

/// Those that name their port have it; the others get what is left, in order.
void Ahci::place_disks() {
  const auto free = [this](unsigned index) { return !ports_[index]->disk(); };
  for (AtaDisk* disk : disks) {
    const unsigned wanted = disk->port;
    if (wanted == AtaDisk::kAnyPort) continue;
    if (wanted >= ports || !free(wanted))
      diagnostics().error(disk->port.where(),
                          fmt::format("'port' of {} is {}; expected a free one of the {} ports of "
                                      "{}",
                                      disk->label(), wanted, ports.get(), label()));
    else
      ports_[wanted]->attach(*disk);
  }
  unsigned next = 0;
  for (AtaDisk* disk : disks) {
    if (disk->port != AtaDisk::kAnyPort) continue;
    while (next < ports && !free(next)) ++next;
    if (next == ports) {
      diagnostics().error(disk->node().where(), fmt::format("{} finds no free port; expected at "
                                                            "most {} disks at {}",
                                                            disk->label(), ports.get(), label()));
      return;
    }
    ports_[next]->attach(*disk);
  }
}

// ---- resets ---------------------------------------------------------------------------------

void Ahci::on_reset() {
  index_ = 0;
  reset_ports(true);
}

void Ahci::reset_ports(bool all) {
  regs_.control.set(kAhciEnable);
  regs_.status.set(0);
  for (auto& port : ports_) port->reset(all);
  // Nothing is enabled that could have shown.
  regs_.status.set(0);
  show_interrupts(false);
}

void Ahci::config_written(unsigned, unsigned) {
  if (!bus_master()) return;
  for (auto& port : ports_) port->kick();
}

// ---- registers ------------------------------------------------------------------------------

void Ahci::define_registers() {
  const auto constant = [](Word& word, std::uint32_t value) {
    word.set(value);
    word.on_read([value] { return value; });
  };
  constexpr std::uint32_t kLastSlot = 31;
  constant(regs_.capabilities, (ports - 1) | kLastSlot << kSlotsShift | kMultipleDrq | kAhciOnly |
                                   speed << kSpeedShift | kCommandListOverride | kQueuing |
                                   kWideAddresses);
  constant(regs_.ports, ~0u >> (32 - ports));
  regs_.control.on_write([this](std::uint32_t value) { write_control(value); });
  regs_.status.on_write([this](std::uint32_t value) {
    regs_.status.set(regs_.status & ~value);
    for (unsigned i = 0; i < ports; ++i) latch(i);
    show_interrupts(true);
  });
}

void Ahci::write_control(std::uint32_t value) {
  if (value & kHostReset) return reset_ports(false);
  const bool was_enabled = regs_.control & kInterruptEnable;
  regs_.control.set(kAhciEnable | (value & kInterruptEnable));
  show_interrupts(!was_enabled);
}

std::uint64_t Ahci::read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) {
  if (bar == kMemoryBar) return read_memory(offset, bytes);
  if (offset == kIndex) return index_;
  if (offset == kData) return read_memory(index_, 4);
  return 0;
}

void Ahci::write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (bar == kMemoryBar) return write_memory(offset, bytes, value);
  if (offset == kIndex)
    index_ = static_cast<std::uint32_t>(value & (memory_bytes() - 1) & ~std::uint64_t{3});
  else if (offset == kData)
    write_memory(index_, 4, value & 0xffffffff);
}

Port* Ahci::port_at(std::uint64_t offset, std::uint64_t& inside) {
  if (offset < kPortBase) return nullptr;
  const std::uint64_t index = (offset - kPortBase) / ahci::kPortBytes;
  inside = (offset - kPortBase) % ahci::kPortBytes;
  return index < ports_.size() ? ports_[index].get() : nullptr;
}

std::uint64_t Ahci::read_memory(std::uint64_t offset, unsigned bytes) {
  std::uint64_t inside = 0;
  Port* port = port_at(offset, inside);
  if (port && inside == port->registers.status.offset())
    ++port_is_reads;
  else if (port && inside == port->registers.active.offset())
    ++active_reads;
  else if (port && inside == port->registers.issue.offset())
    ++issue_reads;
  else if (offset == regs_.status.offset())
    ++is_reads;
  else
    ++other_reads;
  if (port) return port->registers.bank.read(inside, bytes);
  return offset < kPortBase ? regs_.bank.read(offset, bytes) : 0;
}

void Ahci::write_memory(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  std::uint64_t inside = 0;
  Port* port = port_at(offset, inside);
  if (port && inside == port->registers.status.offset())
    ++port_is_writes;
  else if (port && inside == port->registers.active.offset())
    ++active_writes;
  else if (port && inside == port->registers.issue.offset())
    ++issue_writes;
  else if (offset == regs_.status.offset())
    ++is_writes;
  else
    ++other_writes;
  if (port) {
    port->arriving(arrives_in());
    port->registers.bank.write(inside, bytes, value);
  } else if (offset < kPortBase) {
    regs_.bank.write(offset, bytes, value);
  }
}

// ---- interrupts (AHCI 1.3.1, 10.6 and 10.7) ---------------------------------------------------

void Ahci::port_changed(unsigned index) {
  show_interrupts(latch(index));
}

/// A port with an enabled interrupt sets its bit, which only the guest clears. True if it was
/// clear.
bool Ahci::latch(unsigned index) {
  const std::uint32_t bit = 1u << index;
  if (!ports_[index]->interrupts() || (regs_.status & bit)) return false;
  regs_.status.set(regs_.status | bit);
  ports_[index]->interrupted();
  return true;
}

/// The pin has a level. A message goes out when a bit is set, or when the guest has cleared bits
/// and some are set still.
void Ahci::show_interrupts(bool again) {
  const bool active = (regs_.control & kInterruptEnable) && regs_.status != 0u;
  set_intx(active);
  if (active && again) raise_msi(0);
}

void Ahci::interrupts_changed() {
  show_interrupts(true);
}

}  // namespace ringside
