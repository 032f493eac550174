// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "baseline/ahci.h"
#include "baseline/e1000.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::pci::PciFunction, ringside::E1000>("e1000",
                                                            "Intel 82540EM network controller");
  registry.add<ringside::pci::PciFunction, ringside::Ahci>("ahci",
                                                           "AHCI host bus adapter for ATA disks");
  registry.add<ringside::AtaDisk, ringside::AtaDisk>("ata-disk", "ATA disk");
}
RINGSIDE_PLUGIN("baseline", register_types);
