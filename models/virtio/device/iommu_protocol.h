// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of the IOMMU device, as virtio 1.4 gives them in section 5.13. All fields are
// little-endian, like the hosts this runs on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::virtio {

/// Feature bits (5.13.3).
enum IommuFeature : unsigned {
  kIommuInputRange = 0,
  kIommuDomainRange = 1,
  kIommuMapUnmap = 2,
  kIommuBypass = 3,  ///< superseded by BYPASS_CONFIG
  kIommuProbe = 4,
  kIommuMmio = 5,
  kIommuBypassConfig = 6,
};

/// Request types (5.13.6).
enum class IommuRequest : std::uint8_t { Attach = 1, Detach = 2, Map = 3, Unmap = 4, Probe = 5 };

enum class IommuStatus : std::uint8_t {
  Ok = 0,
  IoError = 1,
  Unsupported = 2,
  DeviceError = 3,
  Invalid = 4,
  Range = 5,
  NoEntry = 6,
  Fault = 7,
  NoMemory = 8,
};

/// Flags of ATTACH and MAP.
inline constexpr std::uint32_t kAttachBypass = 1 << 0;
inline constexpr std::uint32_t kMapRead = 1 << 0;
inline constexpr std::uint32_t kMapWrite = 1 << 1;
inline constexpr std::uint32_t kMapMmio = 1 << 2;

/// Properties that PROBE gives (5.13.6.6).
inline constexpr std::uint16_t kPropertyReservedMemory = 1;
enum class ReservedMemory : std::uint8_t { Reserved = 0, Msi = 1 };

/// Fault reports (5.13.6.8).
enum class IommuFaultReason : std::uint8_t { Unknown = 0, Domain = 1, Mapping = 2 };
inline constexpr std::uint32_t kFaultRead = 1 << 0;
inline constexpr std::uint32_t kFaultWrite = 1 << 1;
inline constexpr std::uint32_t kFaultAddress = 1 << 8;

#pragma pack(push, 1)

/// The configuration space (5.13.4). Ranges are inclusive.
struct IommuConfig {
  std::uint64_t page_size_mask;
  std::uint64_t input_start;
  std::uint64_t input_end;
  std::uint32_t domain_start;
  std::uint32_t domain_end;
  std::uint32_t probe_size;
  std::uint8_t bypass;
  std::uint8_t reserved[3];
};
static_assert(sizeof(IommuConfig) == 40);

/// What every request begins and ends with.
struct IommuHead {
  std::uint8_t type;
  std::uint8_t reserved[3];
};
struct IommuTail {
  std::uint8_t status;
  std::uint8_t reserved[3];
};

// The device-readable parts of requests.
struct IommuAttach {
  IommuHead head;
  std::uint32_t domain;
  std::uint32_t endpoint;
  std::uint32_t flags;
  std::uint8_t reserved[4];
};
struct IommuDetach {
  IommuHead head;
  std::uint32_t domain;
  std::uint32_t endpoint;
  std::uint8_t reserved[8];
};
struct IommuMap {
  IommuHead head;
  std::uint32_t domain;
  std::uint64_t virt_start;
  std::uint64_t virt_end;
  std::uint64_t phys_start;
  std::uint32_t flags;
};
struct IommuUnmap {
  IommuHead head;
  std::uint32_t domain;
  std::uint64_t virt_start;
  std::uint64_t virt_end;
  std::uint8_t reserved[4];
};
struct IommuProbe {
  IommuHead head;
  std::uint32_t endpoint;
  std::uint8_t reserved[64];
};
static_assert(sizeof(IommuAttach) == 20 && sizeof(IommuDetach) == 20 && sizeof(IommuMap) == 36 &&
              sizeof(IommuUnmap) == 28 && sizeof(IommuProbe) == 72);

struct IommuReservedMemory {
  std::uint16_t type;    ///< 12 bits; the others are reserved
  std::uint16_t length;  ///< of what follows
  std::uint8_t subtype;
  std::uint8_t reserved[3];
  std::uint64_t start;
  std::uint64_t end;
};
static_assert(sizeof(IommuReservedMemory) == 24);

struct IommuFault {
  std::uint8_t reason;
  std::uint8_t reserved[3];
  std::uint32_t flags;
  std::uint32_t endpoint;
  std::uint32_t reserved1;
  std::uint64_t address;
};
static_assert(sizeof(IommuFault) == 24);

#pragma pack(pop)

}  // namespace ringside::virtio
