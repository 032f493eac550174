// SPDX-License-Identifier: Apache-2.0
// Software TLBs: per translation context, so that a switch of privilege or address space is a
// change of pointer and nothing is flushed.
#pragma once

#include <cstdint>
#include <cstring>

#include "cpu/block.h"
#include "cpu/priv.h"

namespace ringside::cpu {

/// `host = vaddr + addend` if `(vaddr + size - 1) ^ tag` is below the page size: one test for the
/// page, the permission and the end of the access.
struct TlbEntry {
  uint64_t read_tag;
  uint64_t write_tag;
  uint64_t addend;
  uint64_t paddr;  ///< of the page
};

/// What selects a translation: satp and the mode bits that matter to it.
struct ContextKey {
  uint64_t satp = 0;
  uint64_t flags = ~uint64_t{0};  ///< never equal to a real key until set
  bool operator==(const ContextKey& o) const { return satp == o.satp && flags == o.flags; }
};

struct DataContext {
  static constexpr unsigned kEntries = 256;
  static constexpr uint64_t kIndexMask = kEntries - 1;
  ContextKey key;
  uint64_t used = 0;
  uint64_t super_base = 0;  ///< a naturally aligned range that covers all superpages seen
  uint64_t super_mask = 0;  ///< 0 in the address bits that vary within it; all ones: none seen
  alignas(64) TlbEntry entries[kEntries];

  static uint64_t index(uint64_t vaddr) { return (vaddr >> kPageShift) & kIndexMask; }
  /// A tag no access that is looked up at `index` can match, whatever address the guest makes up:
  /// the page of another, not neighbouring, entry.
  static uint64_t no_tag(uint64_t index) { return (index ^ (kEntries / 2)) << kPageShift; }

  TlbEntry& entry(uint64_t vaddr) { return entries[index(vaddr)]; }
  void forget(uint64_t index) {
    const uint64_t none = no_tag(index);
    entries[index] = {none, none, 0, ~uint64_t{0}};
  }
  void clear() {
    for (uint64_t i = 0; i < kEntries; ++i) forget(i);
    super_base = 0;
    super_mask = ~uint64_t{0};
  }
};

/// Execute-side translation: only used when the jump cache misses.
struct FetchEntry {
  static constexpr uint64_t kNoTag = 1;
  uint64_t tag;  ///< address of the virtual page
  uint64_t paddr;
  const uint8_t* host;
};

struct FetchContext {
  static constexpr unsigned kEntries = 64;
  ContextKey key;
  uint64_t used = 0;
  uint64_t tag = 0;  ///< unique name of this context in the jump cache; changes when it is cleared
  uint64_t super_base = 0;
  uint64_t super_mask = 0;
  FetchEntry entries[kEntries];

  FetchEntry& entry(uint64_t vaddr) { return entries[(vaddr >> kPageShift) % kEntries]; }
  void clear(uint64_t new_tag) {
    for (FetchEntry& e : entries) e = {FetchEntry::kNoTag, 0, nullptr};
    tag = new_tag;
    super_base = 0;
    super_mask = ~uint64_t{0};
  }
};

/// Widens the range {base, mask} so that it covers the superpage of `size` bytes at `vaddr`.
inline void cover_superpage(uint64_t& base, uint64_t& mask, uint64_t vaddr, uint64_t size) {
  const uint64_t page_mask = ~(size - 1);
  if (mask == ~uint64_t{0}) {
    mask = page_mask;
  } else {
    mask &= page_mask;
    while (((base ^ vaddr) & mask) != 0) mask <<= 1;
  }
  base = vaddr & mask;
}

inline bool in_superpage(uint64_t base, uint64_t mask, uint64_t vaddr) {
  return mask != ~uint64_t{0} && ((base ^ vaddr) & mask) == 0;
}

/// Block by virtual address and fetch context.
struct JumpEntry {
  uint64_t pc;
  uint64_t tag;
  Block* block;
  uint64_t unused;
};

class JumpCache {
 public:
  static constexpr unsigned kEntries = 4096;

  JumpCache() { clear(); }
  static unsigned index(uint64_t pc) {
    return static_cast<unsigned>((pc >> 1) ^ (pc >> 13)) & (kEntries - 1);
  }
  const JumpEntry& entry(uint64_t pc) const { return entries_[index(pc)]; }
  void set(uint64_t pc, uint64_t tag, Block* block) {
    entries_[index(pc)] = {pc, tag, block, 0};
    const uint64_t bit = page_bit(pc);
    pages_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
  void clear() {
    std::memset(static_cast<void*>(entries_), 0, sizeof entries_);
    std::memset(pages_, 0, sizeof pages_);
  }
  /// Forgets all code of a virtual page; cheap if there is none, which is nearly always so.
  void forget_page(uint64_t vaddr) {
    const uint64_t bit = page_bit(vaddr);
    if (((pages_[bit / 64] >> (bit % 64)) & 1) == 0) return;
    // A page's addresses share the upper bit of their index.
    const unsigned first = index(vaddr & ~kPageMask) & (kEntries / 2);
    for (unsigned i = first; i < first + kEntries / 2; ++i) {
      if ((entries_[i].pc ^ vaddr) < kPageSize) entries_[i] = {};
    }
  }

 private:
  static constexpr unsigned kPageBits = 4096;
  static uint64_t page_bit(uint64_t vaddr) {
    return ((vaddr >> kPageShift) ^ (vaddr >> 24)) % kPageBits;
  }

  uint64_t pages_[kPageBits / 64];  ///< hashed: pages that have had an entry since clear()
  alignas(64) JumpEntry entries_[kEntries];
};

}  // namespace ringside::cpu
