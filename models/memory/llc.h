// SPDX-License-Identifier: Apache-2.0
// The host's last-level cache, as devices see it.
#pragma once

#include "memory/cache_tags.h"
#include "memory/memory_timing.h"

namespace ringside {

/// Below a memory, as `cache`. DMA that hits costs the cache's latency instead of the memory's. It
/// keeps tags only: data is always in memory.
///
/// Writes of devices are put into a few ways (as Intel's DDIO does); reads take nothing into the
/// cache. With `allocate_on_dma_write: false` writes go to memory, and a line that is held is given
/// up. Harts use direct pointers and are not seen, except for what they do by transactions; instead
/// `rings_cached` says that the lines of rings are in the cache, because the driver has just
/// written them or is about to read them.
class Llc final : public MemoryCache {
 public:
  Llc(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;

  std::uint64_t access(const CacheAccess& access, std::uint64_t arrival_ps,
                       AccessTimer& memory) override;

  Param<Size> size{this, "size", Size{16 << 20}, Range<Size>{Size{4096}, Size{1u << 30}},
                   "capacity: a power of two of lines times 'ways'"};
  Param<unsigned> ways{this, "ways", 16, Range<unsigned>{1, 64}, "lines in a set"};
  Param<Size> line{this, "line", Size{64}, Range<Size>{Size{16}, Size{4096}},
                   "bytes of a line, a power of two"};
  Param<unsigned> dma_ways{this, "dma_ways", 2, Range<unsigned>{1, 64},
                           "ways of each set that writes of devices may be put into"};
  Param<bool> allocate_on_dma_write{this, "allocate_on_dma_write", true,
                                    "writes of devices go to the cache, not to memory"};
  Param<bool> rings_cached{this, "rings_cached", true,
                           "lines of rings count as held: the driver uses them, too"};
  Param<sc_core::sc_time> hit_latency{
      this, "hit_latency", sc_core::sc_time(20, sc_core::SC_NS),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1, sc_core::SC_MS)},
      "of a line that is held"};
  Param<sc_core::sc_time> line_time{
      this, "line_time", sc_core::sc_time(1, sc_core::SC_NS),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1, sc_core::SC_MS)},
      "from one line of an access to its next"};

  Counter read_hits{this, "read_hits", "lines", "lines read that were held"};
  Counter read_misses{this, "read_misses", "lines", "lines read from memory"};
  Counter write_hits{this, "write_hits", "lines", "lines written that were held"};
  Counter write_misses{this, "write_misses", "lines", "lines written that were not held"};
  Counter ring_hits{this, "ring_hits", "lines", "those hits that 'rings_cached' has made"};
  Counter fills{this, "fills", "lines", "lines read from memory because a write was shorter"};
  Counter write_backs{this, "write_backs", "lines", "lines written to memory to make room"};

 private:
  /// A part of one line.
  struct Part {
    std::uint64_t line;
    std::uint64_t offset;
    std::uint64_t bytes;
  };

  std::uint64_t sets() const;
  void count(bool is_write, bool hit);
  std::uint64_t miss(const CacheAccess& access, const Part& part, std::uint64_t arrival_ps,
                     AccessTimer& memory);
  void put(std::uint64_t line, unsigned ways_to_use, bool dirty, std::uint64_t now_ps,
           AccessTimer& memory);

  std::uint64_t line_bytes_;
  std::uint64_t hit_ps_;
  std::uint64_t line_ps_;
  CacheTags tags_;
};

}  // namespace ringside
