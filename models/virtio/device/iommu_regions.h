// SPDX-License-Identifier: Apache-2.0
// Virtual addresses of endpoints that an IOMMU keeps from being mapped (virtio 1.4, 5.13.6.6.1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kit/node.h"
#include "virtio/device/iommu_protocol.h"

namespace ringside::virtio {

struct IommuRegion {
  std::uint64_t first;
  std::uint64_t last;  ///< inclusive
  ReservedMemory subtype;
};

class IommuRegions {
 public:
  /// Adds the entries of a map from any name to {start, end, subtype}. Throws ConfigError for what
  /// is no region; `label` names the device in messages.
  void parse(const Node& node, const std::string& label);
  /// False, and nothing is added, if a region is there already, or an MSI region if this is one.
  bool add(const IommuRegion& region);

  const IommuRegion* find(std::uint64_t address) const;
  bool overlap(std::uint64_t first, std::uint64_t last) const;
  bool has_msi() const;
  const std::vector<IommuRegion>& all() const { return regions_; }
  /// The list of properties that PROBE gives.
  std::vector<std::uint8_t> properties() const;

 private:
  std::vector<IommuRegion> regions_;  // few, disjoint, by address
};

}  // namespace ringside::virtio
