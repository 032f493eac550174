// SPDX-License-Identifier: Apache-2.0
// What an IOMMU knows: domains, the endpoints attached to them, and the mappings in them (virtio
// 1.4, 5.13.6.1 to 5.13.6.4). Knows no requests and no simulation.
#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <unordered_map>

#include "virtio/device/iommu_protocol.h"

namespace ringside::virtio {

class IommuDomains {
 public:
  /// Beyond them: IommuStatus::NoMemory.
  struct Limits {
    std::size_t domains = 65536;
    std::size_t mappings = 1 << 20;  ///< in all domains together
  };
  /// Addresses from the key to `last` (inclusive) go to physical ones from `target` on.
  struct Mapping {
    std::uint64_t last;
    std::uint64_t target;
    std::uint32_t flags;  ///< kMapRead, kMapWrite, kMapMmio
  };
  /// Disjoint, ordered by first address.
  using Mappings = std::pmr::map<std::uint64_t, Mapping>;

  class Domain {
   public:
    std::uint32_t id() const { return id_; }
    /// Endpoints use physical addresses; there are no mappings.
    bool bypass() const { return bypass_; }
    const Mappings& mappings() const { return mappings_; }
    /// The mapping that holds the address, or nullptr.
    const Mappings::value_type* find(std::uint64_t address) const;

   private:
    friend class IommuDomains;
    Domain(std::uint32_t id, bool bypass, std::pmr::memory_resource* pool)
        : id_(id), bypass_(bypass), mappings_(pool) {}

    std::uint32_t id_;
    bool bypass_;
    unsigned endpoints_ = 0;
    Mappings mappings_;
  };

  explicit IommuDomains(const Limits& limits) : limits_(limits) {}
  IommuDomains(const IommuDomains&) = delete;
  IommuDomains& operator=(const IommuDomains&) = delete;

  /// Makes the domain if it is not there; takes the endpoint out of any other, which ceases to
  /// exist with its last endpoint. Invalid if the domain is of the other kind.
  IommuStatus attach(std::uint32_t domain, std::uint32_t endpoint, bool bypass);
  /// Invalid if the endpoint is not attached to that domain.
  IommuStatus detach(std::uint32_t domain, std::uint32_t endpoint);
  /// NoEntry without the domain, Invalid for a bypass domain and where something is mapped, Range
  /// if an end lies before its beginning or the physical range leaves the address space.
  IommuStatus map(std::uint32_t domain, std::uint64_t first, const Mapping& mapping);
  /// Removes the mappings inside first to last (inclusive); Range, and nothing is removed, if one
  /// lies partly inside.
  IommuStatus unmap(std::uint32_t domain, std::uint64_t first, std::uint64_t last);
  void clear();

  /// The domain that an endpoint is attached to, or nullptr.
  const Domain* domain_of(std::uint32_t endpoint) const {
    const auto found = attached_.find(endpoint);
    return found == attached_.end() ? nullptr : found->second;
  }
  const Domain* find(std::uint32_t domain) const {
    const auto found = domains_.find(domain);
    return found == domains_.end() ? nullptr : &found->second;
  }
  std::size_t domains() const { return domains_.size(); }
  std::size_t mappings() const { return mapping_count_; }

 private:
  void leave(Domain& domain, std::uint32_t endpoint);

  Limits limits_;
  std::pmr::unsynchronized_pool_resource pool_;  // mappings come and go with each request of a disk
  std::map<std::uint32_t, Domain> domains_;
  std::unordered_map<std::uint32_t, Domain*> attached_;
  std::size_t mapping_count_ = 0;
};

}  // namespace ringside::virtio
