// SPDX-License-Identifier: Apache-2.0
#include "pci/config_space.h"

#include "pci/registers.h"

namespace ringside::pci {

std::uint32_t ConfigSpace::get(unsigned offset, unsigned bytes) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i)
    value |= static_cast<std::uint32_t>(value_[offset + i]) << (8 * i);
  return value;
}

namespace {
void store(std::array<std::uint8_t, ConfigSpace::kBytes>& to, unsigned offset, unsigned bytes,
           std::uint32_t value) {
  for (unsigned i = 0; i < bytes; ++i) to[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}
}  // namespace

void ConfigSpace::set(unsigned offset, unsigned bytes, std::uint32_t value) {
  store(value_, offset, bytes, value);
}

void ConfigSpace::allow(unsigned offset, unsigned bytes, std::uint32_t mask) {
  store(writable_, offset, bytes, mask);
}

void ConfigSpace::clear_by_one(unsigned offset, unsigned bytes, std::uint32_t mask) {
  store(clear_by_one_, offset, bytes, mask);
}

void ConfigSpace::write(unsigned offset, unsigned bytes, std::uint32_t value) {
  for (unsigned i = 0; i < bytes && offset + i < kBytes; ++i) {
    const auto written = static_cast<std::uint8_t>(value >> (8 * i));
    const std::uint8_t writable = writable_[offset + i];
    std::uint8_t& now = value_[offset + i];
    now = static_cast<std::uint8_t>((now & ~writable) | (written & writable));
    now = static_cast<std::uint8_t>(now & ~(written & clear_by_one_[offset + i]));
  }
}

unsigned ConfigSpace::add_capability(std::uint8_t id, unsigned bytes) {
  if (next_ + bytes > kConventionalBytes) return 0;
  const unsigned at = next_;
  next_ += (bytes + 3) & ~3u;  // capabilities start on dwords
  value_[at] = id;
  value_[at + 1] = value_[kCapabilityPointer];
  value_[kCapabilityPointer] = static_cast<std::uint8_t>(at);
  value_[kStatus] |= kHasCapabilities;
  return at;
}

unsigned ConfigSpace::add_extended_capability(std::uint16_t id, unsigned version, unsigned bytes) {
  if (next_extended_ + bytes > kBytes) return 0;
  const unsigned at = next_extended_;
  next_extended_ += (bytes + 3) & ~3u;
  set(at, 4, id | (version & 0xf) << 16);
  if (last_extended_) set(last_extended_, 4, (get32(last_extended_) & 0xfffff) | at << 20);
  last_extended_ = at;
  return at;
}

}  // namespace ringside::pci
