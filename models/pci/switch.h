// SPDX-License-Identifier: Apache-2.0
// A PCI Express switch: an upstream port at the end of a link, a bus inside, and downstream ports
// with a link each (PCI Express Base 5.0, 1.3.3). What its devices issue shares the link above.
#pragma once

#include "pci/root_port.h"

namespace ringside::pci {

/// The upstream port; its children are the downstream ports.
class PciSwitch final : public PciBridge {
 public:
  PciSwitch(const sc_core::sc_module_name& name, const ModelContext& context);

  Param<sc_core::sc_time> latency{
      this, "latency", sc_core::sc_time(100, sc_core::SC_NS),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1, sc_core::SC_SEC)},
      "from the arrival of a packet at one port until another sends it (timed mode)"};

 private:
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  /// Adds the switch's time to the way there, and to the way back of a read.
  template <typename F>
  void pass(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, F forward);

 public:
  Children<PciFunction> functions{this, "children", "the downstream ports, by name"};
};

/// A downstream port of a switch.
class PciSwitchPort final : public PciPort {
 public:
  PciSwitchPort(const sc_core::sc_module_name& name, const ModelContext& context);
};

}  // namespace ringside::pci
