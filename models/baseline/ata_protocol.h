// SPDX-License-Identifier: Apache-2.0
// What an ATA disk and its host say to each other (ATA/ATAPI Command Set 3): commands, registers.
#pragma once

#include <cstdint>

namespace ringside::ata {

enum class Opcode : std::uint8_t {
  Nop = 0x00,
  DataSetManagement = 0x06,
  ReadSectors = 0x20,
  ReadSectorsExt = 0x24,
  ReadDmaExt = 0x25,
  ReadNativeMaxExt = 0x27,
  ReadMultipleExt = 0x29,
  ReadLogExt = 0x2f,
  WriteSectors = 0x30,
  WriteSectorsExt = 0x34,
  WriteDmaExt = 0x35,
  WriteMultipleExt = 0x39,
  WriteDmaFuaExt = 0x3d,
  ReadVerify = 0x40,
  ReadVerifyExt = 0x42,
  ReadLogDmaExt = 0x47,
  ReadFpdmaQueued = 0x60,
  WriteFpdmaQueued = 0x61,
  ExecuteDiagnostic = 0x90,
  ReadMultiple = 0xc4,
  WriteMultiple = 0xc5,
  SetMultipleMode = 0xc6,
  ReadDma = 0xc8,
  WriteDma = 0xca,
  StandbyImmediate = 0xe0,
  IdleImmediate = 0xe1,
  Standby = 0xe2,
  Idle = 0xe3,
  CheckPowerMode = 0xe5,
  Sleep = 0xe6,
  FlushCache = 0xe7,
  FlushCacheExt = 0xea,
  IdentifyDevice = 0xec,
  SetFeatures = 0xef,
  ReadNativeMax = 0xf8,
};

enum StatusBit : std::uint8_t {
  kFailed = 0x01,  ///< ERR
  kDataRequest = 0x08,
  kSeekDone = 0x10,
  kReady = 0x40,
  kBusy = 0x80,
};
inline constexpr std::uint8_t kGood = kReady | kSeekDone;

enum ErrorBit : std::uint8_t {
  kAborted = 0x04,
  kIdNotFound = 0x10,
  kUncorrectable = 0x40,
};

/// SET FEATURES.
enum class Feature : std::uint8_t {
  WriteCacheOn = 0x02,
  TransferMode = 0x03,
  LookAheadOff = 0x55,
  KeepDefaultsOff = 0x66,
  WriteCacheOff = 0x82,
  LookAheadOn = 0xaa,
  KeepDefaultsOn = 0xcc,
};

/// Logs of READ LOG EXT.
enum class Log : std::uint8_t {
  Directory = 0x00,
  QueuedError = 0x10,
  IdentifyData = 0x30,
};

inline constexpr std::uint8_t kLbaMode = 0x40;          ///< in the device register
inline constexpr std::uint8_t kForceUnitAccess = 0x80;  ///< the same, queued commands
inline constexpr std::uint8_t kSoftReset = 0x04;        ///< in the control register
inline constexpr unsigned kTags = 32;
inline constexpr unsigned kPageBytes = 512;
inline constexpr unsigned kDataFisBytes = 8192;  ///< data that travel at once, at most

/// The registers as a host has written them.
struct Taskfile {
  Opcode command{};
  std::uint16_t features = 0;
  std::uint64_t lba = 0;  ///< 48 bits
  std::uint16_t count = 0;
  std::uint8_t device = 0;

  bool queued() const {
    return command == Opcode::ReadFpdmaQueued || command == Opcode::WriteFpdmaQueued;
  }
  /// Queued commands: their tag.
  unsigned tag() const { return count >> 3 & 31; }
};

/// The registers as the device answers.
struct Answer {
  std::uint8_t status = kGood;
  std::uint8_t error = 0;
  std::uint64_t lba = 0;
  std::uint16_t count = 0;
  std::uint8_t device = 0;

  bool failed() const { return status & kFailed; }
};

/// How data move.
enum class Protocol { NonData, PioIn, PioOut, DmaIn, DmaOut, QueuedIn, QueuedOut };

constexpr bool is_in(Protocol p) {
  return p == Protocol::PioIn || p == Protocol::DmaIn || p == Protocol::QueuedIn;
}
constexpr bool is_out(Protocol p) {
  return p == Protocol::PioOut || p == Protocol::DmaOut || p == Protocol::QueuedOut;
}
constexpr bool is_pio(Protocol p) {
  return p == Protocol::PioIn || p == Protocol::PioOut;
}
constexpr bool is_queued(Protocol p) {
  return p == Protocol::QueuedIn || p == Protocol::QueuedOut;
}

}  // namespace ringside::ata
