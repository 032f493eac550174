// SPDX-License-Identifier: Apache-2.0
// A virtqueue from the device's side: takes requests, gives back used ones, tells the driver when
// it wants to know. Split and packed layouts (virtio 1.4, 2.7 and 2.8) behind one face. Knows no
// device and no transport.
//
// Life: disabled -> configure() by the transport, enable() -> pop/push/flush by the queue's thread
// -> disable() or reset. In timed mode every ring access waits its latency, so pop(), push() and
// flush() run in an SC_THREAD: the queue's own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <systemc>

#include "kit/dma.h"
#include "kit/stat.h"
#include "kit/tag.h"
#include "virtio/ring/chain.h"
#include "virtio/ring/engine_settings.h"

namespace ringside {
class Model;
class Tracer;
}  // namespace ringside

namespace ringside::virtio {

/// What a queue needs from the device it belongs to.
class QueueHost {
 public:
  virtual ~QueueHost() = default;
  virtual DmaInterface& dma() = 0;
  /// Stamped on every access.
  virtual std::uint16_t requester_id() const = 0;
  /// The used buffer notification of a queue. Must not wait.
  virtual void used_notification(unsigned queue) = 0;
  /// The driver broke the ring (or memory did not answer): the device has to stop and say
  /// DEVICE_NEEDS_RESET.
  virtual void queue_broken(unsigned queue, const std::string& why) = 0;
  /// A paused queue has published the last of its requests.
  virtual void queue_drained(unsigned) {}
  /// How the queue is served.
  virtual const EngineSettings& engine() const;
  /// When the device has done a request that it hands back now; `out` are bytes from the driver,
  /// `in` those to it.
  virtual sc_core::sc_time service_end(std::uint32_t, std::uint32_t) {
    return sc_core::sc_time_stamp();
  }
  /// Who draws the run on a time line, or nullptr; and the model that tags of accesses name as the
  /// target where the queue is meant.
  virtual Tracer* tracer() const { return nullptr; }
  virtual const Model* tagged_as() const { return nullptr; }
  /// Held while the queue's thread works on the ring, if the device's queues share one engine.
  virtual sc_core::sc_mutex* engine_lock() { return nullptr; }
};

/// Where a queue is, as transports that stop and start queues say it (vhost): the next entry to
/// take and the next to use. Split: both indices; packed: offsets in bits 14:0, wrap counters in
/// bit 15.
struct RingPosition {
  std::uint16_t avail = 0;
  std::uint16_t used = 0;
};

/// What the driver has chosen for a queue.
struct QueueLayout {
  std::uint16_t size = 0;             ///< split: a power of 2; both: 1 to 32768
  std::uint64_t descriptor_area = 0;  ///< split: descriptor table; packed: descriptor ring
  std::uint64_t driver_area = 0;      ///< split: available ring; packed: driver event suppression
  std::uint64_t device_area = 0;      ///< split: used ring; packed: device event suppression
  bool packed = false;                ///< VIRTIO_F_RING_PACKED
  bool indirect = false;         ///< VIRTIO_F_INDIRECT_DESC: else such a descriptor breaks the ring
  bool event_idx = false;        ///< VIRTIO_F_EVENT_IDX
  bool in_order = false;         ///< VIRTIO_F_IN_ORDER
  bool notify_on_empty = false;  ///< VIRTIO_F_NOTIFY_ON_EMPTY (legacy)
  /// Where to go on in a ring that has been in use (packed: slots lie inside it); without it, the
  /// ring is new.
  std::optional<RingPosition> resume;
};

class Virtqueue final : public StatGroup, public Server {
 public:
  /// `name` is the queue's in statistics ("requestq", "receiveq1").
  Virtqueue(StatGroup* device, QueueHost& host, unsigned index, const std::string& name);
  ~Virtqueue() override;

  unsigned index() const { return index_; }

  // -- transport
  // -----------------------------------------------------------------------------------------------
  /// Starts service with this layout. The transport has checked size and alignment.
  void enable(const QueueLayout& layout);
  /// Forgets everything: a device reset or a queue reset. Chains that are out become dead, and wait
  /// to be dropped.
  void disable();
  bool enabled() const { return enabled_; }
  /// Takes and publishes nothing more until the queue is disabled: the device needs a reset.
  void halt();
  /// Takes no more requests while paused; those that are out can be finished.
  void pause(bool on) { paused_ = on; }
  /// Requests that have been taken and not published as used.
  std::size_t outstanding() const;
  /// True while an access to memory, maybe of a former life, waits for its answer.
  bool in_flight() const;
  const QueueLayout& layout() const { return layout_; }
  /// Where the ring is. With nothing outstanding, another engine can go on from here.
  RingPosition position() const;
  /// The available buffer notification: only notifies an event, which takes `delay` and the
  /// engine's wake_time. Callable from any process.
  void kick(const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME);
  /// With VIRTIO_F_NOTIFICATION_DATA: the position up to which the driver says buffers are
  /// available (split: avail idx; packed: offset in bits 14:0, wrap counter in bit 15).
  void kick(std::uint16_t next, const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME);

  // -- device, in the queue's thread
  // ----------------------------------------------------------------------------
  /// The next request, or null if there is none: notifications are then switched on and the ring
  /// has been looked at once more, so that no kick is lost. Null too if the queue is disabled or
  /// broken.
  ChainPtr pop();
  /// True if a request waits; does not take it. May access memory.
  bool available();
  /// Undoes the latest pop() that has not been undone or pushed (a receive queue that found too
  /// little room).
  void unpop(ChainPtr chain);
  /// Hands a request back with the number of bytes written to its writable part, counted from its
  /// start. Published by flush(), which serve() ends in; does not access memory, so it may be
  /// called from any process (poke() the queue afterwards). With VIRTIO_F_IN_ORDER requests may be
  /// pushed in any order too: the queue holds them back until those before them are done.
  void push(ChainPtr chain, std::uint32_t written);
  /// Publishes what has been pushed and decides, once for all of it, whether the driver wants an
  /// interrupt.
  void flush();

  /// Notified by kick(), by enable() and by poke().
  const sc_core::sc_event& wake_event() const { return wake_; }
  /// True if one of these has happened since the last call: a thread that was busy when the event
  /// was notified asks before it waits.
  bool take_wake();
  /// The queue's thread has something to do, or has been told to look.
  bool at_work() const override;
  const sc_core::sc_event& rest_event() const override { return rest_; }
  /// Wakes the queue's thread for the device's own reasons (a frame has come in).
  void poke();
  /// Notified when requests that were handed back are done: then call finish_service().
  const sc_core::sc_event& service_due_event() const { return service_due_; }
  void finish_service();
  /// Notified when an interrupt has been held back for long enough: then call
  /// send_held_interrupt().
  const sc_core::sc_event& interrupt_due_event() const { return interrupt_due_; }
  void send_held_interrupt();

  // -- statistics
  // -----------------------------------------------------------------------------------------------
  Counter requests{this, "requests", "count", "requests taken from the ring"};
  Counter bytes_read{this, "bytes_read", "B", "payload read from guest memory"};
  Counter bytes_written{this, "bytes_written", "B", "payload written to guest memory"};
  Counter kicks{this, "kicks", "count", "available buffer notifications by the driver"};
  Counter suppressed_kicks{
      this, "suppressed_kicks", "count",
      "requests that the driver made available without a notification of their own"};
  Counter interrupts{this, "interrupts", "count", "used buffer notifications sent"};
  Counter suppressed_interrupts{
      this, "suppressed_interrupts", "count",
      "batches published without a notification because the driver did not want one"};
  Histogram latency{this, "latency", "ns", "from beginning to fetch a request until it is used"};
  Histogram kick_time{this, "kick_time", "ns",
                      "from a notification by the driver until the back end turns to the queue"};
  Histogram fetch_time{this, "fetch_time", "ns", "to find and read the descriptors of a request"};
  Histogram service_time{this, "service_time", "ns",
                         "from taking a request until the device hands it back: payload and work"};
  Histogram complete_time{this, "complete_time", "ns",
                          "from handing a request back until the driver can see it as used"};
  Histogram interrupt_time{this, "interrupt_time", "ns",
                           "from a used request until the notification for it is sent"};
  Histogram interrupt_batch{this, "interrupt_batch", "count",
                            "requests used since the notification before, at each notification"};

 private:
  friend class DescriptorChain;
  friend struct ReturnChain;
  class Impl;  // layout engines, pool, bookkeeping
  class EngineTurn;
  void rest();
  void heard_kick();
  void hand_back(DescriptorChain& chain, std::uint32_t written);
  void publish_ready();
  bool may_publish();
  void want_interrupt();

  QueueHost& host_;
  unsigned index_;
  bool enabled_ = false;
  bool paused_ = false;
  QueueLayout layout_;
  sc_core::sc_event wake_;
  sc_core::sc_event rest_;
  sc_core::sc_event interrupt_due_;
  sc_core::sc_event service_due_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringside::virtio
