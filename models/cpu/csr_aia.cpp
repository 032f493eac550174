// SPDX-License-Identifier: Apache-2.0
// Smaia and Ssaia CSRs (RISC-V Advanced Interrupt Architecture 1.0, chapters 2, 3 and 5). All
// iprio registers are read-only zero, which the specification allows; priorities are the default.
#include "cpu/hart_core.h"

namespace ringside::cpu {

namespace {

constexpr uint64_t kSelectMask = 0xfff;
constexpr uint64_t kMvMask = irq_bit(kIrqSsi) | irq_bit(kIrqSei);
constexpr unsigned kFirstIprio = 0x30, kLastIprio = 0x3f;
constexpr unsigned kFirstFile = 0x70, kLastFile = 0xff;
constexpr unsigned kDelivery = 0x70, kThreshold = 0x72, kFirstArray = 0x80;
constexpr unsigned kIdentityShift = 16;

}  // namespace

// mtopi and stopi: with all iprio zero the priority field reads 1 whenever there is an interrupt.
uint64_t HartCore::top_interrupt(bool machine) const {
  const unsigned irq = highest(machine ? mip() & mie_ & ~mideleg_ : supervisor_pending());
  return irq == 0 ? 0 : (uint64_t{irq} << kIdentityShift) | 1;
}

// mireg and sireg.
bool HartCore::indirect(bool machine, bool write, uint64_t& value) {
  const auto select = static_cast<unsigned>(machine ? miselect_ : siselect_);
  const bool odd = (select & 1) != 0;
  if (select >= kFirstIprio && select <= kLastIprio) {
    if (odd) return false;  // RV64 has the even half of the array only
    if (!write) value = 0;
    return true;
  }
  if (select < kFirstFile || select > kLastFile || files_ == nullptr) return false;
  if (!machine && (mvien_ & irq_bit(kIrqSei)) != 0) return false;
  if (select >= kFirstArray && odd) return false;
  if (select < kFirstArray && select != kDelivery && select != kThreshold) {
    if (!write) value = 0;
    return true;
  }
  return write ? files_->write(machine, select, value) : files_->read(machine, select, value);
}

// mtopei and stopei: a write of any value claims.
bool HartCore::top_external(bool machine, bool write, uint64_t& value) {
  if (files_ == nullptr) return false;
  if (!machine && (mvien_ & irq_bit(kIrqSei)) != 0) return false;
  if (write) {
    files_->claim(machine);
  } else {
    value = files_->top(machine);
  }
  return true;
}

bool HartCore::read_aia(unsigned number, uint64_t& value) {
  if (!options_.aia) return false;
  switch (number) {
    case csr::kMiselect:
      value = miselect_;
      return true;
    case csr::kSiselect:
      value = siselect_;
      return true;
    case csr::kMireg:
      return indirect(true, false, value);
    case csr::kSireg:
      return indirect(false, false, value);
    case csr::kMtopei:
      return top_external(true, false, value);
    case csr::kStopei:
      return top_external(false, false, value);
    case csr::kMtopi:
    case csr::kStopi:
      refresh_timer();
      value = top_interrupt(number == csr::kMtopi);
      return true;
    case csr::kMvien:
      value = mvien_;
      return true;
    case csr::kMvip:
      // Without mvien these bits are aliases of mip's software bits.
      value = (mvip_ & mvien_) | (irq_soft_ & ~mvien_ & (kMvMask | irq_bit(kIrqSti)));
      return true;
    default:
      return false;
  }
}

void HartCore::write_mvip(uint64_t value) {
  mvip_ = value & mvien_ & kMvMask;
  uint64_t alias = kMvMask & ~mvien_;
  if ((menvcfg_ & envcfg::kStce) == 0) alias |= irq_bit(kIrqSti);
  irq_soft_ = (irq_soft_ & ~alias) | (value & alias);
  update_interrupts();
}

bool HartCore::write_aia(unsigned number, uint64_t value) {
  if (!options_.aia) return false;
  switch (number) {
    case csr::kMiselect:
      miselect_ = value & kSelectMask;
      return true;
    case csr::kSiselect:
      siselect_ = value & kSelectMask;
      return true;
    case csr::kMireg:
      return indirect(true, true, value);
    case csr::kSireg:
      return indirect(false, true, value);
    case csr::kMtopei:
      return top_external(true, true, value);
    case csr::kStopei:
      return top_external(false, true, value);
    case csr::kMvien:
      mvien_ = value & kMvMask;
      update_interrupts();
      return true;
    case csr::kMvip:
      write_mvip(value);
      return true;
    default:
      return false;
  }
}

}  // namespace ringside::cpu
