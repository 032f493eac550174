// SPDX-License-Identifier: Apache-2.0
#include "irq/aplic.h"

#include <fmt/format.h>

#include <cstring>

#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

Aplic::Aplic(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  machine.on_transport([this](auto& payload, auto&) { access(root_, payload); });
  supervisor.on_transport([this](auto& payload, auto&) { access(child_, payload); });
}

AplicDomain::Output Aplic::output(HartIrq irq) {
  AplicDomain::Output output;
  output.message = [this](std::uint64_t address, std::uint32_t data) { send(address, data); };
  output.wire = [this, irq](unsigned hart, bool high) {
    if (!harts_[hart]) return;
    if (high) lose_to_interrupt(*this, *harts_[hart]);
    harts_[hart]->set_irq(irq, high);
  };
  return output;
}

void Aplic::resolve() {
  for (HartContainer* container : platform().find_all<HartContainer>()) {
    for (HartInterface* hart : container->harts()) {
      if (hart->hart_id() >= AplicDomain::kMaxHarts) continue;
      if (harts_.size() <= hart->hart_id()) harts_.resize(hart->hart_id() + 1);
      harts_[hart->hart_id()] = hart;
    }
  }
  root_.set_harts(static_cast<unsigned>(harts_.size()));
  child_.set_harts(static_cast<unsigned>(harts_.size()));
  const bool has_imsic = platform().find_first<MsiController>() != nullptr;
  if (delivery == AplicDelivery::Msi && !has_imsic)
    diagnostics().error(delivery.where(),
                        fmt::format("{} delivers messages, but nothing takes them; expected a "
                                    "model of type 'imsic', or 'delivery: direct'",
                                    label()));
  if (delivery == AplicDelivery::Direct && has_imsic)
    diagnostics().error(delivery.where(),
                        fmt::format("{} delivers by wires that the platform's IMSIC drives; "
                                    "expected 'delivery: msi', or no IMSIC",
                                    label()));
}

void Aplic::reset() {
  root_.reset();
  child_.reset();
}

void Aplic::access(AplicDomain& domain, tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  // 4.5: aligned 32-bit accesses only.
  if (payload.get_data_length() != 4 || offset % 4 != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  std::uint32_t value = 0;
  if (payload.is_read()) {
    value = domain.read(offset);
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    domain.write(offset, value);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Aplic::send(std::uint64_t address, std::uint32_t data) {
  TransactionTag tag;
  tag.step = Step::Interrupt;
  ++sent;
  if (messages.post(address, &data, sizeof data, tag) != DmaStatus::Ok) ++lost;
}

std::vector<std::uint32_t> Aplic::specifier(unsigned source) const {
  constexpr std::uint32_t kLevelHigh = 4;
  return {source, kLevelHigh};
}

DeviceTreeNode& Aplic::describe(DeviceTree& tree, const MmioPort& port, HartIrq irq) const {
  DeviceTreeNode& node = tree.soc().child(fmt::format("interrupt-controller@{:x}", port.base()));
  node.texts("compatible", {"qemu,aplic", "riscv,aplic"})
      .cell("#address-cells", 0)
      .cell("#interrupt-cells", 2)
      .empty("interrupt-controller")
      .wide("reg", {port.base(), AplicDomain::kBytes})
      .cell("riscv,num-sources", source_count);
  if (const auto* imsic = platform().find_first<MsiController>()) {
    const bool is_machine = irq == HartIrq::MachineExternal;
    return node.cell("msi-parent", tree.phandle(is_machine ? imsic->machine_msi_phandle_name()
                                                           : imsic->msi_phandle_name()));
  }
  std::vector<std::uint32_t> wires;
  for (const HartInterface* hart : harts_)
    if (hart)
      wires.insert(wires.end(),
                   {tree.phandle(hart->intc_phandle_name()), static_cast<std::uint32_t>(irq)});
  return node.cells("interrupts-extended", wires);
}

void Aplic::device_tree(DeviceTree& tree) {
  const std::uint32_t child = tree.phandle(phandle_name());
  const std::vector<std::uint32_t> delegation{child, 1, source_count};
  describe(tree, machine, HartIrq::MachineExternal)
      .cell("riscv,children", child)
      .cells("riscv,delegation", delegation)
      .cells("riscv,delegate", delegation)  // the name that older firmware knows
      .cell("phandle", tree.phandle(path() + "/m"));
  describe(tree, supervisor, HartIrq::SupervisorExternal).cell("phandle", child);
}

}  // namespace ringside
