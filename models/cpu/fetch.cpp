// SPDX-License-Identifier: Apache-2.0
// From an address to the block to run.
#include <cstring>

#include "cpu/hart_core.h"

namespace ringside::cpu {

// Translation of the page of `pc`, cached if all of it is plain, executable memory; else `host`
// is null and the physical address is that of the page all the same.
bool HartCore::fetch_entry(uint64_t pc, FetchEntry& out) {
  FetchEntry& cached = fetch_->entry(pc);
  const uint64_t page = pc & ~kPageMask;
  if (cached.tag == page) {
    out = cached;
    return true;
  }
  Translation t;
  if (!translate(pc, Access::kExec, mode_, t)) return false;
  out.tag = page;
  out.paddr = t.paddr & ~kPageMask;
  out.host = nullptr;
  bool uniform;
  const uint8_t allowed = pmp_.permissions(out.paddr, kPageSize, mode_, uniform);
  if (!uniform) return true;
  if ((allowed & Pmp::kX) == 0) {
    raise(kInsnAccess, pc);
    return false;
  }
  out.host = host_pointer(out.paddr, kPageSize, false);
  if (out.host == nullptr) return true;
  if (t.page_size > kPageSize) {
    cover_superpage(fetch_->super_base, fetch_->super_mask, pc, t.page_size);
  }
  cached = out;
  return true;
}

bool HartCore::fetch_half(uint64_t pc, uint16_t& half) {
  FetchEntry e;
  if (!fetch_entry(pc, e)) return false;
  const uint64_t offset = pc & kPageMask;
  if (e.host != nullptr) {
    std::memcpy(&half, e.host + offset, 2);
    return true;
  }
  const uint64_t paddr = e.paddr | offset;
  uint64_t value = 0;
  if (!pmp_.allows(paddr, 2, mode_, Access::kExec)) return raise(kInsnAccess, pc), false;
  if (const uint8_t* host = host_pointer(paddr, 2, false)) {
    std::memcpy(&half, host, 2);
    return true;
  }
  if (!memory_.load(paddr, 2, value)) return raise(kInsnAccess, pc), false;
  half = static_cast<uint16_t>(value);
  return true;
}

// Code that no cached block can hold: an instruction across two pages, or outside plain memory.
Block* HartCore::single_block(uint64_t pc, uint64_t paddr) {
  uint16_t low;
  if (!fetch_half(pc, low)) return nullptr;
  uint32_t raw = low;
  if (is_long(low)) {
    uint16_t high;
    if (!fetch_half(pc + 2, high)) return nullptr;
    raw |= uint32_t{high} << 16;
  }
  BlockCache::Single& s = singles_[(paddr >> kPageShift ^ paddr >> 1) % kSingles];
  if (!s.valid || s.key != paddr || s.raw != raw) {
    code_.build_single(raw, paddr, s);
    s.key = paddr;
    s.raw = raw;
    s.valid = true;
  }
  return s.block();
}

// The block at virtual address `pc`; on a fault the trap is taken and the result is null.
// `holds_block`: the caller still needs the block it has just run.
Block* HartCore::find_block(uint64_t pc, bool holds_block) {
  if (!holds_block) flush_seen_ = code_.flushes();
  ++stats_.code_lookups;
  FetchEntry e;
  if (!fetch_entry(pc, e)) {
    take_trap();
    return nullptr;
  }
  const uint64_t offset = pc & kPageMask;
  const uint64_t paddr = e.paddr | offset;
  const bool crosses = offset == kPageSize - 2 && e.host != nullptr && is_long(e.host[offset]);
  if (e.host != nullptr && !crosses) {
    Block* block = code_.find(paddr);
    if (block == nullptr) block = code_.build(paddr, e.host);
    jumps_.set(pc, fetch_tag_, block);
    return block;
  }
  Block* block = single_block(pc, paddr);
  if (block == nullptr) take_trap();
  return block;
}

Block* HartCore::resolve(Link* link, const Block* from, uint64_t pc) {
  const bool from_cached = from->cached;
  const uint64_t from_page = from->paddr >> kPageShift;
  Block* to = find_block(pc, true);
  if (to != nullptr && to->cached && from_cached && to->paddr >> kPageShift == from_page) {
    link->target = to;
  }
  return to;
}

// The bits of the instruction at `pc`, for mtval; it has been fetched before.
uint32_t HartCore::fetch_raw(uint64_t pc) {
  const Trap saved = trap_;
  uint16_t low = 0;
  uint16_t high = 0;
  if (!fetch_half(pc, low) || (is_long(low) && !fetch_half(pc + 2, high))) {
    trap_ = saved;
    return 0;
  }
  return low | uint32_t{high} << 16;
}

}  // namespace ringside::cpu
