// SPDX-License-Identifier: Apache-2.0
// Makes transactions of what our own devices do. The only file of this folder that knows SystemC
// and devices.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "cosim/check/transaction.h"
#include "kit/dma.h"
#include "virtio/core/observer.h"

namespace ringside::cosim {

/// Numbers transactions, stamps them with simulated time and hands them to all that listen. One per
/// device that is watched.
class TransactionStream {
 public:
  /// Listeners outlive the stream's use.
  void add(Listener& listener) { listeners_.push_back(&listener); }
  bool watched() const { return !listeners_.empty(); }
  /// Any other transaction; gets its number and time here.
  void send(Transaction& transaction);

  void dma(bool is_write, std::uint64_t address, const void* data, std::size_t bytes,
           const TransactionTag& tag, DmaStatus status);
  void register_access(bool is_write, std::uint64_t offset, std::uint64_t value, unsigned bytes);
  /// A used buffer notification.
  void interrupt(std::uint16_t requester_id, unsigned queue);

 private:
  std::vector<Listener*> listeners_;
  std::uint64_t next_ = 0;
};

/// At DmaPort::observe() of a transport.
class DmaWatch final : public DmaObserver {
 public:
  explicit DmaWatch(TransactionStream& stream) : stream_(stream) {}
  void on_dma(bool is_write, std::uint64_t address, const std::uint8_t* data, std::size_t bytes,
              const TransactionTag& tag, DmaStatus status) override {
    stream_.dma(is_write, address, data, bytes, tag, status);
  }

 private:
  TransactionStream& stream_;
};

/// At observe() of a transport: registers and notifications. `requester_id` is called for each
/// notification; without it they say 0.
class TransportWatch final : public virtio::TransportObserver {
 public:
  explicit TransportWatch(TransactionStream& stream,
                          std::function<std::uint16_t()> requester_id = nullptr)
      : stream_(stream), requester_id_(std::move(requester_id)) {}
  void on_register(bool is_write, std::uint64_t offset, std::uint64_t value,
                   unsigned bytes) override {
    stream_.register_access(is_write, offset, value, bytes);
  }
  void on_notification(unsigned queue) override {
    stream_.interrupt(requester_id_ ? requester_id_() : std::uint16_t{0}, queue);
  }

 private:
  TransactionStream& stream_;
  std::function<std::uint16_t()> requester_id_;
};

/// Stands between a device and any other way to memory.
class WatchedDma final : public DmaInterface {
 public:
  WatchedDma(DmaInterface& dma, TransactionStream& stream) : dma_(dma), stream_(stream) {}
  DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                 const TransactionTag& tag) override;
  DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                  const TransactionTag& tag) override;

 private:
  DmaInterface& dma_;
  TransactionStream& stream_;
};

}  // namespace ringside::cosim
