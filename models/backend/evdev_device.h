// SPDX-License-Identifier: Apache-2.0
// An event device of the host: /dev/input/eventN of Linux, and nothing but its system calls.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "backend/input_description.h"

namespace ringside::backend {

class EventDevice {
 public:
  virtual ~EventDevice() = default;
  /// To be read and written, without waiting, as struct input_event.
  virtual int descriptor() const = 0;
  virtual InputDescription description() const = 0;
  /// Keys and buttons that are down now.
  virtual std::set<std::uint16_t> down() const = 0;
};

/// Throws std::runtime_error if there is no such device, it may not be opened, it is not an event
/// device, or (with `grab`, which keeps its events from the host) somebody else has it.
std::unique_ptr<EventDevice> open_event_device(const std::string& path, bool grab);

}  // namespace ringside::backend
