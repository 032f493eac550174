// SPDX-License-Identifier: Apache-2.0
// What goes over the socket: numbers and layouts of the vhost-user protocol (QEMU's
// docs/interop/vhost-user.rst). All numbers are in the byte order of the host.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::vhost {

/// Requests of the front end.
enum class Request : std::uint32_t {
  GetFeatures = 1,
  SetFeatures = 2,
  SetOwner = 3,
  ResetOwner = 4,
  SetMemTable = 5,
  SetVringNum = 8,
  SetVringAddr = 9,
  SetVringBase = 10,
  GetVringBase = 11,
  SetVringKick = 12,
  SetVringCall = 13,
  SetVringErr = 14,
  GetProtocolFeatures = 15,
  SetProtocolFeatures = 16,
  GetQueueNum = 17,
  SetVringEnable = 18,
  SetBackendReqFd = 21,
  GetConfig = 24,
  SetConfig = 25,
  ResetDevice = 34,
  GetMaxMemSlots = 36,
  AddMemReg = 37,
  RemMemReg = 38,
  SetStatus = 39,
  GetStatus = 40,
};

/// Requests of the back end, on the channel that SetBackendReqFd brings.
enum class BackendRequest : std::uint32_t { ConfigChange = 2 };

/// The feature bit that says that there are protocol features.
constexpr unsigned kProtocolFeatures = 30;

/// Protocol features, as far as they are spoken here.
enum ProtocolFeature : unsigned {
  kMq = 0,
  kReplyAck = 3,
  kBackendReq = 5,
  kConfig = 9,
  kResetDevice = 13,
  kConfigureMemSlots = 15,
  kStatus = 16,
};

struct Header {
  std::uint32_t request;
  std::uint32_t flags;
  std::uint32_t bytes;  ///< of the payload that follows
};
static_assert(sizeof(Header) == 12);

/// Flags of a header.
constexpr std::uint32_t kVersionMask = 3;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kReply = 1 << 2;
constexpr std::uint32_t kNeedReply = 1 << 3;

struct VringState {
  std::uint32_t index;
  std::uint32_t number;
};

struct VringAddress {
  std::uint32_t index;
  std::uint32_t flags;  ///< bit 0: log writes to the used ring
  std::uint64_t descriptor;
  std::uint64_t used;
  std::uint64_t available;
  std::uint64_t log;
};
static_assert(sizeof(VringAddress) == 40);

/// The u64 of SetVringKick, SetVringCall and SetVringErr.
constexpr std::uint64_t kVringIndexMask = 0xff;
constexpr std::uint64_t kVringNoDescriptor = 1 << 8;

struct RegionDescription {
  std::uint64_t guest_address;
  std::uint64_t bytes;
  std::uint64_t user_address;  ///< in the front end's address space
  std::uint64_t file_offset;
};
static_assert(sizeof(RegionDescription) == 32);

struct MemoryTableHeader {
  std::uint32_t regions;
  std::uint32_t padding;
};

struct SingleRegion {
  std::uint64_t padding;
  RegionDescription region;
};

struct ConfigHeader {
  std::uint32_t offset;
  std::uint32_t bytes;
  std::uint32_t flags;
};
constexpr std::size_t kMaxConfigBytes = 256;

/// Regions in one memory table, and with ConfigureMemSlots.
constexpr unsigned kTableRegions = 8;
constexpr unsigned kMaxRegions = 32;

/// The longest payload that any request here has.
constexpr std::size_t kMaxPayload =
    sizeof(MemoryTableHeader) + kTableRegions * sizeof(RegionDescription) + 64;
static_assert(kMaxPayload >= sizeof(ConfigHeader) + kMaxConfigBytes);

}  // namespace ringside::vhost
