// SPDX-License-Identifier: Apache-2.0
// The advanced platform-level interrupt controller (RISC-V Advanced Interrupt Architecture 1.0,
// chapter 4): wires in, messages to the IMSIC (or wires to the harts) out.
#pragma once

#include <vector>

#include "irq/aplic_domain.h"
#include "kit/dma.h"
#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Two domains: the root at machine level, and its child at supervisor level. Devices are described
/// as wired to the child, because that is where firmware delegates all sources to.
class Aplic final : public Model, public WiredInterruptController {
 public:
  Aplic(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  void irq_level(unsigned line, bool high) override { root_.set_wire(line, high); }
  unsigned sources() const override { return source_count; }
  std::string phandle_name() const override { return path() + "/s"; }
  std::vector<std::uint32_t> specifier(unsigned source) const override;

  Param<unsigned> source_count{this, "sources", 96, Range<unsigned>{1, AplicDomain::kMaxSources},
                               "number of the highest interrupt source"};
  Choice<AplicDelivery> delivery{this,
                                 "delivery",
                                 {{"msi", AplicDelivery::Msi}, {"direct", AplicDelivery::Direct}},
                                 AplicDelivery::Msi,
                                 "how interrupts reach the harts: as messages to an IMSIC, or by "
                                 "wires"};
  MmioPort machine{this,
                   "machine",
                   "base_m",
                   Address{0xc000000},
                   AplicDomain::kBytes,
                   "address of the machine-level domain"};
  MmioPort supervisor{this,
                      "supervisor",
                      "base_s",
                      Address{0xd000000},
                      AplicDomain::kBytes,
                      "address of the supervisor-level domain"};
  DmaPort messages{this, "messages", "sends message-signalled interrupts"};

  Counter sent{this, "sent", "messages", "interrupts sent as messages"};
  Counter lost{this, "lost", "messages", "messages that nothing took"};

 private:
  AplicDomain::Output output(HartIrq irq);
  void access(AplicDomain& domain, tlm::tlm_generic_payload& payload);
  void send(std::uint64_t address, std::uint32_t data);
  DeviceTreeNode& describe(DeviceTree& tree, const MmioPort& port, HartIrq irq) const;

  std::vector<HartInterface*> harts_;  // by hart id; null where there is none
  AplicDomain root_{{source_count, delivery}, nullptr, output(HartIrq::MachineExternal)};
  AplicDomain child_{{source_count, delivery}, &root_, output(HartIrq::SupervisorExternal)};
};

}  // namespace ringside
