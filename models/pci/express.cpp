// SPDX-License-Identifier: Apache-2.0
#include "pci/express.h"

#include "pci/registers.h"

namespace ringside::pci {

namespace {

constexpr std::uint32_t kRoleBasedErrors = 1u << 15;
constexpr std::uint32_t kFunctionLevelReset = 1u << 28;
constexpr std::uint16_t kReadRequest512 = 2u << 12;
// One lane at 2.5 GT/s; the link is active. Links with a rate of their own are a model between the
// sockets.
constexpr std::uint32_t kLink = 1u << 4 | 1u;
constexpr std::uint32_t kActiveReporting = 1u << 20;
constexpr std::uint16_t kLinkActive = 1u << 13;

}  // namespace

unsigned add_express_to(ConfigSpace& config, ExpressType type) {
  const unsigned at = config.add_capability(kExpress, kExpressBytes);
  if (at == 0) return 0;
  const bool root_port = type == ExpressType::RootPort;
  config.set(at + kExpressFlags, 2, 2u | static_cast<unsigned>(type) << 4);
  config.set(at + kDeviceCapabilities, 4,
             root_port ? kRoleBasedErrors : kRoleBasedErrors | kFunctionLevelReset);
  // Error reporting, relaxed ordering, payload size, extended tags, no snoop, request size; for
  // what can be reset alone, the bit that asks for it.
  config.set(at + kDeviceControl, 2, kReadRequest512);
  config.allow(at + kDeviceControl, 2, root_port ? 0x79ffu : 0x79ffu | kInitiateFunctionReset);
  config.clear_by_one(at + kDeviceStatus, 2, 0x000f);
  config.set(at + kLinkCapabilities, 4, root_port ? kLink | kActiveReporting : kLink);
  config.allow(at + kLinkControl, 2, root_port ? 0x00d3 : 0x01cb);
  config.set(at + kLinkStatus, 2, root_port ? kLink | kLinkActive : kLink);
  config.allow(at + kDeviceControl2, 2, 0x001f);
  config.set(at + kLinkCapabilities2, 4, 1u << 1);
  config.set(at + kLinkControl2, 2, 1);
  if (root_port) {
    config.allow(at + kRootControl, 2, 0x001f);
    config.clear_by_one(at + kRootStatus, 4, 1u << 16);
  }
  return at;
}

unsigned add_power_management_to(ConfigSpace& config) {
  constexpr unsigned kBytes = 8;
  constexpr unsigned kVersion = 3;
  constexpr unsigned kNoSoftReset = 1u << 3;
  const unsigned at = config.add_capability(kPowerManagement, kBytes);
  if (at == 0) return 0;
  config.set(at + 2, 2, kVersion);
  config.set(at + kPowerControl, 2, kNoSoftReset);
  config.allow(at + kPowerControl, 2, kPowerStateMask);
  return at;
}

void set_link_status(ConfigSpace& config, unsigned express, bool up) {
  config.set(express + kLinkStatus, 2, up ? kLink | kLinkActive : 0);
}

bool take_function_reset(ConfigSpace& config, unsigned express) {
  const std::uint16_t control = config.get16(express + kDeviceControl);
  if (!(control & kInitiateFunctionReset)) return false;
  config.set(express + kDeviceControl, 2, control & ~kInitiateFunctionReset);
  return true;
}

}  // namespace ringside::pci
