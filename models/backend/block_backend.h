// SPDX-License-Identifier: Apache-2.0
// What holds a disk's contents.
#pragma once

#include <cstdint>

#include "kit/command.h"
#include "kit/model.h"

namespace ringside::backend {

/// A flat array of bytes. Calls finish at once in simulated time: how long a disk takes is the
/// device's business. All calls give false on a failure of the host (an I/O error for the guest);
/// the first of a series is logged. Ranges lie inside bytes(): the caller has checked them.
class BlockBackend : public Model {
 public:
  static constexpr const char* kind = "block";
  static constexpr const char* kind_doc = "holds the contents of a disk";
  /// The smallest unit of a disk: bytes() is a multiple of it.
  static constexpr std::uint64_t kSector = 512;
  using Model::Model;
  static constexpr std::uint64_t whole_sectors(std::uint64_t bytes) {
    return bytes / kSector * kSector + (bytes % kSector != 0 ? kSector : 0);
  }

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

  /// True if write_zeroes() with `may_unmap` can give storage back.
  virtual bool can_unmap() const { return true; }
  /// Where the next byte that may be other than zero is, from `offset` on; bytes() if there is
  /// none. A back end that cannot tell gives `offset`.
  virtual std::uint64_t next_data(std::uint64_t offset) { return offset; }
  /// Makes the disk larger (the new part reads as zeroes) or smaller. False if this back end
  /// cannot.
  virtual bool resize(std::uint64_t) { return false; }
  /// Holds another content from now on; throws CommandError, and keeps what it has, if it cannot.
  virtual void change(const FilePath&) {
    throw CommandError(label() + " cannot be given another file");
  }
};

}  // namespace ringside::backend
