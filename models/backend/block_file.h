// SPDX-License-Identifier: Apache-2.0
// A disk in a raw file or block device of the host.
#pragma once

#include <map>
#include <memory>

#include "backend/block_backend.h"

namespace ringside::backend {

class FileBlock final : public BlockBackend {
 public:
  FileBlock(const sc_core::sc_module_name& name, const ModelContext& context);
  ~FileBlock() override;

  std::uint64_t bytes() const override { return bytes_; }
  bool read_only() const override { return is_read_only; }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override;
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override;
  bool flush() override;
  bool discard(std::uint64_t offset, std::uint64_t bytes) override;
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) override;

  Param<FilePath> path{this, "path", required, "raw image file or block device"};
  Param<bool> is_read_only{this, "read_only", false,
                           "open without writing; the guest sees a read-only disk"};
  Param<bool> snapshot{this, "snapshot", false,
                       "keep writes in memory for this run and leave the file as it is"};
  Param<Size> create{this, "create", Size{0},
                     "make the file with this size if it is not there; 0: it must exist"};

 private:
  static constexpr std::uint64_t kBlock = 64 << 10;  // granule of the snapshot's overlay
  using Block = std::unique_ptr<std::uint8_t[]>;

  void open_file();
  bool read_file(std::uint64_t offset, std::uint8_t* to, std::size_t bytes);
  bool write_file(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);
  bool fill_zeroes(std::uint64_t offset, std::uint64_t bytes);
  /// The overlay's copy of a block, made from the file if need be; nullptr if the file cannot be
  /// read.
  std::uint8_t* overlay_block(std::uint64_t index);

  int fd_ = -1;
  std::uint64_t bytes_ = 0;
  std::map<std::uint64_t, Block> overlay_;
};

}  // namespace ringside::backend
