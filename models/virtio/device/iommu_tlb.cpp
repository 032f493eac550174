// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/iommu_tlb.h"

#include <algorithm>

namespace ringside::virtio {

bool IommuTlb::lookup(std::uint32_t domain, std::uint64_t address) {
  for (Entry& entry : entries_) {
    if (entry.domain != domain || address < entry.first || address > entry.last) continue;
    entry.used = ++now_;
    return true;
  }
  return false;
}

void IommuTlb::insert(std::uint32_t domain, std::uint64_t first, std::uint64_t last) {
  if (capacity_ == 0) return;
  const Entry fresh{domain, first, last, ++now_};
  if (entries_.size() < capacity_) {
    entries_.push_back(fresh);
    return;
  }
  *std::min_element(entries_.begin(), entries_.end(),
                    [](const Entry& a, const Entry& b) { return a.used < b.used; }) = fresh;
}

void IommuTlb::invalidate(std::uint32_t domain, std::uint64_t first, std::uint64_t last) {
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) {
                                  return entry.domain == domain && entry.first <= last &&
                                         entry.last >= first;
                                }),
                 entries_.end());
}

IommuPage largest_page(std::uint64_t page_size_mask, std::uint64_t address, std::uint64_t first,
                       std::uint64_t last, std::uint64_t target) {
  IommuPage best{address, address};
  for (std::uint64_t sizes = page_size_mask; sizes != 0; sizes &= sizes - 1) {
    const std::uint64_t offset = (sizes & (~sizes + 1)) - 1;
    const IommuPage page{address & ~offset, address | offset};
    if (page.first < first || page.last > last) break;
    if (((page.first - first + target) & offset) != 0) break;
    best = page;
  }
  return best;
}

}  // namespace ringside::virtio
