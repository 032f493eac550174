// SPDX-License-Identifier: Apache-2.0
// A driver of the loopback device in another thread than the simulation, whatever carries it there.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "driver/queue.h"

namespace ringside::test {

constexpr std::uint64_t kVersion1 = 1ull << 32, kIndirect = 1ull << 28, kEventIdx = 1ull << 29,
                        kPacked = 1ull << 34, kInOrder = 1ull << 35;
constexpr std::uint64_t kGuestBase = 0x8000'0000;
constexpr std::uint64_t kGuestBytes = 4 << 20;

/// One queue, and requests that the loopback device answers.
class Requests {
 public:
  /// How the device hears of requests, and the driver of answers: false if none came in a while.
  struct Bell {
    std::function<void()> kick;
    std::function<bool()> wait;
  };
  Requests(Bell bell, GuestMemory& memory, Arena& arena, std::uint64_t features, std::uint16_t size)
      : bell_(std::move(bell)), memory_(memory), features_(features) {
    QueueOptions options;
    options.size = size;
    options.packed = features & kPacked;
    options.event_idx = features & kEventIdx;
    options.in_order = features & kInOrder;
    ring = DriverQueue::make(memory, arena, options);
    for (unsigned i = 0; i < kSlots; ++i) buffers_.push_back({arena.take(2 * kBytes, 1), {}});
  }

  /// Sends so many requests of random shapes and checks all that comes back.
  void run(unsigned requests, std::mt19937& random) {
    unsigned sent = 0, back = 0;
    while (back < requests) {
      while (sent < requests && add(random)) ++sent;
      if (ring->publish()) bell_.kick();
      take(back);
      if (ring->outstanding() == 0 || ring->used_waiting()) continue;
      if (!ring->enable_interrupts()) continue;
      if (!bell_.wait())
        throw std::runtime_error("no interrupt came; requests sent " + std::to_string(sent) +
                                 ", back " + std::to_string(back) +
                                 (ring->used_waiting() ? ", more to take" : ""));
      ++interrupts;
    }
  }
  /// Puts one request into the ring.
  void send_one() {
    std::mt19937 random(1);
    if (!add(random)) throw std::runtime_error("there is no room for a request");
    if (ring->publish()) bell_.kick();
  }
  /// Takes what has come back, and checks it.
  void take(unsigned& back) {
    while (const auto done = ring->next_used()) {
      ++back;
      Buffer& buffer = buffers_.at(done->token);
      std::vector<std::uint8_t> got(buffer.expected.size());
      memory_.read(buffer.address + kBytes, got.data(), got.size());
      if (done->written && *done->written != got.size())
        throw std::runtime_error("another number of bytes than was written");
      if (got != buffer.expected) throw std::runtime_error("the data came back wrong");
      buffer.out = false;
    }
  }

  std::unique_ptr<DriverQueue> ring;
  unsigned interrupts = 0;

 private:
  static constexpr unsigned kSlots = 32, kBytes = 9000;
  struct Buffer {
    std::uint64_t address;
    std::vector<std::uint8_t> expected;
    bool out = false;
  };

  std::vector<Piece> pieces(std::uint64_t at, std::uint32_t bytes, unsigned count) {
    std::vector<Piece> parts;
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t now = i + 1 == count ? bytes : std::min(bytes, bytes / count + i);
      parts.push_back({at, now});
      at += now;
      bytes -= now;
    }
    return parts;
  }
  bool add(std::mt19937& random) {
    for (unsigned token = 0; token < kSlots; ++token) {
      Buffer& buffer = buffers_[token];
      if (buffer.out) continue;
      const std::uint32_t bytes = 8 + random() % (kBytes - 8);
      std::vector<std::uint8_t> data(bytes);
      for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random());
      memory_.write(buffer.address, data.data(), bytes);
      const bool indirect = (features_ & kIndirect) && random() % 2 != 0;
      if (!ring->add(pieces(buffer.address, bytes, 1 + random() % 3),
                     pieces(buffer.address + kBytes, bytes, 1 + random() % 3), token,
                     indirect ? Form::Indirect : Form::Direct))
        return false;
      for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(~byte);
      buffer.expected = std::move(data);
      buffer.out = true;
      return true;
    }
    return false;
  }

  Bell bell_;
  GuestMemory& memory_;
  std::uint64_t features_;
  std::vector<Buffer> buffers_;
};

}  // namespace ringside::test
