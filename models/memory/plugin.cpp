// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "memory/dram.h"
#include "memory/flash.h"
#include "memory/llc.h"
#include "memory/memory_window.h"
#include "memory/ram.h"
#include "memory/rom.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, ringside::MemoryWindow>(
      "device-memory", "memory that belongs to a device (hot-plugged, persistent)");
  registry.add<ringside::Model, ringside::Flash>("flash",
                                                 "a bank of NOR flash (CFI, Intel commands)");
  registry.add<ringside::Model, ringside::Ram>("ram", "main memory");
  registry.add<ringside::Model, ringside::Rom>("rom", "read-only memory with an image");
  registry.add<ringside::MemoryTiming, ringside::Dram>("dram", "a DRAM, its values written out");
  registry.add<ringside::MemoryTiming, ringside::Dram>("ddr4-3200", "a DIMM of DDR4-3200AA, 8 GiB");
  registry.add<ringside::MemoryTiming, ringside::Dram>("ddr5-4800", "a DIMM of DDR5-4800B, 16 GiB");
  registry.add<ringside::MemoryTiming, ringside::Dram>("lpddr4-3200",
                                                       "four channels of LPDDR4-3200, 4 GiB");
  registry.add<ringside::MemoryCache, ringside::Llc>("llc",
                                                     "a host's last-level cache, as DMA sees it");
}
RINGSIDE_PLUGIN("memory", register_types);
