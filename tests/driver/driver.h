// SPDX-License-Identifier: Apache-2.0
// A driver: initialises a device as in 3.1 and moves requests through its queues.
#pragma once

#include <initializer_list>
#include <memory>
#include <vector>

#include "driver/access.h"
#include "driver/queue.h"

namespace ringside::test {

class Driver {
 public:
  Driver(DeviceAccess& device, GuestMemory& memory, Arena& arena)
      : device_(device), memory_(memory), arena_(arena) {}

  /// Feature bits by number.
  using Bits = std::vector<unsigned>;

  /// Steps 1 to 6 of 3.1.1; false if the device cleared FEATURES_OK.
  bool negotiate(const Bits& accept);
  /// Step 7 for one queue; false if the device refused it.
  bool add_queue(unsigned index, std::uint16_t size);
  /// Step 8.
  void start();
  /// All of them with one queue, and a check that it worked.
  bool bring_up(const Bits& accept, std::uint16_t size);
  /// Writes 0 and waits until it reads as 0, unless `impatient`.
  void reset();

  DriverQueue& queue(unsigned index = 0) { return *queues_[index]; }
  bool accepted(unsigned bit) const;
  /// Publishes what was added, and notifies the device if it wants that. True if it did.
  bool submit(unsigned index = 0);
  /// Sleeps until a request has come back; false if none came within `patience`.
  bool wait_used(unsigned index, const sc_core::sc_time& patience, unsigned more = 1);

  std::uint64_t notifications = 0;
  bool impatient = false;

 private:
  DeviceAccess& device_;
  GuestMemory& memory_;
  Arena& arena_;
  Bits accepted_;
  std::vector<std::unique_ptr<DriverQueue>> queues_;
};

}  // namespace ringside::test
