// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "cpu/rv64.h"

namespace {

void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, ringside::cpu::Rv64>(
      "rv64", "RISC-V harts: RV64GC with M, S and U mode, Sv39 to Sv57, PMP, Sstc and AIA");
}

}  // namespace

RINGSIDE_PLUGIN("cpu", register_types);
