// SPDX-License-Identifier: Apache-2.0
// What a virtio function declares: identity, base address registers, capabilities.
#include <fmt/format.h>

#include "kit/platform.h"
#include "pci/registers.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::virtio {

namespace {

std::uint64_t power_of_two_from(std::uint64_t bytes, std::uint64_t smallest) {
  std::uint64_t size = smallest;
  while (size < bytes) size *= 2;
  return size;
}

constexpr std::uint64_t kPage = 4096;

}  // namespace

void VirtioPci::choose_interface() {
  const bool had_legacy = transitional_id(endpoint->device_id()) != 0;
  interface_ = interface_choice;
  if (interface_ == Interface::Auto) {
    // The legacy interface has no way to negotiate that addresses are the platform's (6.1).
    const bool both = device && on_root_bus() && transitional_by_default(device->device_id()) &&
                      !device->access_platform;
    interface_ = both ? Interface::Transitional : Interface::Modern;
  }
  if (interface_ == Interface::Modern) return;
  if (!had_legacy || !device) {
    diagnostics().error(interface_choice.where(),
                        fmt::format("'interface' of {} asks for a legacy interface, which {} never "
                                    "had; expected 'modern' or 'auto'",
                                    label(), endpoint->label()));
    interface_ = Interface::Modern;
  } else if (device->access_platform) {
    diagnostics().error(
        interface_choice.where(),
        fmt::format("{} has a legacy interface, which can't offer 'access_platform'; expected "
                    "'interface: modern', or the feature to be off",
                    label()));
  }
}

void VirtioPci::declare_identity() {
  const auto type = static_cast<std::uint16_t>(endpoint->device_id());
  pci::Identity identity;
  identity.vendor = kVirtioVendor;
  identity.subsystem_vendor = kVirtioVendor;
  identity.class_code = endpoint->class_code();
  if (has_legacy()) {
    identity.device = transitional_id(endpoint->device_id());
    identity.revision = 0;
    identity.subsystem = type;
  } else {
    identity.device = static_cast<std::uint16_t>(0x1040 + type);
    identity.revision = 1;
    identity.subsystem = 0x1100;
  }
  identify(identity);
  add_pin(1);
  if (!on_root_bus()) {
    add_express(pci::ExpressType::Endpoint);
    add_power_management();
  }
}

unsigned VirtioPci::add_structure(CapabilityType type, unsigned cap_bytes,
                                  const Structure& structure) {
  const unsigned at = add_capability(pci::kVendorSpecific, cap_bytes);
  if (at == 0) {
    diagnostics().error(node().where(),
                        fmt::format("the capabilities of {} do not fit into its configuration "
                                    "space; expected less vendor data or fewer memory regions",
                                    label()));
    return 0;
  }
  pci::ConfigSpace& config = mutable_config();
  config.set(at + kCapLength, 1, cap_bytes);
  config.set(at + kCapType, 1, static_cast<std::uint8_t>(type));
  config.set(at + kCapBar, 1, structure.bar);
  config.set(at + kCapOffset, 4, static_cast<std::uint32_t>(structure.offset));
  config.set(at + kCapBytes, 4, static_cast<std::uint32_t>(structure.bytes));
  structures_.push_back(structure);
  return at;
}

void VirtioPci::declare_modern() {
  constexpr unsigned kPlain = 16;
  constexpr unsigned kExtended = 20;
  pci::ConfigSpace& config = mutable_config();
  notify_shift_ = page_per_vq ? kPageNotifyShift : kNotifyShift;
  add_bar(kModernBar, pci::BarKind::Memory64,
          power_of_two_from(kNotifyAt + notify_bytes(), 4 * kPage), true);
  add_structure(CapabilityType::Common, kPlain, {kModernBar, kCommonAt, kStructureBytes});
  add_structure(CapabilityType::Isr, kPlain, {kModernBar, kIsrAt, kStructureBytes});
  add_structure(CapabilityType::Device, kPlain, {kModernBar, kDeviceAt, kStructureBytes});
  const unsigned notify =
      add_structure(CapabilityType::Notify, kExtended, {kModernBar, kNotifyAt, notify_bytes()});
  config.set(notify + kCapMultiplier, 4, 1u << notify_shift_);
  if (modern_pio_notify) {
    // The capability added last comes first in the list, which makes it the preferred one. All
    // queues share the port (multiplier 0) and are told apart by the value.
    add_bar(kPortNotifyBar, pci::BarKind::Io, 4);
    add_structure(CapabilityType::Notify, kExtended, {kPortNotifyBar, 0, 4});
  }
  const std::size_t own = structures_.size();
  pci_access_ = add_structure(CapabilityType::PciAccess, kExtended, {0, 0, 0});
  structures_.resize(own);  // it announces no structure itself
  config.allow(pci_access_ + kCapBar, 1, 0xff);
  config.allow(pci_access_ + kCapOffset, 4, 0xffffffff);
  config.allow(pci_access_ + kCapBytes, 4, 0xffffffff);
  config.allow(pci_access_ + kCapData, 4, 0xffffffff);
  declare_shared_memory();
  declare_vendor_data();
}

void VirtioPci::declare_shared_memory() {
  constexpr unsigned kCapability64 = 24;
  regions_ = endpoint->shared_memory();
  if (regions_.empty()) return;
  if (modern_pio_notify) {
    diagnostics().error(modern_pio_notify.where(),
                        fmt::format("'modern_pio_notify' of {} needs the base address register "
                                    "that holds the shared memory of {}; expected it to be off",
                                    label(), endpoint->label()));
    return;
  }
  std::uint64_t end = 0;
  for (const SharedMemoryRegion& region : regions_) {
    region_offsets_.push_back(end);
    const unsigned at = add_structure(CapabilityType::SharedMemory, kCapability64,
                                      {kSharedMemoryBar, end, region.bytes});
    if (at == 0) return;
    structures_.pop_back();  // not reachable through configuration space (4.1.4.9)
    pci::ConfigSpace& config = mutable_config();
    config.set(at + kCapId, 1, region.id);
    config.set(at + kCapOffsetHigh, 4, static_cast<std::uint32_t>(end >> 32));
    config.set(at + kCapBytesHigh, 4, static_cast<std::uint32_t>(region.bytes >> 32));
    end += (region.bytes + kPage - 1) / kPage * kPage;
  }
  add_bar(kSharedMemoryBar, pci::BarKind::Memory64, power_of_two_from(end, kPage), true);
}

void VirtioPci::declare_vendor_data() {
  constexpr unsigned kHead = 6;  // id, next, length, type, vendor
  if (!vendor_id.given()) return;
  if (vendor_id == kVirtioVendor) {
    diagnostics().error(vendor_id.where(),
                        fmt::format("'vendor_id' of {} is 0x1af4, which virtio's own capabilities "
                                    "have; expected another vendor's number",
                                    label()));
    return;
  }
  const auto data = static_cast<unsigned>(vendor_data->size());
  const unsigned bytes = (kHead + data + 3) / 4 * 4;
  const unsigned at = bytes <= 0x80 ? add_capability(pci::kVendorSpecific, bytes) : 0;
  if (at == 0) {
    diagnostics().error(vendor_data.where(),
                        fmt::format("'vendor_data' of {} has {} bytes, which do not fit into the "
                                    "configuration space",
                                    label(), data));
    return;
  }
  pci::ConfigSpace& config = mutable_config();
  config.set(at + kCapLength, 1, bytes);
  config.set(at + kCapType, 1, static_cast<std::uint8_t>(CapabilityType::Vendor));
  config.set(at + kCapBar, 2, vendor_id);
  for (unsigned i = 0; i < data; ++i) config.set(at + kHead + i, 1, vendor_data.get()[i]);
}

void VirtioPci::declare_legacy() {
  const std::uint64_t header = msix_vectors() != 0 ? kLegacyMsixHeaderBytes : kLegacyHeaderBytes;
  constexpr std::uint64_t kSmallest = 32;
  add_bar(kLegacyBar, pci::BarKind::Io,
          power_of_two_from(header + device->config_bytes(), kSmallest));
}

unsigned VirtioPci::msix_vectors() const {
  return vectors.given() ? vectors.get()
                         : standard_vectors(endpoint->device_id(), endpoint->all_queues());
}

}  // namespace ringside::virtio
