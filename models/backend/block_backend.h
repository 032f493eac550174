// SPDX-License-Identifier: Apache-2.0
// What holds a disk's contents.
#pragma once

#include <cstdint>

#include "kit/model.h"

namespace ringside::backend {

/// A flat array of bytes. Calls finish at once in simulated time: how long a disk takes is the
/// device's business. All calls give false on a failure of the host (an I/O error); ranges have
/// been checked by the caller.
class BlockBackend : public Model {
 public:
  static constexpr const char* kind = "block";
  static constexpr const char* kind_doc = "holds the contents of a disk";
  using Model::Model;

  /// Capacity in bytes; may change at run time (a grown disk).
  virtual std::uint64_t bytes() const = 0;
  virtual bool read_only() const = 0;

  virtual bool read(std::uint64_t offset, void* to, std::size_t bytes) = 0;
  virtual bool write(std::uint64_t offset, const void* from, std::size_t bytes) = 0;
  /// Returns when everything written before is on stable storage.
  virtual bool flush() = 0;
  /// The contents are no longer needed; reads may give anything afterwards. Storage is given back
  /// where possible.
  virtual bool discard(std::uint64_t offset, std::uint64_t bytes) = 0;
  /// Reads give zeroes afterwards. `may_unmap` allows storage to be given back.
  virtual bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) = 0;
};

}  // namespace ringside::backend
