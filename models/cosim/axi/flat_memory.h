// SPDX-License-Identifier: Apache-2.0
// Plain memory for AxiSubordinate: one stretch of host memory, nothing around it.
#pragma once

#include <cstdint>
#include <cstring>

#include "cosim/axi/bus_access.h"

namespace ringside::cosim {

class FlatMemory {
 public:
  /// `bytes` belong to the caller.
  FlatMemory(std::uint64_t base, std::uint64_t size, std::uint8_t* bytes)
      : base_(base), size_(size), bytes_(bytes) {}

  /// Accesses that touch [first, last] are answered by SLVERR; first > last: none.
  void fail(std::uint64_t first, std::uint64_t last) {
    bad_first_ = first;
    bad_last_ = last;
  }

  Response read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes) {
    const Response response = check(address, bytes);
    if (response == Response::Okay) std::memcpy(to, bytes_ + (address - base_), bytes);
    return response;
  }
  Response write(std::uint64_t address, const std::uint8_t* from, const std::uint8_t* strobes,
                 std::uint32_t bytes) {
    // Lanes after the last byte that is written may lie beyond the end.
    while (bytes != 0 && strobes[bytes - 1] == 0) --bytes;
    const Response response = check(address, bytes);
    if (response != Response::Okay) return response;
    std::uint8_t* to = bytes_ + (address - base_);
    for (std::uint32_t i = 0; i < bytes; ++i)
      if (strobes[i] != 0) to[i] = from[i];
    return response;
  }

 private:
  Response check(std::uint64_t address, std::uint32_t bytes) const {
    const bool mapped =
        address >= base_ && address - base_ <= size_ && bytes <= size_ - (address - base_);
    if (!mapped) return Response::DecodeError;
    const bool bad = bytes != 0 && address <= bad_last_ && address + (bytes - 1) >= bad_first_;
    return bad ? Response::SlaveError : Response::Okay;
  }

  std::uint64_t base_, size_;
  std::uint8_t* bytes_;
  std::uint64_t bad_first_ = 1, bad_last_ = 0;
};

}  // namespace ringside::cosim
