// SPDX-License-Identifier: Apache-2.0
// What a Virtqueue tells a tracer, if there is one.
#pragma once

#include <string>
#include <vector>

#include "kit/trace.h"
#include "virtio/ring/access.h"
#include "virtio/ring/virtqueue.h"

namespace ringside::virtio {

class QueueTrace {
 public:
  QueueTrace(const QueueHost& host, unsigned index, const std::string& name)
      : host_(host), index_(index), name_(name) {}

  void kicked();
  void taken(const DescriptorChain& chain);
  /// The device hands a request back.
  void done(const DescriptorChain& chain, std::uint32_t written);
  /// The driver can see one request, or a batch of them that follow each other.
  void used(const UsedElement& element, const sc_core::sc_time& at);
  void notified();
  void suppressed();
  void stopped();

 private:
  TracedQueue queue() const { return {host_.tagged_as(), index_}; }

  const QueueHost& host_;
  unsigned index_;
  const std::string& name_;
  std::vector<TracedRequest> done_;  // and not yet used; empty unless there is a tracer
};

}  // namespace ringside::virtio
