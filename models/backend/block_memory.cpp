// SPDX-License-Identifier: Apache-2.0
#include "backend/block_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ringside::backend {

MemoryBlock::MemoryBlock(const sc_core::sc_module_name& name, const ModelContext& context)
    : BlockBackend(name, context), bytes_(whole_sectors(size->bytes)) {
  // Pages come from the host when they are first touched.
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::runtime_error("the host has no room for a disk of " + format_size(size));
  memory_ = static_cast<std::uint8_t*>(mapped);
}

MemoryBlock::~MemoryBlock() {
  munmap(memory_, bytes_);
}

bool MemoryBlock::read(std::uint64_t offset, void* to, std::size_t bytes) {
  std::memcpy(to, memory_ + offset, bytes);
  return true;
}

bool MemoryBlock::write(std::uint64_t offset, const void* from, std::size_t bytes) {
  if (is_read_only) return false;
  written_ = true;
  std::memcpy(memory_ + offset, from, bytes);
  return true;
}

bool MemoryBlock::discard(std::uint64_t offset, std::uint64_t bytes) {
  return write_zeroes(offset, bytes, true);
}

bool MemoryBlock::write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) {
  if (is_read_only) return false;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t first = (offset + page - 1) / page * page;
  const std::uint64_t end = (offset + bytes) / page * page;
  if (!may_unmap || first >= end) {
    std::memset(memory_ + offset, 0, bytes);
    return true;
  }
  // Whole pages go back to the host and read as zero afterwards.
  std::memset(memory_ + offset, 0, first - offset);
  madvise(memory_ + first, end - first, MADV_DONTNEED);
  std::memset(memory_ + end, 0, offset + bytes - end);
  return true;
}

bool MemoryBlock::resize(std::uint64_t bytes) {
  if (bytes == 0 || bytes % kSector != 0) return false;
  // What is cut off must not come back when the disk grows again: whole pages go to the host, the
  // rest of the last one is cleared.
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t page_end = std::min((bytes + page - 1) / page * page, bytes_);
  if (bytes < page_end) std::memset(memory_ + bytes, 0, page_end - bytes);
  void* moved = mremap(memory_, bytes_, bytes, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) return false;
  memory_ = static_cast<std::uint8_t*>(moved);
  bytes_ = bytes;
  return true;
}

}  // namespace ringside::backend
