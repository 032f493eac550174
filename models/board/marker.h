// SPDX-License-Identifier: Apache-2.0
// Where software says what matters to whoever measures it: the region of interest, and how far it
// has come.
#pragma once

#include "kit/model.h"
#include "kit/port.h"
#include "kit/reg.h"

namespace ringside {

/// All registers have 32 bits. An access is no event of a virtual machine: it costs nothing and no
/// ledger counts it.
///
///   0x0  MAGIC      reads as kMagic
///   0x4  REGION     1: the region of interest begins, and statistics with it; 0: it ends; reads
///                   as written (regions from outside are not the guest's to see: they are not
///                   recorded)
///   0x8  MILESTONE  a number of the software's own, told to whoever watches the run
class Marker final : public Model {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x1000;
  static constexpr std::uint32_t kMagic = 0x6b72616d;  // "mark"

  Marker(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override { bank.reset(); }
  void device_tree(DeviceTree& tree) override;

  MmioPort window{
      this, "window", "base", Address{0x102000}, kWindowBytes, "address of the registers"};
  RegisterBank bank{this, "regs", "marks of the software"};
  Register<std::uint32_t> magic{
      &bank, "MAGIC", 0x0, RegAccess::ReadOnly, kMagic, "tells that a marker is here"};
  Register<std::uint32_t> region{
      &bank, "REGION", 0x4, RegAccess::ReadWrite, 0, "1 begins the region of interest, 0 ends it"};
  Register<std::uint32_t> milestone{
      &bank, "MILESTONE", 0x8, RegAccess::WriteOnly, 0, "a number of the software's own"};

  Counter milestones{this, "milestones", "count", "numbers that the software has told"};
};

}  // namespace ringside
