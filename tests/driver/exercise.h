// SPDX-License-Identifier: Apache-2.0
// Moves requests through a queue in one combination of features and checks every byte of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "driver/driver.h"

namespace ringside::test {

/// What is exercised.
struct Combination {
  bool packed = false;
  bool event_idx = false;
  bool in_order = false;
  Form form = Form::Direct;
  std::uint16_t size = 8;
  unsigned batch = 1;       ///< requests per publish()
  unsigned requests = 100;  ///< in total
  bool notification_data = false;
  bool platform_addresses = false;  ///< ACCESS_PLATFORM
  std::string str() const;
  /// Feature bits of the combination, VERSION_1 included.
  Driver::Bits bits() const;
};

/// What came of it.
struct Outcome {
  bool ok = true;
  std::string why;                  ///< if not
  std::uint64_t notifications = 0;  ///< sent by the driver
  std::uint64_t submissions = 0;    ///< times it might have
  std::uint64_t sleeps = 0;         ///< times it waited for an interrupt and got one
};

/// Runs in an SC_THREAD. The device has to give back the readable part inverted, as Loopback does.
Outcome exercise(Driver& driver, DeviceAccess& device, GuestMemory& memory, Arena& arena,
                 const Combination& combination, std::uint32_t seed);

}  // namespace ringside::test
