// SPDX-License-Identifier: Apache-2.0
#include "pci/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/exits.h"
#include "kit/platform.h"
#include "kit/trace.h"
#include "pci/bus.h"
#include "pci/express.h"
#include "pci/registers.h"

namespace ringside::pci {

namespace {

bool overlaps(unsigned offset, unsigned bytes, unsigned other, unsigned other_bytes) {
  return offset < other + other_bytes && other < offset + bytes;
}

std::uint64_t load(const tlm::tlm_generic_payload& payload) {
  std::uint64_t value = 0;
  std::memcpy(&value, payload.get_data_ptr(), payload.get_data_length());
  return value;
}

}  // namespace

PciFunction::PciFunction(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context),
      socket("socket"),
      dma_port_(this, "dma", "accesses that the function issues, towards its bus") {
  socket.bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
  dma_port_.count_memory_time(memory_time);
  dma_port_.on_invalidate(
      [this](std::uint64_t first, std::uint64_t last) { upstream_invalidated(first, last); });
  const auto* owner = dynamic_cast<const BusOwner*>(context.parent);
  on_root_bus_ = !owner || owner->is_root_bus();
  if (!iommu) {
    if (!on_root_bus_)
      diagnostics().error(iommu.where(),
                          fmt::format("'iommu' of {} is false, but it sits behind a port, and bus "
                                      "numbers are the guest's choice: the device tree can't leave "
                                      "it out; expected a function on the root bus",
                                      label()));
    leave_translation();
  }
  config_.allow(
      kCommand, 2,
      kIoEnable | kMemoryEnable | kBusMaster | kParityResponse | kSerrEnable | kInterruptDisable);
  config_.clear_by_one(kStatus, 2, kStatusClearOnWrite);
  config_.allow(kCacheLineSize, 1, 0xff);
  config_.allow(kInterruptLine, 1, 0xff);
}

void PciFunction::identify(const Identity& identity) {
  config_.set(kVendorId, 2, identity.vendor);
  config_.set(kDeviceId, 2, identity.device);
  config_.set(kRevision, 4, identity.class_code << 8 | identity.revision);
  if (bridge_) return;  // a bridge tells its subsystem in a capability
  config_.set(kSubsystemVendorId, 2, identity.subsystem_vendor);
  config_.set(kSubsystemId, 2, identity.subsystem);
}

void PciFunction::make_bridge() {
  bridge_ = true;
  config_.set(kHeaderType, 1, kTypeBridge);
}

void PciFunction::add_bar(unsigned index, BarKind kind, std::uint64_t bytes, bool prefetchable) {
  bars_[index].kind = kind;
  bars_[index].bytes = bytes;
  const unsigned at = kBar0 + 4 * index;
  const std::uint64_t mask = ~(bytes - 1);
  if (kind == BarKind::Io) {
    config_.set(at, 4, 1);
    config_.allow(at, 4, static_cast<std::uint32_t>(mask) & ~3u);
    return;
  }
  const bool wide = kind == BarKind::Memory64;
  config_.set(at, 4, (wide ? 4u : 0u) | (prefetchable ? 8u : 0u));
  config_.allow(at, 4, static_cast<std::uint32_t>(mask) & ~0xfu);
  if (wide) config_.allow(at + 4, 4, static_cast<std::uint32_t>(mask >> 32));
}

void PciFunction::add_pin(unsigned pin) {
  config_.set(kInterruptPin, 1, pin);
}

void PciFunction::add_express(ExpressType type) {
  express_ = add_express_to(config_, type);
}

void PciFunction::add_power_management() {
  power_ = add_power_management_to(config_);
}

void PciFunction::add_msix(unsigned bar, unsigned vectors) {
  MsiX::Place place;
  place.bar = bar;
  const std::uint64_t bytes = MsiX::exclusive_bytes(vectors, place);
  const bool added = msix_.add(config_, vectors, place,
                               [this](unsigned, std::uint64_t address, std::uint32_t data) {
                                 send_message(msix_messages, address, data);
                               });
  if (added) add_bar(bar, BarKind::Memory32, bytes);
}

void PciFunction::add_msi(unsigned messages, bool maskable) {
  msi_.add(config_, messages, maskable, [this](std::uint64_t address, std::uint32_t data) {
    send_message(msi_messages, address, data);
  });
}

void PciFunction::place(BusOwner& bus, unsigned device, unsigned function, bool multi_function) {
  bus_ = &bus;
  device_ = device;
  function_ = function;
  if (multi_function) config_.set(kHeaderType, 1, config_.get8(kHeaderType) | kMultiFunction);
  if (const Link* above = bus.bus_link(); above && express_)
    set_link_rate(config_, express_, above->settings());
  if (link && !on_root_bus_ && !bridge_)
    diagnostics().error(link->node().where(),
                        fmt::format("'link' of {}: it sits behind a port, whose link it shares; "
                                    "expected the link at the port",
                                    label()));
}

std::uint8_t PciFunction::bus_number() const {
  return bus_ ? bus_->secondary_bus() : 0;
}

std::uint16_t PciFunction::requester_id() const {
  return static_cast<std::uint16_t>(bus_number() << 8 | devfn(device_, function_));
}

bool PciFunction::bus_master() const {
  return powered_ && (command() & kBusMaster);
}

// ---- resets and state -------------------------------------------------------------------------

void PciFunction::reset() {
  if (!saved_) config_.save();
  saved_ = true;
  config_.restore();
  msi_.reset();
  msix_.reset();
  powered_ = true;
  intx_ = false;
  update_pin();
  update_decoding();
  on_reset();
}

void PciFunction::update_decoding() {
  const std::uint16_t enabled = powered_ ? command() : 0;
  bool changed = false;
  for (unsigned i = 0; i < kBars; ++i) {
    Bar& bar = bars_[i];
    if (bar.kind == BarKind::None) continue;
    const unsigned at = kBar0 + 4 * i;
    std::uint64_t base = config_.get32(at) & (bar.is_io() ? ~3u : ~0xfu);
    if (bar.kind == BarKind::Memory64)
      base |= static_cast<std::uint64_t>(config_.get32(at + 4)) << 32;
    const bool decoded = enabled & (bar.is_io() ? kIoEnable : kMemoryEnable);
    changed |= base != bar.base || decoded != bar.decoded;
    bar.base = base;
    bar.decoded = decoded;
  }
  if (changed) decode_changed();
}

void PciFunction::decode_changed() {
  if (bus_) bus_->bus_decode_changed();
}

void PciFunction::claim(DecodeTable& memory, DecodeTable& io, unsigned child) const {
  for (const Bar& bar : bars_) {
    if (!bar.decoded) continue;
    const std::uint64_t last = bar.base + (bar.bytes - 1);
    (bar.is_io() ? io : memory).add(bar.base, last, child);
  }
}

bool PciFunction::forwards_buses(unsigned&, unsigned&) const {
  return false;
}

void PciFunction::upstream_invalidated(std::uint64_t first, std::uint64_t last) {
  dma_port_.drop_windows(first, last);
}

bool PciFunction::has_requester(std::uint16_t id) const {
  return translated_ && requester_id() == id;
}

void PciFunction::leave_translation() {
  translated_ = false;
  dma_port_.use_physical_addresses(true, true);
}

void PciFunction::use_physical_addresses(bool on) {
  if (translated_) dma_port_.use_physical_addresses(on, false);
}

void PciFunction::update_power() {
  if (!power_) return;
  const bool powered = (config_.get8(power_ + kPowerControl) & kPowerStateMask) == 0;
  if (powered == powered_) return;
  powered_ = powered;
  update_decoding();
  update_pin();
}

// ---- interrupts -------------------------------------------------------------------------------

void PciFunction::set_intx(bool high) {
  if (high == intx_) return;
  intx_ = high;
  update_pin();
}

void PciFunction::update_pin() {
  const bool condition = intx_ && !msi_.enabled() && !msix_.enabled();
  const std::uint8_t status = config_.get8(kStatus);
  config_.set(kStatus, 1, condition ? status | kInterruptStatus : status & ~kInterruptStatus);
  const bool level =
      condition && powered_ && interrupt_pin() != kNoPin && !(command() & kInterruptDisable);
  if (level == pin_level_) return;
  pin_level_ = level;
  if (level) {
    ++intx_assertions;
    if (Tracer* tracer = platform().tracer()) tracer->pin_asserted(*this);
    // Counted here; the wire's end delays it, and the controller knows which hart loses time.
    if (ExitLedger* exits = platform().exits())
      exits->on_interrupt(*this, TransactionTag::kNoQueue);
  }
  if (!bus_) return;
  if (!bridge_ && on_root_bus_ && link)
    return link->pin_message([this, level] { bus_->pin_changed(device_, interrupt_pin(), level); });
  bus_->pin_changed(device_, interrupt_pin(), level);
}

void PciFunction::raise_msix(unsigned vector, std::uint16_t queue) {
  if (!msix_.enabled() || !powered_) return;
  message_queue_ = queue;
  if (!msix_.raise(vector) && vector < msix_.vectors()) ++msix_deferred;
  message_queue_ = TransactionTag::kNoQueue;
}

void PciFunction::raise_msi(unsigned message, std::uint16_t queue) {
  if (!msi_.enabled() || !powered_) return;
  message_queue_ = queue;
  if (!msi_.raise(message) && message < msi_.allocated()) ++msi_deferred;
  message_queue_ = TransactionTag::kNoQueue;
}

void PciFunction::send_message(Counter& counter, std::uint64_t address, std::uint32_t data) {
  if (!bus_master()) {
    ++dma_refused;
    return;
  }
  TransactionTag tag;
  tag.requester_id = requester_id();
  tag.queue = message_queue_;
  tag.step = Step::Interrupt;
  tag.target = this;
  ++counter;
  dma_port_.post(address, &data, sizeof data, tag);
}

// ---- DMA --------------------------------------------------------------------------------------

DmaStatus PciFunction::Gate::note(DmaStatus status) {
  if (status == DmaStatus::AddressError) {
    ConfigSpace& config = function_.config_;
    config.set(kStatus, 2, config.get16(kStatus) | kReceivedMasterAbort);
  }
  return status;
}

bool PciFunction::Gate::refused() {
  if (function_.bus_master()) return false;
  ++function_.dma_refused;
  return true;
}

DmaStatus PciFunction::Gate::read(std::uint64_t address, void* to, std::size_t bytes,
                                  const TransactionTag& tag) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.read(address, to, bytes, tag));
}

DmaStatus PciFunction::Gate::write(std::uint64_t address, const void* from, std::size_t bytes,
                                   const TransactionTag& tag) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.write(address, from, bytes, tag));
}

DmaStatus PciFunction::Gate::read_all(const DmaSegment* segments, std::size_t count,
                                      const TransactionTag& tag, unsigned outstanding) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.read_all(segments, count, tag, outstanding));
}

DmaStatus PciFunction::Gate::write_all(const DmaSegment* segments, std::size_t count,
                                       const TransactionTag& tag, unsigned outstanding) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.write_all(segments, count, tag, outstanding));
}

DmaStatus PciFunction::Gate::send(std::uint64_t address, const void* from, std::size_t bytes,
                                  const TransactionTag& tag, sc_core::sc_time& delay) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.send(address, from, bytes, tag, delay));
}

DmaStatus PciFunction::Gate::read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                                        std::size_t count, const TransactionTag& tag,
                                        unsigned outstanding) {
  if (refused()) return DmaStatus::AddressError;
  return note(function_.dma_port_.read_after(delay, segments, count, tag, outstanding));
}

// ---- accesses from the bus --------------------------------------------------------------------

TransactionTag* PciFunction::begin_access(tlm::tlm_generic_payload& payload,
                                          const sc_core::sc_time& delay) {
  arrives_in_ = delay;
  auto* tag = payload.get_extension<TransactionTag>();
  reached_ = tag;
  if (!tag) return nullptr;
  tag->target = this;
  tag->region = tag->space == PciSpace::Config ? Region::Config : Region::Registers;
  tag->port_io = tag->space == PciSpace::Io;
  return tag;
}

void PciFunction::end_access(sc_core::sc_time& delay) {
  if (platform().timed()) delay += answer_time_;
  arrives_in_ = answer_time_ = sc_core::SC_ZERO_TIME;
  reached_ = nullptr;
}

void PciFunction::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const TransactionTag* const tag = begin_access(payload, delay);
  const PciSpace space = tag ? tag->space : PciSpace::Memory;
  if (payload.get_byte_enable_ptr()) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  } else if (space == PciSpace::Config) {
    access_config(payload);
  } else {
    access_memory(payload, space == PciSpace::Io);
  }
  end_access(delay);
}

void PciFunction::transport_to_bar(unsigned bar, tlm::tlm_generic_payload& payload,
                                   sc_core::sc_time& delay) {
  if (!powered_) return complete_unclaimed(payload);
  begin_access(payload, delay);
  access_bar(bar, payload.get_address(), payload);
  end_access(delay);
}

void PciFunction::reached(Region region, unsigned queue) {
  if (!reached_) return;
  reached_->region = region;
  reached_->queue = static_cast<std::uint16_t>(queue);
}

void PciFunction::served_by(const Server& server) {
  if (reached_ && reached_->of_hart) reached_->server = &server;
}

void PciFunction::access_memory(tlm::tlm_generic_payload& payload, bool io) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  for (unsigned i = 0; i < kBars; ++i) {
    // Begin with the register that was hit last: doorbells come in rows.
    const unsigned index = (last_bar_ + i) % kBars;
    const Bar& bar = bars_[index];
    if (!bar.decoded || bar.is_io() != io || address - bar.base >= bar.bytes) continue;
    const std::uint64_t offset = address - bar.base;
    if (bytes > bar.bytes - offset) continue;
    last_bar_ = index;
    return access_bar(index, offset, payload);
  }
  complete_unclaimed(payload);
}

void PciFunction::access_bar(unsigned index, std::uint64_t offset,
                             tlm::tlm_generic_payload& payload) {
  const unsigned bytes = payload.get_data_length();
  std::uint64_t room = 0;
  if (std::uint8_t* memory = bar_memory(index, offset, room); memory && bytes <= room) {
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), memory, bytes);
    } else {
      std::memcpy(memory, payload.get_data_ptr(), bytes);
      platform().code_pages().written(memory, bytes);
    }
    if (reached_) reached_->target = nullptr;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return;
  }
  if (bytes > sizeof(std::uint64_t)) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const bool to_msix = msix_.holds(index, offset);
  if (to_msix) {
    ++msix_accesses;
    reached(Region::Msix);
  }
  if (payload.is_read()) {
    const std::uint64_t value =
        to_msix ? msix_.read(offset, bytes) : read_bar(index, offset, bytes);
    std::memcpy(payload.get_data_ptr(), &value, bytes);
  } else if (to_msix) {
    msix_.write(offset, bytes, load(payload));
  } else {
    write_bar(index, offset, bytes, load(payload));
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool PciFunction::direct_downstream(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  for (unsigned i = 0; i < kBars; ++i) {
    const Bar& bar = bars_[i];
    if (!bar.decoded || !bar.is_memory() || address - bar.base >= bar.bytes) continue;
    std::uint64_t room = 0;
    std::uint8_t* memory = bar_memory(i, address - bar.base, room);
    if (!memory || room == 0) return false;
    dmi.init();
    dmi.set_dmi_ptr(memory);
    dmi.set_start_address(address);
    dmi.set_end_address(address + (room - 1));
    dmi.allow_read_write();
    return true;
  }
  return false;
}

void PciFunction::access_config(tlm::tlm_generic_payload& payload) {
  auto offset = static_cast<unsigned>(payload.get_address() & (ConfigSpace::kBytes - 1));
  const unsigned bytes = std::min(payload.get_data_length(), ConfigSpace::kBytes - offset);
  std::uint8_t* data = payload.get_data_ptr();
  for (unsigned done = 0; done < bytes;) {
    // Registers are dwords: nothing wider exists, and nothing crosses one.
    const unsigned now = std::min(4 - (offset & 3), bytes - done);
    std::uint32_t value = 0;
    if (payload.is_read()) {
      value = guest_read(offset, now);
      std::memcpy(data + done, &value, now);
    } else {
      std::memcpy(&value, data + done, now);
      guest_write(offset, now, value);
    }
    done += now;
    offset += now;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::uint32_t PciFunction::guest_read(unsigned offset, unsigned bytes) {
  ++config_reads;
  if (offset >= config_bytes()) return ~0u;
  config_reading(offset, bytes);
  return config_.read(offset, bytes);
}

void PciFunction::guest_write(unsigned offset, unsigned bytes, std::uint32_t value) {
  ++config_writes;
  if (offset >= config_bytes()) return;
  config_.write(offset, bytes, value);
  if (express_ && take_function_reset(config_, express_)) {
    // The payload size is the link's, and survives (PCI Express Base 5.0, 6.6.2).
    const std::uint16_t kept = config_.get16(express_ + kDeviceControl) & kMaxPayloadMask;
    reset();
    const std::uint16_t control = config_.get16(express_ + kDeviceControl);
    config_.set(express_ + kDeviceControl, 2, (control & ~kMaxPayloadMask) | kept);
    return;
  }
  if (overlaps(offset, bytes, kCommand, 2) || overlaps(offset, bytes, kBar0, 4 * kBars))
    update_decoding();
  if (power_ && overlaps(offset, bytes, power_ + kPowerControl, 2)) update_power();
  if (msix_.present() && overlaps(offset, bytes, msix_.capability() + 2, 2)) {
    const bool was_enabled = msix_.enabled();
    msix_.control_written(config_);
    if (msix_.enabled() != was_enabled) interrupts_changed();
  }
  if (msi_.present() && overlaps(offset, bytes, msi_.capability(), msi_.bytes())) {
    const bool was_enabled = msi_.enabled();
    msi_.written();
    if (msi_.enabled() != was_enabled) interrupts_changed();
  }
  update_pin();
  config_written(offset, bytes);
}

}  // namespace ringside::pci
