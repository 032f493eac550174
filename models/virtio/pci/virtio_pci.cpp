// SPDX-License-Identifier: Apache-2.0
#include "virtio/pci/virtio_pci.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/exits.h"
#include "kit/platform.h"

namespace ringside::virtio {

VirtioPci::VirtioPci(const sc_core::sc_module_name& name, const ModelContext& context)
    : PciFunction(name, context) {
  if (!endpoint) return;  // missing or broken: reported already
  if (device) device->attach(*this);
  if (own_) own_->attach(*this);
  if (endpoint->all_queues() > kMaxQueues) {
    diagnostics().error(endpoint->node().where(),
                        fmt::format("{} has {} queues; expected at most {}", endpoint->label(),
                                    endpoint->all_queues(), kMaxQueues));
    return;
  }
  queue_vectors_.assign(endpoint->all_queues(), kNoVector);
  choose_interface();
  declare_identity();
  if (has_modern()) declare_modern();
  if (has_legacy()) declare_legacy();
  if (msix_vectors() != 0) add_msix(kMsixBar, msix_vectors());
  if (!monitor) return;
  observe(monitor.get());
  monitor->watch(*endpoint, *this, dma_port());
}

// ---- accesses ---------------------------------------------------------------------------------

std::uint64_t VirtioPci::read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) {
  std::uint64_t value = 0;
  if (bar == kModernBar) value = read_modern(offset, bytes);
  if (bar == kLegacyBar) value = read_legacy(offset, bytes);
  if (!observer_) return value;
  if (bar == kModernBar) tell_modern(false, offset, bytes, value);
  if (bar == kLegacyBar) tell_legacy(false, offset, bytes, value);
  return value;
}

void VirtioPci::write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (bar == kModernBar) {
    if (observer_) tell_modern(true, offset, bytes, value);
    return write_modern(offset, bytes, value);
  }
  if (bar == kLegacyBar) {
    if (observer_) tell_legacy(true, offset, bytes, value);
    return write_legacy(offset, bytes, value);
  }
  if (bar != kPortNotifyBar || !modern_pio_notify) return;
  const auto queue = static_cast<std::uint16_t>(value);
  if (observer_) tell_doorbell(queue, bytes, value);
  doorbell(queue, bytes, value);
}

std::uint8_t* VirtioPci::bar_memory(unsigned bar, std::uint64_t offset, std::uint64_t& room) {
  if (bar != kSharedMemoryBar) return nullptr;
  for (std::size_t i = 0; i < region_offsets_.size(); ++i) {
    const std::uint64_t inside = offset - region_offsets_[i];
    if (inside >= regions_[i].bytes || !regions_[i].memory) continue;
    room = regions_[i].bytes - inside;
    return regions_[i].memory + inside;
  }
  return nullptr;
}

std::uint64_t VirtioPci::read_device(std::uint64_t offset, unsigned bytes) {
  ++device_reads;
  reached(Region::Device);
  // What is not there reads as ones.
  std::uint8_t data[sizeof(std::uint64_t)];
  std::fill_n(data, sizeof data, std::uint8_t{0xff});
  const std::size_t size = device->config_bytes();
  if (offset < size)
    device->read_config(static_cast<std::size_t>(offset), data,
                        std::min<std::size_t>(bytes, size - static_cast<std::size_t>(offset)));
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{data[i]} << (8 * i);
  return value;
}

void VirtioPci::write_device(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  ++device_writes;
  reached(Region::Device);
  const std::size_t size = device->config_bytes();
  if (offset >= size || device->suspended()) {  // suspended: 3.4.2
    ++ignored_accesses;
    return;
  }
  std::uint8_t data[sizeof(std::uint64_t)];
  for (unsigned i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
  device->write_config(static_cast<std::size_t>(offset), data,
                       std::min<std::size_t>(bytes, size - static_cast<std::size_t>(offset)));
}

void VirtioPci::doorbell(unsigned queue, unsigned bytes, std::uint64_t value) {
  ++notify_writes;
  notify_reached(queue);
  if (own_)
    return own_->write_register(kNotifyAt + (std::uint64_t{queue} << kNotifyShift), bytes, value);
  const bool with_data = device->has(kNotificationData);
  // 16 bits, or 32 with the ring's position (4.1.5.2). Without it, the upper half of a wider write
  // has no meaning.
  if (bytes == 4 || (bytes == 2 && !with_data))
    device->notify(queue, static_cast<std::uint16_t>(value >> 16), notify_delay(queue));
  else
    ++ignored_accesses;
}

// Numbers that no queue has are counted together, or a guest could fill the books with them.
void VirtioPci::notify_reached(unsigned queue) {
  reached(Region::Notify, has_queue(queue) ? queue : TransactionTag::kNoQueue);
}

sc_core::sc_time VirtioPci::notify_delay(unsigned queue) {
  ExitLedger* exits = platform().exits();
  if (!exits || !device->has_queue(queue)) return arrives_in();
  if (!exits->serves_in_exit(*device)) return arrives_in() + exits->notify_delay(*this, queue);
  served_by(device->server(queue));
  return arrives_in();
}

// ---- interrupts -------------------------------------------------------------------------------

void VirtioPci::notify_queue(unsigned queue) {
  if (observer_) observer_->on_notification(queue);
  if (!msix().enabled()) return set_isr(isr_ | kIsrQueue);
  if (queue_vectors_[queue] != kNoVector)
    raise_msix(queue_vectors_[queue], static_cast<std::uint16_t>(queue));
}

void VirtioPci::notify_config() {
  if (observer_) observer_->on_notification(TransportObserver::kNoQueue);
  // Set in either case (4.1.4.5.1); with MSI-X it has no effect on the pin.
  set_isr(isr_ | kIsrConfig);
  if (msix().enabled() && config_vector_ != kNoVector) raise_msix(config_vector_);
}

void VirtioPci::set_isr(std::uint8_t bits) {
  isr_ = bits;
  set_intx(isr_ != 0);
}

std::uint8_t VirtioPci::read_isr() {
  ++isr_reads;
  reached(Region::Isr);
  const std::uint8_t bits = isr_;
  set_isr(0);
  return bits;
}

std::uint16_t VirtioPci::checked_vector(std::uint64_t vector) const {
  return vector < msix().vectors() ? static_cast<std::uint16_t>(vector) : kNoVector;
}

// ---- status and resets ------------------------------------------------------------------------

void VirtioPci::write_status(bool through_legacy, std::uint8_t status) {
  // The interface that a driver begins with is the one that it uses until the next reset.
  if (interface_ == Interface::Transitional && device->status() == 0) legacy_ = through_legacy;
  device->write_status(status);
  choose_addresses();
  if (status == 0) reset_transport();
}

void VirtioPci::choose_addresses() {
  // Without the feature a driver gives the device physical addresses, whatever translates those of
  // other functions (6.1).
  use_physical_addresses(!device || !device->has(kAccessPlatform));
}

void VirtioPci::reset_transport() {
  set_isr(0);
  config_vector_ = kNoVector;
  std::fill(queue_vectors_.begin(), queue_vectors_.end(), kNoVector);
  device_feature_select_ = 0;
  driver_feature_select_ = 0;
  queue_select_ = 0;
  legacy_ = interface_ == Interface::Legacy;
}

void VirtioPci::on_reset() {
  if (!endpoint) return;
  if (observer_) tell(true, kDeviceStatus, 1, 0);  // as if the driver had
  if (device) device->write_status(0);
  if (own_) own_->reset_registers();
  choose_addresses();
  reset_transport();
}

// ---- PCI configuration access capability (4.1.4.9) --------------------------------------------

bool VirtioPci::addresses_structure(unsigned bar, std::uint64_t offset, std::uint64_t bytes) const {
  return std::any_of(structures_.begin(), structures_.end(), [&](const Structure& s) {
    return s.bar == bar && offset >= s.offset && bytes <= s.bytes &&
           offset - s.offset <= s.bytes - bytes;
  });
}

bool VirtioPci::pci_access_window(unsigned& bar, std::uint64_t& offset, unsigned& bytes) const {
  bar = config().get8(pci_access_ + kCapBar);
  offset = config().get32(pci_access_ + kCapOffset);
  bytes = config().get32(pci_access_ + kCapBytes);
  if (bytes != 1 && bytes != 2 && bytes != 4) return false;
  return offset % bytes == 0 && addresses_structure(bar, offset, bytes);
}

void VirtioPci::config_reading(unsigned offset, unsigned bytes) {
  const unsigned data = pci_access_ + kCapData;
  if (!pci_access_ || offset + bytes <= data || offset >= data + 4) return;
  unsigned bar = 0;
  std::uint64_t at = 0;
  unsigned width = 0;
  if (!pci_access_window(bar, at, width)) return;
  ++pci_cfg_accesses;
  mutable_config().set(data, width, static_cast<std::uint32_t>(read_bar(bar, at, width)));
}

void VirtioPci::config_written(unsigned offset, unsigned bytes) {
  const unsigned data = pci_access_ + kCapData;
  if (!pci_access_ || offset + bytes <= data || offset >= data + 4) return;
  unsigned bar = 0;
  std::uint64_t at = 0;
  unsigned width = 0;
  if (!pci_access_window(bar, at, width)) return;
  ++pci_cfg_accesses;
  write_bar(bar, at, width, config().get(data, width));
}

}  // namespace ringside::virtio
