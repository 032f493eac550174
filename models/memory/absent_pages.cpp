// SPDX-License-Identifier: Apache-2.0
#include "memory/absent_pages.h"

#include <algorithm>
#include <iterator>

#include "kit/tag.h"

namespace ringside {

bool AbsentPages::leave(std::uint64_t offset, std::uint64_t bytes) {
  std::uint64_t first = (offset + kPageBytes - 1) / kPageBytes;
  std::uint64_t end = std::min((offset + bytes) / kPageBytes, pages_);
  if (first >= end) return false;
  // One range of all that it meets.
  auto at = absent_.upper_bound(first);
  if (at != absent_.begin() && std::prev(at)->second >= first) --at;
  if (at != absent_.end() && at->first <= first && at->second >= end) return false;
  while (at != absent_.end() && at->first <= end) {
    first = std::min(first, at->first);
    end = std::max(end, at->second);
    at = absent_.erase(at);
  }
  absent_.emplace(first, end);
  return true;
}

bool AbsentPages::touch(std::uint64_t offset, std::uint64_t bytes) {
  if (!any() || bytes == 0) return false;
  const std::uint64_t first = offset / kPageBytes;
  const std::uint64_t end = (offset + bytes - 1) / kPageBytes + 1;
  auto at = absent_.upper_bound(first);
  if (at != absent_.begin() && std::prev(at)->second > first) --at;
  bool touched = false;
  while (at != absent_.end() && at->first < end) {
    const auto [from, to] = *at;
    at = absent_.erase(at);
    if (from < first) absent_.emplace(from, first);
    if (to > end) at = absent_.emplace(end, to).first;
    touched = true;
  }
  return touched;
}

void AbsentPages::touch(tlm::tlm_generic_payload& payload, std::uint64_t bytes,
                        const Model& memory) {
  if (!touch(payload.get_address(), bytes)) return;
  auto* tag = payload.get_extension<TransactionTag>();
  if (!tag || !tag->of_hart) return;
  tag->target = &memory;
  tag->region = Region::Memory;
}

AbsentPages::Range AbsentPages::present_around(std::uint64_t offset) const {
  const auto next = absent_.upper_bound(offset / kPageBytes);
  const std::uint64_t first = next == absent_.begin() ? 0 : std::prev(next)->second;
  const std::uint64_t end = next == absent_.end() ? pages_ : next->first;
  return {first * kPageBytes, end * kPageBytes - 1};
}

}  // namespace ringside
