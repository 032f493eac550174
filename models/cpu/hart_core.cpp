// SPDX-License-Identifier: Apache-2.0
#include "cpu/hart_core.h"

#include <algorithm>

namespace ringside::cpu {

HartCore::HartCore(const HartOptions& options, BlockCache& code, MemoryPort& memory, TimePort& time,
                   InterruptFile* files)
    : options_(options), code_(code), memory_(memory), time_(time), files_(files) {
  code_.attach(this);
  reset(0);
}

void HartCore::reset(uint64_t pc) {
  std::fill(std::begin(x_), std::end(x_), 0);
  std::fill(std::begin(f_), std::end(f_), 0);
  fflags_ = frm_ = 0;
  fp_on_ = fp_dirty_ = false;
  waiting_ = false;
  pc_ = pc;
  mstatus_ = 0;
  irq_soft_ = 0;
  mie_ = mideleg_ = medeleg_ = 0;
  mtvec_ = mscratch_ = mepc_ = mcause_ = mtval_ = 0;
  stvec_ = sscratch_ = sepc_ = scause_ = stval_ = 0;
  satp_ = menvcfg_ = senvcfg_ = 0;
  mcounteren_ = scounteren_ = mcountinhibit_ = 0;
  cycle_offset_ = 0 - cycles();
  instret_offset_ = 0 - instructions();
  stimecmp_ = ~uint64_t{0};
  irq_lines_ &= ~irq_bit(kIrqSti);
  mvien_ = mvip_ = miselect_ = siselect_ = sie_virtual_ = 0;
  pmp_.reset();
  reserved_ = false;
  mode_ = kMachine;
  for (DirectSpan& s : spans_) s = DirectSpan{};
  for (auto& single : singles_) single.valid = false;
  flush_all(true);
  x_[10] = options_.hart_id;
  time_.set_stimecmp(stimecmp_);
}

RunExit HartCore::run(uint64_t cycles) {
  if (waiting_) {
    if (!wake_pending()) return RunExit::kWfi;
    waiting_ = false;
  }
  run_budget_ = static_cast<int64_t>(std::clamp<uint64_t>(cycles, 1, kMaxBudget));
  counter_ = run_budget_ * (int64_t{1} << 32);
  forced_ = false;
  exit_requested_ = false;
  exit_ = RunExit::kBudget;
  flush_seen_ = code_.flushes();
  update_interrupts();
  Interpreter::run(*this);
  base_cycles_ += static_cast<uint64_t>(run_budget_ - (counter_ >> 32));
  base_instructions_ += static_cast<uint32_t>(counter_);
  counter_ = 0;
  run_budget_ = 0;
  flush_seen_ = ~uint64_t{0};
  return exit_;
}

void HartCore::limit_run(uint64_t cycles) {
  const int64_t left = (counter() >> 32) - at_cost_cycles();
  const auto wanted = static_cast<int64_t>(std::min(cycles, kMaxBudget));
  if (left <= wanted) return;
  run_budget_ -= left - wanted;
  counter_ -= (left - wanted) * (int64_t{1} << 32);
}

void HartCore::stall(uint64_t cycles) {
  counter_ -= static_cast<int64_t>(std::min(cycles, kMaxStall)) * (int64_t{1} << 32);
}

void HartCore::force_exit() {
  if (forced_) return;
  forced_ = true;
  counter_ -= kForce;
}

void HartCore::request_exit() {
  exit_requested_ = true;
  force_exit();
}

void HartCore::set_interrupt(unsigned irq, bool level) {
  uint64_t& word = irq == kIrqSsi ? irq_soft_ : irq_lines_;
  if (level) {
    word |= irq_bit(irq);
  } else {
    word &= ~irq_bit(irq);
  }
  update_interrupts();
}

void HartCore::invalidate_direct(uint64_t first, uint64_t last) {
  for (DirectSpan& s : spans_) {
    if (s.size != 0 && s.base <= last && s.base + (s.size - 1) >= first) s = DirectSpan{};
  }
  flush_all(true);
  code_.written(first, last - first == ~uint64_t{0} ? ~uint64_t{0} : last - first + 1);
}

void HartCore::code_page_added(uint64_t ppn, const uint8_t*) {
  const uint64_t paddr = ppn << kPageShift;
  for (DataContext& c : data_contexts_) {
    if (c.key.flags == ~uint64_t{0}) continue;
    for (uint64_t i = 0; i < DataContext::kEntries; ++i) {
      if (c.entries[i].paddr == paddr) c.entries[i].write_tag = DataContext::no_tag(i);
    }
  }
}

void HartCore::blocks_flushed() {
  jumps_.clear();
}

}  // namespace ringside::cpu
