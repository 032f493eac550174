// SPDX-License-Identifier: Apache-2.0
// Timing of an IOMMU: which translations it would remember. Holds no translation itself, so it can
// never give a stale one. Knows no simulation.
#pragma once

#include <cstdint>
#include <vector>

namespace ringside::virtio {

/// Fully associative; the entry that was used longest ago makes room.
class IommuTlb {
 public:
  explicit IommuTlb(std::size_t entries) { entries_.reserve(capacity_ = entries); }

  /// True if the address is covered by an entry, which counts as a use.
  bool lookup(std::uint32_t domain, std::uint64_t address);
  /// Remembers a page.
  void insert(std::uint32_t domain, std::uint64_t first, std::uint64_t last);
  void invalidate(std::uint32_t domain, std::uint64_t first, std::uint64_t last);
  void clear() { entries_.clear(); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t domain;
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t used;
  };
  std::size_t capacity_;
  std::uint64_t now_ = 0;
  std::vector<Entry> entries_;
};

/// The largest page of the sizes in `page_size_mask` that holds `address`, is aligned on both
/// sides, and lies in the mapping of `first` to `last` onto `target`: first address and last.
struct IommuPage {
  std::uint64_t first;
  std::uint64_t last;
};
IommuPage largest_page(std::uint64_t page_size_mask, std::uint64_t address, std::uint64_t first,
                       std::uint64_t last, std::uint64_t target);

}  // namespace ringside::virtio
