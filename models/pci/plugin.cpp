// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "pci/host.h"
#include "pci/root_port.h"
#include "pci/switch.h"

namespace {

void register_types(ringside::Registry& registry) {
  using namespace ringside;
  registry.add<Model, pci::PciHost>("pci-host",
                                    "generic PCI Express host bridge with an ECAM window");
  registry.add<pci::PciFunction, pci::PciRootPort>("pci-root-port",
                                                   "PCI Express root port: a bridge to one link");
  registry.add<pci::PciFunction, pci::PciSwitch>(
      "pci-switch", "PCI Express switch: its upstream port, below a root port or another switch");
  registry.add<pci::PciFunction, pci::PciSwitchPort>(
      "pci-switch-port", "downstream port of a PCI Express switch: a bridge to one link");
  registry.add<pci::Link, pci::Link>("pcie-link", "PCI Express link: rate, packets, credits, tags");
}

}  // namespace

RINGSIDE_PLUGIN("pci", register_types);
