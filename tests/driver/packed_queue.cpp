// SPDX-License-Identifier: Apache-2.0
#include "driver/packed_queue.h"

#include <algorithm>

#include "driver/split_queue.h"

namespace ringside::test {

namespace {
constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr std::uint16_t kEnable = 0, kDisable = 1, kAtDescriptor = 2;
constexpr std::size_t kTableEntries = 64;
}  // namespace

std::unique_ptr<DriverQueue> DriverQueue::make(GuestMemory& memory, Arena& arena,
                                               const QueueOptions& options) {
  if (options.packed) return std::make_unique<PackedQueue>(memory, arena, options);
  return std::make_unique<SplitQueue>(memory, arena, options);
}

PackedQueue::PackedQueue(GuestMemory& memory, Arena& arena, const QueueOptions& options)
    : DriverQueue(memory, arena, options), requests_(options.size), free_slots_(options.size) {
  const std::uint64_t size = options.size;
  place_.descriptor_area = arena.take(16 * size, 16);
  place_.driver_area = arena.take(4, 4);
  place_.device_area = arena.take(4, 4);
  memory.write(place_.descriptor_area, std::vector<std::uint8_t>(16 * size).data(), 16 * size);
  memory.store<std::uint32_t>(place_.driver_area, 0);
  memory.store<std::uint32_t>(place_.device_area, 0);
  for (unsigned i = 0; i < size; ++i) free_ids_.push_back(static_cast<std::uint16_t>(i));
}

void PackedQueue::advance() {
  ++published_slots_;
  if (++next_ == options_.size) {
    next_ = 0;
    wrap_ = !wrap_;
  }
}

bool PackedQueue::add(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
                      std::uint64_t token, Form form) {
  const std::size_t elements = readable.size() + writable.size();
  const unsigned slots = form == Form::Direct ? static_cast<unsigned>(elements) : 1;
  if (free_slots_ < slots) return false;
  const std::uint16_t id = free_ids_.front();
  free_ids_.pop_front();
  Request& request = requests_[id];

  const auto piece = [&](std::size_t i) {
    return i < readable.size() ? readable[i] : writable[i - readable.size()];
  };
  const auto direction = [&](std::size_t i) {
    return i < readable.size() ? std::uint16_t{0} : kWrite;
  };
  const unsigned head = next_;
  std::uint16_t head_flags = 0;
  if (form == Form::Direct) {
    for (std::size_t i = 0; i < elements; ++i) {
      const auto flags = static_cast<std::uint16_t>(direction(i) | (i + 1 < elements ? kNext : 0) |
                                                    available_flags());
      const std::uint64_t at = slot_address(next_);
      memory_.store<std::uint64_t>(at, piece(i).address);
      memory_.store<std::uint32_t>(at + 8, piece(i).length);
      memory_.store<std::uint16_t>(at + 12, id);
      if (i == 0)
        head_flags = flags;
      else
        memory_.store<std::uint16_t>(at + 14, flags);
      advance();
    }
  } else {
    if (elements > kTableEntries) throw std::runtime_error("too many buffers for the test's table");
    if (request.table == 0) request.table = arena_.take(16 * kTableEntries, 16);
    for (std::size_t i = 0; i < elements; ++i) {
      const std::uint64_t at = request.table + 16 * i;
      memory_.store<std::uint64_t>(at, piece(i).address);
      memory_.store<std::uint32_t>(at + 8, piece(i).length);
      memory_.store<std::uint32_t>(at + 12, std::uint32_t{direction(i)} << 16);
    }
    const std::uint64_t at = slot_address(next_);
    memory_.store<std::uint64_t>(at, request.table);
    memory_.store<std::uint32_t>(at + 8, static_cast<std::uint32_t>(16 * elements));
    memory_.store<std::uint16_t>(at + 12, id);
    head_flags = static_cast<std::uint16_t>(kIndirect | available_flags());
    advance();
  }
  unpublished_.push_back({head, head_flags});
  request.out = true;
  request.token = token;
  request.slots = slots;
  free_slots_ -= slots;
  if (options_.in_order) order_.push_back(id);
  ++outstanding_;
  return true;
}

bool PackedQueue::publish() {
  if (unpublished_.empty()) return false;
  // The first head goes last, so that the device sees all or nothing.
  for (auto head = unpublished_.rbegin(); head != unpublished_.rend(); ++head)
    memory_.store<std::uint16_t>(slot_address(head->slot) + 14, head->flags);
  unpublished_.clear();
  const unsigned first = published_slot_ + (published_wrap_ ? 0 : options_.size);
  const unsigned count = published_slots_;
  published_slot_ = next_;
  published_wrap_ = wrap_;
  published_slots_ = 0;
  const auto position = memory_.load<std::uint16_t>(place_.device_area);
  const auto flags = memory_.load<std::uint16_t>(place_.device_area + 2);
  if ((flags & 3) == kDisable) return false;
  if ((flags & 3) == kEnable || !options_.event_idx) return true;
  const unsigned laps = 2u * options_.size;
  const unsigned event = (position & 0x7fffu) + (position & 0x8000u ? 0 : options_.size);
  return (event + laps - first) % laps < count;
}

std::uint16_t PackedQueue::next_position() const {
  return static_cast<std::uint16_t>(next_ | (wrap_ ? 0x8000u : 0u));
}

bool PackedQueue::is_used(unsigned slot, bool wrap) {
  const auto flags = memory_.load<std::uint16_t>(slot_address(slot) + 14);
  return ((flags >> 7) & 1) == wrap && (flags >> 15) == wrap;
}

bool PackedQueue::used_waiting() {
  return batch_left_ != 0 || is_used(used_, used_wrap_);
}

Completion PackedQueue::finish(std::uint16_t id, std::optional<std::uint32_t> written) {
  if (id >= options_.size || !requests_[id].out)
    throw std::runtime_error("the device gave back a request that was not out");
  Request& request = requests_[id];
  request.out = false;
  free_ids_.push_back(id);
  free_slots_ += request.slots;
  --outstanding_;
  used_ += request.slots;
  if (used_ >= options_.size) {
    used_ -= options_.size;
    used_wrap_ = !used_wrap_;
  }
  return {request.token, written};
}

std::optional<Completion> PackedQueue::next_used() {
  if (!used_waiting()) return std::nullopt;
  const std::uint64_t at = slot_address(used_);
  const auto length = [&] {
    // Without the WRITE flag the length says nothing (2.8.5).
    return memory_.load<std::uint16_t>(at + 14) & kWrite ? memory_.load<std::uint32_t>(at + 8) : 0;
  };
  if (!options_.in_order) return finish(memory_.load<std::uint16_t>(at + 12), length());
  if (batch_left_ == 0) {
    const auto id = memory_.load<std::uint16_t>(at + 12);
    const auto found = std::find(order_.begin(), order_.end(), id);
    if (found == order_.end()) throw std::runtime_error("in order: the id given back is not out");
    batch_left_ = static_cast<unsigned>(found - order_.begin()) + 1;
    batch_length_ = length();
  }
  const std::uint16_t id = order_.front();
  order_.pop_front();
  --batch_left_;
  return finish(id, batch_left_ == 0 ? std::optional(batch_length_) : std::nullopt);
}

void PackedQueue::disable_interrupts() {
  memory_.store<std::uint16_t>(place_.driver_area + 2, kDisable);
}

bool PackedQueue::enable_interrupts(unsigned more) {
  if (options_.event_idx) {
    unsigned slot = used_ + more - 1;
    bool wrap = used_wrap_;
    if (slot >= options_.size) {
      slot -= options_.size;
      wrap = !wrap;
    }
    memory_.store<std::uint16_t>(place_.driver_area,
                                 static_cast<std::uint16_t>(slot | (wrap ? 0x8000u : 0u)));
    memory_.store<std::uint16_t>(place_.driver_area + 2, kAtDescriptor);
  } else {
    memory_.store<std::uint16_t>(place_.driver_area + 2, kEnable);
  }
  return !used_waiting();
}

}  // namespace ringside::test
