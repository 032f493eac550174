// SPDX-License-Identifier: Apache-2.0
// The split layout (virtio 1.4, 2.7). Private to the ring family.
#pragma once

#include <array>

#include "virtio/ring/access.h"

namespace ringside::virtio {

class SplitRing final : public RingEngine {
 public:
  explicit SplitRing(RingAccess& access) : access_(access) {}

  void start(const QueueLayout& layout) override;
  Found pop(DescriptorChain& chain) override;
  Found look() override;
  void unpop(const DescriptorChain& chain) override;
  bool publish(const UsedElement* elements, std::size_t count) override;
  bool driver_wants_interrupt(bool& wanted) override;
  RingPosition position() const override { return {next_avail_, used_index_}; }
  void hint(std::uint16_t next) override;

 private:
  static constexpr std::uint16_t kNoInterrupt = 1;  // avail flags
  static constexpr std::uint16_t kNoNotify = 1;     // used flags
  static constexpr unsigned kTableBlock = 32;       // indirect descriptors read at a time
  static constexpr unsigned kUsedBlock = 64;        // used elements written at a time

  struct AvailHeader {
    std::uint16_t flags;
    std::uint16_t index;
  };
  struct UsedEntry {
    std::uint32_t id;
    std::uint32_t length;
  };

  bool read_avail_index();
  bool accept_avail_index(std::uint16_t index);
  bool set_notifications(bool on);
  bool write_avail_event(std::uint64_t request);
  bool read_head(std::uint16_t& head);
  bool read_chain(std::uint16_t head, DescriptorChain& chain);
  class Descriptors;
  bool read_indirect(const SplitDescriptor& table, ChainBuilder& builder);
  std::uint64_t avail_entry(std::uint16_t position) const;
  std::uint64_t used_entry(std::uint16_t position) const;

  RingAccess& access_;
  QueueLayout layout_;
  std::uint64_t request_ = 0;       // number of the next request, for tags
  std::uint32_t in_use_ = 0;        // descriptors of the table that belong to the device
  std::uint32_t requests_out_ = 0;  // requests that have not been published
  std::uint16_t next_avail_ = 0;    // position of the next request to take
  std::uint16_t avail_index_ = 0;   // the driver's index as last seen
  std::uint16_t used_index_ = 0;    // our index, as published
  std::uint16_t used_before_ = 0;   // our index before the latest publish()
  std::uint16_t avail_event_ = 0;   // as last written
  bool notifications_on_ = true;    // without EVENT_IDX: used flags as last written
  std::array<std::uint16_t, EngineSettings::kMaxHeads>
      heads_{};                    // entries of the available ring, read ahead
  std::uint16_t heads_first_ = 0;  // position of heads_[0]
  std::uint16_t heads_count_ = 0;
};

}  // namespace ringside::virtio
