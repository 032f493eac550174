// SPDX-License-Identifier: Apache-2.0
#include "bus/address_map.h"

#include <algorithm>

namespace ringside {

std::vector<AddressWindow>::const_iterator AddressMap::at_or_after(std::uint64_t address) const {
  return std::lower_bound(
      windows_.begin(), windows_.end(), address,
      [](const AddressWindow& window, std::uint64_t value) { return window.last < value; });
}

const AddressWindow* AddressMap::add(std::uint64_t base, std::uint64_t bytes, std::size_t target) {
  const std::uint64_t last = base + (bytes - 1);
  const auto next = at_or_after(base);
  if (next != windows_.end() && next->first <= last) return &*next;
  windows_.insert(next, {base, last, target});
  return nullptr;
}

const AddressWindow* AddressMap::find(std::uint64_t address) const {
  const auto found = at_or_after(address);
  return found != windows_.end() && found->first <= address ? &*found : nullptr;
}

AddressWindow AddressMap::gap(std::uint64_t address) const {
  const auto next = at_or_after(address);
  AddressWindow gap{0, ~std::uint64_t{0}, 0};
  if (next != windows_.end()) gap.last = next->first - 1;
  if (next != windows_.begin()) gap.first = (next - 1)->last + 1;
  return gap;
}

}  // namespace ringside
