// SPDX-License-Identifier: Apache-2.0
// What models tell whoever draws the run on a time line: facts, from which a tracer makes tracks,
// slices and arrows. Platform::tracer() is null while nobody looks, so a model asks it first:
//
//   if (Tracer* tracer = platform().tracer()) tracer->hart_slept(*this, 0, from, until);
//
// Calls only read: the guest's world is the same with and without a tracer.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>

#include "kit/exits.h"

namespace ringside {

class Model;
struct TransactionTag;

/// One request of a virtqueue, when it is done. Times are absolute.
struct TracedRequest {
  std::uint64_t number = 0;         ///< on its queue, since the queue was enabled
  std::uint32_t bytes_read = 0;     ///< that the driver has filled
  std::uint32_t bytes_written = 0;  ///< by the device
  sc_core::sc_time begun;           ///< the device begins to fetch it
  sc_core::sc_time taken;           ///< its descriptors are known
  sc_core::sc_time done;            ///< the device hands it back
  sc_core::sc_time used;            ///< the driver can see that it is used
};

/// A virtqueue as tags name it: the model that answers for it on the bus, and its index.
struct TracedQueue {
  const Model* target = nullptr;
  unsigned index = 0;
};

class Tracer {
 public:
  virtual ~Tracer() = default;

  // ---- harts; times are the hart's own and grow from call to call
  /// An access has reached a device (the tag says what of it), and took the hart so long.
  virtual void hart_access(const Model& cpu, unsigned hart, const TransactionTag& tag,
                           bool is_write, const sc_core::sc_time& begin,
                           const sc_core::sc_time& end) = 0;
  /// An event that a hypervisor may see and no bus does; with what it cost.
  virtual void hart_event(const Model& cpu, unsigned hart, ExitClass kind,
                          const sc_core::sc_time& begin, const sc_core::sc_time& end) = 0;
  virtual void hart_slept(const Model& cpu, unsigned hart, const sc_core::sc_time& begin,
                          const sc_core::sc_time& end) = 0;
  /// The hart takes an interrupt from its interrupt file.
  virtual void hart_claims(const Model& cpu, unsigned hart, bool machine_level,
                           std::uint32_t identity, const sc_core::sc_time& at) = 0;

  // ---- virtqueues; the present simulated time unless a time is given
  /// The driver's notification has arrived; hart_access() for it follows.
  virtual void queue_kicked(const TracedQueue& queue) = 0;
  /// A request has been taken from the ring, which the device began to look at at `begun`.
  virtual void request_taken(const TracedQueue& queue, std::uint64_t number,
                             const sc_core::sc_time& begun) = 0;
  /// The driver can see it as used. `queue_name` as in statistics.
  virtual void request_used(const TracedQueue& queue, const std::string& queue_name,
                            const TracedRequest& request) = 0;
  /// The driver is told of what has been used since the last call, or wants not to be.
  virtual void queue_notifies(const TracedQueue& queue) = 0;
  virtual void notification_suppressed(const TracedQueue& queue) = 0;
  /// The queue forgets its requests: they will never be used.
  virtual void queue_stopped(const TracedQueue& queue) = 0;

  // ---- interrupts
  /// A device's message makes an identity of a hart's interrupt file pending.
  virtual void message_arrives(const TransactionTag& tag, unsigned hart, bool machine_level,
                               std::uint32_t identity) = 0;
  /// A function asserts its interrupt pin, or another device its wire.
  virtual void pin_asserted(const Model& function) = 0;

  // ---- what is used in common
  /// A part of a model (a direction of a link, a channel of a memory) was, or will be, busy.
  virtual void busy(const Model& model, const char* part, const char* what,
                    const sc_core::sc_time& begin, const sc_core::sc_time& end,
                    std::uint64_t bytes) = 0;
};

}  // namespace ringside
