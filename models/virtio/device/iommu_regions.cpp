// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/iommu_regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "kit/units.h"

namespace ringside::virtio {

namespace {

std::optional<IommuRegion> parse_region(const Node& node) {
  const Node* start = node.find("start");
  const Node* end = node.find("end");
  const Node* subtype = node.find("subtype");
  if (!start || !end || node.entries().size() != (subtype ? 3u : 2u)) return std::nullopt;
  const auto first = parse_integer(start->text());
  const auto last = parse_integer(end->text());
  const std::string kind = subtype ? subtype->text() : "reserved";
  if (!first || !last || *last < *first || (kind != "msi" && kind != "reserved"))
    return std::nullopt;
  return IommuRegion{*first, *last, kind == "msi" ? ReservedMemory::Msi : ReservedMemory::Reserved};
}

}  // namespace

void IommuRegions::parse(const Node& node, const std::string& label) {
  for (const Node::Entry& entry : node.entries()) {
    const auto region = parse_region(entry.value);
    if (!region)
      throw ConfigError(entry.value.where(),
                        fmt::format("'{}' in 'reserved' of {} is {}; expected {{start: A, end: B, "
                                    "subtype: reserved}} or subtype msi, with B not below A",
                                    entry.key, label, entry.value.describe()));
    if (!add(*region))
      throw ConfigError(entry.value.where(),
                        fmt::format("'{}' in 'reserved' of {} overlaps another region, or is the "
                                    "second for messages; expected addresses of its own, and one "
                                    "region of subtype msi",
                                    entry.key, label));
  }
}

bool IommuRegions::add(const IommuRegion& region) {
  if (overlap(region.first, region.last)) return false;
  if (region.subtype == ReservedMemory::Msi && has_msi()) return false;
  const auto at = std::find_if(regions_.begin(), regions_.end(), [&](const IommuRegion& other) {
    return other.first > region.first;
  });
  regions_.insert(at, region);
  return true;
}

const IommuRegion* IommuRegions::find(std::uint64_t address) const {
  for (const IommuRegion& region : regions_)
    if (address >= region.first && address <= region.last) return &region;
  return nullptr;
}

bool IommuRegions::overlap(std::uint64_t first, std::uint64_t last) const {
  return std::any_of(regions_.begin(), regions_.end(), [&](const IommuRegion& region) {
    return region.first <= last && region.last >= first;
  });
}

bool IommuRegions::has_msi() const {
  return std::any_of(regions_.begin(), regions_.end(), [](const IommuRegion& region) {
    return region.subtype == ReservedMemory::Msi;
  });
}

std::vector<std::uint8_t> IommuRegions::properties() const {
  std::vector<std::uint8_t> list(regions_.size() * sizeof(IommuReservedMemory));
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    IommuReservedMemory property{};
    property.type = kPropertyReservedMemory;
    property.length = sizeof property - offsetof(IommuReservedMemory, subtype);
    property.subtype = static_cast<std::uint8_t>(regions_[i].subtype);
    property.start = regions_[i].first;
    property.end = regions_[i].last;
    std::memcpy(&list[i * sizeof property], &property, sizeof property);
  }
  return list;
}

}  // namespace ringside::virtio
