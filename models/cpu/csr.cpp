// SPDX-License-Identifier: Apache-2.0
// Control and status registers, except those of the AIA.
#include "cpu/hart_core.h"

namespace ringside::cpu {

namespace {

constexpr uint64_t kAll = ~uint64_t{0};
constexpr uint64_t kVectorMask = ~uint64_t{2};
constexpr uint64_t kPcMask = ~uint64_t{1};
constexpr uint64_t kCounterenMask = 0xffffffff;
// Every exception that can come from below M-mode, except ECALL from M itself.
constexpr uint64_t kMedelegMask = 0xb3ff;
constexpr uint64_t kMieMask = kMachineIrqs | kSupervisorIrqs;
constexpr unsigned kSatpModeShift = 60;

constexpr uint64_t letter(char c) {
  return uint64_t{1} << (c - 'A');
}
constexpr uint64_t kMisa = (uint64_t{2} << 62) | letter('I') | letter('M') | letter('A') |
                           letter('F') | letter('D') | letter('C') | letter('S') | letter('U');

bool in_range(unsigned number, unsigned first, unsigned count) {
  return number >= first && number < first + count;
}

constexpr unsigned kHpmCounters = 29;

}  // namespace

const HartCore::PlainCsr* HartCore::plain_csr(unsigned number) {
  static constexpr PlainCsr kPlain[] = {
      {csr::kStvec, &HartCore::stvec_, kVectorMask},
      {csr::kScounteren, &HartCore::scounteren_, kCounterenMask},
      {csr::kSenvcfg, &HartCore::senvcfg_, envcfg::kSupervisorMask},
      {csr::kSscratch, &HartCore::sscratch_, kAll},
      {csr::kSepc, &HartCore::sepc_, kPcMask},
      {csr::kScause, &HartCore::scause_, kAll},
      {csr::kStval, &HartCore::stval_, kAll},
      {csr::kMedeleg, &HartCore::medeleg_, kMedelegMask},
      {csr::kMideleg, &HartCore::mideleg_, kSupervisorIrqs},
      {csr::kMie, &HartCore::mie_, kMieMask},
      {csr::kMtvec, &HartCore::mtvec_, kVectorMask},
      {csr::kMcounteren, &HartCore::mcounteren_, kCounterenMask},
      {csr::kMscratch, &HartCore::mscratch_, kAll},
      {csr::kMepc, &HartCore::mepc_, kPcMask},
      {csr::kMcause, &HartCore::mcause_, kAll},
      {csr::kMtval, &HartCore::mtval_, kAll},
  };
  for (const PlainCsr& p : kPlain) {
    if (p.number == number) return &p;
  }
  return nullptr;
}

bool HartCore::csr_accessible(unsigned number, bool write) const {
  if (((number >> 8) & 3) > mode_) return false;
  if (write && (number >> 10) == 3) return false;
  if (number <= csr::kFcsr) return fp_on_;
  if (number == csr::kSatp && mode_ == kSupervisor) return (mstatus_ & mstatus::kTvm) == 0;
  if (number == csr::kStimecmp) return stimecmp_allowed();
  return true;
}

bool HartCore::stimecmp_allowed() const {
  if (!options_.sstc) return false;
  return mode_ == kMachine || ((mcounteren_ & 2) != 0 && (menvcfg_ & envcfg::kStce) != 0);
}

bool HartCore::csr_read(unsigned number, uint64_t& value) {
  if (const PlainCsr* p = plain_csr(number)) {
    value = this->*p->field;
    return true;
  }
  return read_special(number, value) || read_counter(number, value) || read_pmp(number, value) ||
         read_aia(number, value);
}

bool HartCore::csr_write(unsigned number, uint64_t value) {
  if (const PlainCsr* p = plain_csr(number)) {
    this->*p->field = value & p->mask;
    if (number == csr::kMie || number == csr::kMideleg) update_interrupts();
    return true;
  }
  return write_special(number, value) || write_counter(number, value) || write_pmp(number, value) ||
         write_aia(number, value);
}

uint64_t HartCore::read_mstatus() const {
  uint64_t v = mstatus_ | mstatus::kUxl | mstatus::kSxl;
  if (fp_on_ && fp_dirty_) v |= mstatus::kFs;
  if ((v & mstatus::kFs) == mstatus::kFs) v |= mstatus::kSd;
  return v;
}

void HartCore::write_mstatus(uint64_t value, uint64_t mask) {
  const uint64_t old = read_mstatus();
  uint64_t next = (old & ~mask) | (value & mask);
  // MPP = 2 is not a mode: the field keeps what it had.
  if ((next & mstatus::kMpp) == (uint64_t{2} << mstatus::kMppShift)) {
    next = (next & ~mstatus::kMpp) | (old & mstatus::kMpp);
  }
  mstatus_ = next & mstatus::kMachineMask;
  fp_on_ = (mstatus_ & mstatus::kFs) != 0;
  fp_dirty_ = (mstatus_ & mstatus::kFs) == mstatus::kFs;
  update_context();
  update_interrupts();
}

void HartCore::write_satp(uint64_t value) {
  const uint64_t mode = value >> kSatpModeShift;
  // An unsupported mode makes the whole write void.
  if (mode != 0 && (mode < 8 || mode > 5 + uint64_t{options_.max_levels})) return;
  satp_ = mode == 0 ? 0 : value;
  update_context();
}

void HartCore::write_menvcfg(uint64_t value) {
  uint64_t mask = envcfg::kSupervisorMask;
  if (options_.sstc) mask |= envcfg::kStce;
  if (options_.svadu) mask |= envcfg::kAdue;
  const uint64_t changed = menvcfg_ ^ (value & mask);
  menvcfg_ = value & mask;
  if ((changed & envcfg::kStce) != 0) {
    irq_soft_ &= ~irq_bit(kIrqSti);
    refresh_timer();
  }
}

void HartCore::write_fcsr(unsigned number, uint64_t value) {
  if (number != csr::kFrm) fflags_ = value & 0x1f;
  if (number == csr::kFrm) frm_ = value & 7;
  if (number == csr::kFcsr) frm_ = (value >> 5) & 7;
  fp_dirty_ = true;
}

// A counter that is inhibited keeps its value in its offset.
void HartCore::write_mcountinhibit(uint64_t value) {
  const uint64_t cycle = cycle_counter();
  const uint64_t instret = instret_counter();
  mcountinhibit_ = value & 5;
  cycle_offset_ = cycle - ((mcountinhibit_ & 1) != 0 ? 0 : cycles());
  instret_offset_ = instret - ((mcountinhibit_ & 4) != 0 ? 0 : instructions());
}

uint64_t HartCore::read_sie() const {
  return (mie_ & mideleg_) | (sie_virtual_ & mvien_ & ~mideleg_);
}

void HartCore::write_sie(uint64_t value) {
  mie_ = (mie_ & ~mideleg_) | (value & mideleg_);
  sie_virtual_ = (sie_virtual_ & ~mvien_) | (value & mvien_ & ~mideleg_);
  update_interrupts();
}

uint64_t HartCore::read_sip() const {
  return (mip() & mideleg_) | (mvip_ & mvien_ & ~mideleg_);
}

void HartCore::write_sip(uint64_t value) {
  const uint64_t ssip = irq_bit(kIrqSsi);
  uint64_t& word = (mideleg_ & ssip) != 0 ? irq_soft_ : mvip_;
  const bool writable = (mideleg_ & ssip) != 0 || (mvien_ & ssip) != 0;
  if (!writable) return;
  word = (word & ~ssip) | (value & ssip);
  update_interrupts();
}

void HartCore::write_mip(uint64_t value) {
  uint64_t mask = irq_bit(kIrqSsi) | irq_bit(kIrqSei);
  if ((menvcfg_ & envcfg::kStce) == 0) mask |= irq_bit(kIrqSti);
  irq_soft_ = (irq_soft_ & ~mask) | (value & mask);
  update_interrupts();
}

bool HartCore::read_special(unsigned number, uint64_t& value) {
  switch (number) {
    case csr::kFflags:
      value = fflags_;
      return true;
    case csr::kFrm:
      value = frm_;
      return true;
    case csr::kFcsr:
      value = fflags_ | (frm_ << 5);
      return true;
    case csr::kMstatus:
      value = read_mstatus();
      return true;
    case csr::kSstatus:
      value = read_mstatus() & (mstatus::kSupervisorMask | mstatus::kUxl | mstatus::kSd);
      return true;
    case csr::kMisa:
      value = kMisa;
      return true;
    case csr::kSie:
      value = read_sie();
      return true;
    case csr::kSip:
      refresh_timer();
      value = read_sip();
      return true;
    case csr::kMip:
      refresh_timer();
      value = mip();
      return true;
    case csr::kSatp:
      value = satp_;
      return true;
    case csr::kStimecmp:
      value = stimecmp_;
      return true;
    case csr::kMenvcfg:
      value = menvcfg_;
      return true;
    case csr::kMcountinhibit:
      value = mcountinhibit_;
      return true;
    case csr::kMvendorid:
      value = options_.vendor_id;
      return true;
    case csr::kMarchid:
      value = options_.arch_id;
      return true;
    case csr::kMimpid:
      value = options_.imp_id;
      return true;
    case csr::kMhartid:
      value = options_.hart_id;
      return true;
    case csr::kMconfigptr:
      value = 0;
      return true;
    default:
      return false;
  }
}

bool HartCore::write_special(unsigned number, uint64_t value) {
  switch (number) {
    case csr::kFflags:
    case csr::kFrm:
    case csr::kFcsr:
      write_fcsr(number, value);
      return true;
    case csr::kMstatus:
      write_mstatus(value, mstatus::kMachineMask);
      return true;
    case csr::kSstatus:
      write_mstatus(value, mstatus::kSupervisorMask);
      return true;
    case csr::kMisa:
      return true;  // no extension can be switched off
    case csr::kSie:
      write_sie(value);
      return true;
    case csr::kSip:
      write_sip(value);
      return true;
    case csr::kMip:
      write_mip(value);
      return true;
    case csr::kSatp:
      write_satp(value);
      return true;
    case csr::kStimecmp:
      stimecmp_ = value;
      time_.set_stimecmp(value);
      refresh_timer();
      return true;
    case csr::kMenvcfg:
      write_menvcfg(value);
      return true;
    case csr::kMcountinhibit:
      write_mcountinhibit(value);
      return true;
    default:
      return false;
  }
}

bool HartCore::counter_allowed(unsigned bit) const {
  if (mode_ == kMachine) return true;
  if (((mcounteren_ >> bit) & 1) == 0) return false;
  return mode_ == kSupervisor || ((scounteren_ >> bit) & 1) != 0;
}

// The event counters exist and count nothing.
bool HartCore::read_counter(unsigned number, uint64_t& value) {
  if (in_range(number, csr::kMhpmcounter3, kHpmCounters) ||
      in_range(number, csr::kMhpmevent3, kHpmCounters)) {
    value = 0;
    return true;
  }
  if (number == csr::kMcycle || number == csr::kMinstret) {
    value = number == csr::kMcycle ? cycle_counter() : instret_counter();
    return true;
  }
  if (!in_range(number, csr::kCycle, 32) || !counter_allowed(number - csr::kCycle)) return false;
  switch (number) {
    case csr::kCycle:
      value = cycle_counter();
      break;
    case csr::kTime:
      value = time_.mtime(cycles());
      break;
    case csr::kInstret:
      value = instret_counter();
      break;
    default:
      value = 0;
      break;
  }
  return true;
}

bool HartCore::write_counter(unsigned number, uint64_t value) {
  if (number == csr::kMcycle) {
    cycle_offset_ = value - ((mcountinhibit_ & 1) != 0 ? 0 : cycles());
    return true;
  }
  if (number == csr::kMinstret) {
    // The write replaces the count this instruction itself would have added.
    instret_offset_ = value - ((mcountinhibit_ & 4) != 0 ? 0 : instructions() + 1);
    return true;
  }
  return in_range(number, csr::kMhpmcounter3, kHpmCounters) ||
         in_range(number, csr::kMhpmevent3, kHpmCounters);
}

bool HartCore::read_pmp(unsigned number, uint64_t& value) const {
  if (number == csr::kPmpcfg0 || number == csr::kPmpcfg0 + 2) {
    value = pmp_.config(number - csr::kPmpcfg0);
    return true;
  }
  if (!in_range(number, csr::kPmpaddr0, Pmp::kEntries)) return false;
  value = pmp_.address(number - csr::kPmpaddr0);
  return true;
}

bool HartCore::write_pmp(unsigned number, uint64_t value) {
  bool changed;
  if (number == csr::kPmpcfg0 || number == csr::kPmpcfg0 + 2) {
    changed = pmp_.set_config(number - csr::kPmpcfg0, value);
  } else if (in_range(number, csr::kPmpaddr0, Pmp::kEntries)) {
    changed = pmp_.set_address(number - csr::kPmpaddr0, value);
  } else {
    return false;
  }
  if (changed) flush_all(true);
  return true;
}

bool HartCore::read_csr(unsigned number, uint64_t& value) {
  const Mode saved = mode_;
  mode_ = kMachine;
  const bool ok = csr_read(number, value);
  mode_ = saved;
  return ok;
}

bool HartCore::write_csr(unsigned number, uint64_t value) {
  return csr_write(number, value);
}

}  // namespace ringside::cpu
