// SPDX-License-Identifier: Apache-2.0
#include "kit/irq.h"

#include "kit/device_tree.h"
#include "kit/model.h"

namespace ringside {

IrqOut::IrqOut(Model* owner, const char* param, const char* doc, unsigned count)
    : owner_(owner), source_(owner, param, 0u, doc), levels_(count) {
  owner_->declare(*this);
}

void IrqOut::set(bool high, unsigned index) {
  if (levels_[index] == high) return;
  levels_[index] = high;
  if (sink_) sink_->irq_level(first_source() + index, high);
}

WiredInterruptController* IrqOut::controller() const {
  return dynamic_cast<WiredInterruptController*>(sink_);
}

void IrqOut::describe(DeviceTree& tree, DeviceTreeNode& node) const {
  const WiredInterruptController* to = controller();
  if (!to) return;
  node.cell("interrupt-parent", tree.phandle(to->phandle_name()));
  std::vector<std::uint32_t> cells;
  for (unsigned i = 0; i < count(); ++i)
    for (std::uint32_t cell : to->specifier(first_source() + i)) cells.push_back(cell);
  node.cells("interrupts", cells);
}

}  // namespace ringside
