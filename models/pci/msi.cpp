// SPDX-License-Identifier: Apache-2.0
#include "pci/msi.h"

#include <algorithm>

#include "pci/registers.h"

namespace ringside::pci {

namespace {
constexpr unsigned kMessageControl = 0x2;
constexpr unsigned kAddressLow = 0x4;
constexpr unsigned kAddressHigh = 0x8;
constexpr unsigned kData = 0xc;
constexpr unsigned kMask = 0x10;
constexpr unsigned kPending = 0x14;
constexpr std::uint16_t kEnable = 1u << 0;
constexpr unsigned kCapableShift = 1;
constexpr unsigned kAllocatedShift = 4;
constexpr std::uint16_t kAllocatedMask = 7u << kAllocatedShift;
constexpr std::uint16_t kWide = 1u << 7;
constexpr std::uint16_t kMaskable = 1u << 8;

unsigned log2_of(unsigned messages) {
  unsigned log = 0;
  while (messages >>= 1) ++log;
  return log;
}
}  // namespace

bool Msi::add(ConfigSpace& config, unsigned messages, bool maskable, Send send) {
  maskable_ = maskable;
  capability_ = config.add_capability(kMsi, bytes());
  if (capability_ == 0) return false;
  config_ = &config;
  asked_ = messages;
  send_ = std::move(send);
  config.set(capability_ + kMessageControl, 2,
             log2_of(messages) << kCapableShift | kWide | (maskable ? kMaskable : 0u));
  config.allow(capability_ + kMessageControl, 2, kEnable | kAllocatedMask);
  config.allow(capability_ + kAddressLow, 4, ~3u);
  config.allow(capability_ + kAddressHigh, 4, ~0u);
  config.allow(capability_ + kData, 2, 0xffff);
  // Bits of messages that do not exist are reserved.
  if (maskable) config.allow(capability_ + kMask, 4, ~0u >> (kMaxMessages - messages));
  return true;
}

std::uint32_t Msi::mask() const {
  return maskable_ ? config_->get32(capability_ + kMask) : 0;
}

void Msi::show_pending() {
  if (maskable_) config_->set(capability_ + kPending, 4, pending_);
}

void Msi::written() {
  if (!present()) return;
  const std::uint16_t control = config_->get16(capability_ + kMessageControl);
  enabled_ = control & kEnable;
  // More than was asked for, and codes without a meaning, give what was asked for.
  allocated_ = std::min(asked_, 1u << (control >> kAllocatedShift & 7));
  if (!enabled_) return;
  for (unsigned message = 0; message < allocated_; ++message) {
    if (!pending(message) || masked(message)) continue;
    pending_ &= ~(1u << message);
    send(message);
  }
  show_pending();
}

bool Msi::raise(unsigned message) {
  if (!enabled_ || message >= allocated_) return false;
  if (masked(message)) {
    pending_ |= 1u << message;
    show_pending();
    return false;
  }
  send(message);
  return true;
}

void Msi::send(unsigned message) {
  const std::uint64_t address =
      static_cast<std::uint64_t>(config_->get32(capability_ + kAddressHigh)) << 32 |
      config_->get32(capability_ + kAddressLow);
  // The function may change only the bits that tell its messages apart.
  const std::uint32_t data = config_->get16(capability_ + kData);
  send_(address, (data & ~(allocated_ - 1)) | message);
}

void Msi::reset() {
  pending_ = 0;
  if (!present()) return;
  written();
  show_pending();
}

}  // namespace ringside::pci
