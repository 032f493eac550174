// SPDX-License-Identifier: Apache-2.0
// One end of a link that carries packets, behind pins: TlpEndpoint (models/cosim/tlp) on two
// AXI-Streams. A program that uses it links Ringside::cosim-tlp.
#pragma once

#include "cosim/pins/axi_pins.h"
#include "cosim/pins/clocked.h"
#include "cosim/tlp/stream.h"

namespace ringside::cosim {

template <class Shape>
class TlpModule final : public Clocked {
  struct From : sc_core::sc_module {
    explicit From(const sc_core::sc_module_name& name) : sc_module(name) {}
    AxiStreamSinkPins<Shape> axis;
  };
  struct To : sc_core::sc_module {
    explicit To(const sc_core::sc_module_name& name) : sc_module(name) {}
    AxiStreamSourcePins<Shape> axis;
  };
  using FromPort = AxiStreamSinkPinPort<AxiStreamSinkPins<Shape>>;
  using ToPort = AxiStreamSourcePinPort<AxiStreamSourcePins<Shape>>;

 public:
  From from_design{"from_design"};  ///< packets that come
  To to_design{"to_design"};        ///< packets that go
  TlpStream<FromPort, ToPort> core;

  TlpModule(const sc_core::sc_module_name& name, TlpTarget& target, const TlpSettings& settings)
      : Clocked(name), core(FromPort(from_design.axis), ToPort(to_design.axis), target, settings) {}

  /// After core.endpoint.start_read() or start_write(): ends a rest of the clock.
  void begin() { ask(); }

 private:
  void clock() override {
    core.sample();
    core.drive();
  }
  void reset() override { core.reset(); }
};

}  // namespace ringside::cosim
