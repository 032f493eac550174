// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "irq/imsic.h"

#include <fmt/format.h>

#include <cstring>

#include "kit/device_tree.h"
#include "kit/exits.h"
#include "kit/platform.h"
#include "kit/trace.h"

namespace ringside {

Imsic::Imsic(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  if (ids % 64 != 63)
    throw ConfigError(ids.where(), fmt::format("'ids' of {} is {}; expected one less than a "
                                               "multiple of 64, such as 255",
                                               label(), ids.get()));
  for (Level* level : {&machine_, &supervisor_})
    level->port->on_transport([this, level](auto& payload, auto&) { access(*level, payload); });
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&message_due_);
  options.dont_initialize();
  sc_core::sc_spawn([this] { deliver(); }, "deliver", &options);
}

void Imsic::resolve() {
  for (HartContainer* container : platform().find_all<HartContainer>()) {
    for (HartInterface* hart : container->harts()) {
      if (hart->hart_id() >= kMaxHarts) continue;
      harts_.push_back(hart);
      make_file(machine_, *hart);
      make_file(supervisor_, *hart);
      hart->attach_interrupt_files(machine_.files[hart->hart_id()].get(),
                                   supervisor_.files[hart->hart_id()].get());
    }
  }
}

void Imsic::make_file(Level& level, HartInterface& hart) {
  if (level.files.size() <= hart.hart_id()) level.files.resize(hart.hart_id() + 1);
  auto& file = level.files[hart.hart_id()];
  file = std::make_unique<ImsicFile>(ids);
  file->on_signal([&hart, irq = level.irq](bool high) { hart.set_irq(irq, high); });
}

void Imsic::reset() {
  messages_.clear();
  for (Level* level : {&machine_, &supervisor_})
    for (auto& file : level->files)
      if (file) file->reset();
}

void Imsic::access(Level& level, tlm::tlm_generic_payload& payload) {
  const std::uint64_t hart = payload.get_address() / kPageBytes;
  const std::uint64_t offset = payload.get_address() % kPageBytes;
  if (hart >= level.files.size() || !level.files[hart])
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (payload.get_data_length() != 4 || offset % 4 != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  std::uint32_t value = 0;
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);  // all registers read as 0
    return;
  }
  if (!payload.is_write() || offset > 4) return;
  std::memcpy(&value, payload.get_data_ptr(), sizeof value);
  if (offset == 4) value = __builtin_bswap32(value);
  write(level, hart, value, payload.get_extension<TransactionTag>());
}

void Imsic::write(Level& level, std::uint64_t hart, std::uint32_t identity, TransactionTag* tag) {
  ++*level.messages;
  ImsicFile& file = *level.files[hart];
  ExitLedger* exits = platform().exits();
  const bool of_bus_master = tag && tag->step == Step::Interrupt;
  const bool of_device = of_bus_master && tag->target;
  if (tag && !of_device) tag->region = Region::Ipi;
  Tracer* tracer = platform().tracer();
  if (tracer && of_device)
    tracer->message_arrives(*tag, static_cast<unsigned>(hart), &level == &machine_, identity);
  if (!exits || !of_bus_master) return file.set_pending(identity);
  for (HartInterface* one : harts_)
    if (one->hart_id() == hart) lose_to_interrupt(*this, *one);
  // The APLIC's stands for a wire, which has been counted and delayed.
  if (!of_device) return file.set_pending(identity);
  const ExitLedger::Injection injection = exits->on_interrupt(*tag->target, tag->queue);
  if (injection.delay == sc_core::SC_ZERO_TIME) return file.set_pending(identity);
  messages_.push_back({sc_core::sc_time_stamp() + injection.delay, &file, identity});
  if (messages_.size() == 1) message_due_.notify(injection.delay);
}

void Imsic::deliver() {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  for (; !messages_.empty() && messages_.front().due <= now; messages_.pop_front())
    messages_.front().file->set_pending(messages_.front().identity);
  if (!messages_.empty()) message_due_.notify(messages_.front().due - now);
}

void Imsic::describe(const Level& level, DeviceTree& tree) const {
  std::vector<std::uint32_t> wires;
  for (const HartInterface* hart : harts_)
    wires.insert(wires.end(),
                 {tree.phandle(hart->intc_phandle_name()), static_cast<std::uint32_t>(level.irq)});
  tree.soc()
      .child(fmt::format("interrupt-controller@{:x}", level.port->base()))
      .texts("compatible", {"qemu,imsics", "riscv,imsics"})
      .cell("#interrupt-cells", 0)
      .empty("interrupt-controller")
      .empty("msi-controller")
      .cells("interrupts-extended", wires)
      .wide("reg", {level.port->base(), level.files.size() * kPageBytes})
      .cell("riscv,num-ids", ids)
      .cell("phandle", tree.phandle(path() + level.name));
}

void Imsic::device_tree(DeviceTree& tree) {
  describe(machine_, tree);
  describe(supervisor_, tree);
}

}  // namespace ringside
