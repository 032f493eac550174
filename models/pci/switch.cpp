// SPDX-License-Identifier: Apache-2.0
#include "pci/switch.h"

#include <fmt/format.h>

#include "kit/platform.h"

namespace ringside::pci {

namespace {

// A switch that guests know: TI XIO3130.
constexpr Identity kUpstream{0x104c, 0x8232, 2, 0x060400, 0, 0};
constexpr Identity kDownstream{0x104c, 0x8233, 1, 0x060400, 0, 0};

}  // namespace

PciSwitch::PciSwitch(const sc_core::sc_module_name& name, const ModelContext& context)
    : PciBridge(name, context, ExpressType::UpstreamPort, kUpstream) {
  if (link)
    diagnostics().error(link->node().where(),
                        fmt::format("'link' of {}: its link is that of the port above; expected "
                                    "the link there, or at its downstream ports",
                                    label()));
  for (PciFunction* port : functions)
    if (!dynamic_cast<PciSwitchPort*>(port))
      diagnostics().error(port->node().where(),
                          fmt::format("{} stands inside {}; expected ports of type "
                                      "'pci-switch-port' there, and functions below these",
                                      port->label(), label()));
  secondary().attach(functions.all(), false);
}

template <typename F>
void PciSwitch::pass(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, F forward) {
  if (!platform().timed()) return forward();
  delay += latency.get();
  forward();
  if (payload.is_read()) delay += latency.get();
}

void PciSwitch::upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  pass(payload, delay, [&] { PciBridge::upstream(payload, delay); });
}

void PciSwitch::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  pass(payload, delay, [&] { PciBridge::transport(payload, delay); });
}

PciSwitchPort::PciSwitchPort(const sc_core::sc_module_name& name, const ModelContext& context)
    : PciPort(name, context, ExpressType::DownstreamPort, kDownstream) {
  if (!dynamic_cast<const PciSwitch*>(context.parent) && !platform().describing())
    diagnostics().error(
        node().where(),
        fmt::format("{} is no part of a switch; expected it below a 'pci-switch'", label()));
}

}  // namespace ringside::pci
