// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "vmexit/ledger.h"

static void register_types(ringside::Registry& registry) {
  registry.add<ringside::ExitLedger, ringside::vmexit::Ledger>(
      "vm-exits", "counts the exits of a virtual machine and charges what they cost");
}

RINGSIDE_PLUGIN("vmexit", register_types);
