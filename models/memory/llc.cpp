// SPDX-License-Identifier: Apache-2.0
#include "memory/llc.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside {

namespace {

bool is_power_of_two(std::uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace

Llc::Llc(const sc_core::sc_module_name& name, const ModelContext& context)
    : MemoryCache(name, context),
      line_bytes_(line->bytes),
      hit_ps_(hit_latency->value()),
      line_ps_(line_time->value()),
      tags_(sets(), ways) {
  if (dma_ways > ways.get())
    diagnostics().error(dma_ways.where(), fmt::format("'dma_ways' of {} is {}; expected at most "
                                                      "the {} there are",
                                                      label(), dma_ways.get(), ways.get()));
}

/// Reports what makes no sense, and gives a number that does.
std::uint64_t Llc::sets() const {
  if (!is_power_of_two(line->bytes)) {
    diagnostics().error(line.where(), fmt::format("'line' of {} is {}; expected a power of two",
                                                  label(), line.value_text()));
    return 1;
  }
  const std::uint64_t sets = size->bytes / line->bytes / ways;
  if (is_power_of_two(sets) && sets * ways * line->bytes == size->bytes) return sets;
  diagnostics().error(
      size.where(),
      fmt::format("'size' of {} is {}; expected {} ways of {} times a power of two, such as {}",
                  label(), size.value_text(), ways.get(), line.value_text(),
                  format_size({std::uint64_t{4096} * ways * line->bytes})));
  return 1;
}

void Llc::reset() {
  tags_.clear();
}

void Llc::count(bool is_write, bool hit) {
  if (is_write)
    ++(hit ? write_hits : write_misses);
  else
    ++(hit ? read_hits : read_misses);
}

std::uint64_t Llc::access(const CacheAccess& access, std::uint64_t arrival_ps,
                          AccessTimer& memory) {
  const bool to_memory = access.is_write && access.is_dma && !allocate_on_dma_write;
  const std::uint64_t end = access.offset + access.bytes;
  std::uint64_t finish = arrival_ps;
  std::uint64_t arrival = arrival_ps;
  for (std::uint64_t at = access.offset; at < end; arrival += line_ps_) {
    const std::uint64_t next = std::min((at / line_bytes_ + 1) * line_bytes_, end);
    const Part part{at / line_bytes_, at, next - at};
    at = next;
    std::uint64_t done = 0;
    if (to_memory) {
      count(true, tags_.drop(part.line));
      done = memory.access(part.offset, part.bytes, true, arrival);
    } else if (tags_.touch(part.line, access.is_write)) {
      count(access.is_write, true);
      done = arrival + hit_ps_;
    } else if (access.is_ring && rings_cached) {
      count(access.is_write, true);
      ++ring_hits;
      put(part.line, ways, access.is_write, arrival, memory);
      done = arrival + hit_ps_;
    } else {
      count(access.is_write, false);
      done = miss(access, part, arrival, memory);
    }
    finish = std::max(finish, done);
  }
  return finish;
}

std::uint64_t Llc::miss(const CacheAccess& access, const Part& part, std::uint64_t arrival_ps,
                        AccessTimer& memory) {
  // Tags are looked up first, then memory is asked for what is not there.
  if (!access.is_write) {
    const std::uint64_t done = memory.access(part.offset, part.bytes, false, arrival_ps + hit_ps_);
    if (!access.is_dma) put(part.line, ways, false, done, memory);
    return done;
  }
  std::uint64_t done = arrival_ps + hit_ps_;
  if (part.bytes < line_bytes_) {
    ++fills;
    done = memory.access(part.line * line_bytes_, line_bytes_, false, done);
  }
  put(part.line, access.is_dma ? dma_ways.get() : ways.get(), true, done, memory);
  return done;
}

void Llc::put(std::uint64_t line, unsigned ways_to_use, bool dirty, std::uint64_t now_ps,
              AccessTimer& memory) {
  const auto victim = tags_.allocate(line, ways_to_use, dirty);
  if (!victim) return;
  ++write_backs;
  // Nobody waits for it, but it uses the memory.
  memory.access(*victim * line_bytes_, line_bytes_, true, now_ps);
}

}  // namespace ringside
