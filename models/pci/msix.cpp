// SPDX-License-Identifier: Apache-2.0
#include "pci/msix.h"

#include "pci/registers.h"

namespace ringside::pci {

namespace {
constexpr unsigned kMessageControl = 2;
constexpr unsigned kTable = 4;
constexpr unsigned kPending = 8;
constexpr unsigned kCapabilityBytes = 12;
constexpr std::uint16_t kEnable = 1u << 15;
constexpr std::uint16_t kFunctionMask = 1u << 14;

}  // namespace

std::uint64_t MsiX::exclusive_bytes(unsigned vectors, Place& place) {
  constexpr std::uint64_t kSmallTable = 0x800;
  const std::uint64_t table = std::uint64_t{vectors} * kEntryBytes;
  place.table = 0;
  place.pending = table > kSmallTable ? table : kSmallTable;
  const std::uint64_t end = place.pending + (vectors + 63) / 64 * 8;
  std::uint64_t bytes = 4096;
  while (bytes < end) bytes *= 2;
  return bytes;
}

bool MsiX::add(ConfigSpace& config, unsigned vectors, const Place& place, Send send) {
  capability_ = config.add_capability(kMsiX, kCapabilityBytes);
  if (capability_ == 0) return false;
  table_.resize(vectors);
  place_ = place;
  send_ = std::move(send);
  config.set(capability_ + kMessageControl, 2, vectors - 1);
  config.allow(capability_ + kMessageControl, 2, kEnable | kFunctionMask);
  config.set(capability_ + kTable, 4, static_cast<std::uint32_t>(place.table) | place.bar);
  config.set(capability_ + kPending, 4, static_cast<std::uint32_t>(place.pending) | place.bar);
  return true;
}

std::uint64_t MsiX::pending_end() const {
  return place_.pending + (table_.size() + 63) / 64 * 8;
}

bool MsiX::holds(unsigned bar, std::uint64_t offset) const {
  if (!present() || bar != place_.bar) return false;
  if (offset >= place_.table && offset < place_.table + table_.size() * kEntryBytes) return true;
  return offset >= place_.pending && offset < pending_end();
}

std::uint8_t MsiX::read_byte(std::uint64_t offset) const {
  if (offset >= place_.table && offset - place_.table < table_.size() * kEntryBytes) {
    const Entry& entry = table_[(offset - place_.table) / kEntryBytes];
    const std::uint32_t words[4] = {entry.address_low, entry.address_high, entry.data,
                                    entry.control};
    return static_cast<std::uint8_t>(words[(offset >> 2) & 3] >> (8 * (offset & 3)));
  }
  if (offset < place_.pending || offset >= pending_end()) return 0;
  std::uint8_t bits = 0;
  const std::uint64_t first = (offset - place_.pending) * 8;
  for (unsigned i = 0; i < 8 && first + i < table_.size(); ++i)
    if (table_[first + i].pending) bits = static_cast<std::uint8_t>(bits | 1u << i);
  return bits;
}

void MsiX::write_byte(std::uint64_t offset, std::uint8_t value) {
  if (offset < place_.table || offset - place_.table >= table_.size() * kEntryBytes) return;
  Entry& entry = table_[(offset - place_.table) / kEntryBytes];
  std::uint32_t* const words[4] = {&entry.address_low, &entry.address_high, &entry.data,
                                   &entry.control};
  std::uint32_t* word = words[(offset >> 2) & 3];
  const unsigned shift = 8 * static_cast<unsigned>(offset & 3);
  *word = (*word & ~(0xffu << shift)) | static_cast<std::uint32_t>(value) << shift;
  entry.address_low &= ~3u;
  entry.control &= kVectorMask;
}

std::uint64_t MsiX::read(std::uint64_t offset, unsigned bytes) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(read_byte(offset + i)) << (8 * i);
  return value;
}

void MsiX::write(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  for (unsigned i = 0; i < bytes; ++i)
    write_byte(offset + i, static_cast<std::uint8_t>(value >> (8 * i)));
  // An odd access can end in another entry than it begins in.
  for (std::uint64_t at : {offset, offset + bytes - 1}) {
    const std::uint64_t vector = (at - place_.table) / kEntryBytes;
    if (at >= place_.table && vector < table_.size())
      send_if_pending(static_cast<unsigned>(vector));
  }
}

void MsiX::control_written(const ConfigSpace& config) {
  if (!present()) return;
  const std::uint16_t control = config.get16(capability_ + kMessageControl);
  enabled_ = control & kEnable;
  function_masked_ = control & kFunctionMask;
  if (!enabled_ || function_masked_) return;
  for (unsigned vector = 0; vector < vectors(); ++vector) send_if_pending(vector);
}

void MsiX::send_if_pending(unsigned vector) {
  if (!enabled_ || !table_[vector].pending || masked(vector)) return;
  table_[vector].pending = false;
  send(vector);
}

bool MsiX::raise(unsigned vector) {
  if (!enabled_ || vector >= table_.size()) return false;
  if (masked(vector)) {
    table_[vector].pending = true;
    return false;
  }
  send(vector);
  return true;
}

void MsiX::send(unsigned vector) {
  const Entry& entry = table_[vector];
  send_(vector, static_cast<std::uint64_t>(entry.address_high) << 32 | entry.address_low,
        entry.data);
}

void MsiX::reset() {
  for (Entry& entry : table_) entry = Entry{};
  enabled_ = false;
  function_masked_ = false;
}

}  // namespace ringside::pci
