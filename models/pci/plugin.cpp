// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "pci/host.h"
#include "pci/root_port.h"

namespace {

void register_types(ringside::Registry& registry) {
  using namespace ringside;
  registry.add<Model, pci::PciHost>("pci-host",
                                    "generic PCI Express host bridge with an ECAM window");
  registry.add<pci::PciFunction, pci::PciRootPort>("pci-root-port",
                                                   "PCI Express root port: a bridge to one link");
}

}  // namespace

RINGSIDE_PLUGIN("pci", register_types);
