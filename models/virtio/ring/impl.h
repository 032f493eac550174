// SPDX-License-Identifier: Apache-2.0
// What a Virtqueue keeps to itself.
#pragma once

#include <memory>
#include <vector>

#include "virtio/ring/packed.h"
#include "virtio/ring/queue_trace.h"
#include "virtio/ring/split.h"

namespace ringside::virtio {

class Virtqueue::Impl {
 public:
  Impl(QueueHost& host, unsigned index, const std::string& name)
      : access(host, index), split(access), packed(access), trace(host, index, name) {}

  RingAccess access;
  SplitRing split;
  PackedRing packed;
  RingEngine* engine = &split;
  QueueTrace trace;

  // -- pool: chains are made as they are needed and used again
  DescriptorChain* take();
  void give_back(DescriptorChain* chain);
  /// Buffers of requests that are out; beyond this many pop() waits for some to come back, because
  /// one table of descriptors in guest memory can be named by any number of requests.
  static constexpr std::size_t kMostBuffersOut = 1 << 20;
  std::size_t buffers_out = 0;
  bool throttled = false;
  std::vector<std::unique_ptr<DescriptorChain>> chains;
  std::vector<DescriptorChain*> free_chains;

  // -- requests that are done
  void done(const DescriptorChain& chain, std::uint32_t written);
  /// The first of the requests that wait to be published has waited long enough.
  bool publication_due(const EngineSettings& engine) const;
  /// Moves what may be published now to `ready`.
  void collect();
  std::vector<UsedElement> pending;  // in the order of completion
  std::vector<UsedElement> ready;    // being published
  bool publishing = false;

  // -- VIRTIO_F_IN_ORDER: by request number modulo queue size
  struct Completion {
    UsedElement element;
    bool done = false;
    bool whole = false;  // all of the writable part was written, so a batch may skip it
  };
  std::vector<Completion> completions;
  std::uint64_t next_to_publish = 0;
  bool something_done = false;

  // -- handed back, and worked on still: a heap, the earliest end first
  struct InService {
    sc_core::sc_time end;
    std::uint64_t order;  // of handing back, where the ends are the same
    ChainPtr chain;
    std::uint32_t written;
    bool operator<(const InService& other) const {
      return end != other.end ? end > other.end : order > other.order;
    }
  };
  std::vector<InService> in_service;
  std::uint64_t handed_back = 0;

  // -- when to publish and when to interrupt, if the engine collects
  std::uint64_t done_unpublished = 0;  // requests handed back since the latest publication
  sc_core::sc_time first_done;         // when the first of them was
  std::uint64_t used_unnotified = 0;   // requests published since the latest notification
  sc_core::sc_time wanted_since;       // when the driver first wanted to know of one of them
  bool interrupt_wanted = false;

  sc_core::sc_time kicked_at;
  bool kicked = false;  // and the ring has not been looked at since

  std::uint64_t next_request = 0;
  std::uint64_t published = 0;  // requests
  bool woken = false;
  bool at_work = false;  // the queue's thread, since it took the latest wake

  // -- Service takes no simulated time in functional mode, and what a device writes into a ring can
  // look like new requests. So after many requests at one moment the queue rests until time passes.
  bool may_take_another();
  bool resting() const;
  sc_core::sc_time burst_at;
  std::uint32_t burst = 0;
  std::uint32_t longest_burst = 0;
};

}  // namespace ringside::virtio
