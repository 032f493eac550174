// SPDX-License-Identifier: Apache-2.0
// The reference for the split layout (virtio 1.4, 2.7).
#pragma once

#include "cosim/check/reference.h"

namespace ringside::cosim {

class SplitReference final : public RingReference {
 public:
  SplitReference(std::uint16_t queue, const RingSetup& setup, const CheckSettings& settings,
                 Findings& findings);
  void notified(std::uint16_t next) override;

 private:
  Purpose purpose_of(const Transaction& t) const override;
  void ring_read(const Transaction& t, Purpose purpose) override;
  void ring_write(const Transaction& t, Purpose purpose) override;
  ObservedDescriptor parse(const std::uint8_t* bytes) const override;
  void advance(ObservedChain& chain) override;
  bool in_ring(std::uint64_t address) const override;
  std::string unfinished() const override;
  bool deaf(std::string& expected, std::string& found) const override;

  void read_driver_area(const Transaction& t, Purpose purpose);
  void take_hint();
  void learn_index(std::uint16_t index, std::uint64_t transaction);
  std::uint64_t end_of_published() const;
  void read_entries(const Transaction& t);
  void take_head(std::uint32_t slot, std::uint16_t head);
  void read_descriptors(const Transaction& t);
  bool needs(std::uint32_t first, std::uint32_t last) const;
  bool belongs_to_another(const ObservedChain& chain);
  void write_flags(const Transaction& t, std::uint16_t value);
  void write_event(const Transaction& t, std::uint16_t value);
  void write_element_byte(const Transaction& t, std::uint64_t offset, std::uint8_t value);
  void element(const Transaction& t, std::uint32_t slot);
  void write_index(const Transaction& t, std::uint16_t index);
  std::uint32_t slot(std::uint16_t position) const { return position & (setup_.size - 1u); }
  /// Two bytes of the device area, if both are written; the finding if only one is.
  bool half_word(const Transaction& t, std::uint64_t offset, std::uint16_t& value);

  /// What is known of the place of an avail entry.
  struct Entry {
    bool published = false;   // and not read yet
    std::uint64_t since = 0;  // the transaction that told of it
    ObservedChain* chain = nullptr;
  };
  /// What has been written of the place of a used element.
  struct Element {
    std::uint8_t mask = 0;  // bytes
    std::uint8_t bytes[8] = {};
    std::uint16_t requests = 0;  // that it stands for; 0: an unknown chain
    std::uint64_t request = 0;   // the (last) one
  };
  std::vector<Entry> entries_;
  std::vector<Element> elements_;
  std::vector<std::uint8_t> table_;
  std::vector<std::uint64_t> known_since_;  // by halves of descriptors, 0: never; else number + 1
  std::vector<std::uint64_t> belongs_;      // by descriptor: request + 1 of a chain, or 0
  std::uint64_t latest_ = 0;                // number of the latest transaction
  std::uint16_t hint_ = 0;                  // avail index that came with a notification
  bool hinted_ = false;                     // and it has not been taken up
  std::uint16_t avail_index_ = 0;
  std::uint16_t used_index_ = 0;
  std::uint16_t checked_index_ = 0;  // used index when the driver's wishes were read
  std::uint16_t told_index_ = 0;     // VIRTIO_F_IN_ORDER: end of what elements stand for
  std::uint16_t event_ = 0;          // avail_event as written
  std::uint16_t told_ = 0;           // elements written and not published
};

}  // namespace ringside::cosim
