// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "irq/aclint.h"

static void register_types(ringside::Registry& registry) {
  using ringside::Model;
  registry.add<Model, ringside::Aclint>("aclint",
                                        "machine timer and software interrupts of the harts");
}
RINGSIDE_PLUGIN("irq", register_types);
