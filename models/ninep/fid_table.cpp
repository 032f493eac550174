// SPDX-License-Identifier: Apache-2.0
#include "ninep/fid_table.h"

namespace ringside::ninep {

std::size_t FidTable::home(std::uint32_t number) const {
  // Multiplied, because the numbers are the client's choice (though a hostile one only hurts
  // itself).
  return static_cast<std::size_t>(number * 0x9e3779b1u) & (slots_.size() - 1);
}

/// Where the number is, or the free slot where it would be.
std::size_t FidTable::position(std::uint32_t number) const {
  std::size_t at = home(number);
  while (slots_[at].used && slots_[at].number != number) at = next(at);
  return at;
}

Fid* FidTable::find(std::uint32_t number) {
  Slot& slot = slots_[position(number)];
  return slot.used ? &slot.fid : nullptr;
}

Fid& FidTable::add(std::uint32_t number) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  Slot& slot = slots_[position(number)];
  slot.used = true;
  slot.number = number;
  slot.fid = Fid();
  ++size_;
  return slot.fid;
}

void FidTable::remove(std::uint32_t number) {
  std::size_t hole = position(number);
  if (!slots_[hole].used) return;
  // What was pushed on by the removed one moves back, so that no search ends too early.
  for (std::size_t at = next(hole); slots_[at].used; at = next(at)) {
    const std::size_t wanted = home(slots_[at].number);
    const std::size_t from_hole = (at - hole) & (slots_.size() - 1);
    const std::size_t from_home = (at - wanted) & (slots_.size() - 1);
    if (from_home < from_hole) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole].used = false;
  --size_;
}

void FidTable::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.used) slots_[position(slot.number)] = slot;
}

void FidTable::clear() {
  for (Slot& slot : slots_) slot.used = false;
  size_ = 0;
}

}  // namespace ringside::ninep
