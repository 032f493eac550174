// SPDX-License-Identifier: Apache-2.0
#include "cpu/block.h"

#include <algorithm>
#include <cstring>

#include "cpu/block_builder.h"
#include "cpu/interpreter.h"

namespace ringside::cpu {

BlockCache::BlockCache(const CycleTable& cycles, size_t bytes)
    : cycles_(cycles),
      arena_bytes_(std::max(bytes, size_t{1} << 16)),
      arena_(new unsigned char[arena_bytes_]),
      filter_((size_t{1} << kFilterBits) / 64, 0) {}

BlockCache::~BlockCache() = default;

Block* BlockCache::find(uint64_t paddr) const {
  const auto it = pages_.find(paddr >> kPageShift);
  if (it == pages_.end()) return nullptr;
  Block* b = it->second.buckets[bucket(paddr)];
  while (b != nullptr && b->paddr != paddr) b = b->next;
  return b;
}

void BlockCache::set_filter(uint64_t ppn) {
  const uint64_t bit = ppn & ((1u << kFilterBits) - 1);
  filter_[bit >> 6] |= uint64_t{1} << (bit & 63);
}

BlockCache::CodePage& BlockCache::page_of(uint64_t ppn, const uint8_t* host) {
  const auto [it, fresh] = pages_.try_emplace(ppn);
  if (fresh) {
    set_filter(ppn);
    for (CodeWatcher* w : watchers_) w->code_page_added(ppn, host);
  }
  return it->second;
}

void BlockCache::note_code(uint64_t paddr, uint64_t bytes, CodePage& page) {
  const uint64_t first = (paddr & kPageMask) / 64;
  const uint64_t last = ((paddr & kPageMask) + bytes - 1) / 64;
  for (uint64_t line = first; line <= last; ++line) page.lines |= uint64_t{1} << line;
}

Block* BlockCache::build(uint64_t paddr, const uint8_t* page) {
  BlockBuilder builder(cycles_, paddr);
  uint64_t at = paddr & kPageMask;
  bool more = true;
  while (more && at + 2 <= kPageSize && builder.instructions() < max_instructions_) {
    uint16_t low;
    std::memcpy(&low, page + at, 2);
    uint32_t raw = low;
    if (is_long(low)) {
      if (at + 4 > kPageSize) break;
      std::memcpy(&raw, page + at, 4);
    }
    const Insn insn = decode(raw);
    more = builder.add(insn);
    at += insn.length;
  }
  builder.finish();

  const size_t bytes = (BlockBuilder::bytes(builder.slots()) + 15) & ~size_t{15};
  if (used_ + bytes > arena_bytes_) flush();
  Block* block = builder.place(arena_.get() + used_, true);
  used_ += bytes;
  ++blocks_built_;
  CodePage& home = page_of(paddr >> kPageShift, page);
  note_code(paddr, at - (paddr & kPageMask), home);
  Block*& head = home.buckets[bucket(paddr)];
  block->next = head;
  head = block;
  return block;
}

void BlockCache::build_single(uint32_t raw, uint64_t paddr, Single& single) const {
  BlockBuilder builder(cycles_, paddr);
  builder.add(decode(raw));
  builder.finish();
  static_assert(sizeof(Single::storage) >= sizeof(Block) + 3 * sizeof(ThreadOp) + 4 * sizeof(Cost),
                "an instruction takes up to two slots, and so does the end of the block");
  builder.place(single.storage, false);
}

void BlockCache::drop(CodePage& page) {
  const void* dead = Interpreter::label(Op::dead_block);
  for (Block*& head : page.buckets) {
    for (Block* b = head; b != nullptr; b = b->next) b->ops[0].label = dead;
    head = nullptr;
  }
}

void BlockCache::written_many(uint64_t first, uint64_t last) {
  for (auto it = pages_.begin(); it != pages_.end();) {
    if (it->first < first >> kPageShift || it->first > last >> kPageShift) {
      ++it;
      continue;
    }
    drop(it->second);
    it = pages_.erase(it);
    ++pages_dropped_;
  }
}

void BlockCache::written_slow(uint64_t paddr, uint64_t bytes) {
  if (bytes == 0) return;
  const uint64_t last = paddr + bytes - 1;
  if (bytes / kPageSize > pages_.size()) return written_many(paddr, last);
  for (uint64_t ppn = paddr >> kPageShift; ppn <= last >> kPageShift; ++ppn) {
    if (!maybe_code(ppn)) continue;
    const auto it = pages_.find(ppn);
    if (it == pages_.end()) continue;
    const uint64_t begin = std::max(paddr, ppn << kPageShift) & kPageMask;
    const uint64_t end = std::min(last, (ppn << kPageShift) | kPageMask) & kPageMask;
    const uint64_t up_to_end = ~uint64_t{0} >> (63 - end / 64);
    const uint64_t from_begin = ~uint64_t{0} << (begin / 64);
    if ((it->second.lines & up_to_end & from_begin) == 0) continue;
    drop(it->second);
    pages_.erase(it);
    ++pages_dropped_;
  }
}

void BlockCache::free_retired() {
  uint64_t oldest = flushes_;
  for (const CodeWatcher* w : watchers_) oldest = std::min(oldest, w->flush_seen());
  const auto gone = [oldest](const Retired& r) { return r.flush <= oldest; };
  retired_.erase(std::remove_if(retired_.begin(), retired_.end(), gone), retired_.end());
}

void BlockCache::flush() {
  for (auto& [ppn, page] : pages_) drop(page);
  pages_.clear();
  std::fill(filter_.begin(), filter_.end(), 0);
  // A hart may be in the middle of one of these blocks, waiting for a device: its memory stays
  // until every hart has been at the head of a block since.
  ++flushes_;
  for (CodeWatcher* w : watchers_) w->blocks_flushed();
  retired_.push_back({std::move(arena_), flushes_});
  free_retired();
  arena_.reset(new unsigned char[arena_bytes_]);
  used_ = 0;
}

}  // namespace ringside::cpu
