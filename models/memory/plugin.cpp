// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "memory/ram.h"
#include "memory/rom.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, ringside::Ram>("ram", "main memory");
  registry.add<ringside::Model, ringside::Rom>("rom", "read-only memory with an image");
}
RINGSIDE_PLUGIN("memory", register_types);
