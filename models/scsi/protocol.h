// SPDX-License-Identifier: Apache-2.0
// Numbers of SCSI (SAM-5, SPC-4, SBC-3, MMC-6), and its big-endian fields.
#pragma once

#include <cstdint>

namespace ringside::scsi {

/// Status codes (SAM-5, 5.3).
enum class Status : std::uint8_t { Good = 0x00, CheckCondition = 0x02, Busy = 0x08 };

enum class SenseKey : std::uint8_t {
  NoSense = 0x0,
  NotReady = 0x2,
  MediumError = 0x3,
  IllegalRequest = 0x5,
  UnitAttention = 0x6,
  DataProtect = 0x7,
  AbortedCommand = 0xb,
  Miscompare = 0xe,
};

/// Why a command ended as it did: sense key, additional sense code and its qualifier (SPC-4, 4.5).
struct Sense {
  SenseKey key = SenseKey::NoSense;
  std::uint8_t asc = 0;
  std::uint8_t ascq = 0;

  bool operator==(const Sense& other) const {
    return key == other.key && asc == other.asc && ascq == other.ascq;
  }
};

namespace sense {
inline constexpr Sense kNone{};
inline constexpr Sense kBecomingReady{SenseKey::NotReady, 0x04, 0x02};  // START UNIT is needed
inline constexpr Sense kNoMedium{SenseKey::NotReady, 0x3a, 0x00};
inline constexpr Sense kTrayOpen{SenseKey::NotReady, 0x3a, 0x02};
inline constexpr Sense kReadError{SenseKey::MediumError, 0x11, 0x00};
inline constexpr Sense kWriteError{SenseKey::MediumError, 0x0c, 0x00};
inline constexpr Sense kParameterListLength{SenseKey::IllegalRequest, 0x1a, 0x00};
inline constexpr Sense kInvalidOpcode{SenseKey::IllegalRequest, 0x20, 0x00};
inline constexpr Sense kOutOfRange{SenseKey::IllegalRequest, 0x21, 0x00};
inline constexpr Sense kInvalidField{SenseKey::IllegalRequest, 0x24, 0x00};
inline constexpr Sense kNoSuchLun{SenseKey::IllegalRequest, 0x25, 0x00};
inline constexpr Sense kInvalidParameter{SenseKey::IllegalRequest, 0x26, 0x00};
inline constexpr Sense kNotSaved{SenseKey::IllegalRequest, 0x39, 0x00};
inline constexpr Sense kRemovalPrevented{SenseKey::IllegalRequest, 0x53, 0x02};
inline constexpr Sense kWriteProtected{SenseKey::DataProtect, 0x27, 0x00};
inline constexpr Sense kGuardCheckFailed{SenseKey::AbortedCommand, 0x10, 0x01};
inline constexpr Sense kReferenceCheckFailed{SenseKey::AbortedCommand, 0x10, 0x03};
inline constexpr Sense kMiscompare{SenseKey::Miscompare, 0x1d, 0x00};
inline constexpr Sense kMediumChanged{SenseKey::UnitAttention, 0x28, 0x00};
inline constexpr Sense kPoweredOn{SenseKey::UnitAttention, 0x29, 0x00};
inline constexpr Sense kParametersChanged{SenseKey::UnitAttention, 0x2a, 0x01};
inline constexpr Sense kCapacityChanged{SenseKey::UnitAttention, 0x2a, 0x09};
inline constexpr Sense kLunsChanged{SenseKey::UnitAttention, 0x3f, 0x0e};
}  // namespace sense

enum Opcode : std::uint8_t {
  kTestUnitReady = 0x00,
  kRequestSense = 0x03,
  kRead6 = 0x08,
  kWrite6 = 0x0a,
  kInquiry = 0x12,
  kModeSelect6 = 0x15,
  kModeSense6 = 0x1a,
  kStartStopUnit = 0x1b,
  kPreventAllow = 0x1e,
  kReadCapacity10 = 0x25,
  kRead10 = 0x28,
  kWrite10 = 0x2a,
  kWriteAndVerify10 = 0x2e,
  kVerify10 = 0x2f,
  kSynchronizeCache10 = 0x35,
  kWriteSame10 = 0x41,
  kUnmap = 0x42,
  kReadToc = 0x43,
  kGetConfiguration = 0x46,
  kGetEventStatus = 0x4a,
  kReadDiscInformation = 0x51,
  kModeSelect10 = 0x55,
  kModeSense10 = 0x5a,
  kRead16 = 0x88,
  kCompareAndWrite = 0x89,
  kWrite16 = 0x8a,
  kWriteAndVerify16 = 0x8e,
  kVerify16 = 0x8f,
  kSynchronizeCache16 = 0x91,
  kWriteSame16 = 0x93,
  kServiceActionIn16 = 0x9e,
  kReportLuns = 0xa0,
  kRead12 = 0xa8,
  kWrite12 = 0xaa,
  kWriteAndVerify12 = 0xae,
  kVerify12 = 0xaf,
  kMechanismStatus = 0xbd,
};

inline constexpr std::uint8_t kReadCapacity16 = 0x10;  // service action of kServiceActionIn16

/// Peripheral device types (SPC-4, 6.6.2).
enum class PeripheralType : std::uint8_t { Disk = 0x00, Cd = 0x05, WellKnown = 0x1e, None = 0x1f };

inline std::uint16_t get16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
inline std::uint32_t get32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(get16(at)) << 16 | get16(at + 2);
}
inline std::uint64_t get64(const std::uint8_t* at) {
  return static_cast<std::uint64_t>(get32(at)) << 32 | get32(at + 4);
}
inline void put16(std::uint8_t* at, std::uint64_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void put32(std::uint8_t* at, std::uint64_t value) {
  put16(at, value >> 16 & 0xffff);
  put16(at + 2, value & 0xffff);
}
inline void put64(std::uint8_t* at, std::uint64_t value) {
  put32(at, value >> 32);
  put32(at + 4, value & 0xffffffff);
}

}  // namespace ringside::scsi
