// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/queue_trace.h"

#include <algorithm>

namespace ringside::virtio {

void QueueTrace::kicked() {
  if (Tracer* tracer = host_.tracer()) tracer->queue_kicked(queue());
}

void QueueTrace::taken(const DescriptorChain& chain) {
  if (Tracer* tracer = host_.tracer())
    tracer->request_taken(queue(), chain.request(), chain.begun_at());
}

void QueueTrace::done(const DescriptorChain& chain, std::uint32_t written) {
  if (!host_.tracer()) return done_.clear();
  TracedRequest request;
  request.number = chain.request();
  request.bytes_read = chain.readable_bytes();
  request.bytes_written = written;
  request.begun = chain.begun_at();
  request.taken = chain.taken_at();
  request.done = sc_core::sc_time_stamp();
  done_.push_back(request);
}

void QueueTrace::used(const UsedElement& element, const sc_core::sc_time& at) {
  Tracer* tracer = host_.tracer();
  if (!tracer) return;
  // A batch ends with the request that is named.
  for (std::uint64_t number = element.request + 1 - element.requests; number <= element.request;
       ++number) {
    const auto found = std::find_if(done_.begin(), done_.end(), [number](const TracedRequest& r) {
      return r.number == number;
    });
    if (found == done_.end()) continue;  // handed back when nobody looked
    found->used = at;
    tracer->request_used(queue(), name_, *found);
    done_.erase(found);
  }
}

void QueueTrace::notified() {
  if (Tracer* tracer = host_.tracer()) tracer->queue_notifies(queue());
}

void QueueTrace::suppressed() {
  if (Tracer* tracer = host_.tracer()) tracer->notification_suppressed(queue());
}

void QueueTrace::stopped() {
  done_.clear();
  if (Tracer* tracer = host_.tracer()) tracer->queue_stopped(queue());
}

}  // namespace ringside::virtio
