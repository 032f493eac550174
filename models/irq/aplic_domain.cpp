// SPDX-License-Identifier: Apache-2.0
#include "irq/aplic_domain.h"

namespace ringside {

namespace {

enum Offset : std::uint64_t {
  kDomainConfig = 0x0000,
  kSourceConfig = 0x0004,
  kSourceConfigEnd = 0x1000,
  kMessageM = 0x1bc0,
  kMessageEnd = 0x1bd0,
  kSetPending = 0x1c00,
  kSetPendingNumber = 0x1cdc,
  kClearPending = 0x1d00,
  kClearPendingNumber = 0x1ddc,
  kSetEnable = 0x1e00,
  kSetEnableNumber = 0x1edc,
  kClearEnable = 0x1f00,
  kClearEnableNumber = 0x1fdc,
  kSetPendingLittle = 0x2000,
  kSetPendingBig = 0x2004,
  kGenerate = 0x3000,
  kTarget = 0x3004,
  kIdc = 0x4000,
};
constexpr std::uint64_t kBitArrayBytes = 0x80;

// domaincfg
constexpr std::uint32_t kDomainFixed = 0x80000000;
constexpr std::uint32_t kDomainEnable = 1 << 8;
constexpr std::uint32_t kDomainMsi = 1 << 2;

// sourcecfg
constexpr std::uint32_t kDelegate = 1 << 10;
enum SourceMode : std::uint32_t {
  kInactive = 0,
  kDetached = 1,
  kEdgeRising = 4,
  kEdgeFalling = 5,
  kLevelHigh = 6,
  kLevelLow = 7,
};

// target, genmsi
constexpr std::uint32_t kMessageTargetS = 0xfffff7ff;  // with a guest index
constexpr std::uint32_t kMessageTargetM = 0xfffc07ff;
constexpr std::uint32_t kGenerateMask = 0xfffc07ff;
constexpr std::uint32_t kDirectTarget = 0xfffc00ff;

// mmsiaddrcfgh
constexpr std::uint32_t kAddressLock = 0x80000000;
constexpr std::uint32_t kAddressHighM = 0x9f77ffff;
constexpr std::uint32_t kAddressHighS = 0x00700fff;

// Offsets in an interrupt delivery control structure.
constexpr std::uint64_t kIdcBytes = 32;
enum IdcOffset : std::uint64_t {
  kIdelivery = 0x00,
  kIforce = 0x04,
  kIthreshold = 0x08,
  kTopi = 0x18,
  kClaimi = 0x1c,
};

bool in_array(std::uint64_t offset, std::uint64_t array) {
  return offset >= array && offset < array + kBitArrayBytes;
}

}  // namespace

AplicDomain::AplicDomain(const Setup& setup, AplicDomain* parent, Output output)
    : setup_(setup), parent_(parent), output_(std::move(output)), sources_(setup.sources + 1) {
  if (parent_) parent_->child_ = this;
}

void AplicDomain::set_harts(unsigned harts) {
  idcs_.assign(harts, Idc{});
}

void AplicDomain::reset() {
  interrupts_on_ = false;
  genmsi_ = 0;
  for (Source& source : sources_) make_inactive(source);
  for (std::uint32_t* word : {message_m_, message_s_}) word[0] = word[1] = 0;
  for (unsigned hart = 0; hart < idcs_.size(); ++hart) {
    const bool out = idcs_[hart].out;
    idcs_[hart] = Idc{};
    if (out) output_.wire(hart, false);
  }
}

// -- sources

bool AplicDomain::active(const Source& source) const {
  return !(source.config & kDelegate) && source.config != kInactive;
}

bool AplicDomain::level_mode(const Source& source) const {
  return source.config == kLevelHigh || source.config == kLevelLow;
}

bool AplicDomain::rectified(const Source& source) const {
  switch (source.config) {
    case kEdgeRising:
    case kLevelHigh:
      return source.wire;
    case kEdgeFalling:
    case kLevelLow:
      return !source.wire;
    default:
      return false;
  }
}

bool AplicDomain::delegated_here(unsigned source) const {
  return !parent_ || (parent_->sources_[source].config & kDelegate);
}

void AplicDomain::set_wire(unsigned number, bool high) {
  if (!exists(number)) return;
  if (child_) child_->set_wire(number, high);
  Source& source = sources_[number];
  const bool before = rectified(source);
  source.wire = high;
  const bool after = rectified(source);
  if (before == after) return;
  if (after)
    source.pending = true;
  else if (level_mode(source))
    source.pending = false;
  update(number);
}

void AplicDomain::make_inactive(Source& source) {
  source.config = kInactive;
  source.pending = source.enabled = false;
  source.target = 0;
}

void AplicDomain::write_source_config(unsigned number, std::uint32_t value) {
  if (!exists(number) || !delegated_here(number)) return;
  Source& source = sources_[number];
  const bool was_active = active(source);
  if ((value & kDelegate) && child_) {
    make_inactive(source);
    source.config = kDelegate;  // to child 0, the only one
    return update(number);
  }
  if ((source.config & kDelegate) && child_) child_->make_inactive(child_->sources_[number]);
  const std::uint32_t mode = value & kDelegate ? kInactive : value & 7;
  const bool reserved = mode == 2 || mode == 3;
  if (mode == kInactive || reserved) {
    make_inactive(source);
    return update(number);
  }
  source.config = mode;
  // Priority 0 is not allowed in direct mode (4.5.16).
  if (!was_active) source.target = msi() ? 0 : 1;
  // A level that is there already is an interrupt, an edge that has been is not.
  if (level_mode(source) && rectified(source)) source.pending = true;
  if (level_mode(source) && !msi()) source.pending = rectified(source);
  update(number);
}

void AplicDomain::write_target(unsigned number, std::uint32_t value) {
  if (!exists(number) || !active(sources_[number])) return;
  if (msi()) {
    sources_[number].target = value & (parent_ ? kMessageTargetS : kMessageTargetM);
    return;
  }
  value &= kDirectTarget;
  if ((value & 0xff) == 0) value |= 1;
  const unsigned before = sources_[number].target >> 18;
  sources_[number].target = value;
  update_hart(before);
  update(number);
}

void AplicDomain::request(unsigned number) {
  if (!exists(number) || !active(sources_[number])) return;
  Source& source = sources_[number];
  // 4.7: a level-sensitive source is pending by its input alone in direct mode, and never against
  // its input in MSI mode.
  if (level_mode(source) && (!msi() || !rectified(source))) return;
  source.pending = true;
  update(number);
}

void AplicDomain::withdraw(unsigned number) {
  if (!exists(number)) return;
  Source& source = sources_[number];
  if (level_mode(source) && !msi()) return;
  source.pending = false;
  update(number);
}

void AplicDomain::enable(unsigned number, bool on) {
  if (!exists(number) || !active(sources_[number])) return;
  sources_[number].enabled = on;
  update(number);
}

// -- registers

std::uint32_t AplicDomain::read_bits(unsigned word, bool Source::*bit) const {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 32; ++i)
    if (exists(32 * word + i) && sources_[32 * word + i].*bit) bits |= 1u << i;
  return bits;
}

std::uint32_t AplicDomain::read_inputs(unsigned word) const {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 32; ++i)
    if (exists(32 * word + i) && rectified(sources_[32 * word + i])) bits |= 1u << i;
  return bits;
}

template <typename F>
void AplicDomain::for_bits(unsigned word, std::uint32_t bits, F&& call) {
  for (unsigned i = 0; i < 32; ++i)
    if (bits & (1u << i)) call(32 * word + i);
}

std::uint32_t AplicDomain::read(std::uint64_t offset) {
  const auto word = static_cast<unsigned>(offset % kBitArrayBytes / 4);
  if (offset == kDomainConfig)
    return kDomainFixed | (interrupts_on_ ? kDomainEnable : 0) | (msi() ? kDomainMsi : 0);
  if (offset < kSourceConfigEnd) return exists(offset / 4) ? sources_[offset / 4].config : 0;
  if (offset >= kMessageM && offset < kMessageEnd) {
    if (parent_) return 0;
    const unsigned index = (offset - kMessageM) / 4;
    return index < 2 ? message_m_[index] : message_s_[index - 2];
  }
  if (in_array(offset, kSetPending)) return read_bits(word, &Source::pending);
  if (in_array(offset, kClearPending)) return read_inputs(word);
  if (in_array(offset, kSetEnable)) return read_bits(word, &Source::enabled);
  if (offset == kGenerate) return genmsi_;
  if (offset >= kTarget && offset < kIdc) {
    const auto number = static_cast<unsigned>((offset - kGenerate) / 4);
    return exists(number) ? sources_[number].target : 0;
  }
  return offset >= kIdc ? read_idc(offset) : 0;
}

void AplicDomain::write(std::uint64_t offset, std::uint32_t value) {
  const auto word = static_cast<unsigned>(offset % kBitArrayBytes / 4);
  if (offset == kDomainConfig) return write_domain_config(value);
  if (offset < kSourceConfigEnd)
    return write_source_config(static_cast<unsigned>(offset / 4), value);
  if (write_message_address(offset, value)) return;
  if (in_array(offset, kSetPending))
    return for_bits(word, value, [this](unsigned n) { request(n); });
  if (in_array(offset, kClearPending))
    return for_bits(word, value, [this](unsigned n) { withdraw(n); });
  if (in_array(offset, kSetEnable))
    return for_bits(word, value, [this](unsigned n) { enable(n, true); });
  if (in_array(offset, kClearEnable))
    return for_bits(word, value, [this](unsigned n) { enable(n, false); });
  if (offset >= kTarget && offset < kIdc)
    return write_target(static_cast<unsigned>((offset - kGenerate) / 4), value);
  if (offset >= kIdc) return write_idc(offset, value);
  switch (offset) {
    case kSetPendingNumber:
    case kSetPendingLittle:
      return request(value);
    case kSetPendingBig:
      return request(__builtin_bswap32(value));
    case kClearPendingNumber:
      return withdraw(value);
    case kSetEnableNumber:
      return enable(value, true);
    case kClearEnableNumber:
      return enable(value, false);
    case kGenerate:
      if (!msi()) return;
      genmsi_ = value & kGenerateMask;  // never busy: the message leaves at once
      return send(genmsi_);
    default:
      return;
  }
}

bool AplicDomain::write_message_address(std::uint64_t offset, std::uint32_t value) {
  if (offset < kMessageM || offset >= kMessageEnd) return false;
  if (parent_ || (message_m_[1] & kAddressLock)) return true;
  switch ((offset - kMessageM) / 4) {
    case 0:
      message_m_[0] = value;
      break;
    case 1:
      message_m_[1] = value & kAddressHighM;
      break;
    case 2:
      message_s_[0] = value;
      break;
    default:
      message_s_[1] = value & kAddressHighS;
      break;
  }
  return true;
}

void AplicDomain::write_domain_config(std::uint32_t value) {
  interrupts_on_ = value & kDomainEnable;
  update_all();
}

// -- delivery

void AplicDomain::update_all() {
  if (!msi()) {
    for (unsigned hart = 0; hart < idcs_.size(); ++hart) update_hart(hart);
    return;
  }
  for (unsigned number = 1; number <= setup_.sources; ++number) update(number);
}

void AplicDomain::update(unsigned number) {
  Source& source = sources_[number];
  if (!msi()) {
    // An inactive source has lost its target: look at all harts.
    if (active(source)) return update_hart(source.target >> 18);
    return update_all();
  }
  if (!interrupts_on_ || !source.pending || !source.enabled) return;
  source.pending = false;
  send(source.target);
}

void AplicDomain::send(std::uint32_t target) {
  const unsigned hart = target >> 18;
  const unsigned guest = (target >> 12) & 0x3f;
  output_.message(message_address(hart, guest), target & 0x7ff);
}

std::uint64_t AplicDomain::message_address(unsigned hart, unsigned guest) const {
  // 4.9.1: the root's registers say how hart numbers are spread over addresses, for both levels.
  const AplicDomain& root = parent_ ? *parent_ : *this;
  const std::uint32_t high = root.message_m_[1];
  const std::uint32_t* base = parent_ ? root.message_s_ : root.message_m_;
  const unsigned group_width = (high >> 16) & 7;
  const unsigned group_shift = (high >> 24) & 0x1f;
  const unsigned hart_width = (high >> 12) & 0xf;
  const unsigned hart_shift = (base[1] >> 20) & 7;
  const std::uint64_t group = (hart >> hart_width) & ((1u << group_width) - 1);
  const std::uint64_t in_group = hart & ((1u << hart_width) - 1);
  std::uint64_t page = (std::uint64_t{base[1] & 0xfff} << 32) | base[0];
  page |= group << (group_shift + 12);
  page |= in_group << hart_shift;
  page |= guest;
  return page << 12;
}

std::uint32_t AplicDomain::top(unsigned hart) const {
  std::uint32_t best = 0;
  for (unsigned number = 1; number <= setup_.sources; ++number) {
    const Source& source = sources_[number];
    if (!source.pending || !source.enabled || source.target >> 18 != hart) continue;
    const std::uint32_t priority = source.target & 0xff;
    const std::uint32_t threshold = idcs_[hart].threshold;
    if (threshold != 0 && priority >= threshold) continue;
    if (best == 0 || priority < (best & 0xff)) best = number << 16 | priority;
  }
  return best;
}

std::uint32_t AplicDomain::claim(unsigned hart) {
  const std::uint32_t claimed = top(hart);
  if (claimed == 0) {
    idcs_[hart].force = false;
  } else {
    Source& source = sources_[claimed >> 16];
    if (!level_mode(source)) source.pending = false;
  }
  update_hart(hart);
  return claimed;
}

void AplicDomain::update_hart(unsigned hart) {
  if (hart >= idcs_.size()) return;
  Idc& idc = idcs_[hart];
  const bool out = interrupts_on_ && idc.delivery && (idc.force || top(hart) != 0);
  if (out == idc.out) return;
  idc.out = out;
  output_.wire(hart, out);
}

std::uint32_t AplicDomain::read_idc(std::uint64_t offset) {
  const auto hart = static_cast<unsigned>((offset - kIdc) / kIdcBytes);
  if (msi() || hart >= idcs_.size()) return 0;
  switch (offset % kIdcBytes) {
    case kIdelivery:
      return idcs_[hart].delivery;
    case kIforce:
      return idcs_[hart].force;
    case kIthreshold:
      return idcs_[hart].threshold;
    case kTopi:
      return top(hart);
    case kClaimi:
      return claim(hart);
    default:
      return 0;
  }
}

void AplicDomain::write_idc(std::uint64_t offset, std::uint32_t value) {
  const auto hart = static_cast<unsigned>((offset - kIdc) / kIdcBytes);
  if (msi() || hart >= idcs_.size()) return;
  switch (offset % kIdcBytes) {
    case kIdelivery:
      idcs_[hart].delivery = value & 1;
      break;
    case kIforce:
      idcs_[hart].force = value & 1;
      break;
    case kIthreshold:
      idcs_[hart].threshold = value & 0xff;
      break;
    default:
      return;
  }
  update_hart(hart);
}

}  // namespace ringside
