// SPDX-License-Identifier: Apache-2.0
// A TlpEndpoint on two AXI-Streams, one for each direction: a packet of the stream is a packet of
// the link, its first byte in lane 0, TKEEP in whole double words.
#pragma once

#include <cstdint>
#include <vector>

#include "cosim/axi/axi_stream.h"
#include "cosim/tlp/endpoint.h"

namespace ringside::cosim {

/// A stream that the design sends, pins m_axis_tlp_*.
template <class Dut>
class TlpFromDesign {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::m_axis_tlp_tdata);
  explicit TlpFromDesign(Dut& dut) : d_(dut) {}
  bool tvalid() const { return d_.m_axis_tlp_tvalid; }
  bool tready() const { return d_.m_axis_tlp_tready; }
  void tready(bool on) { d_.m_axis_tlp_tready = on; }
  void tdata(std::uint8_t* beat) const { std::memcpy(beat, &d_.m_axis_tlp_tdata, kBytes); }
  std::uint32_t tkeep() const { return d_.m_axis_tlp_tkeep; }
  bool tlast() const { return d_.m_axis_tlp_tlast; }
  std::uint64_t tuser() const { return 0; }
  bool reset() const { return false; }

 private:
  Dut& d_;
};

/// A stream that it takes, pins s_axis_tlp_*.
template <class Dut>
class TlpToDesign {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::s_axis_tlp_tdata);
  explicit TlpToDesign(Dut& dut) : d_(dut) {}
  bool tready() const { return d_.s_axis_tlp_tready; }
  bool tvalid() const { return d_.s_axis_tlp_tvalid; }
  void tvalid(bool on) { d_.s_axis_tlp_tvalid = on; }
  void beat(const std::uint8_t* bytes, std::uint32_t keep, bool last) {
    std::memcpy(&d_.s_axis_tlp_tdata, bytes, kBytes);
    d_.s_axis_tlp_tkeep = keep;
    d_.s_axis_tlp_tlast = last;
  }
  bool reset() const { return false; }

 private:
  Dut& d_;
};

template <class FromPort, class ToPort>
class TlpStream {
 public:
  /// Stalls of both streams are those of the settings' timing.
  TlpStream(FromPort from, ToPort to, TlpTarget& target, const TlpSettings& settings)
      : endpoint(target, settings),
        sink_(from, settings.timing.stall, settings.timing.seed + 1),
        source_(to, settings.timing.stall, settings.timing.seed + 2) {
    sink_.most_bytes = Tlp::kMostBytes;
  }

  TlpEndpoint endpoint;

  bool idle() const { return endpoint.idle() && sink_.idle() && source_.idle(); }
  /// Of both streams and all packets, one a line.
  std::string violations() const { return endpoint.violations().str() + sink_.violations().str(); }

  void sample() {
    sink_.sample();
    source_.sample();
  }
  void drive() {
    endpoint.clock();
    if (sink_.complete() && endpoint.can_receive()) {
      endpoint.receive(sink_.bytes().data(), sink_.bytes().size());
      sink_.take();
    }
    if (source_.idle() && endpoint.next(packet_)) source_.send(packet_);
    sink_.drive();
    source_.drive();
  }
  void reset() {
    endpoint.reset();
    sink_.reset();
    source_.reset();
  }

 private:
  AxiStreamSink<FromPort> sink_;
  AxiStreamSource<ToPort> source_;
  std::vector<std::uint8_t> packet_;
};

}  // namespace ringside::cosim
