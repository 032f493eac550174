// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/iommu_domains.h"

#include <iterator>

namespace ringside::virtio {

const IommuDomains::Mappings::value_type* IommuDomains::Domain::find(std::uint64_t address) const {
  auto next = mappings_.upper_bound(address);
  if (next == mappings_.begin()) return nullptr;
  --next;
  return address <= next->second.last ? &*next : nullptr;
}

IommuStatus IommuDomains::attach(std::uint32_t id, std::uint32_t endpoint, bool bypass) {
  const auto at = attached_.find(endpoint);
  Domain* const before = at == attached_.end() ? nullptr : at->second;
  const auto existing = domains_.find(id);
  if (existing != domains_.end()) {
    if (existing->second.bypass_ != bypass) return IommuStatus::Invalid;
    // Leaving and coming back would take the mappings away.
    if (before == &existing->second) return IommuStatus::Ok;
  } else {
    const std::size_t freed = before && before->endpoints_ == 1 ? 1 : 0;
    if (domains_.size() - freed >= limits_.domains) return IommuStatus::NoMemory;
  }
  if (before) leave(*before, endpoint);
  Domain& domain = domains_.try_emplace(id, Domain(id, bypass, &pool_)).first->second;
  ++domain.endpoints_;
  attached_[endpoint] = &domain;
  return IommuStatus::Ok;
}

IommuStatus IommuDomains::detach(std::uint32_t id, std::uint32_t endpoint) {
  const auto at = attached_.find(endpoint);
  if (at == attached_.end() || at->second->id_ != id) return IommuStatus::Invalid;
  leave(*at->second, endpoint);
  return IommuStatus::Ok;
}

void IommuDomains::leave(Domain& domain, std::uint32_t endpoint) {
  attached_.erase(endpoint);
  if (--domain.endpoints_ != 0) return;
  mapping_count_ -= domain.mappings_.size();
  domains_.erase(domain.id_);
}

IommuStatus IommuDomains::map(std::uint32_t id, std::uint64_t first, const Mapping& mapping) {
  const auto found = domains_.find(id);
  if (found == domains_.end()) return IommuStatus::NoEntry;
  Domain& domain = found->second;
  if (domain.bypass_) return IommuStatus::Invalid;
  if (mapping.last < first) return IommuStatus::Range;
  if (mapping.target + (mapping.last - first) < mapping.target) return IommuStatus::Range;
  const auto next = domain.mappings_.upper_bound(first);
  if (next != domain.mappings_.end() && next->first <= mapping.last) return IommuStatus::Invalid;
  if (next != domain.mappings_.begin() && std::prev(next)->second.last >= first)
    return IommuStatus::Invalid;
  if (mapping_count_ >= limits_.mappings) return IommuStatus::NoMemory;
  domain.mappings_.emplace_hint(next, first, mapping);
  ++mapping_count_;
  return IommuStatus::Ok;
}

IommuStatus IommuDomains::unmap(std::uint32_t id, std::uint64_t first, std::uint64_t last) {
  const auto found = domains_.find(id);
  if (found == domains_.end()) return IommuStatus::NoEntry;
  Domain& domain = found->second;
  if (domain.bypass_) return IommuStatus::Invalid;
  if (last < first) return IommuStatus::Range;
  // Only the mappings at the two ends can lie partly inside.
  if (const auto* edge = domain.find(first); edge && edge->first < first) return IommuStatus::Range;
  if (const auto* edge = domain.find(last); edge && edge->second.last > last)
    return IommuStatus::Range;
  const auto begin = domain.mappings_.lower_bound(first);
  const auto end = domain.mappings_.upper_bound(last);
  mapping_count_ -= static_cast<std::size_t>(std::distance(begin, end));
  domain.mappings_.erase(begin, end);
  return IommuStatus::Ok;
}

void IommuDomains::clear() {
  attached_.clear();
  domains_.clear();
  mapping_count_ = 0;
}

}  // namespace ringside::virtio
