// SPDX-License-Identifier: Apache-2.0
// Instructions that end a block: Zicsr, returns, WFI, fences of translation.
#include "cpu/hart_core.h"

namespace ringside::cpu {

HartCore::Step HartCore::csr_op(const ThreadOp* op) {
  enum Function { kWrite, kSet, kClear };
  const uint64_t insn_pc = pc_ + 2 * uint64_t{op->offset};
  const auto number = static_cast<unsigned>(op->imm);
  const bool immediate = op->rs2 >= 3;
  const auto function = static_cast<Function>(op->rs2 % 3);
  const uint64_t operand = immediate ? op->rs1 : x_[op->rs1];
  const bool writes = function == kWrite || op->rs1 != 0;
  const bool reads = function != kWrite || op->rd != 0;

  uint64_t old = 0;
  bool ok = csr_accessible(number, writes) && (!reads || csr_read(number, old));
  if (ok && writes) {
    uint64_t base = old;
    // Set and clear see only the software half of SEIP, or a line would become sticky.
    if (number == csr::kMip) base = (old & ~irq_bit(kIrqSei)) | (irq_soft_ & irq_bit(kIrqSei));
    const uint64_t value = function == kWrite ? operand
                           : function == kSet ? base | operand
                                              : base & ~operand;
    ok = csr_write(number, value);
  }
  if (!ok) {
    illegal(fetch_raw(insn_pc));
    return Step::kTrap;
  }
  if (op->rd != 0) x_[op->rd] = old;
  pc_ = insn_pc + 4;
  return Step::kLookup;
}

HartCore::Step HartCore::system_op(const ThreadOp* op, Op which) {
  const uint64_t insn_pc = pc_ + 2 * uint64_t{op->offset};
  const auto refuse = [&] {
    illegal(fetch_raw(insn_pc));
    return Step::kTrap;
  };
  switch (which) {
    case Op::ecall:
      if (hypervisor_ && mode_ == kSupervisor) hypervisor_->environment_call();
      raise(mode_ == kUser ? kEcallU : mode_ == kSupervisor ? kEcallS : kEcallM, 0);
      return Step::kTrap;
    case Op::ebreak:
      raise(kBreakpoint, insn_pc);
      return Step::kTrap;
    case Op::mret:
      if (mode_ != kMachine) return refuse();
      return_from(kMachine);
      return Step::kLookup;
    case Op::sret:
      if (mode_ == kUser) return refuse();
      if (mode_ == kSupervisor && (mstatus_ & mstatus::kTsr) != 0) return refuse();
      return_from(kSupervisor);
      return Step::kLookup;
    case Op::wfi:
      if (mode_ == kUser || (mode_ == kSupervisor && (mstatus_ & mstatus::kTw) != 0)) {
        return refuse();
      }
      ++stats_.wfi;
      pc_ = insn_pc + 4;
      refresh_timer();
      if (!wake_pending()) {
        waiting_ = true;
        force_exit();
      }
      return Step::kLookup;
    case Op::sfence_inval:
      if (mode_ == kUser) return refuse();
      pc_ = insn_pc + 4;
      return Step::kLookup;
    default:
      // The decoder keeps the bits of what it could not decode.
      illegal(static_cast<uint32_t>(op->imm));
      return Step::kTrap;
  }
}

HartCore::Step HartCore::sfence(const ThreadOp* op) {
  const uint64_t insn_pc = pc_ + 2 * uint64_t{op->offset};
  const bool virtualised = mode_ == kSupervisor && (mstatus_ & mstatus::kTvm) != 0;
  if (mode_ == kUser || virtualised) {
    illegal(fetch_raw(insn_pc));
    return Step::kTrap;
  }
  if (op->rs1 != 0) {
    flush_page(x_[op->rs1]);
  } else if (op->rs2 != 0) {
    flush_asid(x_[op->rs2] & 0xffff);
  } else {
    flush_all(false);
  }
  pc_ = insn_pc + 4;
  return Step::kLookup;
}

}  // namespace ringside::cpu
