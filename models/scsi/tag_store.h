// SPDX-License-Identifier: Apache-2.0
// Where a disk keeps the protection information of its blocks: 8 bytes each, inverted, on a block
// back end. So a store that was never written says FFh everywhere: that nothing is to be checked.
#pragma once

#include <cstdint>

#include "backend/block_backend.h"
#include "scsi/protection.h"

namespace ringside::scsi {

class TagStore {
 public:
  explicit TagStore(backend::BlockBackend& backend) : backend_(backend) {}

  /// Most blocks of one call to read() and write().
  static constexpr std::size_t kMaxBlocks = 128;
  /// Bytes that a disk of so many blocks needs.
  static std::uint64_t bytes_for(std::uint64_t blocks) {
    return backend::BlockBackend::whole_sectors(blocks * kTupleBytes);
  }

  // All give false if the back end fails.
  bool read(std::uint64_t lba, std::size_t blocks, std::uint8_t* to);
  bool write(std::uint64_t lba, std::size_t blocks, const std::uint8_t* from);
  /// Blocks have no information any more.
  bool forget(std::uint64_t lba, std::uint64_t blocks);
  bool flush() { return backend_.flush(); }

 private:
  backend::BlockBackend& backend_;
};

}  // namespace ringside::scsi
