// SPDX-License-Identifier: Apache-2.0
// How a queue touches memory: every access tagged, checked and safe against a reset that happens
// while it waits. Private to the ring family.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kit/dma.h"
#include "virtio/ring/chain.h"
#include "virtio/ring/virtqueue.h"

namespace ringside::virtio {

/// What a search for a request came to.
enum class Found {
  Request,
  Nothing,
  Stopped,  ///< the ring is broken, or the queue was disabled while the access waited
};

/// One queue's way to memory. In timed mode an access waits, and the queue may be disabled (and
/// even enabled anew) meanwhile. Then the access reports failure, and whoever asked returns without
/// touching the ring's state any more, because it belongs to the next life.
class RingAccess {
 public:
  RingAccess(QueueHost& host, unsigned queue) : host_(host), queue_(queue) {}

  /// False if the queue was disabled while waiting, or if memory did not answer; the latter breaks
  /// the queue.
  bool read(Step step, std::uint64_t request, std::uint64_t address, void* to, std::size_t bytes);
  /// Does not wait until it is sent, unless the engine is shared; the next access begins after
  /// that.
  bool write(Step step, std::uint64_t request, std::uint64_t address, const void* from,
             std::size_t bytes);
  /// Pieces of payload, as many under way at once as the engine has room for.
  bool read_all(std::uint64_t request, const DmaSegment* segments, std::size_t count);
  bool write_all(std::uint64_t request, const DmaSegment* segments, std::size_t count);

  /// The engine's own work: false if the queue was disabled meanwhile.
  bool work(const sc_core::sc_time& time);

  /// When all writes so far have been sent: now or later.
  sc_core::sc_time sent_at() const { return sc_core::sc_time_stamp() + unsent(); }

  const EngineSettings& engine() const { return host_.engine(); }

  /// The driver broke the rules: reports it once. Always false, so that `return broken(...)` reads
  /// well.
  bool broken(const std::string& why);
  /// Neither broken nor stopped by the device.
  bool healthy() const { return healthy_; }
  void halt() { healthy_ = false; }

  /// Starts a new life; accesses of the old one that still wait will fail.
  void renew() {
    ++life_;
    healthy_ = true;
  }
  void end() {
    ++life_;
    healthy_ = false;
  }
  std::uint64_t life() const { return life_; }
  /// True while an access waits for its answer.
  bool in_flight() const { return in_flight_ != 0; }

 private:
  bool read_segments(const TransactionTag& tag, const DmaSegment* segments, std::size_t count,
                     unsigned outstanding);
  bool finish(std::uint64_t life, DmaStatus status, bool is_write, Step step,
              std::uint64_t address);
  TransactionTag tag(Step step, std::uint64_t request) const;
  /// How long the writes so far are still being sent.
  sc_core::sc_time unsent() const {
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    return sent_at_ > now ? sent_at_ - now : sc_core::SC_ZERO_TIME;
  }
  /// Waits for that; false if the queue was disabled meanwhile.
  bool settle() { return work(sc_core::SC_ZERO_TIME); }

  QueueHost& host_;
  unsigned queue_;
  std::uint64_t life_ = 0;
  sc_core::sc_time sent_at_;
  unsigned in_flight_ = 0;
  bool healthy_ = false;
};

/// Descriptor flags of both layouts (2.7.5, 2.8.4 to 2.8.7).
enum DescriptorFlag : std::uint16_t {
  kDescNext = 1,
  kDescWrite = 2,
  kDescIndirect = 4,
  kDescAvail = 1 << 7,  ///< packed only
  kDescUsed = 1 << 15,  ///< packed only
};

/// A descriptor as it lies in memory (little-endian, as is every host this runs on).
struct SplitDescriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t flags;
  std::uint16_t next;
};
struct PackedDescriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t id;
  std::uint16_t flags;
};
static_assert(sizeof(SplitDescriptor) == 16 && sizeof(PackedDescriptor) == 16);

/// A request that is done, on its way to the driver.
struct UsedElement {
  std::uint16_t id = 0;
  std::uint32_t written = 0;
  std::uint32_t descriptors = 0;  ///< ring descriptors that become free
  std::uint32_t requests = 0;     ///< 1, or with VIRTIO_F_IN_ORDER the size of the batch it ends
  std::uint64_t request = 0;      ///< the number of the (last) request
  sc_core::sc_time begun;         ///< when the (last) request was begun to be fetched
  sc_core::sc_time done;          ///< when the device handed it back
};

/// Puts descriptors into a chain, with the checks that do not depend on the layout.
class ChainBuilder {
 public:
  /// Longest chain, whatever the queue's size: Linux makes indirect tables longer than small
  /// queues.
  static constexpr unsigned kLeastLimit = 1024;

  ChainBuilder(RingAccess& access, DescriptorChain& chain, std::uint16_t queue_size);
  bool add(std::uint64_t address, std::uint32_t length, bool writable);

 private:
  RingAccess& access_;
  DescriptorChain& chain_;
  unsigned limit_;
  unsigned count_ = 0;
  bool writable_seen_ = false;
};

/// What both layouts do. All functions may wait in timed mode.
class RingEngine {
 public:
  virtual ~RingEngine() = default;
  /// Back to the state of a new ring.
  virtual void start(const QueueLayout& layout) = 0;
  /// Fills a chain with the next request.
  virtual Found pop(DescriptorChain& chain) = 0;
  /// Looks for a request. If there is none, notifications are on and the ring has been looked at
  /// after that.
  virtual Found look() = 0;
  /// Goes back over the latest request taken.
  virtual void unpop(const DescriptorChain& chain) = 0;
  /// Makes elements visible to the driver.
  virtual bool publish(const UsedElement* elements, std::size_t count) = 0;
  /// After publish(): does the driver want to be told? `wanted` is only good if the result is true.
  virtual bool driver_wants_interrupt(bool& wanted) = 0;
  /// The next entry to take, and the next to use.
  virtual RingPosition position() const = 0;
  /// What the driver said along with its notification.
  virtual void hint(std::uint16_t next) = 0;
};

}  // namespace ringside::virtio
