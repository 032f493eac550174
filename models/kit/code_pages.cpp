// SPDX-License-Identifier: Apache-2.0
#include "kit/code_pages.h"

#include <algorithm>

namespace ringside {

void CodePages::add_memory(const std::uint8_t* base, std::size_t bytes) {
  memories_.push_back({reinterpret_cast<std::uintptr_t>(base), bytes,
                       std::vector<std::uint8_t>((bytes + kPageBytes - 1) / kPageBytes), 0});
}

void CodePages::mark(const std::uint8_t* at) {
  for (Memory& memory : memories_) {
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(at) - memory.base;
    if (offset >= memory.bytes) continue;
    std::uint8_t& mark = memory.marked[offset / kPageBytes];
    memory.marks += mark == 0;
    mark = 1;
    return;
  }
}

bool CodePages::is_marked(const std::uint8_t* at) const {
  for (const Memory& memory : memories_) {
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(at) - memory.base;
    if (offset < memory.bytes) return memory.marked[offset / kPageBytes] != 0;
  }
  return false;
}

void CodePages::written_in(Memory& memory, std::size_t offset, std::size_t bytes) {
  if (memory.marks == 0 || bytes == 0) return;
  const std::size_t last = std::min(offset + bytes - 1, memory.bytes - 1) / kPageBytes;
  for (std::size_t page = offset / kPageBytes; page <= last; ++page) {
    if (!memory.marked[page]) continue;
    memory.marked[page] = 0;
    --memory.marks;
    const auto* host = reinterpret_cast<const std::uint8_t*>(memory.base) + page * kPageBytes;
    for (CodePageListener* listener : listeners_) listener->code_page_written(host);
  }
}

}  // namespace ringside
