// SPDX-License-Identifier: Apache-2.0
// Exceptions, interrupts and returns (RISC-V privileged ISA, chapters "Machine-Level ISA" and
// "Supervisor-Level ISA").
#include "cpu/hart_core.h"

namespace ringside::cpu {

unsigned HartCore::highest(uint64_t pending) {
  static constexpr unsigned kOrder[] = {kIrqMei, kIrqMsi, kIrqMti, kIrqSei, kIrqSsi, kIrqSti};
  for (const unsigned irq : kOrder) {
    if ((pending >> irq) & 1) return irq;
  }
  return 0;
}

// Pending and enabled for S-mode: delegated interrupts, and those M-mode injects by mvien.
uint64_t HartCore::supervisor_pending() const {
  const uint64_t injected = mvip_ & mvien_ & sie_virtual_ & ~mideleg_;
  return (mip() & mie_ & mideleg_) | injected;
}

// Interrupt to take now, with kToSupervisor set if it goes to S-mode.
bool HartCore::deliverable(unsigned& irq) const {
  const uint64_t machine = mip() & mie_ & ~mideleg_;
  if (machine != 0 && (mode_ != kMachine || (mstatus_ & mstatus::kMie) != 0)) {
    irq = highest(machine);
    return true;
  }
  const uint64_t supervisor = supervisor_pending();
  const bool enabled = mode_ == kUser || (mode_ == kSupervisor && (mstatus_ & mstatus::kSie) != 0);
  if (supervisor == 0 || !enabled) return false;
  irq = highest(supervisor) | kToSupervisor;
  return true;
}

void HartCore::update_interrupts() {
  unsigned irq;
  if (deliverable(irq)) force_exit();
}

bool HartCore::service() {
  if (forced_) {
    counter_ += kForce;
    forced_ = false;
  }
  if (waiting_) {
    exit_ = RunExit::kWfi;
    return false;
  }
  unsigned irq;
  if (deliverable(irq)) {
    ++stats_.interrupts;
    const Mode target = (irq & kToSupervisor) != 0 ? kSupervisor : kMachine;
    enter_trap(target, kCauseInterrupt | (irq & ~kToSupervisor), 0);
  }
  if (exit_requested_) {
    exit_requested_ = false;
    exit_ = RunExit::kRequested;
    if (forced_) {
      counter_ += kForce;
      forced_ = false;
    }
    return false;
  }
  if (counter_ >= 0) return true;
  // A further interrupt has been forced already; run() looks again when it starts.
  if (!forced_) return false;
  if (counter_ + kForce >= 0) return true;
  counter_ += kForce;
  forced_ = false;
  return false;
}

void HartCore::take_trap() {
  ++stats_.exceptions;
  // An instruction that traps does not retire but takes time, or a trap loop would never end.
  counter_ -= make_cost(code_.cycles()[OpClass::kSystem], 0);
  const bool to_supervisor = mode_ != kMachine && ((medeleg_ >> trap_.cause) & 1) != 0;
  enter_trap(to_supervisor ? kSupervisor : kMachine, trap_.cause, trap_.value);
}

void HartCore::enter_trap(Mode target, uint64_t cause, uint64_t value) {
  uint64_t vector;
  if (target == kSupervisor) {
    sepc_ = pc_;
    scause_ = cause;
    stval_ = value;
    const uint64_t enabled = mstatus_ & mstatus::kSie;
    mstatus_ &= ~(mstatus::kSie | mstatus::kSpie | mstatus::kSpp);
    if (enabled != 0) mstatus_ |= mstatus::kSpie;
    if (mode_ == kSupervisor) mstatus_ |= mstatus::kSpp;
    vector = stvec_;
  } else {
    mepc_ = pc_;
    mcause_ = cause;
    mtval_ = value;
    const uint64_t enabled = mstatus_ & mstatus::kMie;
    mstatus_ &= ~(mstatus::kMie | mstatus::kMpie | mstatus::kMpp);
    if (enabled != 0) mstatus_ |= mstatus::kMpie;
    mstatus_ |= uint64_t{mode_} << mstatus::kMppShift;
    vector = mtvec_;
  }
  const bool vectored = (vector & 1) != 0 && (cause & kCauseInterrupt) != 0;
  pc_ = (vector & ~uint64_t{3}) + (vectored ? 4 * (cause & ~kCauseInterrupt) : 0);
  set_mode(target);
}

void HartCore::return_from(Mode from) {
  Mode to;
  if (from == kSupervisor) {
    to = (mstatus_ & mstatus::kSpp) != 0 ? kSupervisor : kUser;
    const bool enable = (mstatus_ & mstatus::kSpie) != 0;
    mstatus_ &= ~(mstatus::kSie | mstatus::kSpp);
    mstatus_ |= mstatus::kSpie | (enable ? mstatus::kSie : 0);
    pc_ = sepc_;
  } else {
    to = static_cast<Mode>((mstatus_ & mstatus::kMpp) >> mstatus::kMppShift);
    const bool enable = (mstatus_ & mstatus::kMpie) != 0;
    mstatus_ &= ~(mstatus::kMie | mstatus::kMpp);
    mstatus_ |= mstatus::kMpie | (enable ? mstatus::kMie : 0);
    pc_ = mepc_;
  }
  if (to != kMachine) mstatus_ &= ~mstatus::kMprv;
  set_mode(to);
}

void HartCore::set_mode(Mode mode) {
  mode_ = mode;
  update_context();
  update_interrupts();
}

void HartCore::refresh_timer() {
  if (!options_.sstc || (menvcfg_ & envcfg::kStce) == 0) {
    irq_lines_ &= ~irq_bit(kIrqSti);
    return;
  }
  if (time_.mtime(cycles()) >= stimecmp_) {
    irq_lines_ |= irq_bit(kIrqSti);
  } else {
    irq_lines_ &= ~irq_bit(kIrqSti);
  }
  update_interrupts();
}

}  // namespace ringside::cpu
