// SPDX-License-Identifier: Apache-2.0
// The timer and the software interrupts of the harts: an ACLINT (RISC-V ACLINT specification 1.0)
// with MSWI and MTIMER in the layout of SiFive's CLINT, and an optional SSWI.
#pragma once

#include <vector>

#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Window: MSIP of hart n at 0x0000 + 4n, MTIMECMP at 0x4000 + 8n, MTIME at 0xbff8. The platform's
/// `time` counts simulated time since the last reset, at `timebase`. A write to MTIME moves the
/// count; supervisor timer comparators that a hart has armed see that when they are written next.
class Aclint final : public Model, public TimeSource {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x10000;
  static constexpr std::uint64_t kSswiBytes = 0x4000;
  static constexpr unsigned kMaxHarts = 4095;

  Aclint(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  std::uint64_t ticks_at(const sc_core::sc_time& when) const override;
  sc_core::sc_time time_of(std::uint64_t ticks) const override;

  Param<Frequency> timebase{this, "timebase", Frequency{10e6},
                            Range<Frequency>{Frequency{1e3}, Frequency{1e9}},
                            "rate at which time counts"};
  Param<bool> sswi{this, "sswi", false,
                   "also offer supervisor software interrupts, at 'sswi_base'"};
  MmioPort window{
      this, "window", "base", Address{0x2000000}, kWindowBytes, "address of MSWI and MTIMER"};
  MmioPort sswi_window{this, "sswi_window", "sswi_base", Address{0x2f00000}, 0, "address of SSWI"};

  Counter timer_interrupts{this, "timer_interrupts", "interrupts",
                           "times a machine timer interrupt became pending"};
  Counter software_interrupts{this, "software_interrupts", "interrupts",
                              "software interrupts sent to harts"};

 private:
  struct HartTimer {
    HartInterface* hart = nullptr;
    std::uint64_t compare = 0;
    bool software = false;
    bool timer = false;
  };

  void access(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void access_sswi(tlm::tlm_generic_payload& payload);
  std::uint64_t read(std::uint64_t offset, const sc_core::sc_time& when) const;
  void write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             const sc_core::sc_time& when);
  /// Raises or lowers the timer interrupt as of `when`, and sees to it that it is raised later.
  void update(HartTimer& timer, const sc_core::sc_time& when);
  void check_timers();

  std::vector<HartTimer> timers_;  // by hart id
  sc_core::sc_time tick_;
  std::uint64_t offset_ = 0;  // what time reads beyond the ticks since the start of the simulation
  sc_core::sc_event due_;
};

}  // namespace ringside
