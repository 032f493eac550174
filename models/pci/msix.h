// SPDX-License-Identifier: Apache-2.0
// MSI-X: the capability, the vector table, the pending bits (PCI Local Bus 3.0, 6.8.2). A vector
// that is masked remembers one message, however often it is raised meanwhile; unmasking sends it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "pci/config_space.h"

namespace ringside::pci {

class MsiX {
 public:
  static constexpr unsigned kMaxVectors = 2048;
  /// Sends a message: a 32-bit write of `data` to `address`.
  using Send = std::function<void(unsigned vector, std::uint64_t address, std::uint32_t data)>;

  /// Where the structures lie in their base address register.
  struct Place {
    unsigned bar = 0;
    std::uint64_t table = 0;
    std::uint64_t pending = 0;
  };

  /// Adds the capability. `vectors` is 1 to kMaxVectors. False if the list has no room for it.
  bool add(ConfigSpace& config, unsigned vectors, const Place& place, Send send);
  /// The size of a base address register that holds nothing else: table at 0, pending bits at 0x800
  /// or after the table, at least 4 KiB, a power of two.
  static std::uint64_t exclusive_bytes(unsigned vectors, Place& place);

  bool present() const { return !table_.empty(); }
  unsigned vectors() const { return static_cast<unsigned>(table_.size()); }
  unsigned capability() const { return capability_; }
  const Place& place() const { return place_; }
  bool enabled() const { return enabled_; }
  /// True if an access at this offset of that register belongs to the table or the pending bits.
  bool holds(unsigned bar, std::uint64_t offset) const;

  /// Registers: any alignment, bytes 1 to 8.
  std::uint64_t read(std::uint64_t offset, unsigned bytes) const;
  void write(std::uint64_t offset, unsigned bytes, std::uint64_t value);

  /// The message control register may have changed.
  void control_written(const ConfigSpace& config);
  /// Sends the vector's message, or remembers it if masked. Without effect while MSI-X is disabled
  /// or for a vector that does not exist. True if a message went out.
  bool raise(unsigned vector);
  bool pending(unsigned vector) const { return table_[vector].pending; }
  bool masked(unsigned vector) const {
    return function_masked_ || (table_[vector].control & kVectorMask);
  }
  void reset();

 private:
  static constexpr std::uint32_t kVectorMask = 1;
  static constexpr unsigned kEntryBytes = 16;
  struct Entry {
    std::uint32_t address_low = 0;
    std::uint32_t address_high = 0;
    std::uint32_t data = 0;
    std::uint32_t control = kVectorMask;
    bool pending = false;
  };

  std::uint8_t read_byte(std::uint64_t offset) const;
  void write_byte(std::uint64_t offset, std::uint8_t value);
  std::uint64_t pending_end() const;
  void send_if_pending(unsigned vector);
  void send(unsigned vector);

  std::vector<Entry> table_;
  Place place_;
  unsigned capability_ = 0;
  bool enabled_ = false;
  bool function_masked_ = false;
  Send send_;
};

}  // namespace ringside::pci
