// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "scsi/cd.h"
#include "scsi/disk.h"
#include "scsi/plugin_types.h"

namespace ringside::scsi {

void register_types(Registry& registry) {
  registry.add<LogicalUnit, Disk>("scsi-disk", "a SCSI disk (SBC-3)");
  registry.add<LogicalUnit, Cd>("scsi-cd", "a CD or DVD drive (MMC-6) with a data disc");
}

}  // namespace ringside::scsi

RINGSIDE_PLUGIN("scsi", ringside::scsi::register_types);
