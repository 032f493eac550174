// SPDX-License-Identifier: Apache-2.0
// A piece of the front end's guest memory, mapped into this process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cosim/vhost_user/owned_fd.h"
#include "cosim/vhost_user/protocol.h"

namespace ringside::vhost {

class Region {
 public:
  /// Maps it. Throws Refused: the description wraps around or is empty, the file is not shared
  /// memory of the kernel's (tmpfs, memfd, hugetlbfs), or it is shorter than that.
  Region(const RegionDescription& description, const OwnedFd& file);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  const RegionDescription& description() const { return description_; }
  /// True if [address, address + bytes) lies inside; bytes is not 0.
  bool holds_guest(std::uint64_t address, std::uint64_t bytes) const {
    return holds(description_.guest_address, address, bytes);
  }
  bool holds_user(std::uint64_t address, std::uint64_t bytes) const {
    return holds(description_.user_address, address, bytes);
  }
  /// Shares an address with the other one, in either address space.
  bool overlaps(const RegionDescription& other) const;

  /// What a descriptor of a packed ring needs: the word with the flags is read before the other.
  enum class Order { Any, UpperWordFirst };
  /// Reads or writes at an offset; the range lies inside. 2, 4 and 8 aligned bytes go in one
  /// access. False if the memory has vanished: from then on always.
  bool read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes, Order order = Order::Any);
  bool write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);
  /// The front end has taken the memory away.
  bool lost() const { return lost_; }

 private:
  bool holds(std::uint64_t base, std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t offset = address - base;
    return offset < description_.bytes && bytes <= description_.bytes - offset;
  }

  RegionDescription description_;
  std::uint8_t* mapping_ = nullptr;
  std::size_t mapped_ = 0;         // bytes, whole pages
  std::uint8_t* begin_ = nullptr;  // of the region inside the mapping
  bool lost_ = false;
};

}  // namespace ringside::vhost
