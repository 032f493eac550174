// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of the GPU device (virtio 1.4, section 5.7).
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::virtio {

/// Feature bits (5.7.3).
enum GpuFeature : unsigned {
  kGpuVirgl = 0,
  kGpuEdid = 1,
  kGpuResourceUuid = 2,
  kGpuResourceBlob = 3,
  kGpuContextInit = 4,
  kGpuBlobAlignment = 5,
};

/// Types of requests and of their answers (5.7.6.7).
enum class GpuType : std::uint32_t {
  GetDisplayInfo = 0x0100,
  ResourceCreate2d,
  ResourceUnref,
  SetScanout,
  ResourceFlush,
  TransferToHost2d,
  ResourceAttachBacking,
  ResourceDetachBacking,
  GetCapsetInfo,
  GetCapset,
  GetEdid,
  ResourceAssignUuid,
  ResourceCreateBlob,
  SetScanoutBlob,

  UpdateCursor = 0x0300,
  MoveCursor,

  OkNoData = 0x1100,
  OkDisplayInfo,
  OkCapsetInfo,
  OkCapset,
  OkEdid,
  OkResourceUuid,
  OkMapInfo,

  ErrUnspec = 0x1200,
  ErrOutOfMemory,
  ErrInvalidScanoutId,
  ErrInvalidResourceId,
  ErrInvalidContextId,
  ErrInvalidParameter,
};

/// Formats of pixels (5.7.6.8); the name gives the order of the bytes in memory.
enum class GpuFormat : std::uint32_t {
  B8G8R8A8 = 1,
  B8G8R8X8 = 2,
  A8R8G8B8 = 3,
  X8R8G8B8 = 4,
  R8G8B8A8 = 67,
  X8B8G8R8 = 68,
  A8B8G8R8 = 121,
  R8G8B8X8 = 134,
};

inline constexpr std::uint32_t kGpuEventDisplay = 1;   ///< in events_read
inline constexpr std::uint32_t kGpuFlagFence = 1;      ///< in the header's flags
inline constexpr std::uint32_t kGpuFlagRingIndex = 2;  ///< in the header's flags
inline constexpr std::uint32_t kGpuBlobMemGuest = 1;   ///< the one kind of blob without 3D
inline constexpr std::uint32_t kGpuBlobFlags = 7;      ///< all that are defined
inline constexpr std::size_t kGpuHeaderBytes = 24;
inline constexpr std::size_t kGpuPixelBytes = 4;  ///< in every format
inline constexpr unsigned kGpuInfoScanouts = 16;  ///< entries of the display information
inline constexpr std::size_t kGpuEdidField = 1024;
inline constexpr std::size_t kGpuMemEntryBytes = 16;
inline constexpr unsigned kGpuCursorSize = 64;  ///< pixels, in both directions

}  // namespace ringside::virtio
