// SPDX-License-Identifier: Apache-2.0
#include "memory/cache_tags.h"

#include <algorithm>

namespace ringside {

CacheTags::CacheTags(std::uint64_t sets, unsigned ways)
    : sets_(sets), ways_(ways), entries_(sets * ways) {}

CacheTags::Entry* CacheTags::find(std::uint64_t line) {
  Entry* set = set_of(line);
  for (unsigned i = 0; i < ways_; ++i)
    if (set[i].used != 0 && set[i].line == line) return &set[i];
  return nullptr;
}

bool CacheTags::touch(std::uint64_t line, bool make_dirty) {
  Entry* entry = find(line);
  if (!entry) return false;
  entry->used = ++uses_;
  entry->dirty |= make_dirty;
  return true;
}

std::optional<std::uint64_t> CacheTags::allocate(std::uint64_t line, unsigned ways, bool dirty) {
  Entry* set = set_of(line);
  Entry* oldest = std::min_element(set, set + std::min(ways, ways_),
                                   [](const Entry& a, const Entry& b) { return a.used < b.used; });
  std::optional<std::uint64_t> victim;
  if (oldest->used != 0 && oldest->dirty) victim = oldest->line;
  *oldest = {line, ++uses_, dirty};
  return victim;
}

bool CacheTags::drop(std::uint64_t line) {
  Entry* entry = find(line);
  if (!entry) return false;
  *entry = {};
  return true;
}

void CacheTags::clear() {
  std::fill(entries_.begin(), entries_.end(), Entry{});
}

}  // namespace ringside
