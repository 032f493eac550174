// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_notify.h"

#include <algorithm>

namespace ringside::virtio::net {

NotificationCoalescer::NotificationCoalescer(unsigned queues, sc_core::sc_event& deadline,
                                             std::function<void(unsigned)> send)
    : queues_(queues), deadline_(deadline), send_(std::move(send)) {}

void NotificationCoalescer::clear() {
  for (Queue& queue : queues_) queue = {};
  deadline_.cancel();
}

sc_core::sc_time NotificationCoalescer::due(const Queue& queue) const {
  return queue.since + sc_core::sc_time(queue.settings.max_usecs, sc_core::SC_US);
}

bool NotificationCoalescer::met(const Queue& queue) const {
  return !queue.settings.active() || queue.packets >= queue.settings.max_packets ||
         (queue.packets != 0 && due(queue) <= sc_core::sc_time_stamp());
}

/// If the condition is met: sends what waits, and counts anew.
void NotificationCoalescer::settle(unsigned index) {
  Queue& queue = queues_[index];
  if (!met(queue)) return;
  const bool send = queue.waiting;
  queue.waiting = false;
  queue.packets = 0;
  if (send) send_(index);
}

void NotificationCoalescer::set(unsigned index, const CoalesceSettings& settings) {
  queues_[index].settings = settings;
  settle(index);
  arm();
}

void NotificationCoalescer::forget(unsigned index) {
  queues_[index].packets = 0;
  queues_[index].waiting = false;
}

void NotificationCoalescer::count(unsigned index, std::uint32_t packets) {
  Queue& queue = queues_[index];
  if (!queue.settings.active() || packets == 0) return;
  if (met(queue)) queue.packets = 0;  // that round ended with nothing to send
  if (queue.packets == 0) queue.since = sc_core::sc_time_stamp();
  queue.packets += packets;
  arm();
}

bool NotificationCoalescer::hold_back(unsigned index) {
  Queue& queue = queues_[index];
  if (met(queue)) {
    queue.packets = 0;
    queue.waiting = false;
    return false;
  }
  queue.waiting = true;
  return true;
}

void NotificationCoalescer::on_deadline() {
  for (unsigned i = 0; i < queues_.size(); ++i)
    if (queues_[i].packets != 0) settle(i);
  arm();
}

void NotificationCoalescer::arm() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  bool any = false;
  sc_core::sc_time first;
  for (const Queue& queue : queues_) {
    if (queue.packets == 0 || !queue.settings.active()) continue;
    const sc_core::sc_time when = std::max(due(queue), now);
    if (!any || when < first) first = when;
    any = true;
  }
  deadline_.cancel();
  if (any) deadline_.notify(first - now);
}

}  // namespace ringside::virtio::net
