// SPDX-License-Identifier: Apache-2.0
// The reference for the packed layout (virtio 1.4, 2.8).
#pragma once

#include "cosim/check/reference.h"

namespace ringside::cosim {

class PackedReference final : public RingReference {
 public:
  PackedReference(std::uint16_t queue, const RingSetup& setup, const CheckSettings& settings,
                  Findings& findings);

 private:
  /// A place in the ring together with the lap's parity.
  struct Place {
    std::uint32_t slot = 0;
    bool wrap = true;
  };
  /// What has been written of a used descriptor.
  struct Element {
    std::uint8_t mask = 0;  // bytes of length, id, flags
    std::uint8_t bytes[8] = {};
    std::uint32_t requests = 0;  // that it stands for; 0: an unknown chain
    std::uint64_t request = 0;   // the (last) one
  };

  Purpose purpose_of(const Transaction& t) const override;
  void ring_read(const Transaction& t, Purpose purpose) override;
  void ring_write(const Transaction& t, Purpose purpose) override;
  ObservedDescriptor parse(const std::uint8_t* bytes) const override;
  void advance(ObservedChain& chain) override;
  bool in_ring(std::uint64_t address) const override;
  std::string unfinished() const override;

  Place after(Place from, std::uint32_t slots) const;
  std::uint32_t linear(Place at) const { return at.slot + (at.wrap ? 0 : setup_.size); }
  /// The descriptor in a place if it is known to be available there.
  bool available(Place at, ObservedDescriptor& d) const;
  void forget(std::uint32_t slot);
  void read_descriptors(const Transaction& t);
  void read_wishes(const Transaction& t);
  bool begin_chain();
  void claim(const ObservedChain& chain);
  void write_event(const Transaction& t);
  void element_byte(const Transaction& t, std::uint64_t offset, std::uint8_t value);
  void element(const Transaction& t, std::uint32_t slot);
  void publish(const Transaction& t);

  std::vector<std::uint8_t> ring_;    // as the device last read it
  std::vector<bool> known_;           // by halves of descriptors
  std::vector<std::uint64_t> owner_;  // by slot: request + 1 of the chain out there, or 0
  std::vector<Element> elements_;
  Place next_;     // the first descriptor that no chain has taken
  Place used_;     // of the next used descriptor
  Place checked_;  // used_ when the driver's wishes were last read
  std::uint32_t slots_since_check_ = 0;
  std::uint32_t told_ = 0;  // elements written and not published
};

}  // namespace ringside::cosim
