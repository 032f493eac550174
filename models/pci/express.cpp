// SPDX-License-Identifier: Apache-2.0
#include "pci/express.h"

#include "pci/registers.h"

namespace ringside::pci {

namespace {

constexpr std::uint32_t kRoleBasedErrors = 1u << 15;
constexpr std::uint32_t kFunctionLevelReset = 1u << 28;
constexpr std::uint16_t kReadRequest512 = 2u << 12;
constexpr std::uint32_t kOneSlowLane = 1u << 4 | 1u;  // 2.5 GT/s
constexpr std::uint32_t kRateAndWidth = 0x3ff;
constexpr std::uint32_t kActiveReporting = 1u << 20;
constexpr std::uint16_t kLinkActive = 1u << 13;

}  // namespace

unsigned add_express_to(ConfigSpace& config, ExpressType type) {
  const unsigned at = config.add_capability(kExpress, kExpressBytes);
  if (at == 0) return 0;
  const bool endpoint = type == ExpressType::Endpoint;
  const bool faces_down = type == ExpressType::RootPort || type == ExpressType::DownstreamPort;
  config.set(at + kExpressFlags, 2, 2u | static_cast<unsigned>(type) << 4);
  config.set(at + kDeviceCapabilities, 4,
             endpoint ? kRoleBasedErrors | kFunctionLevelReset : kRoleBasedErrors);
  // Error reporting, relaxed ordering, payload size, extended tags, no snoop, request size; for
  // what can be reset alone, the bit that asks for it.
  config.set(at + kDeviceControl, 2, kReadRequest512);
  config.allow(at + kDeviceControl, 2, endpoint ? 0x79ffu | kInitiateFunctionReset : 0x79ffu);
  config.clear_by_one(at + kDeviceStatus, 2, 0x000f);
  config.set(at + kLinkCapabilities, 4,
             faces_down ? kOneSlowLane | kActiveReporting : kOneSlowLane);
  config.allow(at + kLinkControl, 2, faces_down ? 0x00d3 : 0x01cb);
  config.set(at + kLinkStatus, 2, faces_down ? kOneSlowLane | kLinkActive : kOneSlowLane);
  config.allow(at + kDeviceControl2, 2, 0x001f);
  config.set(at + kLinkCapabilities2, 4, 1u << 1);
  config.set(at + kLinkControl2, 2, 1);
  if (type == ExpressType::RootPort) {
    config.allow(at + kRootControl, 2, 0x001f);
    config.clear_by_one(at + kRootStatus, 4, 1u << 16);
  }
  return at;
}

void set_link_rate(ConfigSpace& config, unsigned express, const LinkSettings& link) {
  const std::uint32_t rate = link.lanes << 4 | link.generation;
  const std::uint32_t capabilities = config.get32(express + kLinkCapabilities);
  config.set(express + kLinkCapabilities, 4, (capabilities & ~kRateAndWidth) | rate);
  const std::uint32_t status = config.get16(express + kLinkStatus);
  config.set(express + kLinkStatus, 2, (status & ~kRateAndWidth) | rate);
  config.set(express + kLinkCapabilities2, 4, ((1u << link.generation) - 1) << 1);
  config.set(express + kLinkControl2, 2, link.generation);
  unsigned payload = 0;  // 128 bytes, doubled as often
  while (128u << payload < link.max_payload) ++payload;
  config.set(express + kDeviceCapabilities, 4,
             config.get32(express + kDeviceCapabilities) | payload);
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
  const std::uint32_t rate = config.get32(express + kLinkCapabilities) & kRateAndWidth;
  config.set(express + kLinkStatus, 2, up ? rate | kLinkActive : 0);
}

bool take_function_reset(ConfigSpace& config, unsigned express) {
  const std::uint16_t control = config.get16(express + kDeviceControl);
  if (!(control & kInitiateFunctionReset)) return false;
  config.set(express + kDeviceControl, 2, control & ~kInitiateFunctionReset);
  return true;
}

}  // namespace ringside::pci
