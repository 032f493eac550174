// SPDX-License-Identifier: Apache-2.0
// One RV64IMAFDC hart with M, S and U mode. Plain C++: time, memory and interrupt controllers are
// reached through the interfaces of cpu/ports.h. All harts of a machine run in one host thread,
// one after the other; a BlockCache is shared between them.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/block.h"
#include "cpu/interpreter.h"
#include "cpu/pmp.h"
#include "cpu/ports.h"
#include "cpu/priv.h"
#include "cpu/tlb.h"

namespace ringside::cpu {

/// What a hart has beyond RV64GC with Zba, Zbb, Zbc, Zbs, Zicond, Zicbom/p/z, Svinval.
struct HartOptions {
  uint64_t hart_id = 0;
  bool sstc = true;
  bool svadu = true;        ///< menvcfg.ADUE exists; while it is 0, A and D bits raise page faults
  bool aia = false;         ///< Smaia and Ssaia CSRs
  unsigned max_levels = 5;  ///< page table levels: 3 is Sv39, 4 Sv48, 5 Sv57
  uint64_t vendor_id = 0;
  uint64_t arch_id = 0;
  uint64_t imp_id = 0;
};

enum class RunExit : uint8_t {
  kBudget,     ///< the cycles are used up
  kWfi,        ///< waits for an interrupt; run() does nothing until one is pending
  kRequested,  ///< request_exit() was called
};

/// Counted since construction.
struct HartStats {
  uint64_t exceptions = 0;
  uint64_t interrupts = 0;
  uint64_t data_tlb_misses = 0;
  uint64_t page_walks = 0;
  uint64_t code_lookups = 0;  ///< jump cache misses
  uint64_t mmio_loads = 0;
  uint64_t mmio_stores = 0;
  uint64_t wfi = 0;
};

class HartCore final : public CodeWatcher {
 public:
  /// Longest run() in cycles.
  static constexpr uint64_t kMaxBudget = uint64_t{1} << 28;
  /// Most cycles one stall() can take; a block may hold many.
  static constexpr uint64_t kMaxStall = uint64_t{1} << 20;

  HartCore(const HartOptions& options, BlockCache& code, MemoryPort& memory, TimePort& time,
           InterruptFile* files = nullptr);
  void attach_hypervisor(HypervisorPort* hypervisor) { hypervisor_ = hypervisor; }
  /// Gives the hart an IMSIC and with it the CSRs of the AIA. Before the first run().
  void attach_files(InterruptFile* files) {
    files_ = files;
    options_.aia = files != nullptr;
  }

  /// Architectural reset: M-mode at `pc`, caches empty. Counters of statistics go on.
  void reset(uint64_t pc);

  /// Executes until `cycles` cycles have passed, give or take a basic block, or there is a reason
  /// to stop before.
  RunExit run(uint64_t cycles);

  /// Drives a bit of mip: kIrqMsi, kIrqMti, kIrqMei, kIrqSei, or kIrqSsi (which a board may raise
  /// and software clears). Taken at the next block head. May be called at any time.
  void set_interrupt(unsigned irq, bool level);
  /// mtime has reached the deadline given to TimePort::set_stimecmp().
  void timer_expired() { refresh_timer(); }
  /// Leaves run() at the next block head.
  void request_exit();
  /// From within a MemoryPort call: the current run ends no later than `cycles` from now.
  void limit_run(uint64_t cycles);
  /// From within a MemoryPort call: `cycles` pass without an instruction being retired.
  void stall(uint64_t cycles);

  /// Cycles and instructions since construction, exact also within a MemoryPort call.
  uint64_t cycles() const { return base_cycles_ + run_cycles(); }
  uint64_t instructions() const { return base_instructions_ + run_instructions(); }

  bool waiting() const { return waiting_; }
  /// True if a waiting hart would go on.
  bool wake_pending() const { return (mip() & mie_) != 0; }

  /// Pointers handed out by MemoryPort::direct() in this range are not valid any more.
  void invalidate_direct(uint64_t first, uint64_t last);

  // Registers, for debuggers and tests.
  uint64_t pc() const { return pc_; }
  void set_pc(uint64_t pc) { pc_ = pc; }
  /// Of the instruction that is being executed, if run() is waiting for memory; else pc().
  uint64_t current_pc() const {
    return at_ == nullptr ? pc_ : pc_ + 2 * uint64_t{at_->offset};
  }
  uint64_t reg(unsigned index) const { return x_[index]; }
  void set_reg(unsigned index, uint64_t value) {
    if (index != 0) x_[index] = value;
  }
  uint64_t freg(unsigned index) const { return f_[index]; }
  void set_freg(unsigned index, uint64_t value) { f_[index] = value; }
  Mode mode() const { return mode_; }
  /// Reads or writes a CSR as M-mode software would. False if there is none.
  bool read_csr(unsigned number, uint64_t& value);
  bool write_csr(unsigned number, uint64_t value);
  /// Physical address of `vaddr` for a load in the present mode, without side effects that a
  /// load would not have. False on a fault.
  bool debug_translate(uint64_t vaddr, uint64_t& paddr);

  uint64_t mip() const { return irq_lines_ | irq_soft_; }
  const HartStats& stats() const { return stats_; }
  const HartOptions& options() const { return options_; }

  // CodeWatcher
  void code_page_added(uint64_t ppn, const uint8_t* host) override;
  void blocks_flushed() override;
  uint64_t flush_seen() const override { return flush_seen_; }

 private:
  friend struct Interpreter;

  struct Trap {
    uint64_t cause;
    uint64_t value;
  };
  /// How the interpreter goes on after a slow operation.
  enum class Step : uint8_t { kNext, kLookup, kTrap };

  struct Translation {
    uint64_t paddr = 0;
    uint64_t page_size = kPageSize;
    bool read = false;
    bool write = false;
    bool exec = false;
  };

  // trap.cpp
  bool service();
  void update_interrupts();
  void force_exit();
  bool deliverable(unsigned& irq) const;
  void enter_trap(Mode target, uint64_t cause, uint64_t value);
  void take_trap();
  void return_from(Mode from);
  void raise(uint64_t cause, uint64_t value) { trap_ = {cause, value}; }
  void set_mode(Mode mode);
  void refresh_timer();
  static unsigned highest(uint64_t pending);

  // mmu.cpp
  void update_context();
  bool translate(uint64_t vaddr, Access access, Mode mode, Translation& out);
  bool walk(uint64_t vaddr, Access access, Mode mode, Translation& out);
  bool walk_fault(uint64_t vaddr, Access access, bool page);
  bool update_pte(uint64_t paddr, uint64_t pte);
  bool leaf_allowed(uint64_t pte, Access access, Mode mode) const;
  void flush_all(bool with_bare);
  void flush_page(uint64_t vaddr);
  void flush_asid(uint64_t asid);
  Mode data_mode() const;
  DataContext* data_context(const ContextKey& key);
  FetchContext* fetch_context(const ContextKey& key);

  // fetch.cpp
  Block* find_block(uint64_t pc, bool holds_block);
  Block* single_block(uint64_t pc, uint64_t paddr);
  bool fetch_entry(uint64_t pc, FetchEntry& out);
  bool fetch_half(uint64_t pc, uint16_t& half);
  Block* resolve(Link* link, const Block* from, uint64_t pc);
  uint32_t fetch_raw(uint64_t pc);

  // memory.cpp
  bool slow_load(const ThreadOp* op);
  bool slow_store(const ThreadOp* op);
  bool load(uint64_t vaddr, unsigned size, uint64_t& value);
  bool store(uint64_t vaddr, unsigned size, uint64_t value);
  bool load_part(uint64_t vaddr, unsigned size, uint64_t& value);
  bool store_part(uint64_t vaddr, unsigned size, uint64_t value);
  bool locate(uint64_t vaddr, unsigned size, Access access, uint64_t& paddr);
  void fill(uint64_t vaddr, const Translation& t, Mode mode);
  void before_store(uint64_t paddr, uint64_t bytes) {
    if (code_.is_code(paddr >> kPageShift)) code_.written(paddr, bytes);
  }
  uint8_t* host_pointer(uint64_t paddr, uint64_t bytes, bool write);
  const DirectSpan* find_span(uint64_t paddr, uint64_t bytes);
  uint8_t* amo_pointer(uint64_t vaddr, unsigned size, bool write, uint64_t& paddr);
  bool load_reserved(const ThreadOp* op, unsigned size);
  bool store_conditional(const ThreadOp* op, unsigned size);
  void reserve(uint64_t paddr, uint64_t value, unsigned size) {
    reserved_ = true;
    reserved_paddr_ = paddr;
    reserved_size_ = size;
    reserved_value_ = value;
  }
  /// Ends the reservation; true if it was for this place and memory holds `now` as it did then.
  bool reservation_holds(uint64_t paddr, uint64_t now, unsigned size) {
    const bool holds =
        reserved_ && reserved_paddr_ == paddr && reserved_size_ == size && reserved_value_ == now;
    reserved_ = false;
    return holds;
  }
  bool cache_block_op(const ThreadOp* op, Op which);
  bool cache_block_allowed(Op which) const;

  // system.cpp
  Step csr_op(const ThreadOp* op);
  Step system_op(const ThreadOp* op, Op which);
  Step sfence(const ThreadOp* op);
  bool illegal(uint64_t raw) {
    raise(kIllegal, raw);
    return false;
  }

  // csr.cpp and csr_aia.cpp
  struct PlainCsr {
    uint16_t number;
    uint64_t HartCore::*field;
    uint64_t mask;  ///< writable bits; the others read as 0
  };
  static const PlainCsr* plain_csr(unsigned number);
  void csr_changed(unsigned number);
  bool csr_read(unsigned number, uint64_t& value);
  bool csr_write(unsigned number, uint64_t value);
  bool csr_accessible(unsigned number, bool write) const;
  void write_mstatus(uint64_t value, uint64_t mask);
  void write_satp(uint64_t value);
  void write_menvcfg(uint64_t value);
  void write_mcountinhibit(uint64_t value);
  void write_fcsr(unsigned number, uint64_t value);
  bool read_special(unsigned number, uint64_t& value);
  bool write_special(unsigned number, uint64_t value);
  bool read_pmp(unsigned number, uint64_t& value) const;
  bool write_pmp(unsigned number, uint64_t value);
  bool read_aia(unsigned number, uint64_t& value);
  bool write_aia(unsigned number, uint64_t value);
  uint64_t read_mstatus() const;
  uint64_t delegated() const;
  uint64_t read_sie() const;
  void write_sie(uint64_t value);
  uint64_t read_sip() const;
  void write_sip(uint64_t value);
  void write_mip(uint64_t value);
  void write_mvip(uint64_t value);
  bool counter_allowed(unsigned bit) const;
  bool read_counter(unsigned number, uint64_t& value);
  bool write_counter(unsigned number, uint64_t value);
  bool stimecmp_allowed() const;
  uint64_t supervisor_pending() const;
  uint64_t top_interrupt(bool machine) const;
  bool indirect(bool machine, bool write, uint64_t& value);
  bool top_external(bool machine, bool write, uint64_t& value);
  uint64_t cycle_counter() const { return (mcountinhibit_ & 1 ? 0 : cycles()) + cycle_offset_; }
  uint64_t instret_counter() const {
    return (mcountinhibit_ & 4 ? 0 : instructions()) + instret_offset_;
  }

  int64_t run_cycles() const { return run_budget_ - (counter() >> 32) + at_cost_cycles(); }
  uint64_t run_instructions() const { return static_cast<uint32_t>(counter_ - at_cost()); }
  int64_t counter() const { return forced_ ? counter_ + kForce : counter_; }
  Cost at_cost() const { return at_ == nullptr ? 0 : block_->costs[at_ - block_->ops]; }
  int64_t at_cost_cycles() const { return (at_cost() + 0xffffffff) >> 32; }

  static constexpr unsigned kToSupervisor = 1u << 31;
  static constexpr int64_t kForce = int64_t{1} << 62;
  static constexpr unsigned kDataContexts = 12;
  static constexpr unsigned kFetchContexts = 8;
  static constexpr unsigned kSpans = 4;
  static constexpr unsigned kSingles = 16;

  // Hot: used by the interpreter on every block.
  uint64_t x_[33] = {};      ///< [32] swallows writes to x0
  TlbEntry* tlb_ = nullptr;  ///< of the current data context
  int64_t counter_ = 0;      ///< cycles left << 32 | instructions retired in this run
  uint64_t fetch_tag_ = 0;
  uint64_t pc_ = 0;               ///< block start while running
  const ThreadOp* at_ = nullptr;  ///< operation being run, within a slow call; else null
  const Block* block_ = nullptr;
  uint64_t f_[32] = {};
  uint32_t fflags_ = 0;
  uint32_t frm_ = 0;
  bool fp_on_ = false;    ///< mstatus.FS != Off
  bool fp_dirty_ = true;  ///< mstatus.FS == Dirty
  bool forced_ = false;
  bool exit_requested_ = false;
  bool waiting_ = false;
  Mode mode_ = kMachine;
  RunExit exit_ = RunExit::kBudget;
  Trap trap_ = {};

  int64_t run_budget_ = 0;
  uint64_t base_cycles_ = 0;
  uint64_t base_instructions_ = 0;
  uint64_t flush_seen_ = ~uint64_t{0};

  HartOptions options_;
  BlockCache& code_;
  MemoryPort& memory_;
  TimePort& time_;
  InterruptFile* files_;
  HypervisorPort* hypervisor_ = nullptr;

  // CSRs.
  uint64_t mstatus_ = 0;
  uint64_t irq_lines_ = 0;  ///< mip bits driven by hardware
  uint64_t irq_soft_ = 0;   ///< mip bits software writes
  uint64_t mie_ = 0, mideleg_ = 0, medeleg_ = 0;
  uint64_t mtvec_ = 0, mscratch_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0;
  uint64_t stvec_ = 0, sscratch_ = 0, sepc_ = 0, scause_ = 0, stval_ = 0;
  uint64_t satp_ = 0, menvcfg_ = 0, senvcfg_ = 0;
  uint64_t mcounteren_ = 0, scounteren_ = 0, mcountinhibit_ = 0;
  uint64_t cycle_offset_ = 0, instret_offset_ = 0;  ///< counter minus total; the value if inhibited
  uint64_t stimecmp_ = ~uint64_t{0};
  uint64_t mvien_ = 0, mvip_ = 0, sie_virtual_ = 0;
  uint64_t miselect_ = 0, siselect_ = 0;
  Pmp pmp_;

  // LR/SC.
  bool reserved_ = false;
  uint64_t reserved_paddr_ = 0;
  uint64_t reserved_value_ = 0;
  unsigned reserved_size_ = 0;

  HartStats stats_;
  DirectSpan spans_[kSpans];
  unsigned next_span_ = 0;
  uint64_t use_clock_ = 0;
  uint64_t next_fetch_tag_ = 1;
  DataContext* data_ = nullptr;
  FetchContext* fetch_ = nullptr;
  std::array<BlockCache::Single, kSingles> singles_;
  std::array<FetchContext, kFetchContexts> fetch_contexts_;
  std::array<DataContext, kDataContexts> data_contexts_;
  JumpCache jumps_;
};

}  // namespace ringside::cpu
