// SPDX-License-Identifier: Apache-2.0
// What a device in RTL did on its bus, one burst at a time: what checkers and logs see. Free of
// SystemC, as all of this folder.
#pragma once

#include <cstdint>

namespace ringside::cosim {

/// RRESP and BRESP (AXI4, A3.4.4).
enum class Response : std::uint8_t { Okay = 0, ExclusiveOkay = 1, SlaveError = 2, DecodeError = 3 };

/// One burst to or from memory, at the moment when memory did it: between bursts that are out
/// together that is the order in which they took effect, not the one in which they were announced.
struct BusAccess {
  static constexpr std::uint16_t kNoQueue = 0xffff;

  std::uint64_t cycle = 0;      ///< of the device's clock, when it took effect
  std::uint64_t announced = 0;  ///< when its address was taken
  bool is_write = false;
  std::uint64_t address = 0;  ///< of the first byte
  std::uint32_t bytes = 0;    ///< from there; reads: those wanted if AxUSER says so, else up to the
                              ///< end of the last beat
  const std::uint8_t* data = nullptr;     ///< `bytes` of them, valid during the call
  const std::uint8_t* strobes = nullptr;  ///< writes: per byte, 0 if it was not written
  Response response = Response::Okay;
  std::uint8_t id = 0;
  std::uint16_t queue = kNoQueue;  ///< if AxUSER says so
  std::uint8_t step = 0;           ///< likewise: a number of Step in kit/tag.h, 0: none
};

}  // namespace ringside::cosim
