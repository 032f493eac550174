// SPDX-License-Identifier: Apache-2.0
// Memory on a bus that belongs to a device instead of being the machine's RAM: the device says
// which parts of it may be used, and the guest hears of it from the device alone.
#pragma once

#include <cstdint>

#include "kit/memory_region.h"

namespace ringside {

class Model;

/// What harts and bus masters may do with a part. Anything else is a bus error.
enum class MemoryAccess : std::uint8_t { None, Read, All };

class DeviceMemory : public MemoryRegion {
 public:
  Use region_use() const override { return Use::Device; }

  /// Makes it `device`'s; false if it is another's already. Call in resolve().
  virtual bool claim(const Model& device) = 0;
  /// Who has claimed it, or nullptr.
  virtual const Model* owner() const = 0;

  /// True if its contents are a file's, and last.
  virtual bool persistent() const = 0;
  /// Waits until everything written so far is on storage; false if that can't be said. True for
  /// memory that is not persistent.
  virtual bool sync() = 0;

  /// Access is given by blocks of this size (a power of 2, at least 4 KiB, of which the memory's
  /// size is a multiple) from now on, beginning with `access` for all of it.
  virtual void divide(std::uint64_t block_bytes, MemoryAccess access) = 0;
  /// Changes access to [offset, offset + bytes), whole blocks inside the memory. Direct pointers
  /// are called back.
  virtual void set_access(std::uint64_t offset, std::uint64_t bytes, MemoryAccess access) = 0;
};

}  // namespace ringside
