// SPDX-License-Identifier: Apache-2.0
// The driver's side of a virtqueue, written from the specification alone: it shares no code with
// the models.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "driver/access.h"

namespace ringside::test {

/// A buffer of a request.
struct Piece {
  std::uint64_t address;
  std::uint32_t length;
};

/// How a request is laid out.
enum class Form {
  Direct,    ///< descriptors in the ring or table
  Indirect,  ///< one descriptor that names a table
  Mixed,     ///< split only: a direct descriptor, then one that names a table with the rest
};

/// A request that came back.
struct Completion {
  std::uint64_t token;
  /// Bytes written; nothing if it was skipped in a batch (VIRTIO_F_IN_ORDER): all of them, then.
  std::optional<std::uint32_t> written;
};

struct QueueOptions {
  std::uint16_t size = 0;
  bool packed = false;
  bool event_idx = false;
  bool in_order = false;
};

class DriverQueue {
 public:
  static std::unique_ptr<DriverQueue> make(GuestMemory& memory, Arena& arena,
                                           const QueueOptions& options);
  virtual ~DriverQueue() = default;

  const QueuePlace& place() const { return place_; }
  const QueueOptions& options() const { return options_; }
  /// Requests that are out.
  std::size_t outstanding() const { return outstanding_; }

  /// Lays a request out; false if there is no room. The device can't see it before publish().
  virtual bool add(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
                   std::uint64_t token, Form form) = 0;
  /// Shows the device all that was added; true if it wants to be notified.
  virtual bool publish() = 0;
  /// What a notification with VIRTIO_F_NOTIFICATION_DATA carries.
  virtual std::uint16_t next_position() const = 0;

  virtual std::optional<Completion> next_used() = 0;
  virtual bool used_waiting() = 0;

  virtual void disable_interrupts() = 0;
  /// Asks for an interrupt when `more` requests (ring slots, if packed) beyond those already seen
  /// have come back; without EVENT_IDX for any. False if requests have come back meanwhile, and an
  /// interrupt may therefore never come.
  virtual bool enable_interrupts(unsigned more = 1) = 0;

 protected:
  DriverQueue(GuestMemory& memory, Arena& arena, const QueueOptions& options)
      : memory_(memory), arena_(arena), options_(options) {
    place_.size = options.size;
  }

  GuestMemory& memory_;
  Arena& arena_;
  QueueOptions options_;
  QueuePlace place_;
  std::size_t outstanding_ = 0;
};

}  // namespace ringside::test
