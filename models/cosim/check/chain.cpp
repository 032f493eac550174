// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/chain.h"

#include <algorithm>

namespace ringside::cosim {

void Spans::add(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  auto at = spans_.begin();
  while (at != spans_.end() && at->end < begin) ++at;
  if (at == spans_.end() || at->begin > end) {
    spans_.insert(at, {begin, end});
    return;
  }
  at->begin = std::min(at->begin, begin);
  at->end = std::max(at->end, end);
  auto after = at + 1;
  while (after != spans_.end() && after->begin <= at->end) {
    at->end = std::max(at->end, after->end);
    after = spans_.erase(after);
  }
}

bool Spans::covers(std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return true;
  for (const Span& span : spans_)
    if (span.begin <= begin && span.end >= end) return true;
  return false;
}

std::uint64_t Spans::prefix() const {
  return spans_.empty() || spans_.front().begin != 0 ? 0 : spans_.front().end;
}

bool ObservedChain::add(std::uint64_t address, std::uint32_t length, bool writable_part) {
  if (!writable_part && !writable.empty()) return false;
  if (length == 0) return true;
  if (address + (length - 1) < address) return false;
  std::uint64_t& total = writable_part ? writable_bytes : readable_bytes;
  if (readable_bytes + writable_bytes + length > 0xffffffffu) return false;
  (writable_part ? writable : readable).push_back({address, length, total});
  total += length;
  return true;
}

const ObservedBuffer* ObservedChain::find(const std::vector<ObservedBuffer>& part,
                                          std::uint64_t address) {
  for (const ObservedBuffer& buffer : part)
    if (address >= buffer.address && address - buffer.address < buffer.length) return &buffer;
  return nullptr;
}

const ObservedBuffer* ObservedChain::written_to(std::uint64_t address) const {
  for (const ObservedBuffer& buffer : writable) {
    const std::uint64_t in = address - buffer.address;
    if (address < buffer.address || in >= buffer.length) continue;
    if (!written.covers(buffer.offset + in, buffer.offset + in + 1)) return &buffer;
  }
  return find(writable, address);
}

}  // namespace ringside::cosim
