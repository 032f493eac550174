// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/chain.h"

#include <algorithm>
#include <array>

#include "virtio/ring/impl.h"

namespace ringside::virtio {

namespace {

/// Payload moves in pieces that do not cross a boundary of this many bytes, and so many pieces at a
/// time, so that a reset stops a long transfer.
constexpr std::uint64_t kPiece = DmaPort::kMaxTransaction;
constexpr std::size_t kPieces = 16;

/// Calls `move(pieces, count, bytes in them)` for the pieces of a range of buffers, until it gives
/// false. After a call the chain may be another's: its buffers are read only if it gave true.
template <typename F>
bool for_each_batch(const std::vector<Buffer>& buffers, std::size_t offset, std::size_t bytes,
                    std::uint8_t* data, F move) {
  std::array<DmaSegment, kPieces> pieces;
  std::size_t count = 0;
  std::size_t held = 0;
  for (std::size_t i = 0; bytes != 0; ++i) {
    const Buffer buffer = buffers[i];
    if (offset >= buffer.length) {
      offset -= buffer.length;
      continue;
    }
    while (offset < buffer.length && bytes != 0) {
      const std::uint64_t address = buffer.address + offset;
      const std::size_t now =
          std::min<std::uint64_t>({buffer.length - offset, bytes, kPiece - address % kPiece});
      pieces[count++] = {address, data, now};
      held += now;
      data += now;
      bytes -= now;
      offset += now;
      if (count < kPieces && bytes != 0) continue;
      if (!move(pieces.data(), count, held)) return false;
      count = held = 0;
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
  return for_each_batch(
      readable_, offset, bytes, static_cast<std::uint8_t*>(to),
      [&, request = request_](const DmaSegment* pieces, std::size_t count, std::size_t n) {
        if (!queue.impl_->access.read_all(request, pieces, count)) return false;
        queue.bytes_read += n;
        return true;
      });
}

bool DescriptorChain::write(std::size_t offset, const void* from, std::size_t bytes) {
  if (!alive() || !inside(offset, bytes, writable_bytes_)) return false;
  Virtqueue& queue = *queue_;
  // Segments have one pointer for both directions; a write does not change what it points to.
  auto* data = static_cast<std::uint8_t*>(const_cast<void*>(from));
  return for_each_batch(
      writable_, offset, bytes, data,
      [&, request = request_](const DmaSegment* pieces, std::size_t count, std::size_t n) {
        if (!queue.impl_->access.write_all(request, pieces, count)) return false;
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
