// SPDX-License-Identifier: Apache-2.0
// A bridge between two PCI buses: type 1 header with bus numbers, I/O, memory and prefetchable
// windows that firmware or the operating system sets up (PCI-to-PCI Bridge 1.2; PCI Express Base
// 5.0, 7.5.1.3). Root ports and the ports of switches derive from it.
#pragma once

#include "pci/bus.h"
#include "pci/function.h"

namespace ringside::pci {

class PciBridge : public PciFunction, public BusOwner {
 public:
  // BusOwner
  bool is_root_bus() const override { return false; }
  std::uint8_t secondary_bus() const override;
  void bus_decode_changed() override;
  void pin_changed(unsigned device, unsigned pin, bool high) override;
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned upstream_debug(tlm::tlm_generic_payload& payload) override;

  // PciFunction
  void claim(DecodeTable& memory, DecodeTable& io, unsigned child) const override;
  bool forwards_buses(unsigned& first, unsigned& last) const override;
  void upstream_invalidated(std::uint64_t first, std::uint64_t last) override;
  bool has_requester(std::uint16_t requester_id) const override;

  Counter forwarded_down{this, "forwarded_down", "count",
                         "accesses passed on to the bus behind the bridge"};
  Counter forwarded_up{this, "forwarded_up", "count",
                       "accesses of functions behind the bridge passed on to the bus above"};

 protected:
  PciBridge(const sc_core::sc_module_name& name, const ModelContext& context, ExpressType type,
            const Identity& identity);

  /// Nothing gets through to the functions behind, or back.
  virtual bool closed() const { return in_reset_; }
  void config_written(unsigned offset, unsigned bytes) override;
  void on_reset() override;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool direct_downstream(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  PciBus& secondary() { return secondary_; }

 private:
  struct Window {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
    bool holds(std::uint64_t address) const { return address >= first && address <= last; }
  };

  std::uint64_t read_bar(unsigned, std::uint64_t, unsigned) override { return 0; }
  void write_bar(unsigned, std::uint64_t, unsigned, std::uint64_t) override {}
  void declare_header(ExpressType type, const Identity& identity);
  void update_windows();
  bool is_for_behind(PciSpace space, std::uint64_t address) const;

  PciBus secondary_;
  Window io_;
  Window memory_;
  Window prefetch_;
  bool forwards_up_ = false;
  std::uint8_t numbered_ = 0;  // the secondary bus number that direct pointers were granted for
  bool in_reset_ = false;
};

}  // namespace ringside::pci
