// SPDX-License-Identifier: Apache-2.0
// Memory of a test: the driver reaches it at once, the device through DmaInterface, with latency,
// failing addresses and a log of what it did.
#pragma once

#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "driver/access.h"
#include "kit/dma.h"

namespace ringside::test {

class TestMemory final : public GuestMemory, public DmaInterface {
 public:
  /// One access by the device.
  struct Access {
    bool is_write;
    std::uint64_t address;
    std::size_t bytes;
    Step step;
    std::uint16_t requester_id;
    std::uint16_t queue;
    std::uint64_t request;
  };

  TestMemory(std::uint64_t base, std::size_t bytes)
      : base_(base), size_(bytes), bytes_(static_cast<std::uint8_t*>(std::calloc(bytes, 1))) {}

  std::uint64_t base() const { return base_; }
  std::uint64_t size() const { return size_; }

  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    if (bytes != 0) std::memcpy(to, at(address, bytes), bytes);
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    if (bytes != 0) std::memcpy(at(address, bytes), from, bytes);
  }

  DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                 const TransactionTag& tag) override {
    return access(false, address, to, nullptr, bytes, tag);
  }
  DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                  const TransactionTag& tag) override {
    return access(true, address, nullptr, from, bytes, tag);
  }

  /// What an access of the device takes: zero in functional mode.
  sc_core::sc_time latency;
  /// Accesses that touch [first, last] fail with BusError.
  std::uint64_t bad_first = 1, bad_last = 0;
  bool logging = false;
  std::vector<Access> log;
  std::uint64_t accesses = 0;
  /// Called for each access of the device that has been done, before its latency passes.
  std::function<void(const Access&)> observer;

 private:
  bool holds(std::uint64_t address, std::size_t bytes) const {
    return address >= base_ && address - base_ <= size_ && bytes <= size_ - (address - base_);
  }
  std::uint8_t* at(std::uint64_t address, std::size_t bytes) {
    if (!holds(address, bytes)) throw std::runtime_error("the test driver left its memory");
    return bytes_.get() + (address - base_);
  }
  DmaStatus access(bool is_write, std::uint64_t address, void* to, const void* from,
                   std::size_t bytes, const TransactionTag& tag) {
    const Access done{is_write, address, bytes, tag.step, tag.requester_id, tag.queue, tag.request};
    ++accesses;
    if (logging) log.push_back(done);
    DmaStatus status = DmaStatus::Ok;
    if (!holds(address, bytes))
      status = DmaStatus::AddressError;
    else if (bytes != 0 && address <= bad_last && address + (bytes - 1) >= bad_first)
      status = DmaStatus::BusError;
    else if (is_write)
      std::memcpy(at(address, bytes), from, bytes);
    else
      std::memcpy(to, at(address, bytes), bytes);
    if (observer && status == DmaStatus::Ok) observer(done);
    if (latency != sc_core::SC_ZERO_TIME) sc_core::wait(latency);
    return status;
  }

  std::uint64_t base_;
  struct Free {
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
  };
  std::size_t size_;
  std::unique_ptr<std::uint8_t[], Free> bytes_;  // pages that nobody touches cost nothing
};

}  // namespace ringside::test
