// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of group administration commands (virtio 1.4, 2.13 and 2.14). All fields are
// little-endian, like the hosts this runs on.
#pragma once

#include <cstdint>

namespace ringside::virtio {

inline constexpr std::uint16_t kSelfGroup = 0;

enum class AdminOpcode : std::uint16_t {
  ListQuery = 0x00,
  ListUse = 0x01,
  CapabilityList = 0x07,
  DeviceCapabilityGet = 0x08,
  DriverCapabilitySet = 0x09,
  ResourceCreate = 0x0a,
  ResourceQuery = 0x0b,   ///< by the table of opcodes; the text swaps this one
  ResourceModify = 0x0c,  ///< and this one
  ResourceDestroy = 0x0d,
};

/// Linux error numbers.
enum class AdminStatus : std::uint16_t {
  Ok = 0,
  NoEntry = 6,  ///< ENXIO
  NoMemory = 12,
  Busy = 16,
  Exists = 17,
  Invalid = 22,
  NoSpace = 28,
};

enum class AdminQualifier : std::uint16_t {
  Ok = 0,
  InvalidCommand = 1,
  InvalidOpcode = 2,
  InvalidField = 3,
  InvalidGroup = 4,
  InvalidMember = 5,
  NoResource = 6,
};

#pragma pack(push, 1)

struct AdminHead {
  std::uint16_t opcode;
  std::uint16_t group_type;
  std::uint8_t reserved[12];
  std::uint64_t group_member_id;
};
static_assert(sizeof(AdminHead) == 24);

struct AdminTail {
  std::uint16_t status;
  std::uint16_t status_qualifier;
  std::uint8_t reserved[4];
};
static_assert(sizeof(AdminTail) == 8);

/// What the data of commands on capabilities begin with.
struct AdminCapabilityHead {
  std::uint16_t id;
  std::uint8_t reserved[6];
};
static_assert(sizeof(AdminCapabilityHead) == 8);

/// What the data of commands on resource objects begin with.
struct AdminResourceHead {
  std::uint16_t type;
  std::uint8_t reserved[2];
  std::uint32_t id;
};
static_assert(sizeof(AdminResourceHead) == 8);

#pragma pack(pop)

}  // namespace ringside::virtio
