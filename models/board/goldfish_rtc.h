// SPDX-License-Identifier: Apache-2.0
// The real-time clock: Google's goldfish RTC, as on QEMU's `virt` machine.
#pragma once

#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"
#include "kit/reg.h"

namespace ringside {

/// Counts nanoseconds since 1970-01-01 00:00 UTC: a start plus simulated time, so that two runs see
/// the same dates. Reading TIME_LOW latches the high half; writing ALARM_LOW sets the alarm.
class GoldfishRtc final : public Model {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x1000;

  GoldfishRtc(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  Param<std::string> start{this, "start", "2026-01-01T00:00:00Z",
                           "date and time (UTC) at the start of the simulation; 'host' for that of "
                           "the host, which makes runs differ"};
  MmioPort window{
      this, "window", "base", Address{0x101000}, kWindowBytes, "address of the registers"};
  IrqOut irq{this, "irq", "interrupt source of the alarm"};

  RegisterBank bank{this, "regs", "RTC registers"};
  using Word = Register<std::uint32_t>;
  static constexpr RegAccess kRw = RegAccess::ReadWrite;
  Word time_low{&bank, "TIME_LOW", 0x00, kRw, 0, "time, low half; reading latches TIME_HIGH"};
  Word time_high{&bank, "TIME_HIGH", 0x04, kRw, 0, "time, high half"};
  Word alarm_low{&bank, "ALARM_LOW", 0x08, kRw, 0, "alarm, low half; writing sets the alarm"};
  Word alarm_high{&bank, "ALARM_HIGH", 0x0c, kRw, 0, "alarm, high half; write it first"};
  Word irq_enabled{&bank, "IRQ_ENABLED", 0x10, kRw, 0, "1: the alarm raises the interrupt"};
  Word clear_alarm{&bank, "CLEAR_ALARM", 0x14, RegAccess::WriteOnly, 0, "takes the alarm back"};
  Word alarm_status{&bank, "ALARM_STATUS", 0x18, RegAccess::ReadOnly, 0, "1 while an alarm is set"};
  Word clear_interrupt{&bank, "CLEAR_INTERRUPT",         0x1c, RegAccess::WriteOnly,
                       0,     "takes the interrupt back"};

 private:
  std::uint64_t read_start() const;
  /// Nanoseconds since 1970 as of the access that is being served.
  std::uint64_t time() const;
  void move_time(std::uint64_t to);
  void set_alarm();
  void alarm();
  void update() { irq.set(pending_ && (irq_enabled.value() & 1)); }
  void describe_registers();

  std::uint64_t offset_ns_ = 0;  // what the clock shows at simulated time 0
  sc_core::sc_time access_time_;
  bool alarm_set_ = false;
  bool pending_ = false;
  sc_core::sc_event alarm_due_;
};

}  // namespace ringside
