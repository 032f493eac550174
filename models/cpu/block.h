// SPDX-License-Identifier: Apache-2.0
// Cached decoded code: what the interpreter runs instead of instructions in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/decode.h"
#include "cpu/op.h"

namespace ringside::cpu {

inline constexpr unsigned kPageShift = 12;
inline constexpr uint64_t kPageSize = uint64_t{1} << kPageShift;
inline constexpr uint64_t kPageMask = kPageSize - 1;

/// Cycles in the upper half, minus the number of instructions in the lower: subtracting it from
/// HartCore's counter consumes budget and counts instructions with one operation.
using Cost = int64_t;
constexpr Cost make_cost(int64_t cycles, int64_t instructions) {
  return cycles * (int64_t{1} << 32) - instructions;
}

/// One step of threaded code.
struct ThreadOp {
  const void* label;  ///< where the interpreter jumps to
  int32_t imm;        ///< branches and auipc: relative to the block's first byte
  uint8_t rd;         ///< 32 if the instruction writes x0; access size of stores
  uint8_t rs1;
  uint8_t rs2;     ///< access size and sign of loads; end of the instruction of jumps
  uint8_t offset;  ///< of the instruction from the start of the block, in half-words
};

struct Block;

/// Follows each ThreadOp that may leave the block.
struct Link {
  Block* target;  ///< null: not resolved yet. Never leaves the page of the block
  Cost cost;      ///< of the block up to and including this instruction
};
static_assert(sizeof(Link) == sizeof(ThreadOp), "a link takes one slot of the threaded code");

/// Straight-line code within one page; it ends early by any taken branch.
struct Block {
  uint64_t paddr;     ///< of the first instruction
  Block* next;        ///< in the same bucket of the page
  const Cost* costs;  ///< per slot: cost of everything before it
  uint32_t slots;
  bool cached;  ///< found again by address; else rebuilt each time it is entered
  ThreadOp ops[1];
};

/// Flags in ThreadOp::rs2 of loads and ThreadOp::rd of stores; the low bits are the size in bytes.
inline constexpr uint8_t kAccessSize = 0x0f;
inline constexpr uint8_t kAccessSigned = 0x10;
inline constexpr uint8_t kAccessFp = 0x20;

/// Told when stores by pointer to a page must stop because it holds decoded code now.
class CodeWatcher {
 public:
  virtual ~CodeWatcher() = default;
  /// `host` is where the core reads the page from.
  virtual void code_page_added(uint64_t ppn, const uint8_t* host) = 0;
  /// All blocks are dead: forget every pointer to one.
  virtual void blocks_flushed() = 0;
  /// Number of the last flush this hart has seen at the head of a block; ~0 while it is not
  /// running.
  virtual uint64_t flush_seen() const = 0;
};

/// Blocks by physical address, shared by all harts of a cluster and told of all writes to memory.
class BlockCache {
 public:
  static constexpr size_t kDefaultBytes = size_t{64} << 20;

  explicit BlockCache(const CycleTable& cycles = CycleTable(), size_t bytes = kDefaultBytes);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  void attach(CodeWatcher* watcher) { watchers_.push_back(watcher); }

  /// The block at `paddr`, or null.
  Block* find(uint64_t paddr) const;

  /// Decodes the block at `paddr` from the page's bytes at `page`. The first instruction must end
  /// in the page.
  Block* build(uint64_t paddr, const uint8_t* page);

  /// A block of the single instruction `insn`, in memory owned by the caller.
  struct Single {
    uint64_t key = ~uint64_t{0};
    uint32_t raw = 0;
    bool valid = false;
    alignas(16) unsigned char storage[192];
    Block* block() { return reinterpret_cast<Block*>(storage); }
  };
  void build_single(uint32_t raw, uint64_t paddr, Single& single) const;

  /// Memory at [paddr, paddr + bytes) has changed or is about to: blocks made from it die.
  void written(uint64_t paddr, uint64_t bytes) {
    if (bytes <= kPageSize && !maybe_code(paddr >> kPageShift) &&
        !maybe_code((paddr + bytes - 1) >> kPageShift)) {
      return;
    }
    written_slow(paddr, bytes);
  }

  /// True if decoded code came from this page: stores to it must call written().
  bool is_code(uint64_t ppn) const { return maybe_code(ppn) && pages_.count(ppn) != 0; }

  /// Drops every block.
  void flush();

  /// Instructions per block, for tests: 1 makes every instruction a block head.
  void set_max_instructions(unsigned n) { max_instructions_ = n; }

  const CycleTable& cycles() const { return cycles_; }
  /// Number of flush() so far; see CodeWatcher::flush_seen().
  uint64_t flushes() const { return flushes_; }
  uint64_t blocks_built() const { return blocks_built_; }
  uint64_t pages_dropped() const { return pages_dropped_; }

 private:
  static constexpr unsigned kBuckets = 64;
  struct CodePage {
    uint64_t lines = 0;  ///< 64-byte lines that code was decoded from
    Block* buckets[kBuckets] = {};
  };
  struct Retired {
    std::unique_ptr<unsigned char[]> bytes;
    uint64_t flush;
  };

  static constexpr unsigned kFilterBits = 20;
  static unsigned bucket(uint64_t paddr) { return (paddr >> 1) % kBuckets; }
  bool maybe_code(uint64_t ppn) const {
    const uint64_t bit = ppn & ((1u << kFilterBits) - 1);
    return (filter_[bit >> 6] >> (bit & 63)) & 1;
  }
  void set_filter(uint64_t ppn);
  void written_slow(uint64_t paddr, uint64_t bytes);
  void written_many(uint64_t first, uint64_t last);
  void drop(CodePage& page);
  void note_code(uint64_t paddr, uint64_t bytes, CodePage& page);
  CodePage& page_of(uint64_t ppn, const uint8_t* host);
  void free_retired();

  CycleTable cycles_;
  size_t arena_bytes_;
  std::unique_ptr<unsigned char[]> arena_;
  size_t used_ = 0;
  std::vector<Retired> retired_;
  std::vector<uint64_t> filter_;
  std::unordered_map<uint64_t, CodePage> pages_;
  std::vector<CodeWatcher*> watchers_;
  unsigned max_instructions_ = 64;
  uint64_t flushes_ = 0;
  uint64_t blocks_built_ = 0;
  uint64_t pages_dropped_ = 0;
};

}  // namespace ringside::cpu
