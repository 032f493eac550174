// SPDX-License-Identifier: Apache-2.0
// Which window answers an address. No SystemC in this file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside {

/// An inclusive range of addresses, and the number of the target behind it.
struct AddressWindow {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t target = 0;

  bool contains(std::uint64_t address) const { return address >= first && address <= last; }
  /// True if `bytes` from `address` lie inside; zero bytes count as one.
  bool holds(std::uint64_t address, std::uint64_t bytes) const {
    return contains(address) && (bytes == 0 || bytes - 1 <= last - address);
  }
};

/// Windows by address; they never overlap.
class AddressMap {
 public:
  /// Adds [base, base + bytes). Gives the window already there that it would overlap, and adds
  /// nothing then; nullptr when it was added. `bytes` is not 0 and the window does not wrap round.
  const AddressWindow* add(std::uint64_t base, std::uint64_t bytes, std::size_t target);

  /// The window that contains the address, or nullptr.
  const AddressWindow* find(std::uint64_t address) const;
  /// The addresses around `address` that no window has; only for addresses in no window.
  AddressWindow gap(std::uint64_t address) const;

  const std::vector<AddressWindow>& windows() const { return windows_; }

 private:
  /// The first window that ends at or after the address.
  std::vector<AddressWindow>::const_iterator at_or_after(std::uint64_t address) const;

  std::vector<AddressWindow> windows_;  // sorted
};

}  // namespace ringside
