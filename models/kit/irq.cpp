// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "kit/irq.h"

#include "kit/device_tree.h"
#include "kit/exits.h"
#include "kit/model.h"
#include "kit/platform.h"
#include "kit/trace.h"

namespace ringside {

IrqOut::IrqOut(Model* owner, const char* param, const char* doc, unsigned count)
    : owner_(owner), source_(owner, param, 0u, doc), wires_(count) {
  owner_->declare(*this);
}

void IrqOut::connect(IrqSink* sink) {
  sink_ = sink;
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&rise_due_);
  options.dont_initialize();
  sc_core::sc_spawn([this] { rise(); }, sc_core::sc_gen_unique_name("irq_rise"), &options);
}

void IrqOut::set(bool high, unsigned index) {
  Wire& wire = wires_[index];
  if (wire.level == high) return;
  wire.level = high;
  wire.rises_at.reset();
  if (!sink_) return;
  ExitLedger* exits = owner_->platform().exits();
  if (high && own_) {
    if (Tracer* tracer = owner_->platform().tracer()) tracer->pin_asserted(*owner_);
    if (exits) exits->on_interrupt(*owner_, TransactionTag::kNoQueue);
  }
  if (!high || !exits) return show(index);
  const sc_core::sc_time delay = exits->injection().delay;
  if (delay == sc_core::SC_ZERO_TIME) return show(index);
  wire.rises_at = sc_core::sc_time_stamp() + delay;
  rise_due_.notify(delay);
}

void IrqOut::show(unsigned index) {
  Wire& wire = wires_[index];
  if (wire.shown == wire.level) return;
  wire.shown = wire.level;
  sink_->irq_level(first_source() + index, wire.level);
}

void IrqOut::rise() {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  for (unsigned i = 0; i < count(); ++i) {
    std::optional<sc_core::sc_time>& due = wires_[i].rises_at;
    if (!due) continue;
    if (*due > now) {
      rise_due_.notify(*due - now);
      continue;
    }
    due.reset();
    show(i);
  }
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

void lose_to_interrupt(const Model& controller, HartInterface& hart) {
  if (ExitLedger* exits = controller.platform().exits()) hart.lose_time(exits->injection().hart);
}

}  // namespace ringside
