// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "irq/aclint.h"
#include "irq/aplic.h"
#include "irq/imsic.h"
#include "irq/plic.h"

static void register_types(ringside::Registry& registry) {
  using ringside::Model;
  registry.add<Model, ringside::Aclint>("aclint",
                                        "machine timer and software interrupts of the harts");
  registry.add<Model, ringside::Aplic>("aplic",
                                       "wired interrupts, sent on as messages (AIA), or direct");
  registry.add<Model, ringside::Imsic>("imsic", "message-signalled interrupts of the harts (AIA)");
  registry.add<Model, ringside::Plic>("plic", "wired interrupts (SiFive PLIC)");
}
RINGSIDE_PLUGIN("irq", register_types);
