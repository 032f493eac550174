// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/region.h"

#include <fmt/format.h>

namespace ringside::vhost {

namespace {

bool wraps(std::uint64_t first, std::uint64_t bytes) {
  return first + (bytes - 1) < first;
}

bool overlap(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a <= b + (b_bytes - 1) && b <= a + (a_bytes - 1);
}

const RegionDescription& checked(const RegionDescription& region) {
  if (region.bytes == 0) throw Refused("a memory region of 0 bytes");
  for (const std::uint64_t first : {region.guest_address, region.user_address, region.file_offset})
    if (wraps(first, region.bytes))
      throw Refused(fmt::format("a memory region of {:#x} bytes at {:#x} leaves the address space",
                                region.bytes, first));
  return region;
}

}  // namespace

Region::Region(const RegionDescription& description, const OwnedFd& file)
    : description_(checked(description)),
      pages_(file, description.file_offset, description.bytes) {}

bool Region::overlaps(const RegionDescription& other) const {
  const RegionDescription& own = description_;
  return overlap(own.guest_address, own.bytes, other.guest_address, other.bytes) ||
         overlap(own.user_address, own.bytes, other.user_address, other.bytes);
}

}  // namespace ringside::vhost
