// SPDX-License-Identifier: Apache-2.0
// Registers a type that the kit has.
#include "kit/machine.h"
#include "kit/plugin.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::Machine, ringside::Machine>("machine", "again");
}

RINGSIDE_PLUGIN("twice", register_types);
