// SPDX-License-Identifier: Apache-2.0
// A piece of the front end's guest memory, mapped into this process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cosim/peer/refused.h"
#include "cosim/peer/shared_pages.h"
#include "cosim/vhost_user/protocol.h"

namespace ringside::vhost {

using peer::OwnedFd;
using peer::Refused;

class Region {
 public:
  /// Maps it. Throws Refused: the description wraps around or is empty, or as SharedPages says.
  Region(const RegionDescription& description, const OwnedFd& file);

  const RegionDescription& description() const { return description_; }
  /// True if [address, address + bytes) lies inside; bytes is not 0.
  bool holds_guest(std::uint64_t address, std::uint64_t bytes) const {
    return holds(description_.guest_address, address, bytes);
  }
  bool holds_user(std::uint64_t address, std::uint64_t bytes) const {
    return holds(description_.user_address, address, bytes);
  }
  /// Shares an address with the other one, in either address space.
  bool overlaps(const RegionDescription& other) const;

  peer::SharedPages& pages() { return pages_; }

 private:
  bool holds(std::uint64_t base, std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t offset = address - base;
    return offset < description_.bytes && bytes <= description_.bytes - offset;
  }

  RegionDescription description_;
  peer::SharedPages pages_;
};

}  // namespace ringside::vhost
