// SPDX-License-Identifier: Apache-2.0
// The platform-level interrupt controller (RISC-V PLIC specification 1.0.0), with the contexts of
// QEMU's `virt` machine: machine and supervisor level of each hart.
#pragma once

#include <vector>

#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Level-triggered gateways: a source whose wire is high becomes pending, and again when it is
/// completed with the wire still high. Priorities 0 (never) to 7; of equals the lower source wins.
class Plic final : public Model, public WiredInterruptController {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x600000;
  static constexpr unsigned kMaxSources = 1023;
  static constexpr unsigned kMaxPriority = 7;

  Plic(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  void irq_level(unsigned line, bool high) override;
  unsigned sources() const override { return source_count; }
  std::string phandle_name() const override { return path(); }
  std::vector<std::uint32_t> specifier(unsigned source) const override { return {source}; }

  Param<unsigned> source_count{this, "sources", 95, Range<unsigned>{1, kMaxSources},
                               "number of the highest interrupt source"};
  MmioPort window{
      this, "window", "base", Address{0xc000000}, kWindowBytes, "address of the registers"};

  Counter claims{this, "claims", "interrupts", "interrupts that harts have claimed"};

 private:
  struct Source {
    std::uint32_t priority = 0;
    bool wire = false;
    bool pending = false;
    bool claimed = false;  // by a context, and not completed yet
  };
  struct Context {
    HartInterface* hart = nullptr;
    HartIrq irq = HartIrq::MachineExternal;
    std::vector<std::uint32_t> enabled;  // one bit per source
    std::uint32_t threshold = 0;
    bool out = false;
  };

  void access(tlm::tlm_generic_payload& payload);
  std::uint32_t read(std::uint64_t offset);
  void write(std::uint64_t offset, std::uint32_t value);
  void add_context(HartInterface* hart, unsigned number, HartIrq irq);
  Context* context_at(std::uint64_t number);
  bool is_enabled(const Context& context, unsigned source) const;
  /// The pending and enabled source of the highest priority, or 0.
  unsigned best(const Context& context) const;
  std::uint32_t claim(Context& context);
  void complete(Context& context, std::uint32_t source);
  void update(Context& context);
  void update_all();

  std::vector<Source> sources_;
  std::vector<Context> contexts_;
};

}  // namespace ringside
