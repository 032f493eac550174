// SPDX-License-Identifier: Apache-2.0
// One request: the buffers that a driver has put on a queue in one go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kit/dma.h"

namespace ringside::virtio {

class Virtqueue;

/// A piece of guest memory.
struct Buffer {
  std::uint64_t address;
  std::uint32_t length;
};

/// A chain of descriptors, resolved (indirect tables included): readable buffers first, writable
/// ones after. Message framing is the driver's choice (2.7.4 / 2.8.6 of the specification), so
/// devices read and write by offset and never look at single buffers unless they want to.
class DescriptorChain {
 public:
  const std::vector<Buffer>& readable() const { return readable_; }
  const std::vector<Buffer>& writable() const { return writable_; }
  /// Sums of lengths; checked to fit 32 bits when the chain is taken from the ring.
  std::uint32_t readable_bytes() const { return readable_bytes_; }
  std::uint32_t writable_bytes() const { return writable_bytes_; }

  /// Copies from the readable part. False if the range is not inside it (nothing is copied), if
  /// memory does not answer (the device is then in need of a reset), or if the queue has been reset
  /// meanwhile.
  bool read(std::size_t offset, void* to, std::size_t bytes);
  /// Copies into the writable part. False as for read().
  bool write(std::size_t offset, const void* from, std::size_t bytes);
  /// Fills a range of the writable part.
  bool fill(std::size_t offset, std::uint8_t value, std::size_t bytes);

  /// False once the queue or the device has been reset: nobody waits for this request any more.
  bool alive() const { return queue_ != nullptr; }
  /// Number of this request on its queue since reset, from 0.
  std::uint64_t request() const { return request_; }
  /// When the device began to look for it.
  const sc_core::sc_time& begun_at() const { return begun_at_; }
  /// When it was taken from the ring: all of its descriptors have been read.
  const sc_core::sc_time& taken_at() const { return taken_at_; }

 private:
  friend class ChainBuilder;
  friend class Virtqueue;
  friend class SplitRing;
  friend class PackedRing;
  friend struct ReturnChain;

  Virtqueue* queue_ = nullptr;
  std::vector<Buffer> readable_;  // keep their capacity: no allocation once warm
  std::vector<Buffer> writable_;
  std::uint32_t readable_bytes_ = 0;
  std::uint32_t writable_bytes_ = 0;
  std::uint64_t request_ = 0;
  sc_core::sc_time begun_at_;
  sc_core::sc_time taken_at_;
  std::uint16_t id_ = 0;           // split: head index; packed: buffer id
  std::uint16_t descriptors_ = 0;  // packed: ring slots the chain occupies
};

/// Gives a chain's storage back to its queue's pool. A chain that is dropped without push() is
/// never reported as used, which is right only after a reset. A queue lives as long as the
/// simulation, so the pool is always there.
struct ReturnChain {
  Virtqueue* home = nullptr;
  void operator()(DescriptorChain* chain) const;
};

using ChainPtr = std::unique_ptr<DescriptorChain, ReturnChain>;

}  // namespace ringside::virtio
