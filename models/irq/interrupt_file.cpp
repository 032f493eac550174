// SPDX-License-Identifier: Apache-2.0
#include "irq/interrupt_file.h"

#include <algorithm>

namespace ringside {

namespace {

enum Select : unsigned {
  kDelivery = 0x70,
  kThreshold = 0x72,
  kPending = 0x80,
  kEnabled = 0xc0,
  kEnd = 0x100,
};

}  // namespace

ImsicFile::ImsicFile(unsigned ids)
    : ids_(ids), pending_((ids + 1) / 64), enabled_((ids + 1) / 64) {}

void ImsicFile::reset() {
  std::fill(pending_.begin(), pending_.end(), 0);
  std::fill(enabled_.begin(), enabled_.end(), 0);
  delivery_ = false;
  threshold_ = 0;
  update();
}

void ImsicFile::set_pending(std::uint32_t identity) {
  if (identity == 0 || identity > ids_) return;
  pending_[identity / 64] |= std::uint64_t{1} << (identity % 64);
  update();
}

bool ImsicFile::read(unsigned select, std::uint64_t& value) {
  value = 0;
  if (select == kDelivery) {
    value = delivery_;
  } else if (select == kThreshold) {
    value = threshold_;
  } else if (select >= kPending && select < kEnd && select % 2 == 0) {
    const auto& array = select < kEnabled ? pending_ : enabled_;
    const unsigned index = select % 0x40 / 2;
    if (index < array.size()) value = array[index];
  } else {
    return false;
  }
  return true;
}

bool ImsicFile::write(unsigned select, std::uint64_t value) {
  if (select == kDelivery) {
    if (value <= 1)
      delivery_ = value;  // other values are not supported: the register keeps its own
  } else if (select == kThreshold) {
    // As many bits as the highest identity has.
    std::uint64_t mask = ids_;
    for (unsigned shift = 1; shift < 16; shift *= 2) mask |= mask >> shift;
    threshold_ = static_cast<std::uint32_t>(value & mask);
  } else if (select >= kPending && select < kEnd && select % 2 == 0) {
    auto& array = select < kEnabled ? pending_ : enabled_;
    const unsigned index = select % 0x40 / 2;
    // Identity 0 does not exist.
    if (index < array.size()) array[index] = index == 0 ? value & ~std::uint64_t{1} : value;
  } else {
    return false;
  }
  update();
  return true;
}

void ImsicFile::claim() {
  const std::uint32_t identity = top_ >> 16;
  if (identity == 0) return;
  pending_[identity / 64] &= ~(std::uint64_t{1} << (identity % 64));
  update();
}

void ImsicFile::update() {
  top_ = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const std::uint64_t both = pending_[i] & enabled_[i];
    if (both == 0) continue;
    const auto identity =
        static_cast<std::uint32_t>(64 * i) + static_cast<std::uint32_t>(__builtin_ctzll(both));
    // With a threshold, only identities below it count.
    if (threshold_ == 0 || identity < threshold_) top_ = identity << 16 | identity;
    break;
  }
  const bool signal = delivery_ && top_ != 0;
  if (signal == signal_) return;
  signal_ = signal;
  if (signal_call_) signal_call_(signal);
}

}  // namespace ringside
