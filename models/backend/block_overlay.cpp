// SPDX-License-Identifier: Apache-2.0
#include "backend/block_overlay.h"

#include <algorithm>
#include <cstring>

namespace ringside::backend {

std::uint8_t* BlockOverlay::writable(std::uint64_t index) {
  const auto found = blocks_.find(index);
  if (found != blocks_.end() && found->second) return found->second.get();
  Block block = std::make_unique<std::uint8_t[]>(kBlock);  // zeroes
  if (found == blocks_.end() && !read_below_(index * kBlock, block.get(), kBlock)) return nullptr;
  return (blocks_[index] = std::move(block)).get();
}

bool BlockOverlay::read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
  while (bytes != 0) {
    const std::size_t inside = offset % kBlock;
    const std::size_t now = std::min<std::size_t>(bytes, kBlock - inside);
    const auto found = blocks_.find(offset / kBlock);
    if (found == blocks_.end()) {
      if (!read_below_(offset, to, now)) return false;
    } else if (found->second) {
      std::memcpy(to, found->second.get() + inside, now);
    } else {
      std::memset(to, 0, now);
    }
    to += now;
    offset += now;
    bytes -= now;
  }
  return true;
}

bool BlockOverlay::write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes) {
  while (bytes != 0) {
    const std::size_t inside = offset % kBlock;
    const std::size_t now = std::min<std::size_t>(bytes, kBlock - inside);
    std::uint8_t* block = writable(offset / kBlock);
    if (!block) return false;
    std::memcpy(block + inside, from, now);
    from += now;
    offset += now;
    bytes -= now;
  }
  return true;
}

bool BlockOverlay::write_zeroes(std::uint64_t offset, std::uint64_t bytes) {
  while (bytes != 0) {
    const std::size_t inside = offset % kBlock;
    const std::size_t now = std::min<std::uint64_t>(bytes, kBlock - inside);
    if (now == kBlock) {
      blocks_[offset / kBlock] = nullptr;
    } else {
      std::uint8_t* block = writable(offset / kBlock);
      if (!block) return false;
      std::memset(block + inside, 0, now);
    }
    offset += now;
    bytes -= now;
  }
  return true;
}

}  // namespace ringside::backend
