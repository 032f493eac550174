// SPDX-License-Identifier: Apache-2.0
// The packed layout (virtio 1.4, 2.8). Private to the ring family.
#pragma once

#include <array>

#include "virtio/ring/access.h"

namespace ringside::virtio {

class PackedRing final : public RingEngine {
 public:
  explicit PackedRing(RingAccess& access) : access_(access) {}

  void start(const QueueLayout& layout) override;
  Found pop(DescriptorChain& chain) override;
  Found look() override;
  void unpop(const DescriptorChain& chain) override;
  bool publish(const UsedElement* elements, std::size_t count) override;
  bool driver_wants_interrupt(bool& wanted) override;
  RingPosition position() const override;
  void hint(std::uint16_t) override {}  // the descriptors themselves say as much

 private:
  static constexpr unsigned kTableBlock = 32;  // indirect descriptors read at a time
  static constexpr unsigned kUsedBlock = 32;   // used descriptors written at a time

  /// Values of the flags of an event suppression structure (2.8.10).
  enum Event : std::uint16_t { kEnable = 0, kDisable = 1, kAtDescriptor = 2 };
  struct EventSuppression {
    std::uint16_t position;  // offset in bits 14:0, wrap counter in bit 15
    std::uint16_t flags;
  };
  /// A place in the ring together with the lap's parity.
  struct Position {
    std::uint32_t slot = 0;
    bool wrap = true;
  };

  static std::uint16_t to_word(Position at);
  static Position from_word(std::uint16_t word);
  Position after(Position from, std::uint32_t slots) const;
  Position before(Position from, std::uint32_t slots) const;
  /// Counts slots over two laps, so that differences tell laps apart.
  std::uint32_t linear(Position at) const { return at.slot + (at.wrap ? 0 : layout_.size); }
  bool is_available(std::uint16_t flags, bool wrap) const;
  bool read_descriptor(Position at, PackedDescriptor& d);
  void forget_ahead(std::uint32_t slots);
  bool set_notifications(bool on);
  bool read_chain(DescriptorChain& chain);
  bool read_indirect(const PackedDescriptor& table, ChainBuilder& builder);
  bool publish_run(const UsedElement* elements, std::size_t count, Position at);
  PackedDescriptor used_descriptor(const UsedElement& element, bool wrap) const;

  RingAccess& access_;
  QueueLayout layout_;
  std::uint64_t request_ = 0;
  std::uint32_t in_use_ = 0;  // slots that belong to the device
  std::uint32_t requests_out_ = 0;
  Position next_avail_;
  Position next_used_;
  Position used_before_;          // next_used_ before the latest publish()
  std::uint32_t used_slots_ = 0;  // slots that it covered
  bool notifications_on_ = true;  // device event suppression as last written
  PackedDescriptor head_{};       // the descriptor at next_avail_, if read already
  bool head_valid_ = false;
  // Descriptors read ahead, from next_avail_ on. What was not available when it was read is read
  // again.
  std::array<PackedDescriptor, EngineSettings::kMaxPrefetch> ahead_;
  std::uint32_t ahead_count_ = 0;
};

}  // namespace ringside::virtio
