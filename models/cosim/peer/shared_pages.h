// SPDX-License-Identifier: Apache-2.0
// A piece of a file that a peer shares, mapped into this process. Both sides use it at the same
// time, and the peer may take it away.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cosim/peer/owned_fd.h"

namespace ringside::peer {

class SharedPages {
 public:
  /// Maps `bytes` bytes at `offset`. Throws Refused: it is empty or wraps around, the file is not
  /// memory of the kernel's (see below) or is shorter than that, or the kernel will not map it.
  SharedPages(const OwnedFd& file, std::uint64_t offset, std::uint64_t bytes, bool writable = true);
  ~SharedPages();
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;

  /// tmpfs (memfd, /dev/shm) or hugetlbfs. A file system that a process serves (FUSE) could have us
  /// wait for ever at any access, so nothing else will do.
  static bool is_kernel_memory(const OwnedFd& file);

  /// What a descriptor of a packed ring needs: the word with the flags is read before the other.
  enum class Order { Any, UpperWordFirst };
  /// Reads or writes at an offset from the beginning; the range lies inside. 2, 4 and 8 aligned
  /// bytes go in one access. False if the memory has vanished: from then on always.
  bool read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes, Order order = Order::Any);
  bool write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes);
  /// The peer has taken the memory away.
  bool lost() const { return lost_; }

 private:
  std::uint8_t* mapping_ = nullptr;
  std::size_t mapped_ = 0;         // bytes, whole pages
  std::uint8_t* begin_ = nullptr;  // of the piece inside the mapping
  bool lost_ = false;
};

}  // namespace ringside::peer
