// SPDX-License-Identifier: Apache-2.0
// Notification coalescing (virtio 1.4, section 5.1.6.5.9): used buffer notifications wait for more
// packets, in simulated time.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

namespace ringside::virtio::net {

struct CoalesceSettings {
  std::uint32_t max_packets = 0;
  std::uint32_t max_usecs = 0;
  bool active() const { return max_packets != 0 && max_usecs != 0; }
};

class NotificationCoalescer {
 public:
  /// `send` sends the notification of a queue; `deadline` is notified when on_deadline() is to be
  /// called.
  NotificationCoalescer(unsigned queues, sc_core::sc_event& deadline,
                        std::function<void(unsigned queue)> send);

  /// Zero for all queues: a reset.
  void clear();
  /// New settings; sends at once what they make due.
  void set(unsigned queue, const CoalesceSettings& settings);
  const CoalesceSettings& settings(unsigned queue) const { return queues_[queue].settings; }
  /// Forgets counts and a waiting notification of a queue that is reset.
  void forget(unsigned queue);

  /// Packets have been handed back on a queue.
  void count(unsigned queue, std::uint32_t packets);
  /// The queue wants to notify: true if that has to wait (it is sent later).
  bool hold_back(unsigned queue);
  void on_deadline();

 private:
  struct Queue {
    CoalesceSettings settings;
    std::uint64_t packets = 0;
    sc_core::sc_time since;  // of the first packet counted
    bool waiting = false;    // a notification is held back
  };
  sc_core::sc_time due(const Queue& queue) const;
  bool met(const Queue& queue) const;
  void settle(unsigned queue);
  void arm();

  std::vector<Queue> queues_;
  sc_core::sc_event& deadline_;
  std::function<void(unsigned)> send_;
};

}  // namespace ringside::virtio::net
