// SPDX-License-Identifier: Apache-2.0
// One PCI bus, seen from the bridge that it hangs on: the functions on it, which of them answers an
// address, and their interrupt pins.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

#include "kit/tag.h"

namespace ringside {
class Model;
}

namespace ringside::pci {

class Link;
class PciFunction;

/// What a bus needs from the host bridge or port above it.
class BusOwner {
 public:
  virtual ~BusOwner() = default;
  virtual bool is_root_bus() const = 0;
  /// The number that configuration accesses to this bus carry.
  virtual std::uint8_t secondary_bus() const = 0;
  /// The link that the bus is, or nullptr.
  virtual Link* bus_link() const { return nullptr; }
  /// What functions on the bus claim has changed.
  virtual void bus_decode_changed() = 0;
  /// A function's pin changed; `pin` counts from 1.
  virtual void pin_changed(unsigned device, unsigned pin, bool high) = 0;
  /// An access issued by a function on the bus or behind it.
  virtual void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) = 0;
  virtual bool upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) = 0;
  virtual unsigned upstream_debug(tlm::tlm_generic_payload& payload) = 0;
};

/// Disjoint ranges of addresses, each leading to a child. Found by the last hit, else by bisection.
class DecodeTable {
 public:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
    unsigned child;
  };
  void clear();
  void add(std::uint64_t first, std::uint64_t last, unsigned child);
  /// Sorts. Where ranges overlap (only a guest in the middle of its set-up, or a hostile one, makes
  /// them), the one that begins first wins.
  void finish();
  /// The range that holds all of an access, or nullptr.
  const Range* find(std::uint64_t address, std::uint64_t bytes) const;
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  std::vector<Range> ranges_;
  mutable std::size_t last_ = 0;
};

class PciBus {
 public:
  PciBus(Model& bridge, BusOwner& owner);
  ~PciBus();
  PciBus(const PciBus&) = delete;
  PciBus& operator=(const PciBus&) = delete;

  /// Gives the functions their places and binds them; call once, in the bridge's constructor. A bus
  /// below a port has one device only: number 0. Reports clashes.
  void attach(const std::vector<PciFunction*>& functions, bool single_device);

  /// Sends an access to who claims it; unclaimed reads give all ones, unclaimed writes vanish (a
  /// master abort as the processor sees it).
  void access(PciSpace space, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  void decode_changed() { stale_ = true; }
  /// Tells all functions that direct pointers into this range of DMA targets are gone.
  void invalidate_upstream(std::uint64_t first, std::uint64_t last);
  /// True if a translated function on the bus or behind it has this requester id now.
  bool has_requester(std::uint16_t requester_id) const;
  void reset_functions();
  /// Level of the wire that pins end in; 0 to 3.
  bool wire(unsigned index) const { return asserted_[index] != 0; }
  /// Counts a pin in or out; true if the wire's level has changed. The wire is (device + pin - 1)
  /// modulo 4 (PCI-to-PCI Bridge 1.2, 9.1).
  bool set_pin(unsigned device, unsigned pin, bool high, unsigned& wire);
  const std::vector<PciFunction*>& functions() const { return functions_; }
  const DecodeTable& memory_table();

 private:
  class Attachment;
  static constexpr std::uint16_t kNobody = 0xffff;

  bool choose_place(PciFunction& function, bool single_device, unsigned& place);
  Link* link_of(const PciFunction& function) const;
  void rebuild();
  void access_config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  Model& model_;
  BusOwner& owner_;
  std::vector<PciFunction*> functions_;
  std::vector<std::unique_ptr<Attachment>> attachments_;
  std::array<std::uint16_t, 256> by_devfn_;
  std::array<std::uint16_t, 256> by_bus_;
  DecodeTable memory_;
  DecodeTable io_;
  std::array<unsigned, 4> asserted_{};
  bool stale_ = true;
};

/// All ones for reads, nothing for writes.
void complete_unclaimed(tlm::tlm_generic_payload& payload);

}  // namespace ringside::pci
