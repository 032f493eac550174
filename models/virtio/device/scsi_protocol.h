// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of the SCSI host device (virtio 1.4, section 5.6).
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::virtio {

/// Feature bits (5.6.3).
enum ScsiFeature : unsigned {
  kScsiInOut = 0,
  kScsiHotplug = 1,
  kScsiChange = 2,
  kScsiT10Pi = 3,
};

/// Response codes (5.6.6.1, 5.6.6.2).
enum class ScsiResponse : std::uint8_t {
  Ok = 0,
  Overrun = 1,
  Aborted = 2,
  BadTarget = 3,
  Reset = 4,
  Busy = 5,
  Failure = 9,
  FunctionSucceeded = 10,
  FunctionRejected = 11,
  IncorrectLun = 12,
};
inline constexpr ScsiResponse kFunctionComplete = ScsiResponse::Ok;

/// Requests on the control queue.
enum class ScsiControl : std::uint32_t { TaskManagement = 0, AsyncQuery = 1, AsyncSubscribe = 2 };

enum class TaskManagement : std::uint32_t {
  AbortTask = 0,
  AbortTaskSet = 1,
  ClearAca = 2,
  ClearTaskSet = 3,
  NexusReset = 4,
  LogicalUnitReset = 5,
  QueryTask = 6,
  QueryTaskSet = 7,
};

/// Events (5.6.6.3).
inline constexpr std::uint32_t kScsiNoEvent = 0;
inline constexpr std::uint32_t kScsiTransportReset = 1;
inline constexpr std::uint32_t kScsiAsyncNotify = 2;
inline constexpr std::uint32_t kScsiParamChange = 3;
inline constexpr std::uint32_t kScsiEventsMissed = 0x80000000;
inline constexpr std::uint32_t kScsiResetRescan = 1;      ///< reason of a transport reset
inline constexpr std::uint32_t kScsiResetRemoved = 2;     ///< reason of a transport reset
inline constexpr std::uint32_t kScsiExternalRequest = 8;  ///< asynchronous events
inline constexpr std::uint32_t kScsiMediaChange = 16;

// Layouts.
inline constexpr std::size_t kScsiLunBytes = 8;
inline constexpr std::size_t kScsiRequestHead = 19;   ///< before the CDB
inline constexpr std::size_t kScsiResponseHead = 12;  ///< before the sense data
inline constexpr std::size_t kScsiEventBytes = 16;
inline constexpr std::uint32_t kScsiStandardSense = 96;
inline constexpr std::uint32_t kScsiStandardCdb = 32;

}  // namespace ringside::virtio
