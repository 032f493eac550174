// SPDX-License-Identifier: Apache-2.0
// The driver's side of a split virtqueue (virtio 1.4, 2.7.13 and 2.7.14).
#pragma once

#include <deque>

#include "driver/queue.h"

namespace ringside::test {

class SplitQueue final : public DriverQueue {
 public:
  SplitQueue(GuestMemory& memory, Arena& arena, const QueueOptions& options);

  bool add(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
           std::uint64_t token, Form form) override;
  bool publish() override;
  std::uint16_t next_position() const override { return avail_index_; }
  std::optional<Completion> next_used() override;
  bool used_waiting() override;
  void disable_interrupts() override;
  bool enable_interrupts(unsigned more) override;

 private:
  struct Request {
    bool out = false;
    std::uint64_t token = 0;
    std::vector<std::uint16_t> descriptors;
    std::uint64_t table = 0;  // indirect table, kept for the next request with this head
  };
  struct Element {
    Piece piece;
    bool writable;
  };

  std::uint16_t take_descriptor();
  void write_descriptor(std::uint64_t at, std::uint64_t address, std::uint32_t length,
                        std::uint16_t flags, std::uint16_t next);
  void write_table(std::uint64_t table, const std::vector<Element>& elements, std::size_t first);
  Completion finish(std::uint16_t head, std::optional<std::uint32_t> written);

  std::deque<std::uint16_t> free_;
  std::vector<Request> requests_;    // by head
  std::deque<std::uint16_t> order_;  // heads in the order of publication
  std::uint16_t avail_index_ = 0;
  std::uint16_t published_ = 0;
  std::uint16_t used_seen_ = 0;
  std::uint16_t batch_head_ = 0;  // in order: the head that a batch ends with
  unsigned batch_left_ = 0;
  std::uint32_t batch_length_ = 0;
};

}  // namespace ringside::test
