// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/guest_pages.h"

#include <algorithm>

#include "kit/memory_region.h"
#include "kit/platform.h"

namespace ringside::virtio {

void GuestPages::find(const Platform& platform) {
  regions_.clear();
  main_bytes_ = 0;
  for (MemoryRegion* region : platform.find_all<MemoryRegion>()) {
    const MemoryRegion::Use use = region->region_use();
    if (use == MemoryRegion::Use::Main) main_bytes_ += region->region_bytes();
    if (use == MemoryRegion::Use::Main || use == MemoryRegion::Use::Device)
      regions_.push_back(region);
  }
}

template <typename F>
std::uint64_t GuestPages::each_part(std::uint64_t address, std::uint64_t bytes, F give_back) {
  const std::uint64_t end = address + std::min(bytes, ~address);  // not around the end of all
  std::uint64_t given = 0;
  for (MemoryRegion* region : regions_) {
    const std::uint64_t base = region->region_base();
    std::uint64_t first = std::max(address, base);
    std::uint64_t last = std::min(end, base + region->region_bytes());
    last -= last % kPageBytes;
    first = first > last ? last : (first + kPageBytes - 1) / kPageBytes * kPageBytes;
    if (first < last) given += give_back(*region, first - base, last - first);
  }
  return given;
}

std::uint64_t GuestPages::discard(std::uint64_t address, std::uint64_t bytes) {
  return each_part(address, bytes, [](MemoryRegion& region, auto offset, auto part) {
    return region.discard(offset, part) ? part : 0;
  });
}

std::uint64_t GuestPages::discard_zeros(std::uint64_t address, std::uint64_t bytes) {
  return each_part(address, bytes, [](MemoryRegion& region, auto offset, auto part) {
    return region.discard_zeros(offset, part);
  });
}

}  // namespace ringside::virtio
