// SPDX-License-Identifier: Apache-2.0
// Pins of AXI4, AXI4-Lite, AXI-Stream and interrupts as bundles, for modules of either side and for
// the wires between them; and the ports through which the cores of cosim/axi see them.
#pragma once

#include <cstdint>

#include "cosim/pins/pin_types.h"

namespace ringside::cosim {

/// Widths in bits. An id or a user signal of one bit would be a bool: take the width that the
/// design has.
template <unsigned kDataBits, unsigned kAddressBits = 64, unsigned kIdBits = 4,
          unsigned kUserBits = 32>
struct Axi4Shape {
  static_assert(kDataBits == 32 || kDataBits == 64 || kDataBits == 128 || kDataBits == 256);
  static constexpr unsigned kBytes = kDataBits / 8;
  using Data = PinType<kDataBits>;
  using Strobes = PinType<kBytes>;
  using Address = PinType<kAddressBits>;
  using Id = PinType<kIdBits>;
  using User = PinType<kUserBits>;
};

/// `M`: what the manager drives, `S`: what the subordinate drives.
template <class Shape, template <class> class M, template <class> class S>
struct Axi4Bundle {
  using ShapeType = Shape;
  M<bool> arvalid{"arvalid"};
  S<bool> arready{"arready"};
  M<typename Shape::Address> araddr{"araddr"};
  M<typename Shape::Id> arid{"arid"};
  M<std::uint32_t> arlen{"arlen"}, arsize{"arsize"}, arburst{"arburst"};
  M<typename Shape::User> aruser{"aruser"};
  S<bool> rvalid{"rvalid"};
  M<bool> rready{"rready"};
  S<typename Shape::Id> rid{"rid"};
  S<typename Shape::Data> rdata{"rdata"};
  S<std::uint32_t> rresp{"rresp"};
  S<bool> rlast{"rlast"};
  M<bool> awvalid{"awvalid"};
  S<bool> awready{"awready"};
  M<typename Shape::Address> awaddr{"awaddr"};
  M<typename Shape::Id> awid{"awid"};
  M<std::uint32_t> awlen{"awlen"}, awsize{"awsize"}, awburst{"awburst"};
  M<typename Shape::User> awuser{"awuser"};
  M<bool> wvalid{"wvalid"};
  S<bool> wready{"wready"};
  M<typename Shape::Data> wdata{"wdata"};
  M<typename Shape::Strobes> wstrb{"wstrb"};
  M<bool> wlast{"wlast"};
  S<bool> bvalid{"bvalid"};
  M<bool> bready{"bready"};
  S<typename Shape::Id> bid{"bid"};
  S<std::uint32_t> bresp{"bresp"};

  /// Ports to wires of the same widths.
  template <class Wires>
  void bind(Wires& w) {
    arvalid(w.arvalid), arready(w.arready), araddr(w.araddr), arid(w.arid), arlen(w.arlen);
    arsize(w.arsize), arburst(w.arburst), aruser(w.aruser);
    rvalid(w.rvalid), rready(w.rready), rid(w.rid), rdata(w.rdata), rresp(w.rresp), rlast(w.rlast);
    awvalid(w.awvalid), awready(w.awready), awaddr(w.awaddr), awid(w.awid), awlen(w.awlen);
    awsize(w.awsize), awburst(w.awburst), awuser(w.awuser);
    wvalid(w.wvalid), wready(w.wready), wdata(w.wdata), wstrb(w.wstrb), wlast(w.wlast);
    bvalid(w.bvalid), bready(w.bready), bid(w.bid), bresp(w.bresp);
  }
};
template <class Shape>
using Axi4ManagerPins = Axi4Bundle<Shape, OutPin, InPin>;
template <class Shape>
using Axi4SubordinatePins = Axi4Bundle<Shape, InPin, OutPin>;
template <class Shape>
using Axi4Wires = Axi4Bundle<Shape, Wire, Wire>;

/// The AXI4 manager of a design whose ports are called m_axi_*.
template <class Design, class Wires>
void bind_m_axi(Design& d, Wires& w) {
  d.m_axi_arvalid(w.arvalid), d.m_axi_arready(w.arready), d.m_axi_araddr(w.araddr);
  d.m_axi_arid(w.arid), d.m_axi_arlen(w.arlen), d.m_axi_arsize(w.arsize);
  d.m_axi_arburst(w.arburst), d.m_axi_aruser(w.aruser);
  d.m_axi_rvalid(w.rvalid), d.m_axi_rready(w.rready), d.m_axi_rid(w.rid), d.m_axi_rdata(w.rdata);
  d.m_axi_rresp(w.rresp), d.m_axi_rlast(w.rlast);
  d.m_axi_awvalid(w.awvalid), d.m_axi_awready(w.awready), d.m_axi_awaddr(w.awaddr);
  d.m_axi_awid(w.awid), d.m_axi_awlen(w.awlen), d.m_axi_awsize(w.awsize);
  d.m_axi_awburst(w.awburst), d.m_axi_awuser(w.awuser);
  d.m_axi_wvalid(w.wvalid), d.m_axi_wready(w.wready), d.m_axi_wdata(w.wdata);
  d.m_axi_wstrb(w.wstrb), d.m_axi_wlast(w.wlast);
  d.m_axi_bvalid(w.bvalid), d.m_axi_bready(w.bready), d.m_axi_bid(w.bid), d.m_axi_bresp(w.bresp);
}

/// What AxiSubordinate sees of the pins of a subordinate.
template <class Pins>
class Axi4SubordinatePinPort {
  using Shape = typename Pins::ShapeType;

 public:
  static constexpr unsigned kBytes = Shape::kBytes;
  explicit Axi4SubordinatePinPort(Pins& pins) : p_(pins) {}

  bool arvalid() const { return p_.arvalid.read(); }
  void arready(bool on) { put(p_.arready, on); }
  bool arready() const { return p_.arready.read(); }
  std::uint64_t araddr() const { return p_.araddr.read(); }
  unsigned arid() const { return p_.arid.read(); }
  unsigned arlen() const { return p_.arlen.read(); }
  unsigned arsize() const { return p_.arsize.read(); }
  unsigned arburst() const { return p_.arburst.read(); }
  std::uint32_t aruser() const { return static_cast<std::uint32_t>(p_.aruser.read()); }
  bool rready() const { return p_.rready.read(); }
  void rvalid(bool on) { put(p_.rvalid, on); }
  void r(unsigned id, const std::uint8_t* beat, unsigned response, bool last) {
    put(p_.rid, id);
    from_lanes(beat, data_);
    put(p_.rdata, data_);
    put(p_.rresp, response);
    put(p_.rlast, last);
  }
  bool awvalid() const { return p_.awvalid.read(); }
  void awready(bool on) { put(p_.awready, on); }
  bool awready() const { return p_.awready.read(); }
  std::uint64_t awaddr() const { return p_.awaddr.read(); }
  unsigned awid() const { return p_.awid.read(); }
  unsigned awlen() const { return p_.awlen.read(); }
  unsigned awsize() const { return p_.awsize.read(); }
  unsigned awburst() const { return p_.awburst.read(); }
  std::uint32_t awuser() const { return static_cast<std::uint32_t>(p_.awuser.read()); }
  bool wvalid() const { return p_.wvalid.read(); }
  void wready(bool on) { put(p_.wready, on); }
  bool wready() const { return p_.wready.read(); }
  void wdata(std::uint8_t* beat) const { lanes_of(p_.wdata.read(), beat); }
  std::uint32_t wstrb() const { return p_.wstrb.read(); }
  bool wlast() const { return p_.wlast.read(); }
  bool bready() const { return p_.bready.read(); }
  void bvalid(bool on) { put(p_.bvalid, on); }
  void b(unsigned id, unsigned response) {
    put(p_.bid, id);
    put(p_.bresp, response);
  }

 private:
  Pins& p_;
  typename Shape::Data data_{};
};

/// What AxiManager sees of the pins of a manager.
template <class Pins>
class Axi4ManagerPinPort {
  using Shape = typename Pins::ShapeType;

 public:
  static constexpr unsigned kBytes = Shape::kBytes;
  explicit Axi4ManagerPinPort(Pins& pins) : p_(pins) {}

  void arvalid(bool on) { put(p_.arvalid, on); }
  void ar(std::uint64_t address, unsigned id, unsigned length, unsigned size, std::uint32_t user) {
    put(p_.araddr, address);
    put(p_.arid, id);
    put(p_.arlen, length);
    put(p_.arsize, size);
    put(p_.arburst, 1u);
    put(p_.aruser, user);
  }
  bool arready() const { return p_.arready.read(); }
  bool rvalid() const { return p_.rvalid.read(); }
  void rready(bool on) { put(p_.rready, on); }
  bool rready() const { return p_.rready.read(); }
  unsigned rid() const { return p_.rid.read(); }
  void rdata(std::uint8_t* beat) const { lanes_of(p_.rdata.read(), beat); }
  unsigned rresp() const { return p_.rresp.read(); }
  bool rlast() const { return p_.rlast.read(); }
  void awvalid(bool on) { put(p_.awvalid, on); }
  void aw(std::uint64_t address, unsigned id, unsigned length, unsigned size, std::uint32_t user) {
    put(p_.awaddr, address);
    put(p_.awid, id);
    put(p_.awlen, length);
    put(p_.awsize, size);
    put(p_.awburst, 1u);
    put(p_.awuser, user);
  }
  bool awready() const { return p_.awready.read(); }
  void wvalid(bool on) { put(p_.wvalid, on); }
  void w(const std::uint8_t* beat, std::uint32_t strobes, bool last) {
    from_lanes(beat, data_);
    put(p_.wdata, data_);
    put(p_.wstrb, strobes);
    put(p_.wlast, last);
  }
  bool wready() const { return p_.wready.read(); }
  bool bvalid() const { return p_.bvalid.read(); }
  void bready(bool on) { put(p_.bready, on); }
  bool bready() const { return p_.bready.read(); }
  unsigned bid() const { return p_.bid.read(); }
  unsigned bresp() const { return p_.bresp.read(); }

 private:
  Pins& p_;
  typename Shape::Data data_{};
};

// ---- AXI4-Lite, 32 bits of data

/// `A`: the type of an address.
template <class A, template <class> class M, template <class> class S>
struct AxiLiteBundle {
  using AddressType = A;
  M<bool> awvalid{"awvalid"};
  S<bool> awready{"awready"};
  M<A> awaddr{"awaddr"};
  M<bool> wvalid{"wvalid"};
  S<bool> wready{"wready"};
  M<std::uint32_t> wdata{"wdata"}, wstrb{"wstrb"};
  S<bool> bvalid{"bvalid"};
  M<bool> bready{"bready"};
  S<std::uint32_t> bresp{"bresp"};
  M<bool> arvalid{"arvalid"};
  S<bool> arready{"arready"};
  M<A> araddr{"araddr"};
  S<bool> rvalid{"rvalid"};
  M<bool> rready{"rready"};
  S<std::uint32_t> rdata{"rdata"}, rresp{"rresp"};

  template <class Wires>
  void bind(Wires& w) {
    awvalid(w.awvalid), awready(w.awready), awaddr(w.awaddr);
    wvalid(w.wvalid), wready(w.wready), wdata(w.wdata), wstrb(w.wstrb);
    bvalid(w.bvalid), bready(w.bready), bresp(w.bresp);
    arvalid(w.arvalid), arready(w.arready), araddr(w.araddr);
    rvalid(w.rvalid), rready(w.rready), rdata(w.rdata), rresp(w.rresp);
  }
};
template <class A = std::uint32_t>
using AxiLiteManagerPins = AxiLiteBundle<A, OutPin, InPin>;
template <class A = std::uint32_t>
using AxiLiteSubordinatePins = AxiLiteBundle<A, InPin, OutPin>;
template <class A = std::uint32_t>
using AxiLiteWires = AxiLiteBundle<A, Wire, Wire>;

/// The AXI4-Lite subordinate of a design whose ports are called s_axil_*.
template <class Design, class Wires>
void bind_s_axil(Design& d, Wires& w) {
  d.s_axil_awvalid(w.awvalid), d.s_axil_awready(w.awready), d.s_axil_awaddr(w.awaddr);
  d.s_axil_wvalid(w.wvalid), d.s_axil_wready(w.wready), d.s_axil_wdata(w.wdata);
  d.s_axil_wstrb(w.wstrb);
  d.s_axil_bvalid(w.bvalid), d.s_axil_bready(w.bready), d.s_axil_bresp(w.bresp);
  d.s_axil_arvalid(w.arvalid), d.s_axil_arready(w.arready), d.s_axil_araddr(w.araddr);
  d.s_axil_rvalid(w.rvalid), d.s_axil_rready(w.rready), d.s_axil_rdata(w.rdata);
  d.s_axil_rresp(w.rresp);
}

template <class Pins>
class AxiLitePinPort {
  using A = typename Pins::AddressType;

 public:
  explicit AxiLitePinPort(Pins& pins) : p_(pins) {}
  void aw(bool valid, std::uint32_t address) {
    put(p_.awvalid, valid);
    put(p_.awaddr, address);
  }
  bool awready() const { return p_.awready.read(); }
  void w(bool valid, std::uint32_t data, unsigned strobes) {
    put(p_.wvalid, valid);
    put(p_.wdata, data);
    put(p_.wstrb, strobes);
  }
  bool wready() const { return p_.wready.read(); }
  bool bvalid() const { return p_.bvalid.read(); }
  unsigned bresp() const { return p_.bresp.read(); }
  void bready(bool on) { put(p_.bready, on); }
  void ar(bool valid, std::uint32_t address) {
    put(p_.arvalid, valid);
    put(p_.araddr, address);
  }
  bool arready() const { return p_.arready.read(); }
  bool rvalid() const { return p_.rvalid.read(); }
  std::uint32_t rdata() const { return p_.rdata.read(); }
  unsigned rresp() const { return p_.rresp.read(); }
  void rready(bool on) { put(p_.rready, on); }

 private:
  Pins& p_;
};

// ---- AXI-Stream

template <unsigned kDataBits, unsigned kUserBits = 64>
struct AxiStreamShape {
  static constexpr unsigned kBytes = kDataBits / 8;
  using Data = PinType<kDataBits>;
  using Keep = PinType<kBytes>;
  using User = PinType<kUserBits>;
};

/// A pin that need not be bound: it then reads as 0.
template <class T>
struct OptionalPin
    : sc_core::sc_port<sc_core::sc_signal_in_if<T>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> {
  using sc_core::sc_port<sc_core::sc_signal_in_if<T>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>::sc_port;
  T read() const { return this->size() != 0 ? (*this)[0]->read() : T{}; }
};

/// `T`: what the transmitter drives, `R`: what the receiver drives.
template <class Shape, template <class> class T, template <class> class R>
struct AxiStreamBundle {
  using ShapeType = Shape;
  T<bool> tvalid{"tvalid"};
  R<bool> tready{"tready"};
  T<typename Shape::Data> tdata{"tdata"};
  T<typename Shape::Keep> tkeep{"tkeep"};
  T<bool> tlast{"tlast"};

  template <class Wires>
  void bind(Wires& w) {
    tvalid(w.tvalid), tready(w.tready), tdata(w.tdata), tkeep(w.tkeep), tlast(w.tlast);
  }
};
template <class Shape>
using AxiStreamWires = AxiStreamBundle<Shape, Wire, Wire>;
template <class Shape>
struct AxiStreamSourcePins : AxiStreamBundle<Shape, OutPin, InPin> {
  OptionalPin<bool> clear{"clear"};  ///< high: what was being sent is forgotten
};
template <class Shape>
struct AxiStreamSinkPins : AxiStreamBundle<Shape, InPin, OutPin> {
  OptionalPin<typename Shape::User> tuser{"tuser"};
  OptionalPin<bool> clear{"clear"};  ///< high: what has come is forgotten
};

template <class Pins>
class AxiStreamSinkPinPort {
 public:
  static constexpr unsigned kBytes = Pins::ShapeType::kBytes;
  explicit AxiStreamSinkPinPort(Pins& pins) : p_(pins) {}
  bool tvalid() const { return p_.tvalid.read(); }
  bool tready() const { return p_.tready.read(); }
  void tready(bool on) { put(p_.tready, on); }
  void tdata(std::uint8_t* beat) const { lanes_of(p_.tdata.read(), beat); }
  std::uint32_t tkeep() const { return p_.tkeep.read(); }
  bool tlast() const { return p_.tlast.read(); }
  std::uint64_t tuser() const { return p_.tuser.read(); }
  bool reset() const { return p_.clear.read(); }

 private:
  Pins& p_;
};

template <class Pins>
class AxiStreamSourcePinPort {
 public:
  static constexpr unsigned kBytes = Pins::ShapeType::kBytes;
  explicit AxiStreamSourcePinPort(Pins& pins) : p_(pins) {}
  bool tready() const { return p_.tready.read(); }
  bool tvalid() const { return p_.tvalid.read(); }
  void tvalid(bool on) { put(p_.tvalid, on); }
  void beat(const std::uint8_t* bytes, std::uint32_t keep, bool last) {
    from_lanes(bytes, data_);
    put(p_.tdata, data_);
    put(p_.tkeep, keep);
    put(p_.tlast, last);
  }
  bool reset() const { return p_.clear.read(); }

 private:
  Pins& p_;
  typename Pins::ShapeType::Data data_{};
};

// ---- interrupt vectors

struct InterruptSinkPins {
  InPin<bool> valid{"valid"};
  OutPin<bool> ready{"ready"};
  InPin<std::uint32_t> vector{"vector"};
};
class InterruptSinkPinPort {
 public:
  explicit InterruptSinkPinPort(InterruptSinkPins& pins) : p_(pins) {}
  bool valid() const { return p_.valid.read(); }
  bool ready() const { return p_.ready.read(); }
  void ready(bool on) { put(p_.ready, on); }
  unsigned vector() const { return p_.vector.read(); }

 private:
  InterruptSinkPins& p_;
};

}  // namespace ringside::cosim
