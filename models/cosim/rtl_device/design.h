// SPDX-License-Identifier: Apache-2.0
// A virtio device in RTL as its owner sees it: a clock to turn, registers, and what comes out of
// it. No SystemC and no Verilator: this is what stands between files that know one and files that
// know the other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/bus_access.h"

namespace ringside::cosim {

/// What a design needs from outside. Called while its clock turns.
class DesignHost {
 public:
  virtual ~DesignHost() = default;
  /// A burst takes effect: of a read, `data` is to be filled with `access.bytes`; of a write it has
  /// them, with a strobe for each. True with the response, or false: then RtlDesign::finish(slot,
  /// ...) tells it later, and `access` is good until this returns only, `data` until then.
  virtual bool burst(unsigned slot, const BusAccess& access, std::uint8_t* data,
                     Response& response) = 0;
  /// An interrupt vector has been taken.
  virtual void interrupt(unsigned vector) = 0;
  /// The design is reset: bursts that are not finished are not waited for any more.
  virtual void forget_bursts() = 0;
};

/// A stretch of simulated time and the file that gets the signals in it; times in picoseconds.
struct WaveFile {
  std::string path;
  std::uint64_t from = 0;
  std::uint64_t to = 0;      ///< the last moment
  std::uint64_t period = 0;  ///< of the clock
};

class RtlDesign {
 public:
  static constexpr unsigned kSlots = 32;  ///< bursts that can be out at once

  virtual ~RtlDesign() = default;

  /// Power-on; also at the start.
  virtual void reset() = 0;
  /// How memory on its bus behaves, in clocks, beside what the host makes of it.
  virtual void set_timing(const AxiTiming& timing) = 0;

  /// A register access: 1, 2 or 4 bytes within a word, one at a time. Turn the clock until it is
  /// done.
  virtual void start_read(std::uint32_t address, unsigned bytes) = 0;
  virtual void start_write(std::uint32_t address, unsigned bytes, std::uint32_t value) = 0;
  virtual bool access_under_way() const = 0;
  /// What the latest access has brought; and whether the answer was an error.
  virtual std::uint32_t value() const = 0;
  virtual bool refused() const = 0;

  /// Turns the clock at most so often; less if the design comes to rest, an access to a register is
  /// done, or the host keeps a burst or has been given an interrupt. How often it was.
  virtual unsigned run(unsigned most) = 0;
  /// Nothing will happen before something comes from outside.
  virtual bool resting() const = 0;
  virtual std::uint8_t isr_status() const = 0;

  /// The end of a burst that the host has kept; of a read, its data are in place.
  virtual void finish(unsigned slot, Response response) = 0;

  virtual std::uint64_t clocks() const = 0;
  /// Clocks in which an address or a beat of data was offered and not taken.
  virtual std::uint64_t stalls() const = 0;
  /// Rules of AXI that were broken: how often, and the first ones, a line each with the clock.
  virtual std::uint64_t violations() const = 0;
  virtual std::string violation_text() const = 0;

  /// From now on the design's signals go to a file, as waves. Empty, or why they cannot.
  virtual std::string begin_waves(const WaveFile&) { return "the design does not write any"; }
  /// When the next rising edge of the clock is, in picoseconds of simulated time; for waves only.
  virtual void set_time(std::uint64_t) {}
  /// The file is complete.
  virtual void end_waves() {}
};

}  // namespace ringside::cosim
