// SPDX-License-Identifier: Apache-2.0
// Reads and writes registers of a device under test over AXI4-Lite, one at a time.
#pragma once

#include <cstdint>

#include "cosim/axi/bus_access.h"
#include "cosim/axi/ports.h"

namespace ringside::cosim {

template <class Port>
class AxiLiteManager {
 public:
  explicit AxiLiteManager(Port port) : port_(port) { rest_pins(); }

  /// While the design is in reset: an access that is under way ends with SLVERR, pins are idle.
  void reset() {
    if (busy()) response_ = static_cast<unsigned>(Response::SlaveError);
    ar_ = aw_ = w_ = reading_ = writing_ = changed_ = false;
    rest_pins();
  }

  /// 1, 2 or 4 bytes within a word; pins change at the next drive(). Only while !busy().
  void start_read(std::uint32_t address, unsigned bytes) {
    begin(address, bytes);
    ar_ = reading_ = true;
  }
  void start_write(std::uint32_t address, unsigned bytes, std::uint32_t value) {
    begin(address, bytes);
    data_ = value << (8 * (address & 3));
    aw_ = w_ = writing_ = true;
  }
  bool busy() const { return reading_ || writing_; }
  /// What the latest access brought, and RRESP or BRESP.
  std::uint32_t value() const { return value_; }
  unsigned response() const { return response_; }

  void sample() {
    if (!busy()) return;
    if (driven_) {
      if (ar_ && port_.arready()) ar_ = false;
      if (aw_ && port_.awready()) aw_ = false;
      if (w_ && port_.wready()) w_ = false;
    }
    if (reading_ && port_.rvalid()) {
      const std::uint32_t mask = bytes_ == 4 ? ~0u : (1u << (8 * bytes_)) - 1;
      value_ = (port_.rdata() >> (8 * (address_ & 3))) & mask;
      response_ = port_.rresp();
      reading_ = false;
    }
    if (writing_ && port_.bvalid()) {
      response_ = port_.bresp();
      writing_ = false;
    }
    changed_ = true;
  }
  void drive() {
    if (!changed_) return;
    changed_ = false;
    driven_ = true;
    const unsigned lanes = ((1u << bytes_) - 1) << (address_ & 3);
    port_.ar(ar_, address_ & ~3u);
    port_.aw(aw_, address_ & ~3u);
    port_.w(w_, data_, lanes);
  }

 private:
  void rest_pins() {
    port_.aw(false, 0);
    port_.w(false, 0, 0);
    port_.ar(false, 0);
    port_.bready(true);
    port_.rready(true);
  }
  void begin(std::uint32_t address, unsigned bytes) {
    address_ = address;
    bytes_ = bytes;
    driven_ = false;
    changed_ = true;
  }

  Port port_;
  std::uint32_t address_ = 0, data_ = 0, value_ = 0;
  unsigned bytes_ = 4, response_ = 0;
  bool ar_ = false, aw_ = false, w_ = false;
  bool reading_ = false, writing_ = false;
  bool driven_ = false, changed_ = false;  // pins show the access; pins have to follow
};

}  // namespace ringside::cosim
