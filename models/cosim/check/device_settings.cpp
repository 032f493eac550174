// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/device_settings.h"

namespace ringside::cosim {

namespace {

/// Numbers of device types (section 5).
enum : unsigned {
  kNet = 1,
  kConsole = 3,
  kBalloon = 5,
  kScsi = 8,
  kGpu = 16,
  kInput = 18,
  kVsock = 19,
  kIommu = 23,
};

/// Buffers lie there until something comes from outside, and the device need not look before that.
bool waits_for_the_outside(unsigned device_id, unsigned queue, unsigned queues) {
  switch (device_id) {
    case kNet:  // receive queues are the even ones; the control queue comes last
      return queue % 2 == 0 && (queue + 1 != queues || queues == 1);
    case kConsole:  // receive queues are the even ones, and so is the one for control messages
      return queue % 2 == 0;
    case kBalloon:
      return queue == 2;  // statistics
    case kScsi:
    case kIommu:
      return queue == 1;  // events
    case kInput:
      return queue == 0;  // events
    case kVsock:
      return queue != 1;  // received packets, events
    default:
      return false;
  }
}

}  // namespace

CheckSettings settings_for(unsigned device_id, unsigned queue, unsigned queues) {
  CheckSettings settings;
  settings.looks_when_told = !waits_for_the_outside(device_id, queue, queues);
  settings.reads_elsewhere = device_id == kGpu;
  return settings;
}

}  // namespace ringside::cosim
