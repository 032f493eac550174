// SPDX-License-Identifier: Apache-2.0
// Power-off and reboot by a register: SiFive's test finisher, as on QEMU's `virt` machine.
#pragma once

#include "kit/model.h"
#include "kit/port.h"
#include "kit/reg.h"

namespace ringside {

/// A write to the register: 0x5555 ends the run with exit code 0, 0x3333 with the code in bits
/// 31:16, 0x7777 resets the machine; others do nothing. Reads give 0.
class Syscon final : public Model {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x1000;

  Syscon(const sc_core::sc_module_name& name, const ModelContext& context);
  void device_tree(DeviceTree& tree) override;

  MmioPort window{
      this, "window", "base", Address{0x100000}, kWindowBytes, "address of the register"};
  RegisterBank bank{this, "regs", "power control"};
  Register<std::uint32_t> finisher{
      &bank, "FINISHER", 0x0, RegAccess::WriteOnly, 0, "what to do with the machine"};
};

}  // namespace ringside
