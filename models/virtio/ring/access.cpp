// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/access.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::virtio {

TransactionTag RingAccess::tag(Step step, std::uint64_t request) const {
  TransactionTag tag;
  tag.requester_id = host_.requester_id();
  tag.queue = static_cast<std::uint16_t>(queue_);
  tag.step = step;
  tag.request = request;
  return tag;
}

bool RingAccess::read(Step step, std::uint64_t request, std::uint64_t address, void* to,
                      std::size_t bytes) {
  const DmaSegment segment{address, static_cast<std::uint8_t*>(to), bytes};
  return read_segments(tag(step, request), &segment, 1, 1);
}

bool RingAccess::read_all(std::uint64_t request, const DmaSegment* segments, std::size_t count) {
  return read_segments(tag(Step::Payload, request), segments, count, engine().outstanding_reads);
}

bool RingAccess::read_segments(const TransactionTag& tag, const DmaSegment* segments,
                               std::size_t count, unsigned outstanding) {
  if (!healthy_) return false;
  const std::uint64_t life = life_;
  ++in_flight_;
  const DmaStatus status = host_.dma().read_after(unsent(), segments, count, tag, outstanding);
  --in_flight_;
  return finish(life, status, false, tag.step, segments[0].address);
}

bool RingAccess::write(Step step, std::uint64_t request, std::uint64_t address, const void* from,
                       std::size_t bytes) {
  if (!healthy_) return false;
  const std::uint64_t life = life_;
  sc_core::sc_time delay = unsent();
  ++in_flight_;
  const DmaStatus status = host_.dma().send(address, from, bytes, tag(step, request), delay);
  --in_flight_;
  sent_at_ = sc_core::sc_time_stamp() + delay;
  if (!finish(life, status, true, step, address)) return false;
  // Who gets a shared engine next must find it idle.
  return host_.engine_lock() ? settle() : true;
}

bool RingAccess::write_all(std::uint64_t request, const DmaSegment* segments, std::size_t count) {
  if (!settle()) return false;
  const std::uint64_t life = life_;
  ++in_flight_;
  const DmaStatus status =
      host_.dma().write_all(segments, count, tag(Step::Payload, request), DmaPort::kMaxOutstanding);
  --in_flight_;
  return finish(life, status, true, Step::Payload, segments[0].address);
}

bool RingAccess::finish(std::uint64_t life, DmaStatus status, bool is_write, Step step,
                        std::uint64_t address) {
  if (life != life_) return false;
  if (status == DmaStatus::Ok) return healthy_;
  return broken(fmt::format("{} of {} at {:#x}: {}", is_write ? "write" : "read", to_string(step),
                            address,
                            status == DmaStatus::AddressError ? "nothing answers" : "bus error"));
}

bool RingAccess::work(const sc_core::sc_time& time) {
  const sc_core::sc_time end = unsent() + time;
  if (end == sc_core::SC_ZERO_TIME) return healthy_;
  const std::uint64_t life = life_;
  sc_core::wait(end);
  return life == life_ && healthy_;
}

bool RingAccess::broken(const std::string& why) {
  if (healthy_) {
    healthy_ = false;
    host_.queue_broken(queue_, why);
  }
  return false;
}

ChainBuilder::ChainBuilder(RingAccess& access, DescriptorChain& chain, std::uint16_t queue_size)
    : access_(access), chain_(chain), limit_(std::max<unsigned>(queue_size, kLeastLimit)) {
  chain_.readable_.clear();
  chain_.writable_.clear();
  chain_.readable_bytes_ = 0;
  chain_.writable_bytes_ = 0;
}

bool ChainBuilder::add(std::uint64_t address, std::uint32_t length, bool writable) {
  if (++count_ > limit_)
    return access_.broken(fmt::format("a chain of more than {} descriptors", limit_));
  if (writable_seen_ && !writable)
    return access_.broken("a device-readable descriptor after a device-writable one");
  writable_seen_ = writable;
  if (length == 0) return true;  // names no memory; the specification does not forbid it
  if (address + (length - 1) < address)
    return access_.broken(
        fmt::format("a buffer of {} bytes at {:#x} leaves the address space", length, address));
  const std::uint64_t total = std::uint64_t{chain_.readable_bytes_} + chain_.writable_bytes_;
  if (total + length > 0xffffffffu) return access_.broken("a chain of 4 GiB or more");
  (writable ? chain_.writable_ : chain_.readable_).push_back({address, length});
  (writable ? chain_.writable_bytes_ : chain_.readable_bytes_) += length;
  return true;
}

}  // namespace ringside::virtio
