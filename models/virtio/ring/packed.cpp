// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/packed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace ringside::virtio {

void PackedRing::start(const QueueLayout& layout) {
  layout_ = layout;
  request_ = 0;
  in_use_ = 0;
  requests_out_ = 0;
  next_avail_ = next_used_ = used_before_ = Position{};
  used_slots_ = 0;
  notifications_on_ = true;
  head_valid_ = false;
  ahead_count_ = 0;
  if (!layout.resume) return;
  next_avail_ = from_word(layout.resume->avail);
  next_used_ = used_before_ = from_word(layout.resume->used);
  // What the ring tells the driver is unknown, so it is told anew before the queue sleeps.
  notifications_on_ = false;
}

std::uint16_t PackedRing::to_word(Position at) {
  return static_cast<std::uint16_t>(at.slot | (at.wrap ? 0x8000u : 0u));
}

PackedRing::Position PackedRing::from_word(std::uint16_t word) {
  return {word & 0x7fffu, (word & 0x8000u) != 0};
}

RingPosition PackedRing::position() const {
  return {to_word(next_avail_), to_word(next_used_)};
}

PackedRing::Position PackedRing::after(Position from, std::uint32_t slots) const {
  from.slot += slots;
  if (from.slot >= layout_.size) {
    from.slot -= layout_.size;
    from.wrap = !from.wrap;
  }
  return from;
}

PackedRing::Position PackedRing::before(Position from, std::uint32_t slots) const {
  if (from.slot < slots) {
    from.slot += layout_.size;
    from.wrap = !from.wrap;
  }
  from.slot -= slots;
  return from;
}

bool PackedRing::is_available(std::uint16_t flags, bool wrap) const {
  const bool avail = flags & kDescAvail;
  const bool used = flags & kDescUsed;
  return avail == wrap && used != wrap;
}

// ---- finding requests

bool PackedRing::read_descriptor(Position at, PackedDescriptor& d) {
  const std::uint32_t laps = 2u * layout_.size;
  const std::uint32_t ahead = (linear(at) + laps - linear(next_avail_)) % laps;
  if (ahead < ahead_count_ && is_available(ahead_[ahead].flags, at.wrap)) {
    d = ahead_[ahead];
    return true;
  }
  const unsigned at_once = ahead == 0 ? access_.engine().descriptor_prefetch : 1;
  const std::uint32_t count = std::min<std::uint32_t>(at_once, layout_.size - at.slot);
  std::array<PackedDescriptor, EngineSettings::kMaxPrefetch> block;
  if (!access_.read(Step::Descriptor, request_, layout_.descriptor_area + 16ull * at.slot,
                    block.data(), 16u * count))
    return false;
  d = block[0];
  if (ahead == 0) {
    ahead_ = block;
    ahead_count_ = count;
  }
  return true;
}

void PackedRing::forget_ahead(std::uint32_t slots) {
  if (slots >= ahead_count_) {
    ahead_count_ = 0;
    return;
  }
  std::copy(ahead_.begin() + slots, ahead_.begin() + ahead_count_, ahead_.begin());
  ahead_count_ -= slots;
}

bool PackedRing::set_notifications(bool on) {
  EventSuppression event{0, kDisable};
  if (on && layout_.event_idx) {
    event.position = to_word(next_avail_);
    event.flags = kAtDescriptor;
  } else if (on) {
    event.flags = kEnable;
  }
  if (!access_.write(Step::Suppression, request_, layout_.device_area, &event, sizeof event))
    return false;
  notifications_on_ = on;
  return true;
}

Found PackedRing::look() {
  for (;;) {
    if (!head_valid_) {
      PackedDescriptor head;
      if (!read_descriptor(next_avail_, head)) return Found::Stopped;
      head_ = head;
    }
    head_valid_ = is_available(head_.flags, next_avail_.wrap);
    if (head_valid_) {
      if (notifications_on_ && !set_notifications(false)) return Found::Stopped;
      return Found::Request;
    }
    if (notifications_on_) return Found::Nothing;
    if (!set_notifications(true)) return Found::Stopped;
  }
}

Found PackedRing::pop(DescriptorChain& chain) {
  const Found found = look();
  if (found != Found::Request) return found;
  if (!read_chain(chain)) return Found::Stopped;
  if (in_use_ + chain.descriptors_ > layout_.size) {
    access_.broken("more descriptors are available than the ring has");
    return Found::Stopped;
  }
  in_use_ += chain.descriptors_;
  ++requests_out_;
  ++request_;
  next_avail_ = after(next_avail_, chain.descriptors_);
  forget_ahead(chain.descriptors_);
  head_valid_ = false;
  return Found::Request;
}

void PackedRing::unpop(const DescriptorChain& chain) {
  in_use_ -= chain.descriptors_;
  --requests_out_;
  --request_;
  next_avail_ = before(next_avail_, chain.descriptors_);
  ahead_count_ = 0;
  head_valid_ = false;
}

// ---- reading a chain

bool PackedRing::read_chain(DescriptorChain& chain) {
  ChainBuilder builder(access_, chain, layout_.size);
  PackedDescriptor d = head_;
  Position at = next_avail_;
  chain.descriptors_ = 1;
  if (d.flags & kDescIndirect) {
    if (!layout_.indirect)
      return access_.broken("an indirect descriptor without VIRTIO_F_INDIRECT_DESC");
    if (d.flags & kDescNext) return access_.broken("a descriptor with both INDIRECT and NEXT");
    chain.id_ = d.id;
    return read_indirect(d, builder);
  }
  for (;;) {
    if (!builder.add(d.address, d.length, d.flags & kDescWrite)) return false;
    if (!(d.flags & kDescNext)) break;
    if (++chain.descriptors_ > layout_.size)
      return access_.broken(fmt::format("a chain of more than {} descriptors", layout_.size));
    at = after(at, 1);
    if (!read_descriptor(at, d)) return false;
    // The driver makes the first descriptor available last, so the others are by now.
    if (!is_available(d.flags, at.wrap))
      return access_.broken(fmt::format("descriptor {} of a chain is not available", at.slot));
    if (d.flags & kDescIndirect)
      return access_.broken("an indirect descriptor in a list of direct ones");
  }
  chain.id_ = d.id;  // of the last descriptor (2.8.6)
  return true;
}

bool PackedRing::read_indirect(const PackedDescriptor& table, ChainBuilder& builder) {
  if (table.length == 0 || table.length % 16 != 0)
    return access_.broken(fmt::format("an indirect table of {} bytes", table.length));
  if (table.address + (table.length - 1) < table.address)
    return access_.broken("an indirect table leaves the address space");
  const std::uint32_t entries = table.length / 16;
  std::array<PackedDescriptor, kTableBlock> block;
  for (std::uint32_t index = 0; index < entries;) {
    const std::uint32_t count = std::min<std::uint32_t>(kTableBlock, entries - index);
    if (!access_.read(Step::IndirectTable, request_, table.address + 16ull * index, block.data(),
                      16u * count))
      return false;
    for (std::uint32_t i = 0; i < count; ++i) {
      // All flags but WRITE are reserved here and ignored (2.8.7); a table inside a table is what a
      // confused driver means by INDIRECT, so that one is not.
      if (block[i].flags & kDescIndirect) return access_.broken("an indirect table inside another");
      if (!builder.add(block[i].address, block[i].length, block[i].flags & kDescWrite))
        return false;
    }
    index += count;
  }
  return true;
}

// ---- giving requests back

PackedDescriptor PackedRing::used_descriptor(const UsedElement& element, bool wrap) const {
  const std::uint16_t flags = wrap ? kDescAvail | kDescUsed : 0;
  return {0, element.written, element.id,
          static_cast<std::uint16_t>(flags | (element.written != 0 ? kDescWrite : 0))};
}

bool PackedRing::publish_run(const UsedElement* elements, std::size_t count, Position at) {
  // The address of a used descriptor is not used: where several lie side by side it is overwritten,
  // so that one write does for all.
  std::array<PackedDescriptor, kUsedBlock> block;
  for (std::size_t i = 0; i < count; ++i) block[i] = used_descriptor(elements[i], at.wrap);
  constexpr std::size_t skip = offsetof(PackedDescriptor, length);
  return access_.write(Step::UsedRing, request_, layout_.descriptor_area + 16ull * at.slot + skip,
                       &block[0].length, count * sizeof(PackedDescriptor) - skip);
}

bool PackedRing::publish(const UsedElement* elements, std::size_t count) {
  used_before_ = next_used_;
  used_slots_ = 0;
  std::uint32_t requests = 0;
  for (std::size_t i = 0; i < count; ++i) {
    used_slots_ += elements[i].descriptors;
    requests += elements[i].requests;
  }
  // The first descriptor goes out last: until then the driver sees none of them, so requests that
  // use several buffers appear whole (2.8.9).
  Position at = after(next_used_, elements[0].descriptors);
  for (std::size_t i = 1; i < count;) {
    const Position first = at;
    std::size_t n = 0;
    bool adjacent = true;
    while (i + n < count && adjacent && n < kUsedBlock) {
      adjacent = elements[i + n].descriptors == 1;
      at = after(at, elements[i + n].descriptors);
      if (at.slot == 0) adjacent = false;
      ++n;
    }
    if (!publish_run(elements + i, n, first)) return false;
    i += n;
  }
  in_use_ -= used_slots_;
  requests_out_ -= requests;
  const Position first = next_used_;
  next_used_ = after(next_used_, used_slots_);
  return publish_run(elements, 1, first);
}

bool PackedRing::driver_wants_interrupt(bool& wanted) {
  EventSuppression event{};
  if (!access_.read(Step::Suppression, request_, layout_.driver_area, &event, sizeof event))
    return false;
  const unsigned kind = event.flags & 3u;
  if (kind == kDisable) {
    wanted = false;
    return true;
  }
  // Anything that the driver should not have written gets a notification: one too many does no
  // harm.
  wanted = true;
  const Position position = from_word(event.position);
  if (kind == kAtDescriptor && layout_.event_idx && position.slot < layout_.size) {
    const std::uint32_t laps = 2u * layout_.size;
    wanted = (linear(position) + laps - linear(used_before_)) % laps < used_slots_;
  }
  return true;
}

}  // namespace ringside::virtio
