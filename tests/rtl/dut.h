// SPDX-License-Identifier: Apache-2.0
// The engine in RTL with everything around it: memory, registers, interrupts, and a device part:
// one in C++ on its streams that gives back what it is given, inverted, or one in RTL. One
// interface for all of them, called directly, through pins, or behind
// a link.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/bus_access.h"
#include "cosim/axi/flat_memory.h"

namespace ringside::test {

/// What is behind the engine.
enum class Device {
  Loopback,  ///< in C++
  Entropy,   ///< 64 bits
  Net,       ///< 128 bits
  Block,     ///< 256 bits, 64 sectors
};

struct DutSettings {
  Device device = Device::Loopback;
  unsigned width = 64;  ///< of the loopback's data bus: 64, 128 or 256
  unsigned bug = 0;     ///< planted; loopback only
  cosim::AxiTiming timing;
  unsigned stream_stall = 0;     ///< percent
  unsigned interrupt_stall = 0;  ///< percent
  /// Verilated with --sc, with pins of SystemC (models/cosim/pins) and a clock that is a thread;
  /// loopback only. To be made before the simulation starts, and called from an SC_THREAD.
  bool pins = false;
  /// Behind a link that carries packets (models/cosim/tlp); entropy and block only.
  bool tlp = false;
};

class Dut {
 public:
  static constexpr unsigned kQueues = 2;
  static constexpr unsigned kVectors = 3;

  /// Memory that it sees; nothing is mapped elsewhere.
  static std::unique_ptr<Dut> make(const DutSettings& settings, cosim::FlatMemory& memory);
  virtual ~Dut() = default;

  /// Register accesses take as many clocks as they take.
  virtual std::uint32_t read(std::uint32_t address, unsigned bytes) = 0;
  virtual void write(std::uint32_t address, unsigned bytes, std::uint32_t value) = 0;
  /// At most so many clocks, fewer if the engine comes to rest; how many it were.
  virtual unsigned run(unsigned most) = 0;
  virtual bool resting() const = 0;
  virtual std::uint64_t cycle() const = 0;
  /// What was violated on any bus, one a line.
  virtual std::string violations() const = 0;

  /// Called for each burst and each interrupt.
  std::function<void(const cosim::BusAccess&)> observer;
  std::function<void(unsigned vector)> interrupt;
  virtual unsigned device_id() const = 0;

  // ---- of the loopback
  /// The device part keeps requests to itself while true.
  bool hold = false;
  /// Bytes that it answers beyond what fits.
  unsigned excess = 0;
  unsigned serve = ~0u;  ///< bit per queue: requests are taken
  std::uint64_t requests = 0;
};

}  // namespace ringside::test
