// SPDX-License-Identifier: Apache-2.0
// What a boot loader has to know of the memories of a platform.
#pragma once

#include <cstdint>

namespace ringside {

/// A model that is memory at a fixed physical address.
class MemoryRegion {
 public:
  enum class Use {
    Main,   ///< RAM for programs and data
    Flash,  ///< keeps its contents; may hold firmware
    Rom,
  };

  virtual ~MemoryRegion() = default;
  virtual Use region_use() const = 0;
  virtual std::uint64_t region_base() const = 0;
  virtual std::uint64_t region_bytes() const = 0;
  /// True if the user gave it a content to start from (a flash image).
  virtual bool holds_image() const { return false; }
};

}  // namespace ringside
