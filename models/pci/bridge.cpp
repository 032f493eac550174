// SPDX-License-Identifier: Apache-2.0
#include "pci/bridge.h"

#include "pci/express.h"
#include "pci/registers.h"

namespace ringside::pci {

PciBridge::PciBridge(const sc_core::sc_module_name& name, const ModelContext& context,
                     ExpressType type, const Identity& identity)
    : PciFunction(name, context), secondary_(*this, *this) {
  declare_header(type, identity);
}

void PciBridge::declare_header(ExpressType type, const Identity& identity) {
  make_bridge();
  identify(identity);
  ConfigSpace& config = mutable_config();
  for (unsigned offset : {kPrimaryBus, kSecondaryBus, kSubordinateBus})
    config.allow(offset, 1, 0xff);
  // I/O addresses of 32 bits (low nibble 1), prefetchable addresses of 64 bits (low nibble 1). All
  // windows begin closed: with a base above their limit.
  config.set(kIoBase, 2, 0x01f1);
  config.allow(kIoBase, 2, 0xf0f0);
  config.set(kMemoryBase, 4, 0x0000fff0);
  config.allow(kMemoryBase, 4, 0xfff0fff0);
  config.set(kPrefetchBase, 4, 0x0001fff1);
  config.allow(kPrefetchBase, 4, 0xfff0fff0);
  for (unsigned offset : {kPrefetchBaseHigh, kPrefetchLimitHigh})
    config.allow(offset, 4, 0xffffffff);
  for (unsigned offset : {kIoBaseHigh, kIoLimitHigh}) config.allow(offset, 2, 0xffff);
  config.clear_by_one(kSecondaryStatus, 2, 0xf900);
  config.allow(kBridgeControl, 2, 0x0003 | kSecondaryReset);
  add_express(type);
  add_power_management();
}

std::uint8_t PciBridge::secondary_bus() const {
  return config().get8(kSecondaryBus);
}

bool PciBridge::forwards_buses(unsigned& first, unsigned& last) const {
  first = config().get8(kSecondaryBus);
  last = config().get8(kSubordinateBus);
  return first > bus_number() && first <= last;
}

void PciBridge::claim(DecodeTable& memory, DecodeTable& io, unsigned child) const {
  PciFunction::claim(memory, io, child);
  memory.add(memory_.first, memory_.last, child);
  memory.add(prefetch_.first, prefetch_.last, child);
  io.add(io_.first, io_.last, child);
}

// ---- registers --------------------------------------------------------------------------------

void PciBridge::update_windows() {
  const ConfigSpace& c = config();
  const std::uint16_t enabled = powered() ? command() : 0;
  memory_ = prefetch_ = io_ = Window{};
  if (enabled & kMemoryEnable) {
    memory_.first = std::uint64_t{c.get16(kMemoryBase)} << 16;
    memory_.last = std::uint64_t{c.get16(kMemoryLimit)} << 16 | 0xfffff;
    const std::uint64_t base = c.get16(kPrefetchBase) & 0xfff0;
    const std::uint64_t limit = c.get16(kPrefetchLimit) & 0xfff0;
    prefetch_.first = std::uint64_t{c.get32(kPrefetchBaseHigh)} << 32 | base << 16;
    prefetch_.last = std::uint64_t{c.get32(kPrefetchLimitHigh)} << 32 | limit << 16 | 0xfffff;
  }
  if (enabled & kIoEnable) {
    const std::uint64_t base = c.get8(kIoBase) & 0xf0;
    const std::uint64_t limit = c.get8(kIoLimit) & 0xf0;
    io_.first = std::uint64_t{c.get16(kIoBaseHigh)} << 16 | base << 8;
    io_.last = std::uint64_t{c.get16(kIoLimitHigh)} << 16 | limit << 8 | 0xfff;
  }
  decode_changed();
  // Direct pointers of functions behind were granted while the port passed their accesses on, and
  // to the requester ids that they had.
  const bool stopped = forwards_up_ && !bus_master();
  if (stopped || numbered_ != secondary_bus()) secondary_.invalidate_upstream(0, ~std::uint64_t{0});
  forwards_up_ = bus_master();
  numbered_ = secondary_bus();
}

void PciBridge::config_written(unsigned offset, unsigned bytes) {
  const bool reset = config().get16(kBridgeControl) & kSecondaryReset;
  if (reset && !in_reset_) secondary_.reset_functions();
  in_reset_ = reset;
  const bool header = offset < 0x40;
  const bool power_state = !header && offset + bytes <= 0x100;
  if (header || power_state) update_windows();
}

void PciBridge::on_reset() {
  in_reset_ = false;
  update_windows();
  secondary_.reset_functions();
}

void PciBridge::bus_decode_changed() {
  secondary_.decode_changed();
  if (bus()) bus()->bus_decode_changed();  // for direct pointers that harts hold
}

// ---- interrupts -------------------------------------------------------------------------------

void PciBridge::pin_changed(unsigned device, unsigned pin, bool high) {
  // The wires of the secondary bus are the port's own four virtual pins.
  unsigned wire = 0;
  if (secondary_.set_pin(device, pin, high, wire) && bus())
    bus()->pin_changed(PciFunction::device(), wire + 1, secondary_.wire(wire));
}

// ---- accesses ---------------------------------------------------------------------------------

bool PciBridge::is_for_behind(PciSpace space, std::uint64_t address) const {
  switch (space) {
    case PciSpace::Config:
      return static_cast<std::uint8_t>(address >> 20) != bus_number();
    case PciSpace::Io:
      return io_.holds(address);
    case PciSpace::Memory:
      return memory_.holds(address) || prefetch_.holds(address);
  }
  return false;
}

void PciBridge::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto* tag = payload.get_extension<TransactionTag>();
  const PciSpace space = tag ? tag->space : PciSpace::Memory;
  if (!is_for_behind(space, payload.get_address())) return PciFunction::transport(payload, delay);
  ++forwarded_down;
  if (closed()) return complete_unclaimed(payload);
  secondary_.access(space, payload, delay);
}

bool PciBridge::direct_downstream(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (!is_for_behind(PciSpace::Memory, payload.get_address()))
    return PciFunction::direct_downstream(payload, dmi);
  return !closed() && secondary_.direct(payload, dmi);
}

void PciBridge::upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!bus_master() || closed()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  ++forwarded_up;
  dma_port().socket->b_transport(payload, delay);
}

bool PciBridge::upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return bus_master() && !closed() && dma_port().socket->get_direct_mem_ptr(payload, dmi);
}

unsigned PciBridge::upstream_debug(tlm::tlm_generic_payload& payload) {
  return dma_port().socket->transport_dbg(payload);
}

bool PciBridge::has_requester(std::uint16_t id) const {
  return PciFunction::has_requester(id) || secondary_.has_requester(id);
}

void PciBridge::upstream_invalidated(std::uint64_t first, std::uint64_t last) {
  PciFunction::upstream_invalidated(first, last);
  secondary_.invalidate_upstream(first, last);
}

}  // namespace ringside::pci
