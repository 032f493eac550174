// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/chain.h"

#include <algorithm>
#include <array>

#include "virtio/ring/impl.h"

namespace ringside::virtio {

namespace {

/// Payload moves in pieces that do not cross a boundary of this many bytes, so that a reset stops a
/// long transfer.
constexpr std::uint64_t kPiece = DmaPort::kMaxTransaction;

/// Calls `move(address, offset in the range, bytes)` for each piece of a range of buffers, until it
/// gives false.
template <typename F>
bool for_each_piece(const std::vector<Buffer>& buffers, std::size_t offset, std::size_t bytes,
                    F move) {
  std::size_t done = 0;
  for (std::size_t i = 0; done < bytes; ++i) {
    const Buffer buffer = buffers[i];  // a copy: the chain may be another's when move() returns
    if (offset >= buffer.length) {
      offset -= buffer.length;
      continue;
    }
    while (offset < buffer.length && done < bytes) {
      const std::uint64_t address = buffer.address + offset;
      const std::size_t now = std::min<std::uint64_t>(
          {buffer.length - offset, bytes - done, kPiece - address % kPiece});
      if (!move(address, done, now)) return false;
      done += now;
      offset += now;
    }
    offset = 0;
  }
  return true;
}

bool inside(std::size_t offset, std::size_t bytes, std::size_t total) {
  return offset <= total && bytes <= total - offset;
}

}  // namespace

bool DescriptorChain::read(std::size_t offset, void* to, std::size_t bytes) {
  if (!alive() || !inside(offset, bytes, readable_bytes_)) return false;
  Virtqueue& queue = *queue_;
  return for_each_piece(
      readable_, offset, bytes,
      [&, request = request_](std::uint64_t address, std::size_t at, std::size_t n) {
        if (!queue.impl_->access.read(Step::Payload, request, address,
                                      static_cast<std::uint8_t*>(to) + at, n))
          return false;
        queue.bytes_read += n;
        return true;
      });
}

bool DescriptorChain::write(std::size_t offset, const void* from, std::size_t bytes) {
  if (!alive() || !inside(offset, bytes, writable_bytes_)) return false;
  Virtqueue& queue = *queue_;
  return for_each_piece(
      writable_, offset, bytes,
      [&, request = request_](std::uint64_t address, std::size_t at, std::size_t n) {
        if (!queue.impl_->access.write(Step::Payload, request, address,
                                       static_cast<const std::uint8_t*>(from) + at, n))
          return false;
        queue.bytes_written += n;
        return true;
      });
}

bool DescriptorChain::fill(std::size_t offset, std::uint8_t value, std::size_t bytes) {
  if (!alive() || !inside(offset, bytes, writable_bytes_)) return false;
  std::array<std::uint8_t, 512> pattern;
  pattern.fill(value);
  Virtqueue& queue = *queue_;
  const std::uint64_t life = queue.impl_->access.life();
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = std::min(bytes - done, pattern.size());
    // The chain may have been given to another request while the write waited.
    if (life != queue.impl_->access.life() || !write(offset + done, pattern.data(), now))
      return false;
    done += now;
  }
  return true;
}

}  // namespace ringside::virtio
