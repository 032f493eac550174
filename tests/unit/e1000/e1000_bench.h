// SPDX-License-Identifier: Apache-2.0
// An e1000 at 00:03.0 on a wire of the test's own, with a driver's view of its registers and rings.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "baseline/e1000.h"
#include "kit/node.h"
#include "support/pci.h"
#include "unit/e1000/descriptors.h"

namespace ringside::test {

/// The other end of the cable.
struct Wire final : backend::NetBackend {
  using NetBackend::NetBackend;
  void transmit(const std::uint8_t* frame, std::size_t bytes) override {
    sent.emplace_back(frame, frame + bytes);
  }
  void arrive(const Bytes& frame) { deliver(frame.data(), frame.size()); }
  void link(bool up) { set_link(up); }
  std::vector<Bytes> sent;
};

inline void register_e1000(Registry& registry) {
  register_pci_models(registry);
  registry.add<backend::NetBackend, Wire>("wire", "the test's end of a cable");
  registry.add<pci::PciFunction, E1000>("e1000", "Intel 82540EM");
  registry.add<pci::Link, pci::Link>("pcie-link", "link");
}

inline const Bytes kStation{0x52, 0x54, 0, 1, 2, 3};

struct E1000Bench {
  static constexpr std::uint64_t kRegisters = 0x40000000;
  static constexpr std::uint32_t kPortBase = 0x1000;
  static constexpr std::uint64_t kTransmitRing = Guest::kRam + 0x1000;
  static constexpr std::uint64_t kReceiveRing = Guest::kRam + 0x10000;
  static constexpr std::uint64_t kBuffers = Guest::kRam + 0x100000;
  static constexpr unsigned kRing = 64;  ///< descriptors in each
  static constexpr unsigned kBuffer = 2048;
  static constexpr std::uint64_t kReceiveBuffers = Guest::kRam + 0x800000;

  enum Offset : unsigned {
    kCtrl = 0x0,
    kStatus = 0x8,
    kEecd = 0x10,
    kEerd = 0x14,
    kMdic = 0x20,
    kVet = 0x38,
    kIcr = 0xc0,
    kItr = 0xc4,
    kIcs = 0xc8,
    kIms = 0xd0,
    kImc = 0xd8,
    kRctl = 0x100,
    kTctl = 0x400,
    kPba = 0x1000,
    kRdbal = 0x2800,
    kRdbah = 0x2804,
    kRdlen = 0x2808,
    kRdh = 0x2810,
    kRdt = 0x2818,
    kRdtr = 0x2820,
    kRadv = 0x282c,
    kTdbal = 0x3800,
    kTdbah = 0x3804,
    kTdlen = 0x3808,
    kTdh = 0x3810,
    kTdt = 0x3818,
    kTidv = 0x3820,
    kTadv = 0x382c,
    kRxcsum = 0x5000,
    kMta = 0x5200,
    kRal = 0x5400,
    kVfta = 0x5600,
  };

  explicit E1000Bench(const std::string& params = "", const std::string& machine = "")
      : sim(pci_platform("          card: {type: e1000, slot: 3, mac: \"52:54:00:01:02:03\", "
                         "negotiation: 0, backend: wire" +
                             (params.empty() ? "" : ", " + params) + "}\n",
                         "", machine),
            register_e1000),
        card(sim.model<E1000>("bus.pci.card")),
        wire(sim.model<Wire>("bus.pci.card.backend")),
        guest(sim) {
    run(1);
    guest.put32(function + pci::kBar0, kRegisters);
    guest.put32(function + pci::kBar0 + 4, kPortBase);
    guest.put16(function + pci::kCommand, pci::kIoEnable | pci::kMemoryEnable | pci::kBusMaster);
    get(kIcr);  // the link has come up
  }

  void run(double microseconds) { sim.run(sc_core::sc_time(microseconds, sc_core::SC_US)); }
  std::uint32_t get(unsigned offset) { return guest.get32(kRegisters + offset); }
  void put(unsigned offset, std::uint32_t value) {
    guest.cpu.delay = sc_core::SC_ZERO_TIME;  // in timed mode, of the accesses before
    guest.put32(kRegisters + offset, value);
  }
  void write(std::uint64_t address, const Bytes& data) {
    guest.cpu.access(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data.data()),
                     static_cast<unsigned>(data.size()));
  }
  Bytes read(std::uint64_t address, std::size_t bytes) {
    Bytes data(bytes);
    guest.cpu.access(tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(bytes));
    return data;
  }

  // -- transmit
  void start_transmit(std::uint32_t control = 0xa) {  // EN, PSP
    put(kTdbal, kTransmitRing & 0xffffffff);
    put(kTdbah, 0);
    put(kTdlen, kRing * 16);
    put(kTdh, 0);
    put(kTdt, 0);
    put(kTctl, control);
  }
  static constexpr unsigned kWhole = e1000::kEndOfPacket | e1000::kInsertFcs | e1000::kReportStatus;
  void add(const e1000::TransmitDescriptor& d) {
    guest.put<std::uint64_t>(kTransmitRing + tail * 16, d.low);
    guest.put<std::uint64_t>(kTransmitRing + tail * 16 + 8, d.high);
    tail = (tail + 1) % kRing;
  }
  /// A place for a packet's data.
  std::uint64_t place(const Bytes& data) {
    const std::uint64_t at = kBuffers + next_buffer;
    next_buffer = (next_buffer + (data.size() + 15) / 16 * 16) % 0x400000;
    write(at, data);
    return at;
  }
  void queue(const Bytes& frame, unsigned command = kWhole) {
    add(legacy_descriptor(place(frame), frame.size(), command));
  }
  void kick() { put(kTdt, tail); }
  void send(const Bytes& frame, unsigned command = kWhole) {
    queue(frame, command);
    kick();
    run(1);
  }
  bool done(unsigned index) { return guest.get8(kTransmitRing + index * 16 + 12) & 1; }

  // -- receive
  void start_receive(unsigned buffers = kRing - 1, std::uint32_t more = 0) {
    for (unsigned i = 0; i < kRing; ++i) {
      guest.put<std::uint64_t>(kReceiveRing + i * 16, kReceiveBuffers + i * kBuffer);
      guest.put<std::uint64_t>(kReceiveRing + i * 16 + 8, 0);
    }
    put(kRdbal, kReceiveRing & 0xffffffff);
    put(kRdbah, 0);
    put(kRdlen, kRing * 16);
    put(kRdh, 0);
    put(kRdt, buffers);
    put(kRctl, 0x2 | 0x8000 | more);  // EN, BAM
  }
  void arrive(const Bytes& frame) {
    wire.arrive(frame);
    run(1);
  }
  struct Filled {
    unsigned length, checksum, status, errors, special;
    Bytes data;
  };
  /// Takes the next descriptor that has been filled; status 0 if none has.
  Filled take() {
    const std::uint64_t at = kReceiveRing + head * 16;
    const auto word = guest.get<std::uint64_t>(at + 8);
    const auto field = [word](unsigned shift, unsigned mask) {
      return static_cast<unsigned>(word >> shift & mask);
    };
    Filled f{field(0, 0xffff), field(16, 0xffff), field(32, 0xff),
             field(40, 0xff),  field(48, 0xffff), {}};
    if (!(f.status & 1)) return {};
    f.data = read(guest.get<std::uint64_t>(at), f.length);
    guest.put<std::uint64_t>(at + 8, 0);
    head = (head + 1) % kRing;
    return f;
  }

  bool pin() const { return card.pin_level(); }
  std::uint64_t count(const char* group, const char* name) {
    for (const StatGroup* g : card.stat_groups())
      if (g->stat_name() == group) return g->find_counter(name)->value();
    return ~std::uint64_t{0};
  }

  Sim sim;
  E1000& card;
  Wire& wire;
  Guest guest;
  const std::uint64_t function = Guest::place(0, 3);
  unsigned tail = 0;
  unsigned head = 0;
  std::uint64_t next_buffer = 0;
};

/// A frame to a station.
inline Bytes frame_to(const Bytes& station, std::size_t bytes = 60, std::uint8_t fill = 0x11) {
  Bytes f(bytes, fill);
  for (std::size_t i = 14; i < bytes; ++i) f[i] = static_cast<std::uint8_t>(fill + i);
  std::copy(station.begin(), station.end(), f.begin());
  return f;
}

}  // namespace ringside::test
