// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "bus/bus.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, ringside::Bus>(
      "bus", "interconnect: routes accesses to its children by address");
}
RINGSIDE_PLUGIN("bus", register_types);
