// SPDX-License-Identifier: Apache-2.0
// Descriptors of the e1000's rings: 16 bytes each, little-endian.
#pragma once

#include <cstdint>

namespace ringside::e1000 {

inline constexpr std::uint64_t kDescriptorBytes = 16;

/// Command bits of a transmit descriptor. Bit 2 inserts a checksum in the legacy form, and asks for
/// segmentation in the data form.
enum TransmitCommand : std::uint8_t {
  kEndOfPacket = 0x01,
  kInsertFcs = 0x02,
  kInsertChecksum = 0x04,
  kSegment = 0x04,
  kReportStatus = 0x08,
  kExtended = 0x20,
  kInsertVlan = 0x40,
  kDelayInterrupt = 0x80,
};

/// Options of a data descriptor.
enum TransmitOption : std::uint8_t {
  kIpChecksum = 0x01,         ///< IXSM
  kTransportChecksum = 0x02,  ///< TXSM
};

struct TransmitDescriptor {
  enum class Kind { Legacy, Context, Data };

  std::uint64_t low = 0;
  std::uint64_t high = 0;

  std::uint8_t command() const { return static_cast<std::uint8_t>(high >> 24); }
  bool has(TransmitCommand bit) const { return command() & bit; }
  Kind kind() const {
    if (!has(kExtended)) return Kind::Legacy;
    return (high >> 20 & 0xf) == 0 ? Kind::Context : Kind::Data;
  }
  std::uint64_t address() const { return low; }
  std::uint32_t length() const {
    return static_cast<std::uint32_t>(high & (kind() == Kind::Legacy ? 0xffff : 0xfffff));
  }
  std::uint16_t vlan_tag() const { return static_cast<std::uint16_t>(high >> 48); }
  /// Legacy: where the checksum goes, and where it starts.
  std::uint8_t checksum_offset() const { return static_cast<std::uint8_t>(high >> 16); }
  std::uint8_t checksum_start() const { return static_cast<std::uint8_t>(high >> 40); }
  /// Data: TransmitOption bits.
  std::uint8_t options() const { return static_cast<std::uint8_t>(high >> 40); }

  /// Written back when it is done: the last four bytes.
  static constexpr std::uint64_t kStatusOffset = 12;
  static constexpr std::uint32_t kDone = 0x1;
  static constexpr std::uint32_t kErrors = 0xe;  ///< collisions, underrun: never here
  std::uint32_t done_status() const {
    return (static_cast<std::uint32_t>(high >> 32) & ~kErrors) | kDone;
  }
};

/// What a context descriptor says. Offsets count from the start of the frame; an end of 0 is the
/// frame's.
struct OffloadContext {
  std::uint8_t ip_start = 0;
  std::uint8_t ip_checksum = 0;
  std::uint16_t ip_end = 0;
  std::uint8_t transport_start = 0;
  std::uint8_t transport_checksum = 0;
  std::uint16_t transport_end = 0;
  bool tcp = false;   ///< else UDP
  bool ipv4 = false;  ///< else IPv6
  bool segment = false;
  std::uint8_t header_bytes = 0;
  std::uint16_t segment_bytes = 0;

  OffloadContext() = default;
  explicit OffloadContext(const TransmitDescriptor& d)
      : ip_start(static_cast<std::uint8_t>(d.low)),
        ip_checksum(static_cast<std::uint8_t>(d.low >> 8)),
        ip_end(static_cast<std::uint16_t>(d.low >> 16)),
        transport_start(static_cast<std::uint8_t>(d.low >> 32)),
        transport_checksum(static_cast<std::uint8_t>(d.low >> 40)),
        transport_end(static_cast<std::uint16_t>(d.low >> 48)),
        tcp(d.command() & 1),
        ipv4(d.command() & 2),
        segment(d.command() & 4),
        header_bytes(static_cast<std::uint8_t>(d.high >> 40)),
        segment_bytes(static_cast<std::uint16_t>(d.high >> 48)) {}
};

/// What becomes of a receive descriptor: the eight bytes behind the buffer's address.
struct ReceiveStatus {
  static constexpr std::uint64_t kOffset = 8;
  enum Status : std::uint8_t {
    kDone = 0x01,
    kEnd = 0x02,
    kIgnoreChecksums = 0x04,
    kVlan = 0x08,
    kTransportChecked = 0x20,
    kIpChecked = 0x40,
    kInexact = 0x80,  ///< passed by the multicast table's hash only
  };
  enum Error : std::uint8_t { kTransportError = 0x20, kIpError = 0x40 };

  std::uint16_t length = 0;
  std::uint16_t checksum = 0;
  std::uint8_t status = 0;
  std::uint8_t errors = 0;
  std::uint16_t vlan_tag = 0;

  std::uint64_t encode() const {
    return length | static_cast<std::uint64_t>(checksum) << 16 |
           static_cast<std::uint64_t>(status) << 32 | static_cast<std::uint64_t>(errors) << 40 |
           static_cast<std::uint64_t>(vlan_tag) << 48;
  }
};

}  // namespace ringside::e1000
