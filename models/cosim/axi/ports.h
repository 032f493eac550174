// SPDX-License-Identifier: Apache-2.0
// Names of pins. A core below takes a port, a small class with one function per signal, so the same
// core runs on a verilated class directly, on a struct that mirrors pins of SystemC, or on other
// names. Everything is inlined: a signal is a load or a store.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ringside::cosim {

/// AXI4 manager of the device under test, pins m_axi_*.
template <class Dut>
class AxiPort {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::m_axi_rdata);  ///< of the data bus

  explicit AxiPort(Dut& dut) : d_(dut) {}

  bool arvalid() const { return d_.m_axi_arvalid; }
  void arready(bool on) { d_.m_axi_arready = on; }
  bool arready() const { return d_.m_axi_arready; }
  std::uint64_t araddr() const { return d_.m_axi_araddr; }
  unsigned arid() const { return d_.m_axi_arid; }
  unsigned arlen() const { return d_.m_axi_arlen; }
  unsigned arsize() const { return d_.m_axi_arsize; }
  unsigned arburst() const { return d_.m_axi_arburst; }
  std::uint32_t aruser() const { return d_.m_axi_aruser; }

  bool rready() const { return d_.m_axi_rready; }
  void rvalid(bool on) { d_.m_axi_rvalid = on; }
  void r(unsigned id, const std::uint8_t* beat, unsigned response, bool last) {
    d_.m_axi_rid = static_cast<std::uint8_t>(id);
    std::memcpy(&d_.m_axi_rdata, beat, kBytes);
    d_.m_axi_rresp = static_cast<std::uint8_t>(response);
    d_.m_axi_rlast = last;
  }

  bool awvalid() const { return d_.m_axi_awvalid; }
  void awready(bool on) { d_.m_axi_awready = on; }
  bool awready() const { return d_.m_axi_awready; }
  std::uint64_t awaddr() const { return d_.m_axi_awaddr; }
  unsigned awid() const { return d_.m_axi_awid; }
  unsigned awlen() const { return d_.m_axi_awlen; }
  unsigned awsize() const { return d_.m_axi_awsize; }
  unsigned awburst() const { return d_.m_axi_awburst; }
  std::uint32_t awuser() const { return d_.m_axi_awuser; }

  bool wvalid() const { return d_.m_axi_wvalid; }
  void wready(bool on) { d_.m_axi_wready = on; }
  bool wready() const { return d_.m_axi_wready; }
  void wdata(std::uint8_t* beat) const { std::memcpy(beat, &d_.m_axi_wdata, kBytes); }
  std::uint32_t wstrb() const { return d_.m_axi_wstrb; }
  bool wlast() const { return d_.m_axi_wlast; }

  bool bready() const { return d_.m_axi_bready; }
  void bvalid(bool on) { d_.m_axi_bvalid = on; }
  void b(unsigned id, unsigned response) {
    d_.m_axi_bid = static_cast<std::uint8_t>(id);
    d_.m_axi_bresp = static_cast<std::uint8_t>(response);
  }

 private:
  Dut& d_;
};

/// AXI4 subordinate of the design under test, pins s_axi_*: for AxiManager.
template <class Dut>
class AxiManagerPort {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::s_axi_rdata);

  explicit AxiManagerPort(Dut& dut) : d_(dut) {}

  void arvalid(bool on) { d_.s_axi_arvalid = on; }
  void ar(std::uint64_t address, unsigned id, unsigned length, unsigned size, std::uint32_t user) {
    d_.s_axi_araddr = address;
    d_.s_axi_arid = static_cast<std::uint8_t>(id);
    d_.s_axi_arlen = static_cast<std::uint8_t>(length);
    d_.s_axi_arsize = static_cast<std::uint8_t>(size);
    d_.s_axi_arburst = 1;
    d_.s_axi_aruser = user;
  }
  bool arready() const { return d_.s_axi_arready; }
  bool rvalid() const { return d_.s_axi_rvalid; }
  void rready(bool on) { d_.s_axi_rready = on; }
  bool rready() const { return d_.s_axi_rready; }
  unsigned rid() const { return d_.s_axi_rid; }
  void rdata(std::uint8_t* beat) const { std::memcpy(beat, &d_.s_axi_rdata, kBytes); }
  unsigned rresp() const { return d_.s_axi_rresp; }
  bool rlast() const { return d_.s_axi_rlast; }

  void awvalid(bool on) { d_.s_axi_awvalid = on; }
  void aw(std::uint64_t address, unsigned id, unsigned length, unsigned size, std::uint32_t user) {
    d_.s_axi_awaddr = address;
    d_.s_axi_awid = static_cast<std::uint8_t>(id);
    d_.s_axi_awlen = static_cast<std::uint8_t>(length);
    d_.s_axi_awsize = static_cast<std::uint8_t>(size);
    d_.s_axi_awburst = 1;
    d_.s_axi_awuser = user;
  }
  bool awready() const { return d_.s_axi_awready; }
  void wvalid(bool on) { d_.s_axi_wvalid = on; }
  void w(const std::uint8_t* beat, std::uint32_t strobes, bool last) {
    std::memcpy(&d_.s_axi_wdata, beat, kBytes);
    d_.s_axi_wstrb = static_cast<std::remove_reference_t<decltype(d_.s_axi_wstrb)>>(strobes);
    d_.s_axi_wlast = last;
  }
  bool wready() const { return d_.s_axi_wready; }
  bool bvalid() const { return d_.s_axi_bvalid; }
  void bready(bool on) { d_.s_axi_bready = on; }
  bool bready() const { return d_.s_axi_bready; }
  unsigned bid() const { return d_.s_axi_bid; }
  unsigned bresp() const { return d_.s_axi_bresp; }

 private:
  Dut& d_;
};

/// AXI4-Lite subordinate of the device under test, pins s_axil_*, 32 bits.
template <class Dut>
class AxiLitePort {
 public:
  explicit AxiLitePort(Dut& dut) : d_(dut) {}

  void aw(bool valid, std::uint32_t address) {
    d_.s_axil_awvalid = valid;
    d_.s_axil_awaddr = static_cast<std::uint16_t>(address);
  }
  bool awready() const { return d_.s_axil_awready; }
  void w(bool valid, std::uint32_t data, unsigned strobes) {
    d_.s_axil_wvalid = valid;
    d_.s_axil_wdata = data;
    d_.s_axil_wstrb = static_cast<std::uint8_t>(strobes);
  }
  bool wready() const { return d_.s_axil_wready; }
  bool bvalid() const { return d_.s_axil_bvalid; }
  unsigned bresp() const { return d_.s_axil_bresp; }
  void bready(bool on) { d_.s_axil_bready = on; }
  void ar(bool valid, std::uint32_t address) {
    d_.s_axil_arvalid = valid;
    d_.s_axil_araddr = static_cast<std::uint16_t>(address);
  }
  bool arready() const { return d_.s_axil_arready; }
  bool rvalid() const { return d_.s_axil_rvalid; }
  std::uint32_t rdata() const { return d_.s_axil_rdata; }
  unsigned rresp() const { return d_.s_axil_rresp; }
  void rready(bool on) { d_.s_axil_rready = on; }

 private:
  Dut& d_;
};

/// The stream of requests that the device under test sends, pins m_axis_request_*.
template <class Dut>
class RequestPort {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::m_axis_request_tdata);

  explicit RequestPort(Dut& dut) : d_(dut) {}
  bool tvalid() const { return d_.m_axis_request_tvalid; }
  bool tready() const { return d_.m_axis_request_tready; }
  void tready(bool on) { d_.m_axis_request_tready = on; }
  void tdata(std::uint8_t* beat) const { std::memcpy(beat, &d_.m_axis_request_tdata, kBytes); }
  std::uint32_t tkeep() const { return d_.m_axis_request_tkeep; }
  bool tlast() const { return d_.m_axis_request_tlast; }
  std::uint64_t tuser() const { return d_.m_axis_request_tuser; }
  bool reset() const { return d_.stream_reset; }

 private:
  Dut& d_;
};

/// The stream of responses that it takes, pins s_axis_response_*.
template <class Dut>
class ResponsePort {
 public:
  static constexpr unsigned kBytes = sizeof(Dut::s_axis_response_tdata);

  explicit ResponsePort(Dut& dut) : d_(dut) {}
  bool tready() const { return d_.s_axis_response_tready; }
  bool tvalid() const { return d_.s_axis_response_tvalid; }
  void tvalid(bool on) { d_.s_axis_response_tvalid = on; }
  void beat(const std::uint8_t* bytes, std::uint32_t keep, bool last) {
    std::memcpy(&d_.s_axis_response_tdata, bytes, kBytes);
    d_.s_axis_response_tkeep = keep;
    d_.s_axis_response_tlast = last;
  }
  bool reset() const { return d_.stream_reset; }

 private:
  Dut& d_;
};

/// Interrupt vectors, pins irq_*.
template <class Dut>
class InterruptPort {
 public:
  explicit InterruptPort(Dut& dut) : d_(dut) {}
  bool valid() const { return d_.irq_valid; }
  bool ready() const { return d_.irq_ready; }
  void ready(bool on) { d_.irq_ready = on; }
  unsigned vector() const { return d_.irq_vector; }

 private:
  Dut& d_;
};

}  // namespace ringside::cosim
