// SPDX-License-Identifier: Apache-2.0
// A device part in C++ behind the engine in RTL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cosim/axi/axi_stream.h"
#include "cosim/axi/ports.h"
#include "rtl/dut.h"

namespace ringside::test {

/// Answers each packet with its bytes inverted, cut to what the request has room for. `Switches`
/// has hold, excess, serve and requests, as in Dut.
template <class Model, class Switches>
struct LoopbackPart {
  LoopbackPart(Model& model, const DutSettings& settings, Switches& switches)
      : switches(switches),
        sink(cosim::RequestPort<Model>(model), settings.stream_stall, settings.timing.seed + 1),
        source(cosim::ResponsePort<Model>(model), settings.stream_stall, settings.timing.seed + 2),
        model(model) {
    model.bug = static_cast<std::uint8_t>(settings.bug);
    model.config_data = 0x04030201;
    model.queue_serve = 3;
  }
  void sample() {
    sink.sample();
    source.sample();
  }
  void drive() {
    if (sink.complete() && source.idle() && !switches.hold) answer();
    sink.drive();
    source.drive();
    model.queue_serve = switches.serve & 3;
  }
  unsigned device_id() const { return 0; }
  std::string violations() const { return sink.violations().str(); }
  void answer() {
    const std::size_t room = sink.user() >> 32;
    response.clear();
    for (std::size_t i = 0; i < sink.bytes().size() && i < room; ++i)
      response.push_back(static_cast<std::uint8_t>(~sink.bytes()[i]));
    if (switches.excess != 0) response.resize(room + switches.excess, 0xcc);
    source.send(response);
    sink.take();
    ++switches.requests;
  }

  Switches& switches;
  cosim::AxiStreamSink<cosim::RequestPort<Model>> sink;
  cosim::AxiStreamSource<cosim::ResponsePort<Model>> source;
  std::vector<std::uint8_t> response;
  Model& model;
};

}  // namespace ringside::test
