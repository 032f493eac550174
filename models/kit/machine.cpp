// SPDX-License-Identifier: Apache-2.0
#include "kit/machine.h"

#include "kit/device_tree.h"

namespace ringside {

Machine::Machine(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {}

Machine::Apply::Apply(Machine& machine) {
  Platform& platform = machine.platform();
  platform.accuracy = machine.accuracy;
  platform.pacing = machine.pacing;
  platform.seed = machine.seed;
  platform.quantum = machine.quantum;
}

Machine::Attach::Attach(Machine& machine) {
  machine.platform().attach_exits(machine.exits.get());
}

void Machine::device_tree(DeviceTree& tree) {
  DeviceTreeNode& root = tree.root();
  root.cell("#address-cells", 2)
      .cell("#size-cells", 2)
      .text("compatible", compatible)
      .text("model", title);
  tree.soc()
      .cell("#address-cells", 2)
      .cell("#size-cells", 2)
      .text("compatible", "simple-bus")
      .empty("ranges");
}

}  // namespace ringside
