// SPDX-License-Identifier: Apache-2.0
// The driver's side of a packed virtqueue (virtio 1.4, 2.8.19 to 2.8.23).
#pragma once

#include <deque>

#include "driver/queue.h"

namespace ringside::test {

class PackedQueue final : public DriverQueue {
 public:
  PackedQueue(GuestMemory& memory, Arena& arena, const QueueOptions& options);

  bool add(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
           std::uint64_t token, Form form) override;
  bool publish() override;
  std::uint16_t next_position() const override;
  std::optional<Completion> next_used() override;
  bool used_waiting() override;
  void disable_interrupts() override;
  bool enable_interrupts(unsigned more) override;

 private:
  struct Request {
    bool out = false;
    std::uint64_t token = 0;
    unsigned slots = 0;
    std::uint64_t table = 0;
  };
  struct Head {
    unsigned slot;
    std::uint16_t flags;
  };

  std::uint64_t slot_address(unsigned slot) const { return place_.descriptor_area + 16u * slot; }
  std::uint16_t available_flags() const { return wrap_ ? 1u << 7 : 1u << 15; }
  void advance();
  bool is_used(unsigned slot, bool wrap);
  Completion finish(std::uint16_t id, std::optional<std::uint32_t> written);

  std::deque<std::uint16_t> free_ids_;
  std::vector<Request> requests_;    // by id
  std::deque<std::uint16_t> order_;  // ids in the order of publication
  std::vector<Head> unpublished_;
  unsigned free_slots_;
  unsigned next_ = 0;
  bool wrap_ = true;
  unsigned published_slot_ = 0;  // where the first unpublished slot was
  bool published_wrap_ = true;
  unsigned published_slots_ = 0;
  unsigned used_ = 0;
  bool used_wrap_ = true;
  unsigned batch_left_ = 0;
  std::uint32_t batch_length_ = 0;
};

}  // namespace ringside::test
