// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/split.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::virtio {

void SplitRing::start(const QueueLayout& layout) {
  layout_ = layout;
  request_ = 0;
  in_use_ = 0;
  requests_out_ = 0;
  next_avail_ = avail_index_ = used_index_ = used_before_ = avail_event_ = 0;
  notifications_on_ = true;
  heads_count_ = 0;
  if (!layout.resume) return;
  next_avail_ = avail_index_ = layout.resume->avail;
  used_index_ = used_before_ = layout.resume->used;
  // What the ring tells the driver is unknown, so it is told anew before the queue sleeps.
  avail_event_ = static_cast<std::uint16_t>(next_avail_ - 1);
  notifications_on_ = false;
}

std::uint64_t SplitRing::avail_entry(std::uint16_t position) const {
  return layout_.driver_area + 4 + 2u * (position & (layout_.size - 1u));
}

std::uint64_t SplitRing::used_entry(std::uint16_t position) const {
  return layout_.device_area + 4 + 8u * (position & (layout_.size - 1u));
}

// ---- finding requests

bool SplitRing::accept_avail_index(std::uint16_t index) {
  const auto waiting = static_cast<std::uint16_t>(index - next_avail_);
  if (waiting > layout_.size)
    return access_.broken(fmt::format("available index {} is {} ahead of {} in a ring of {}", index,
                                      waiting, next_avail_, layout_.size));
  avail_index_ = index;
  return true;
}

bool SplitRing::read_avail_index() {
  std::uint16_t index = 0;
  if (!access_.read(Step::AvailIndex, request_, layout_.driver_area + 2, &index, sizeof index))
    return false;
  return accept_avail_index(index);
}

void SplitRing::hint(std::uint16_t next) {
  // Only forward and only within the ring: a notification that took long tells old news.
  const auto waiting = static_cast<std::uint16_t>(next - next_avail_);
  const auto known = static_cast<std::uint16_t>(avail_index_ - next_avail_);
  if (waiting <= layout_.size && waiting > known) avail_index_ = next;
}

bool SplitRing::set_notifications(bool on) {
  const std::uint16_t flags = on ? 0 : kNoNotify;
  if (!access_.write(Step::Suppression, request_, layout_.device_area, &flags, sizeof flags))
    return false;
  notifications_on_ = on;
  return true;
}

Found SplitRing::look() {
  for (;;) {
    if (avail_index_ == next_avail_ && !read_avail_index()) return Found::Stopped;
    if (avail_index_ != next_avail_) {
      if (!layout_.event_idx && notifications_on_ && !set_notifications(false))
        return Found::Stopped;
      return Found::Request;
    }
    // With EVENT_IDX, pop() has asked for a notification of the very next request already, unless
    // none has been taken since the queue went on.
    if (layout_.event_idx ? avail_event_ == next_avail_ : notifications_on_) return Found::Nothing;
    if (layout_.event_idx ? !write_avail_event(request_) : !set_notifications(true))
      return Found::Stopped;
  }
}

bool SplitRing::write_avail_event(std::uint64_t request) {
  avail_event_ = next_avail_;
  const std::uint64_t address = layout_.device_area + 4 + 8u * layout_.size;
  return access_.write(Step::Suppression, request, address, &avail_event_, sizeof avail_event_);
}

bool SplitRing::read_head(std::uint16_t& head) {
  const auto ahead = static_cast<std::uint16_t>(next_avail_ - heads_first_);
  if (ahead >= heads_count_) {
    const unsigned waiting = static_cast<std::uint16_t>(avail_index_ - next_avail_);
    const unsigned to_end = layout_.size - (next_avail_ & (layout_.size - 1u));
    const unsigned count = std::min({waiting, to_end, access_.engine().avail_batch});
    heads_count_ = 0;  // nothing is valid while the read waits
    if (!access_.read(Step::AvailRing, request_, avail_entry(next_avail_), heads_.data(),
                      count * sizeof heads_[0]))
      return false;
    heads_first_ = next_avail_;
    heads_count_ = static_cast<std::uint16_t>(count);
  }
  head = heads_[static_cast<std::uint16_t>(next_avail_ - heads_first_)];
  if (head >= layout_.size)
    return access_.broken(fmt::format("head {} in a table of {} descriptors", head, layout_.size));
  return true;
}

Found SplitRing::pop(DescriptorChain& chain) {
  const Found found = look();
  if (found != Found::Request) return found;
  std::uint16_t head = 0;
  if (!read_head(head) || !read_chain(head, chain)) return Found::Stopped;
  if (in_use_ + chain.descriptors_ > layout_.size) {
    access_.broken("more descriptors are available than the table has");
    return Found::Stopped;
  }
  in_use_ += chain.descriptors_;
  ++requests_out_;
  ++next_avail_;
  ++request_;
  if (layout_.event_idx && avail_event_ != next_avail_ && !write_avail_event(request_ - 1))
    return Found::Stopped;
  return Found::Request;
}

void SplitRing::unpop(const DescriptorChain& chain) {
  in_use_ -= chain.descriptors_;
  --requests_out_;
  --next_avail_;
  --request_;
}

// ---- reading a chain

/// Descriptors of one chain, read so many at a time: drivers like to use them in a row.
class SplitRing::Descriptors {
 public:
  explicit Descriptors(const SplitRing& ring)
      : ring_(ring), at_once_(ring.access_.engine().descriptor_prefetch) {}

  /// The descriptor, or nullptr if the access failed.
  const SplitDescriptor* get(std::uint16_t index) {
    if (index < first_ || index >= first_ + count_) {
      const unsigned count = std::min<unsigned>(at_once_, ring_.layout_.size - index);
      count_ = 0;
      if (!ring_.access_.read(Step::Descriptor, ring_.request_,
                              ring_.layout_.descriptor_area + 16u * index, block_.data(),
                              16u * count))
        return nullptr;
      first_ = index;
      count_ = count;
    }
    return &block_[index - first_];
  }

 private:
  const SplitRing& ring_;
  const unsigned at_once_;
  std::array<SplitDescriptor, EngineSettings::kMaxPrefetch> block_;
  unsigned first_ = 0;
  unsigned count_ = 0;
};

bool SplitRing::read_chain(std::uint16_t head, DescriptorChain& chain) {
  Descriptors descriptors(*this);
  ChainBuilder builder(access_, chain, layout_.size);
  chain.id_ = head;
  std::uint16_t index = head;
  for (std::uint16_t count = 1;; ++count) {
    if (count > layout_.size)
      return access_.broken(fmt::format("the chain from descriptor {} is a loop", head));
    const SplitDescriptor* found = descriptors.get(index);
    if (!found) return false;
    const SplitDescriptor& d = *found;
    chain.descriptors_ = count;
    if (d.flags & kDescIndirect) {
      if (!layout_.indirect)
        return access_.broken("an indirect descriptor without VIRTIO_F_INDIRECT_DESC");
      if (d.flags & kDescNext) return access_.broken("a descriptor with both INDIRECT and NEXT");
      return read_indirect(d, builder);
    }
    if (!builder.add(d.address, d.length, d.flags & kDescWrite)) return false;
    if (!(d.flags & kDescNext)) return true;
    if (d.next >= layout_.size)
      return access_.broken(
          fmt::format("next {} in a table of {} descriptors", d.next, layout_.size));
    index = d.next;
  }
}

bool SplitRing::read_indirect(const SplitDescriptor& table, ChainBuilder& builder) {
  // The WRITE flag of the descriptor that names the table is ignored (2.7.5.3.2).
  if (table.length == 0 || table.length % 16 != 0)
    return access_.broken(fmt::format("an indirect table of {} bytes", table.length));
  const std::uint32_t entries = table.length / 16;
  if (table.address + (table.length - 1) < table.address)
    return access_.broken("an indirect table leaves the address space");

  std::array<SplitDescriptor, kTableBlock> block;
  std::uint32_t first = 0;  // of the entries in `block`
  std::uint32_t held = 0;
  std::uint32_t index = 0;
  // The builder's limit ends loops: it counts every descriptor.
  for (;;) {
    if (index - first >= held) {
      first = index;
      held = std::min<std::uint32_t>(kTableBlock, entries - index);
      if (!access_.read(Step::IndirectTable, request_, table.address + 16ull * index, block.data(),
                        16u * held))
        return false;
    }
    const SplitDescriptor& d = block[index - first];
    if (d.flags & kDescIndirect) return access_.broken("an indirect table inside another");
    if (!builder.add(d.address, d.length, d.flags & kDescWrite)) return false;
    if (!(d.flags & kDescNext)) return true;
    if (d.next >= entries)
      return access_.broken(
          fmt::format("next {} in an indirect table of {} descriptors", d.next, entries));
    index = d.next;
  }
}

// ---- giving requests back

bool SplitRing::publish(const UsedElement* elements, std::size_t count) {
  std::array<UsedEntry, kUsedBlock> block;
  std::uint16_t position = used_index_;
  std::uint32_t descriptors = 0;
  std::uint32_t requests = 0;
  for (std::size_t i = 0; i < count;) {
    // Entries that lie side by side go out in one write.
    const std::uint16_t first = position;
    std::size_t n = 0;
    bool adjacent = true;
    while (i < count && adjacent && n < kUsedBlock) {
      block[n++] = {elements[i].id, elements[i].written};
      descriptors += elements[i].descriptors;
      requests += elements[i].requests;
      position = static_cast<std::uint16_t>(position + elements[i].requests);
      adjacent = elements[i].requests == 1 && (position & (layout_.size - 1u)) != 0;
      ++i;
    }
    if (!access_.write(Step::UsedRing, request_, used_entry(first), block.data(),
                       n * sizeof(UsedEntry)))
      return false;
  }
  // From the next write on the driver may use the descriptors again.
  in_use_ -= descriptors;
  requests_out_ -= requests;
  used_before_ = used_index_;
  used_index_ = position;
  return access_.write(Step::UsedIndex, request_, layout_.device_area + 2, &used_index_,
                       sizeof used_index_);
}

bool SplitRing::driver_wants_interrupt(bool& wanted) {
  if (layout_.notify_on_empty && requests_out_ == 0) {
    if (avail_index_ == next_avail_ && !read_avail_index()) return false;
    if (avail_index_ == next_avail_) {
      wanted = true;
      return true;
    }
  }
  if (layout_.event_idx) {
    std::uint16_t used_event = 0;
    const std::uint64_t address = layout_.driver_area + 4 + 2u * layout_.size;
    if (!access_.read(Step::Suppression, request_, address, &used_event, sizeof used_event))
      return false;
    // True if the entry at position used_event is among those just published (2.7.7.2).
    wanted = static_cast<std::uint16_t>(used_event - used_before_) <
             static_cast<std::uint16_t>(used_index_ - used_before_);
    return true;
  }
  std::uint16_t flags = 0;
  if (!access_.read(Step::Suppression, request_, layout_.driver_area, &flags, sizeof flags))
    return false;
  wanted = (flags & kNoInterrupt) == 0;
  return true;
}

}  // namespace ringside::virtio
