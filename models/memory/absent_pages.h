// SPDX-License-Identifier: Apache-2.0
// Pages of guest memory that a hypervisor would have no page of its own for: unplugged, or given
// back by a balloon. The guest's first touch leaves it with a page fault.
#pragma once

#include <cstdint>
#include <map>

#include <tlm>

#include "kit/model.h"

namespace ringside {

/// Knows of 4 KiB pages of a memory. One without a size never has any, and costs nothing.
class AbsentPages {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  AbsentPages() = default;
  /// Of a memory of `bytes`, all present.
  explicit AbsentPages(std::uint64_t bytes) : pages_(bytes / kPageBytes) {}

  bool any() const { return !absent_.empty(); }
  /// The whole pages in [offset, offset + bytes) have gone. True if one of them was still there:
  /// direct pointers have to be called back then.
  bool leave(std::uint64_t offset, std::uint64_t bytes);
  /// Somebody accesses [offset, offset + bytes), which makes its pages present. True if some were
  /// not.
  bool touch(std::uint64_t offset, std::uint64_t bytes);
  /// The same for a transaction, or a question for direct pointers, at an offset of `memory`. A
  /// hart's tag hears that it has faulted; what a bus master touches, its back end's thread pays.
  void touch(tlm::tlm_generic_payload& payload, std::uint64_t bytes, const Model& memory);

  struct Range {
    std::uint64_t first;  ///< offset
    std::uint64_t last;   ///< of the last byte
  };
  /// All present pages in a row around a present one.
  Range present_around(std::uint64_t offset) const;

 private:
  std::uint64_t pages_ = 0;
  std::map<std::uint64_t, std::uint64_t> absent_;  // first page and the one after the last
};

}  // namespace ringside
