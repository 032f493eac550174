// SPDX-License-Identifier: Apache-2.0
// A disk in a raw file or block device of the host.
#pragma once

#include <memory>

#include "backend/block_backend.h"
#include "backend/block_overlay.h"

struct stat;

namespace ringside::backend {

/// The file's length is rounded up to whole sectors: what lies beyond its end reads as zeroes, and
/// a write there makes it longer.
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
  std::uint64_t next_data(std::uint64_t offset) override;
  bool resize(std::uint64_t bytes) override;
  void change(const FilePath& file) override;
  void reset() override;

  Param<FilePath> path{this, "path", required, "raw image file or block device"};
  Param<bool> is_read_only{this, "read_only", false,
                           "open without writing; the guest sees a read-only disk"};
  Param<bool> snapshot{this, "snapshot", false,
                       "keep writes in memory for this run and leave the file as it is"};
  Param<Size> create{this, "create", Size{0},
                     "make the file with this size if it is not there; 0: it must exist"};
  Param<bool> lock{this, "lock", true,
                   "refuse an image that somebody else writes to, and lock it against others"};

 private:
  bool changes_file() const { return !is_read_only && !snapshot; }
  int open_flags() const;
  void open_file();
  void make_overlay();
  [[noreturn]] void refuse(const std::string& why);
  /// At the start of the run; these give what went wrong, or nothing.
  std::string make_and_lock();
  std::string make_file();
  std::string lock_file();
  std::uint64_t length(const struct ::stat& info) const;
  bool read_file(std::uint64_t offset, std::uint8_t* to, std::size_t bytes);
  bool write_file(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);
  bool zero_file(std::uint64_t offset, std::uint64_t bytes, bool may_unmap);
  /// fallocate(); false with errno as the host gives it.
  bool allocate(int mode, std::uint64_t offset, std::uint64_t bytes);
  bool failed(const char* what);

  int fd_ = -1;
  bool started_ = false;
  std::uint64_t bytes_ = 0;
  bool reported_ = false;
  std::unique_ptr<BlockOverlay> overlay_;
};

}  // namespace ringside::backend
