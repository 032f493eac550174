// SPDX-License-Identifier: Apache-2.0
// What may stand below a memory and say how long its accesses take. Used in timed mode only; times
// are picoseconds.
#pragma once

#include <cstdint>

#include "kit/model.h"

namespace ringside {

/// Anything that knows when an access is done.
class AccessTimer {
 public:
  virtual ~AccessTimer() = default;
  /// When an access that arrives at `arrival_ps` is done. `bytes` is not 0. Accesses may come in
  /// any order of time.
  virtual std::uint64_t access(std::uint64_t offset, std::uint64_t bytes, bool is_write,
                               std::uint64_t arrival_ps) = 0;
};

/// The time that a memory itself needs: a DRAM.
class MemoryTiming : public Model, public AccessTimer {
 public:
  static constexpr const char* kind = "memory-timing";
  static constexpr const char* kind_doc = "says how long a memory's accesses take";
  using Model::Model;

  /// The bytes that it stands for; a memory may have fewer.
  virtual std::uint64_t capacity() const = 0;
};

/// An access, as a cache sees it.
struct CacheAccess {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  bool is_write = false;
  bool is_dma = false;   ///< by a device
  bool is_ring = false;  ///< of a virtqueue's own structures
};

/// A cache that accesses to a memory pass.
class MemoryCache : public Model {
 public:
  static constexpr const char* kind = "memory-cache";
  static constexpr const char* kind_doc = "a cache that accesses to a memory pass";
  using Model::Model;

  /// When the access is done; `memory` is asked for what the cache does not hold.
  virtual std::uint64_t access(const CacheAccess& access, std::uint64_t arrival_ps,
                               AccessTimer& memory) = 0;
};

}  // namespace ringside
