// SPDX-License-Identifier: Apache-2.0
// Numbers of the PCI transport (virtio 1.4, section 4.1), and where this implementation puts its
// structures: where QEMU does, so that its firmware and captures fit.
#pragma once

#include <cstdint>
#include <vector>

#include "virtio/core/features.h"

namespace ringside::virtio {

inline constexpr std::uint16_t kVirtioVendor = 0x1af4;
inline constexpr std::uint16_t kNoVector = 0xffff;

/// cfg_type of virtio structures (4.1.4).
enum class CapabilityType : std::uint8_t {
  Common = 1,
  Notify = 2,
  Isr = 3,
  Device = 4,
  PciAccess = 5,
  SharedMemory = 8,
  Vendor = 9,
};

/// Fields of a capability (struct virtio_pci_cap) by offset.
enum CapabilityField : unsigned {
  kCapLength = 2,
  kCapType = 3,
  kCapBar = 4,
  kCapId = 5,
  kCapOffset = 8,
  kCapBytes = 12,
  kCapMultiplier = 16,  ///< notify
  kCapOffsetHigh = 16,  ///< shared memory
  kCapBytesHigh = 20,
  kCapData = 16,  ///< PCI configuration access
};

/// Fields of the common configuration structure (4.1.4.3) by offset.
enum CommonField : unsigned {
  kDeviceFeatureSelect = 0x00,
  kDeviceFeature = 0x04,
  kDriverFeatureSelect = 0x08,
  kDriverFeature = 0x0c,
  kConfigVector = 0x10,
  kNumQueues = 0x12,
  kDeviceStatus = 0x14,
  kConfigGeneration = 0x15,
  kQueueSelect = 0x16,
  kQueueSize = 0x18,
  kQueueVector = 0x1a,
  kQueueEnable = 0x1c,
  kQueueNotifyOff = 0x1e,
  kQueueDesc = 0x20,
  kQueueDriver = 0x28,
  kQueueDevice = 0x30,
  kQueueNotifConfigData = 0x38,
  kQueueReset = 0x3a,
  kAdminQueueIndex = 0x3c,
  kAdminQueueNum = 0x3e,
  kCommonBytes = 0x40,
};

/// Fields of the legacy header (4.1.4.10) by offset.
enum LegacyField : unsigned {
  kLegacyDeviceFeatures = 0x00,
  kLegacyDriverFeatures = 0x04,
  kLegacyQueueAddress = 0x08,
  kLegacyQueueSize = 0x0c,
  kLegacyQueueSelect = 0x0e,
  kLegacyQueueNotify = 0x10,
  kLegacyDeviceStatus = 0x12,
  kLegacyIsr = 0x13,
  kLegacyHeaderBytes = 0x14,
  kLegacyConfigVector = 0x14,  ///< these two only while MSI-X is enabled
  kLegacyQueueVector = 0x16,
  kLegacyMsixHeaderBytes = 0x18,
};

inline constexpr unsigned kLegacyPageShift = 12;

/// Where the parts of a legacy queue lie.
struct LegacyAreas {
  std::uint64_t descriptor, driver, device;
};
/// Table, available ring with its event field, used ring on the next page (2.7.2), from the page
/// whose number is `frame`.
inline LegacyAreas legacy_areas(std::uint32_t frame, std::uint64_t size) {
  const std::uint64_t table = std::uint64_t{frame} << kLegacyPageShift;
  const std::uint64_t available = table + 16 * size;
  const std::uint64_t end = available + 6 + 2 * size;
  return {table, available, (end + 4095) & ~std::uint64_t{4095}};
}

enum IsrBit : std::uint8_t { kIsrQueue = 1, kIsrConfig = 2 };

// Base address registers.
inline constexpr unsigned kLegacyBar = 0;
inline constexpr unsigned kMsixBar = 1;
inline constexpr unsigned kPortNotifyBar = 2;
inline constexpr unsigned kSharedMemoryBar = 2;
inline constexpr unsigned kModernBar = 4;

// Structures in the modern register, 4 KiB each but the last.
inline constexpr std::uint64_t kCommonAt = 0x0000;
inline constexpr std::uint64_t kIsrAt = 0x1000;
inline constexpr std::uint64_t kDeviceAt = 0x2000;
inline constexpr std::uint64_t kNotifyAt = 0x3000;
inline constexpr std::uint32_t kStructureBytes = 0x1000;
inline constexpr unsigned kMaxQueues = 1024;
inline constexpr unsigned kNotifyShift = 2;       ///< 4 bytes per queue
inline constexpr unsigned kPageNotifyShift = 12;  ///< a page per queue

/// The transitional PCI device id of a device type, or 0 if it never had a legacy interface
/// (4.1.2). From the socket device on they are not in the specification's table: the numbers are
/// QEMU's.
inline std::uint16_t transitional_id(DeviceId id) {
  switch (id) {
    case DeviceId::Net:
      return 0x1000;
    case DeviceId::Block:
      return 0x1001;
    case DeviceId::Balloon:
      return 0x1002;
    case DeviceId::Console:
      return 0x1003;
    case DeviceId::Scsi:
      return 0x1004;
    case DeviceId::Entropy:
      return 0x1005;
    case DeviceId::NineP:
      return 0x1009;
    case DeviceId::Vsock:
      return 0x1012;
    case DeviceId::Pmem:
      return 0x1013;
    case DeviceId::Iommu:
      return 0x1014;
    case DeviceId::Memory:
      return 0x1015;
    default:
      return 0;
  }
}

/// True if a device of this type has the legacy interface unless told otherwise.
inline bool transitional_by_default(DeviceId id) {
  return transitional_id(id) != 0 && transitional_id(id) < 0x1012;
}

/// How many vectors QEMU gives a device of this type.
inline unsigned standard_vectors(DeviceId id, unsigned queues) {
  switch (id) {
    case DeviceId::Net:
    case DeviceId::Block:
    case DeviceId::Scsi:
    case DeviceId::Gpu:
      return queues + 1;
    case DeviceId::Vsock:
      return 3;
    default:
      return 2;
  }
}

}  // namespace ringside::virtio
