// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "memory/flash.h"
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
}
RINGSIDE_PLUGIN("memory", register_types);
