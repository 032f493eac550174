// SPDX-License-Identifier: Apache-2.0
// What goes over the socket: numbers and layouts of the vfio-user protocol 0.0 (QEMU's
// docs/interop/vfio-user.rst), which are those of <linux/vfio.h> where it has them. All numbers are
// in the byte order of the host.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::vfio {

enum class Command : std::uint16_t {
  Version = 1,
  DmaMap = 2,
  DmaUnmap = 3,
  DeviceGetInfo = 4,
  DeviceGetRegionInfo = 5,
  DeviceGetRegionIoFds = 6,
  DeviceGetIrqInfo = 7,
  DeviceSetIrqs = 8,
  RegionRead = 9,
  RegionWrite = 10,
  DmaRead = 11,  ///< from server to client, as the next
  DmaWrite = 12,
  DeviceReset = 13,
  DirtyPages = 14,
  RegionWriteMulti = 15,
  DeviceFeature = 16,
  MigDataRead = 17,
  MigDataWrite = 18,
};

struct Header {
  std::uint16_t id;  ///< the sender's; a reply has that of its command
  std::uint16_t command;
  std::uint32_t bytes;  ///< of the whole message
  std::uint32_t flags;
  std::uint32_t error;  ///< an errno, in replies with kError
};
static_assert(sizeof(Header) == 16);

/// Flags of a header.
constexpr std::uint32_t kTypeMask = 0xf;
constexpr std::uint32_t kReply = 1;  ///< the type of a reply; that of a command is 0
constexpr std::uint32_t kNoReply = 1 << 4;
constexpr std::uint32_t kError = 1 << 5;

struct VersionHeader {
  std::uint16_t major;
  std::uint16_t minor;
};

/// Flags of DmaMap.
constexpr std::uint32_t kReadable = 1 << 0;
constexpr std::uint32_t kWritable = 1 << 1;

struct DmaMapping {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t offset;  ///< in the file that comes along
  std::uint64_t address;
  std::uint64_t bytes;
};
static_assert(sizeof(DmaMapping) == 32);

/// Flags of DmaUnmap, as in <linux/vfio.h>: QEMU sends the second.
constexpr std::uint32_t kGetDirtyBitmap = 1 << 0;
constexpr std::uint32_t kUnmapAll = 1 << 1;

struct DmaUnmapping {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t address;
  std::uint64_t bytes;
};
static_assert(sizeof(DmaUnmapping) == 24);

constexpr std::uint32_t kDeviceReset = 1 << 0;
constexpr std::uint32_t kDevicePci = 1 << 1;

struct DeviceInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t regions;
  std::uint32_t irqs;
};

/// Regions of a PCI device by index: base address registers 0 to 5, and these.
enum Region : std::uint32_t { kRomRegion = 6, kConfigRegion = 7, kVgaRegion = 8, kRegions = 9 };

struct RegionInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t cap_offset;
  std::uint64_t bytes;
  std::uint64_t offset;
};
static_assert(sizeof(RegionInfo) == 32);

constexpr std::uint32_t kRegionReadable = 1 << 0;
constexpr std::uint32_t kRegionWritable = 1 << 1;

/// Kinds of interrupts of a PCI device.
enum Irq : std::uint32_t { kIntx, kMsi, kMsix, kErrorIrq, kRequestIrq, kIrqs };

struct IrqInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t count;
};

constexpr std::uint32_t kIrqEventFd = 1 << 0;
constexpr std::uint32_t kIrqMaskable = 1 << 1;
constexpr std::uint32_t kIrqAutomasked = 1 << 2;

struct IrqSet {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t start;
  std::uint32_t count;
};
static_assert(sizeof(IrqSet) == 20);

/// Flags of IrqSet: one of the first three and one of the others.
constexpr std::uint32_t kDataNone = 1 << 0;
constexpr std::uint32_t kDataBool = 1 << 1;
constexpr std::uint32_t kDataEventFd = 1 << 2;
constexpr std::uint32_t kDataMask = 7;
constexpr std::uint32_t kActionMask = 1 << 3;
constexpr std::uint32_t kActionUnmask = 1 << 4;
constexpr std::uint32_t kActionTrigger = 1 << 5;
constexpr std::uint32_t kActionsMask = 7 << 3;

/// RegionRead, RegionWrite and their replies; data follow.
struct RegionAccess {
  std::uint64_t offset;
  std::uint32_t region;
  std::uint32_t count;
};
static_assert(sizeof(RegionAccess) == 16);

/// One of RegionWriteMulti, behind a number of 64 bits that says how many there are.
struct SmallWrite {
  std::uint64_t offset;
  std::uint32_t region;
  std::uint32_t count;  ///< at most 8
  std::uint8_t data[8];
};
static_assert(sizeof(SmallWrite) == 24);

/// DmaRead, DmaWrite and their replies; data follow.
struct DmaAccess {
  std::uint64_t address;
  std::uint64_t count;
};
static_assert(sizeof(DmaAccess) == 16);

/// What is told in Version.
constexpr unsigned kMaxDescriptors = 16;  // QEMU takes no more than that
constexpr std::size_t kMaxTransfer = 1 << 20;
constexpr std::size_t kMaxWindows = 4096;
constexpr std::uint64_t kPageSizes = 4096;

/// The longest message that has a meaning here.
constexpr std::size_t kMaxMessage = sizeof(Header) + sizeof(RegionAccess) + kMaxTransfer;

}  // namespace ringside::vfio
