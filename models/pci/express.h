// SPDX-License-Identifier: Apache-2.0
// The PCI Express and the power management capability (PCI Express Base 5.0, 7.5.3; PCI Power
// Management 1.2, 3.2).
#pragma once

#include <cstdint>

#include "pci/config_space.h"
#include "pci/function.h"
#include "pci/link_timing.h"

namespace ringside::pci {

/// Offsets in the PCI Express capability.
enum ExpressRegister : unsigned {
  kExpressFlags = 0x02,
  kDeviceCapabilities = 0x04,
  kDeviceControl = 0x08,
  kDeviceStatus = 0x0a,
  kLinkCapabilities = 0x0c,
  kLinkControl = 0x10,
  kLinkStatus = 0x12,
  kSlotCapabilities = 0x14,
  kSlotControl = 0x18,
  kSlotStatus = 0x1a,
  kRootControl = 0x1c,
  kRootStatus = 0x20,
  kDeviceCapabilities2 = 0x24,
  kDeviceControl2 = 0x28,
  kLinkCapabilities2 = 0x2c,
  kLinkControl2 = 0x30,
};
inline constexpr unsigned kExpressBytes = 0x3c;
inline constexpr std::uint16_t kMaxPayloadMask = 0x00e0;
inline constexpr std::uint16_t kInitiateFunctionReset = 1u << 15;

inline constexpr unsigned kPowerControl = 4;
inline constexpr std::uint8_t kPowerStateMask = 3;

/// Each gives the capability's offset.
unsigned add_express_to(ConfigSpace& config, ExpressType type);
unsigned add_power_management_to(ConfigSpace& config);

/// The rate and width of the link, and the payload that it takes. Without it: one lane at 2.5 GT/s.
void set_link_rate(ConfigSpace& config, unsigned express, const LinkSettings& link);

/// What a port says of its link.
void set_link_status(ConfigSpace& config, unsigned express, bool up);

/// True, once, after the guest has asked for a function level reset.
bool take_function_reset(ConfigSpace& config, unsigned express);

}  // namespace ringside::pci
