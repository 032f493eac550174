// SPDX-License-Identifier: Apache-2.0
// Names of what PCI's configuration space holds (PCI Local Bus 3.0 chapter 6, PCI-to-PCI Bridge 1.2
// chapter 3, PCI Express Base 5.0 chapter 7).
#pragma once

#include <cstdint>

namespace ringside::pci {

/// Offsets in the configuration header; both header types unless said otherwise.
enum Header : unsigned {
  kVendorId = 0x00,
  kDeviceId = 0x02,
  kCommand = 0x04,
  kStatus = 0x06,
  kRevision = 0x08,
  kClassCode = 0x09,  ///< 24 bits: programming interface, subclass, class
  kCacheLineSize = 0x0c,
  kLatencyTimer = 0x0d,
  kHeaderType = 0x0e,
  kBar0 = 0x10,
  kSubsystemVendorId = 0x2c,  ///< type 0
  kSubsystemId = 0x2e,        ///< type 0
  kCapabilityPointer = 0x34,
  kInterruptLine = 0x3c,
  kInterruptPin = 0x3d,
  // type 1
  kPrimaryBus = 0x18,
  kSecondaryBus = 0x19,
  kSubordinateBus = 0x1a,
  kIoBase = 0x1c,
  kIoLimit = 0x1d,
  kSecondaryStatus = 0x1e,
  kMemoryBase = 0x20,
  kMemoryLimit = 0x22,
  kPrefetchBase = 0x24,
  kPrefetchLimit = 0x26,
  kPrefetchBaseHigh = 0x28,
  kPrefetchLimitHigh = 0x2c,
  kIoBaseHigh = 0x30,
  kIoLimitHigh = 0x32,
  kBridgeControl = 0x3e,
};

enum CommandBit : std::uint16_t {
  kIoEnable = 1u << 0,
  kMemoryEnable = 1u << 1,
  kBusMaster = 1u << 2,
  kParityResponse = 1u << 6,
  kSerrEnable = 1u << 8,
  kInterruptDisable = 1u << 10,
};

enum StatusBit : std::uint16_t {
  kInterruptStatus = 1u << 3,
  kHasCapabilities = 1u << 4,
  kReceivedMasterAbort = 1u << 13,
  kStatusClearOnWrite = 0xf900,
};

enum BridgeControlBit : std::uint16_t { kSecondaryReset = 1u << 6 };

/// Capability numbers (PCI Code and ID Assignment 1.11).
enum CapabilityId : std::uint8_t {
  kPowerManagement = 0x01,
  kMsi = 0x05,
  kVendorSpecific = 0x09,
  kExpress = 0x10,
  kMsiX = 0x11,
  kSata = 0x12,
};

inline constexpr std::uint8_t kMultiFunction = 0x80;
inline constexpr std::uint8_t kTypeBridge = 0x01;

/// Device and function number in one byte, as requester ids have it.
constexpr std::uint8_t devfn(unsigned device, unsigned function) {
  return static_cast<std::uint8_t>(device << 3 | function);
}

}  // namespace ringside::pci
