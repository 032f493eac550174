// SPDX-License-Identifier: Apache-2.0
// How accesses find registers and tables, and how they are counted.
#include <algorithm>

#include "baseline/e1000.h"

namespace ringside {

using namespace e1000;

namespace {

constexpr std::uint64_t kPortAddress = 0;
constexpr std::uint64_t kPortData = 4;

std::uint32_t mask_of(unsigned bytes) {
  return bytes >= 4 ? ~0u : (1u << 8 * bytes) - 1;
}

bool is_statistic(std::uint64_t offset) {
  return offset >= Statistics::kFirst && offset < Statistics::kEnd;
}

}  // namespace

std::uint64_t E1000::read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) {
  if (bar == kMemoryBar) return read_memory(offset, bytes);
  if (offset == kPortAddress) return port_address_ & mask_of(bytes);
  if (offset == kPortData && port_address_ < kMemoryBytes)
    return read_memory(port_address_, std::min(bytes, 4u));
  return 0;
}

void E1000::write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (bar == kMemoryBar) return write_memory(offset, bytes, value);
  if (offset == kPortAddress)
    port_address_ = static_cast<std::uint32_t>(value) & mask_of(bytes) & ~3u;
  else if (offset == kPortData && port_address_ < kMemoryBytes)
    write_memory(port_address_, std::min(bytes, 4u), value);
}

/// The word of a table at an offset, or nullptr.
std::uint32_t* E1000::table(std::uint64_t offset) {
  const auto inside = [offset](std::uint64_t first, auto& words) -> std::uint32_t* {
    if (offset < first || offset - first >= 4 * words.size()) return nullptr;
    return &words[(offset - first) / 4];
  };
  if (auto* word = inside(kMulticastTable, filter_.multicast)) return word;
  if (auto* word = inside(kAddressTable, filter_.addresses)) return word;
  return inside(kVlanTable, filter_.vlans);
}

std::uint64_t E1000::read_memory(std::uint64_t offset, unsigned bytes) {
  count_read(offset);
  std::uint64_t result = 0;
  for (unsigned done = 0; done < bytes;) {
    const std::uint64_t at = offset + done;
    const unsigned skip = at & 3;
    const unsigned now = std::min(4 - skip, bytes - done);
    const std::uint64_t word_at = at - skip;
    std::uint32_t word;
    if (const std::uint32_t* entry = table(word_at))
      word = *entry;
    else if (is_statistic(word_at))
      word = statistics_.read(word_at);
    else
      word = static_cast<std::uint32_t>(regs_.bank.read(word_at, 4));
    result |= static_cast<std::uint64_t>(word >> 8 * skip & mask_of(now)) << 8 * done;
    done += now;
  }
  return result;
}

void E1000::write_memory(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  count_write(offset);
  for (unsigned done = 0; done < bytes;) {
    const std::uint64_t at = offset + done;
    const unsigned skip = at & 3;
    const unsigned now = std::min(4 - skip, bytes - done);
    const std::uint32_t part = static_cast<std::uint32_t>(value >> 8 * done) & mask_of(now);
    if (std::uint32_t* entry = table(at - skip))
      *entry = (*entry & ~(mask_of(now) << 8 * skip)) | part << 8 * skip;
    else
      regs_.bank.write(at, now, part);
    done += now;
  }
}

void E1000::count_read(std::uint64_t offset) {
  if (offset == regs_.cause.offset())
    ++icr_reads;
  else if (offset == regs_.status.offset())
    ++status_reads;
  else if (is_statistic(offset))
    ++statistics_reads;
  else
    ++other_reads;
}

void E1000::count_write(std::uint64_t offset) {
  if (offset == regs_.transmit_tail.offset())
    ++tdt_writes;
  else if (offset == regs_.receive_tail.offset())
    ++rdt_writes;
  else if (offset == regs_.mask_set.offset())
    ++ims_writes;
  else if (offset == regs_.mask_clear.offset())
    ++imc_writes;
  else if (offset == regs_.cause_set.offset())
    ++ics_writes;
  else if (offset == regs_.interval.offset())
    ++itr_writes;
  else
    ++other_writes;
}

}  // namespace ringside
