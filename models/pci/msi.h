// SPDX-License-Identifier: Apache-2.0
// MSI: the capability with a 64-bit address, and with mask and pending bits if it is to have them
// (PCI Local Bus 3.0, 6.8.1). Messages of a function differ in the low bits of their data. A
// message that is masked is remembered once, however often it is raised meanwhile; unmasking sends
// it.
#pragma once

#include <cstdint>
#include <functional>

#include "pci/config_space.h"

namespace ringside::pci {

class Msi {
 public:
  static constexpr unsigned kMaxMessages = 32;
  /// Sends a message: a 32-bit write of `data` to `address`.
  using Send = std::function<void(std::uint64_t address, std::uint32_t data)>;

  /// Adds the capability. `messages`, the number asked for, is 1, 2, 4, 8, 16 or 32. False if the
  /// list has no room for it.
  bool add(ConfigSpace& config, unsigned messages, bool maskable, Send send);

  bool present() const { return config_ != nullptr; }
  unsigned capability() const { return capability_; }
  unsigned bytes() const { return maskable_ ? 0x18 : 0x0e; }
  bool enabled() const { return enabled_; }
  /// How many messages the function asks for.
  unsigned asked() const { return asked_; }
  /// How many messages the guest has given: a power of two, at most those asked for.
  unsigned allocated() const { return allocated_; }

  /// The capability may have been written.
  void written();
  /// Sends a message, or remembers it if masked. Without effect while MSI is disabled or for one
  /// that is not allocated. True if it went out.
  bool raise(unsigned message);
  bool masked(unsigned message) const { return mask() >> message & 1; }
  bool pending(unsigned message) const { return pending_ >> message & 1; }
  /// Configuration space has been reset already.
  void reset();

 private:
  std::uint32_t mask() const;
  void show_pending();
  void send(unsigned message);

  ConfigSpace* config_ = nullptr;
  unsigned capability_ = 0;
  unsigned asked_ = 1;
  bool maskable_ = false;
  bool enabled_ = false;
  unsigned allocated_ = 1;
  std::uint32_t pending_ = 0;
  Send send_;
};

}  // namespace ringside::pci
