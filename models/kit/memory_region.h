// SPDX-License-Identifier: Apache-2.0
// What a boot loader, and a device that gives memory back, have to know of the memories of a
// platform.
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
    Device,  ///< belongs to a device (hot-plugged, persistent), which tells the guest of it
  };

  virtual ~MemoryRegion() = default;
  virtual Use region_use() const = 0;
  virtual std::uint64_t region_base() const = 0;
  virtual std::uint64_t region_bytes() const = 0;
  /// True if the user gave it a content to start from (a flash image).
  virtual bool holds_image() const { return false; }

  /// Nobody needs the contents of [offset, offset + bytes) any more: gives the host back what it
  /// holds of them; they read as zero afterwards. False, with nothing done, for memory that can't
  /// do that (ROM, persistent memory, unplugged parts) and for a range that is not inside.
  virtual bool discard(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) { return false; }
  /// The same for those pages of the range that hold nothing but zeros, so that the guest sees no
  /// difference. Bytes given back.
  virtual std::uint64_t discard_zeros(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) {
    return 0;
  }
};

}  // namespace ringside
