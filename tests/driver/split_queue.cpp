// SPDX-License-Identifier: Apache-2.0
#include "driver/split_queue.h"

#include <algorithm>

namespace ringside::test {

namespace {
constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr std::size_t kTableEntries = 64;
}  // namespace

SplitQueue::SplitQueue(GuestMemory& memory, Arena& arena, const QueueOptions& options)
    : DriverQueue(memory, arena, options), requests_(options.size) {
  const std::uint64_t size = options.size;
  place_.descriptor_area = arena.take(16 * size, 16);
  place_.driver_area = arena.take(6 + 2 * size, 2);
  place_.device_area = arena.take(6 + 8 * size, 4);
  memory.write(place_.descriptor_area, std::vector<std::uint8_t>(16 * size).data(), 16 * size);
  memory.write(place_.driver_area, std::vector<std::uint8_t>(6 + 2 * size).data(), 6 + 2 * size);
  memory.write(place_.device_area, std::vector<std::uint8_t>(6 + 8 * size).data(), 6 + 8 * size);
  for (unsigned i = 0; i < size; ++i) free_.push_back(static_cast<std::uint16_t>(i));
}

std::uint16_t SplitQueue::take_descriptor() {
  const std::uint16_t index = free_.front();
  free_.pop_front();
  return index;
}

void SplitQueue::write_descriptor(std::uint64_t at, std::uint64_t address, std::uint32_t length,
                                  std::uint16_t flags, std::uint16_t next) {
  memory_.store<std::uint64_t>(at, address);
  memory_.store<std::uint32_t>(at + 8, length);
  memory_.store<std::uint16_t>(at + 12, flags);
  memory_.store<std::uint16_t>(at + 14, next);
}

void SplitQueue::write_table(std::uint64_t table, const std::vector<Element>& elements,
                             std::size_t first) {
  for (std::size_t i = first; i < elements.size(); ++i) {
    const bool last = i + 1 == elements.size();
    const std::size_t entry = i - first;
    write_descriptor(
        table + 16 * entry, elements[i].piece.address, elements[i].piece.length,
        static_cast<std::uint16_t>((elements[i].writable ? kWrite : 0) | (last ? 0 : kNext)),
        static_cast<std::uint16_t>(last ? 0 : entry + 1));
  }
}

bool SplitQueue::add(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
                     std::uint64_t token, Form form) {
  std::vector<Element> elements;
  for (const Piece& p : readable) elements.push_back({p, false});
  for (const Piece& p : writable) elements.push_back({p, true});
  if (form == Form::Mixed && elements.size() < 2) form = Form::Indirect;
  const std::size_t direct = form == Form::Direct     ? elements.size()
                             : form == Form::Indirect ? 0
                                                      : 1;
  const std::size_t needed = direct + (form == Form::Direct ? 0 : 1);
  if (free_.size() < needed) return false;

  std::vector<std::uint16_t> indices;
  for (std::size_t i = 0; i < needed; ++i) indices.push_back(take_descriptor());
  Request& request = requests_[indices[0]];
  for (std::size_t i = 0; i < direct; ++i) {
    const bool last = i + 1 == needed;
    write_descriptor(
        place_.descriptor_area + 16u * indices[i], elements[i].piece.address,
        elements[i].piece.length,
        static_cast<std::uint16_t>((elements[i].writable ? kWrite : 0) | (last ? 0 : kNext)),
        last ? std::uint16_t{0} : indices[i + 1]);
  }
  if (form != Form::Direct) {
    const std::size_t entries = elements.size() - direct;
    if (entries > kTableEntries) throw std::runtime_error("too many buffers for the test's table");
    if (request.table == 0) request.table = arena_.take(16 * kTableEntries, 16);
    write_table(request.table, elements, direct);
    write_descriptor(place_.descriptor_area + 16u * indices[direct], request.table,
                     static_cast<std::uint32_t>(16 * entries), kIndirect, 0);
  }
  request.out = true;
  request.token = token;
  request.descriptors = indices;
  memory_.store<std::uint16_t>(place_.driver_area + 4 + 2u * (avail_index_ % options_.size),
                               indices[0]);
  ++avail_index_;
  if (options_.in_order) order_.push_back(indices[0]);
  ++outstanding_;
  return true;
}

bool SplitQueue::publish() {
  const std::uint16_t before = published_;
  if (before == avail_index_) return false;
  memory_.store<std::uint16_t>(place_.driver_area + 2, avail_index_);
  published_ = avail_index_;
  if (options_.event_idx) {
    const auto event = memory_.load<std::uint16_t>(place_.device_area + 4 + 8u * options_.size);
    return static_cast<std::uint16_t>(event - before) <
           static_cast<std::uint16_t>(avail_index_ - before);
  }
  return (memory_.load<std::uint16_t>(place_.device_area) & 1) == 0;
}

bool SplitQueue::used_waiting() {
  return batch_left_ != 0 || memory_.load<std::uint16_t>(place_.device_area + 2) != used_seen_;
}

Completion SplitQueue::finish(std::uint16_t head, std::optional<std::uint32_t> written) {
  Request& request = requests_[head];
  if (!request.out) throw std::runtime_error("the device gave back a request that was not out");
  request.out = false;
  for (std::uint16_t index : request.descriptors) free_.push_back(index);
  --outstanding_;
  ++used_seen_;
  return {request.token, written};
}

std::optional<Completion> SplitQueue::next_used() {
  if (!used_waiting()) return std::nullopt;
  if (!options_.in_order) {
    const std::uint64_t entry = place_.device_area + 4 + 8u * (used_seen_ % options_.size);
    const auto id = memory_.load<std::uint32_t>(entry);
    if (id >= options_.size) throw std::runtime_error("the device gave back an id out of range");
    return finish(static_cast<std::uint16_t>(id), memory_.load<std::uint32_t>(entry + 4));
  }
  if (batch_left_ == 0) {
    // One entry stands for all requests up to the one it names (2.7.9).
    const std::uint64_t entry = place_.device_area + 4 + 8u * (used_seen_ % options_.size);
    batch_head_ = static_cast<std::uint16_t>(memory_.load<std::uint32_t>(entry));
    batch_length_ = memory_.load<std::uint32_t>(entry + 4);
    const auto at = std::find(order_.begin(), order_.end(), batch_head_);
    if (at == order_.end()) throw std::runtime_error("in order: the id given back is not out");
    batch_left_ = static_cast<unsigned>(at - order_.begin()) + 1;
    const auto advanced = static_cast<std::uint16_t>(
        memory_.load<std::uint16_t>(place_.device_area + 2) - used_seen_);
    if (batch_left_ > advanced) throw std::runtime_error("in order: batch beyond the used index");
  }
  const std::uint16_t head = order_.front();
  order_.pop_front();
  --batch_left_;
  return finish(head, batch_left_ == 0 ? std::optional(batch_length_) : std::nullopt);
}

void SplitQueue::disable_interrupts() {
  if (options_.event_idx)  // as far away as it gets
    memory_.store<std::uint16_t>(place_.driver_area + 4 + 2u * options_.size,
                                 static_cast<std::uint16_t>(used_seen_ - 1));
  else
    memory_.store<std::uint16_t>(place_.driver_area, 1);
}

bool SplitQueue::enable_interrupts(unsigned more) {
  const std::uint16_t seen = used_seen_;
  if (options_.event_idx)
    memory_.store<std::uint16_t>(place_.driver_area + 4 + 2u * options_.size,
                                 static_cast<std::uint16_t>(seen + more - 1));
  else
    memory_.store<std::uint16_t>(place_.driver_area, 0);
  const auto advanced =
      static_cast<std::uint16_t>(memory_.load<std::uint16_t>(place_.device_area + 2) - seen);
  return advanced < more && (options_.event_idx || advanced == 0);
}

}  // namespace ringside::test
