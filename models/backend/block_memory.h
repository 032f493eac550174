// SPDX-License-Identifier: Apache-2.0
// A disk in the memory of the simulator: empty at the start, gone at the end.
#pragma once

#include "backend/block_backend.h"

namespace ringside::backend {

class MemoryBlock final : public BlockBackend {
 public:
  MemoryBlock(const sc_core::sc_module_name& name, const ModelContext& context);
  ~MemoryBlock() override;

  std::uint64_t bytes() const override { return bytes_; }
  bool read_only() const override { return is_read_only; }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override;
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override;
  bool flush() override { return true; }
  bool discard(std::uint64_t offset, std::uint64_t bytes) override;
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) override;
  std::uint64_t next_data(std::uint64_t offset) override { return written_ ? offset : bytes_; }
  bool resize(std::uint64_t bytes) override;

  Param<Size> size{this, "size", Size{64 << 20}, Range<Size>{Size{512}, Size{1ull << 40}},
                   "capacity; host memory is taken only for what has been written"};
  Param<bool> is_read_only{this, "read_only", false, "the guest sees a read-only disk"};

 private:
  std::uint8_t* memory_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool written_ = false;
};

}  // namespace ringside::backend
