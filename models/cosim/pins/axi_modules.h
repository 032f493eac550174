// SPDX-License-Identifier: Apache-2.0
// The cores of cosim/axi as modules with pins, for designs verilated with --sc and for other
// simulators. Each core is a member: settings, observers and violations are the core's own.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/axi_manager.h"
#include "cosim/axi/axi_stream.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/interrupts.h"
#include "cosim/pins/axi_pins.h"
#include "cosim/pins/clocked.h"

namespace ringside::cosim {

/// Memory on the AXI4 manager of a design.
template <class Shape, class Memory>
class AxiSubordinateModule final : public Clocked {
 public:
  Axi4SubordinatePins<Shape> axi;
  AxiSubordinate<Axi4SubordinatePinPort<Axi4SubordinatePins<Shape>>, Memory> core;

  AxiSubordinateModule(const sc_core::sc_module_name& name, Memory& memory,
                       const AxiTiming& timing = {})
      : Clocked(name),
        core(Axi4SubordinatePinPort<Axi4SubordinatePins<Shape>>(axi), memory, timing) {}

 private:
  void clock() override {
    core.sample();
    core.drive();
  }
  void reset() override { core.reset(); }
};

/// Commands on the AXI4 subordinate of a design.
template <class Shape>
class AxiManagerModule : public Clocked {
 public:
  Axi4ManagerPins<Shape> axi;
  AxiManager<Axi4ManagerPinPort<Axi4ManagerPins<Shape>>> core;

  explicit AxiManagerModule(const sc_core::sc_module_name& name,
                            const AxiManagerSettings& settings = {})
      : Clocked(name), core(Axi4ManagerPinPort<Axi4ManagerPins<Shape>>(axi), settings) {}

  /// After core.start_read() or start_write(): ends a rest of the clock. Pins change at its edge.
  void begin() { ask(); }

 private:
  void clock() override {
    core.sample();
    core.drive();
  }
  void reset() override { core.reset(); }
};

/// Registers of a design, one access at a time.
template <class Address = std::uint32_t>
class AxiLiteManagerModule : public Clocked {
 public:
  AxiLiteManagerPins<Address> axil;
  AxiLiteManager<AxiLitePinPort<AxiLiteManagerPins<Address>>> core;

  explicit AxiLiteManagerModule(const sc_core::sc_module_name& name)
      : Clocked(name), core(AxiLitePinPort<AxiLiteManagerPins<Address>>(axil)) {}

  /// After core.start_read() or start_write(): pins change before the next edge.
  void begin() { ask(); }
  /// The access has ended.
  const sc_core::sc_event& ended_event() const { return ended_; }

 private:
  void clock() override {
    const bool was = core.busy();
    core.sample();
    core.drive();
    if (was && !core.busy()) ended_.notify(sc_core::SC_ZERO_TIME);
  }
  void show() override { core.drive(); }
  void reset() override {
    if (core.busy()) ended_.notify(sc_core::SC_ZERO_TIME);
    core.reset();
  }
  sc_core::sc_event ended_;
};

/// Takes packets of a design.
template <class Shape>
class AxiStreamSinkModule final : public Clocked {
 public:
  AxiStreamSinkPins<Shape> axis;
  AxiStreamSink<AxiStreamSinkPinPort<AxiStreamSinkPins<Shape>>> core;

  explicit AxiStreamSinkModule(const sc_core::sc_module_name& name, unsigned stall = 0,
                               std::uint64_t seed = 1)
      : Clocked(name), core(AxiStreamSinkPinPort<AxiStreamSinkPins<Shape>>(axis), stall, seed) {}

  /// Called each clock before TREADY is decided: core.complete() says if a packet may be taken.
  std::function<void()> sampled;

 private:
  void clock() override {
    core.sample();
    if (sampled) sampled();
    core.drive();
  }
  void reset() override { core.reset(); }
};

/// Gives packets to a design.
template <class Shape>
class AxiStreamSourceModule final : public Clocked {
 public:
  AxiStreamSourcePins<Shape> axis;
  AxiStreamSource<AxiStreamSourcePinPort<AxiStreamSourcePins<Shape>>> core;

  explicit AxiStreamSourceModule(const sc_core::sc_module_name& name, unsigned stall = 0,
                                 std::uint64_t seed = 1)
      : Clocked(name),
        core(AxiStreamSourcePinPort<AxiStreamSourcePins<Shape>>(axis), stall, seed) {}

  /// A packet, from the next edge on; only while core.idle(). Ends a rest of the clock.
  void send(std::vector<std::uint8_t>& bytes) {
    core.send(bytes);
    ask();
  }

 private:
  void clock() override {
    core.sample();
    core.drive();
  }
  void reset() override { core.reset(); }
};

/// Takes interrupt vectors of a design.
class InterruptSinkModule final : public Clocked {
 public:
  InterruptSinkPins pins;
  InterruptSink<InterruptSinkPinPort> core;

  explicit InterruptSinkModule(const sc_core::sc_module_name& name, unsigned stall = 0,
                               std::uint64_t seed = 1)
      : Clocked(name), core(InterruptSinkPinPort(pins), stall, seed) {}

 private:
  void clock() override {
    core.sample();
    core.drive();
  }
  void reset() override { core.reset(); }
};

}  // namespace ringside::cosim
