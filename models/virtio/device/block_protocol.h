// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of the block device, as virtio 1.4 gives them in section 5.2. All fields are
// little-endian, like the hosts this runs on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::virtio {

/// Feature bits (5.2.3).
enum BlockFeature : unsigned {
  kBlkSizeMax = 1,
  kBlkSegMax = 2,
  kBlkGeometry = 4,
  kBlkRo = 5,
  kBlkBlkSize = 6,
  kBlkFlush = 9,
  kBlkTopology = 10,
  kBlkConfigWce = 11,
  kBlkMq = 12,
  kBlkDiscard = 13,
  kBlkWriteZeroes = 14,
  kBlkLifetime = 15,
  kBlkSecureErase = 16,
  kBlkZoned = 17,
};

/// Request types (5.2.6).
enum class BlockRequest : std::uint32_t {
  In = 0,
  Out = 1,
  Flush = 4,
  FlushOut = 5,  ///< legacy: the same
  GetId = 8,
  GetLifetime = 10,
  Discard = 11,
  WriteZeroes = 13,
  SecureErase = 14,
  ZoneAppend = 15,
  ZoneReport = 16,
  ZoneOpen = 18,
  ZoneClose = 20,
  ZoneFinish = 22,
  ZoneReset = 24,
  ZoneResetAll = 26,
};

enum class BlockStatus : std::uint8_t {
  Ok = 0,
  IoError = 1,
  Unsupported = 2,
  ZoneInvalidCommand = 3,
  ZoneUnalignedWritePointer = 4,
  ZoneOpenResource = 5,
  ZoneActiveResource = 6,
};

#pragma pack(push, 1)

/// The configuration space (5.2.4).
struct BlockConfig {
  std::uint64_t capacity;  ///< in sectors of 512 bytes, like all that is called "sectors"
  std::uint32_t size_max;
  std::uint32_t seg_max;
  std::uint16_t cylinders;
  std::uint8_t heads;
  std::uint8_t sectors_per_track;
  std::uint32_t blk_size;
  std::uint8_t physical_block_exp;
  std::uint8_t alignment_offset;
  std::uint16_t min_io_size;
  std::uint32_t opt_io_size;
  std::uint8_t writeback;
  std::uint8_t unused0;
  std::uint16_t num_queues;
  std::uint32_t max_discard_sectors;
  std::uint32_t max_discard_seg;
  std::uint32_t discard_sector_alignment;
  std::uint32_t max_write_zeroes_sectors;
  std::uint32_t max_write_zeroes_seg;
  std::uint8_t write_zeroes_may_unmap;
  std::uint8_t unused1[3];
  std::uint32_t max_secure_erase_sectors;
  std::uint32_t max_secure_erase_seg;
  std::uint32_t secure_erase_sector_alignment;
  struct {
    std::uint32_t zone_sectors;
    std::uint32_t max_open_zones;
    std::uint32_t max_active_zones;
    std::uint32_t max_append_sectors;
    std::uint32_t write_granularity;  ///< in bytes
    std::uint8_t model;               ///< ZoneModel
    std::uint8_t unused2[3];
  } zoned;
};
static_assert(sizeof(BlockConfig) == 96);

/// What every request starts with; data and a status byte follow.
struct BlockHeader {
  std::uint32_t type;
  std::uint32_t reserved;
  std::uint64_t sector;
};
static_assert(sizeof(BlockHeader) == 16);

/// An element of the data of discard, write zeroes and secure erase.
struct BlockRange {
  static constexpr std::uint32_t kUnmap = 1;
  std::uint64_t sector;
  std::uint32_t sectors;
  std::uint32_t flags;
};
static_assert(sizeof(BlockRange) == 16);

struct BlockLifetime {
  std::uint16_t pre_eol_info;
  std::uint16_t device_lifetime_est_typ_a;
  std::uint16_t device_lifetime_est_typ_b;
};
static_assert(sizeof(BlockLifetime) == 6);

/// A zone report is a header of 64 bytes, of which the first 8 hold the number of zones, and these.
struct ZoneDescriptor {
  std::uint64_t z_cap;
  std::uint64_t z_start;
  std::uint64_t z_wp;
  std::uint8_t z_type;
  std::uint8_t z_state;
  std::uint8_t reserved[38];
};
static_assert(sizeof(ZoneDescriptor) == 64);

#pragma pack(pop)

/// Values of BlockConfig::zoned.model.
enum class ZoneModel : std::uint8_t { None = 0, HostManaged = 1, HostAware = 2 };

/// Values of ZoneDescriptor::z_type.
enum class ZoneType : std::uint8_t {
  Conventional = 1,
  SequentialRequired = 2,
  SequentialPreferred = 3
};

/// Values of ZoneDescriptor::z_state.
enum class ZoneState : std::uint8_t {
  NotWritePointer = 0,
  Empty = 1,
  ImplicitlyOpen = 2,
  ExplicitlyOpen = 3,
  Closed = 4,
  ReadOnly = 13,
  Full = 14,
  Offline = 15,
};

}  // namespace ringside::virtio
