// SPDX-License-Identifier: Apache-2.0
// What lies in memory for an AHCI port (AHCI 1.3.1, chapter 4), and the frames (FIS) that a disk
// and the adapter exchange (Serial ATA 3.x, chapter 10). Little-endian.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "baseline/ata_protocol.h"

namespace ringside::ahci {

using ata::Answer;
using ata::Taskfile;

/// A command header: one of the 32 slots of the command list.
struct CommandHeader {
  static constexpr unsigned kBytes = 32;
  static constexpr std::uint64_t kCountOffset = 4;  ///< of PRDBC

  std::array<std::uint32_t, kBytes / 4> words{};

  unsigned fis_words() const { return words[0] & 0x1f; }
  bool clears_busy() const { return words[0] >> 10 & 1; }
  unsigned multiplier_port() const { return words[0] >> 12 & 0xf; }
  unsigned descriptors() const { return words[0] >> 16; }
  std::uint64_t table() const {
    return static_cast<std::uint64_t>(words[3]) << 32 | (words[2] & ~0x7fu);
  }
};

/// Descriptors of data, behind the command's own frame in its table.
inline constexpr std::uint64_t kDescriptorsOffset = 0x80;

struct Descriptor {
  static constexpr unsigned kBytes = 16;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  std::uint64_t address() const { return low & ~std::uint64_t{1}; }
  /// Even: bit 0 of the count is to be set.
  std::uint32_t bytes() const {
    return static_cast<std::uint32_t>((high >> 32 & 0x3fffff) | 1) + 1;
  }
  bool interrupts() const { return high >> 63; }
};

// Where received frames go.
inline constexpr std::uint64_t kDmaSetupOffset = 0x00;
inline constexpr std::uint64_t kPioSetupOffset = 0x20;
inline constexpr std::uint64_t kRegisterOffset = 0x40;
inline constexpr std::uint64_t kSetBitsOffset = 0x58;

enum FisType : std::uint8_t {
  kHostRegisterFis = 0x27,
  kDeviceRegisterFis = 0x34,
  kDmaSetupType = 0x41,
  kPioSetupType = 0x5f,
  kSetBitsType = 0xa1,
};
inline constexpr std::uint8_t kFisInterrupt = 0x40;
inline constexpr std::uint8_t kFisToHost = 0x20;

/// Register FIS, host to device.
struct HostFis {
  static constexpr unsigned kMostBytes = 64;
  std::array<std::uint8_t, kMostBytes> bytes{};

  bool is_register() const { return bytes[0] == kHostRegisterFis; }
  bool is_command() const { return bytes[1] & 0x80; }
  unsigned multiplier_port() const { return bytes[1] & 0xf; }
  std::uint8_t control() const { return bytes[15]; }
  Taskfile taskfile() const {
    const auto byte = [this](unsigned at) { return std::uint64_t{bytes[at]}; };
    Taskfile t;
    t.command = static_cast<ata::Opcode>(bytes[2]);
    t.features = static_cast<std::uint16_t>(bytes[3] | bytes[11] << 8);
    t.lba = byte(4) | byte(5) << 8 | byte(6) << 16 | byte(8) << 24 | byte(9) << 32 | byte(10) << 40;
    t.device = bytes[7];
    t.count = static_cast<std::uint16_t>(bytes[12] | bytes[13] << 8);
    return t;
  }
};

using RegisterFis = std::array<std::uint8_t, 20>;

/// Register FIS, device to host; also the first part of a PIO Setup FIS.
inline RegisterFis register_fis(const Answer& answer, bool interrupt) {
  RegisterFis f{};
  f[0] = kDeviceRegisterFis;
  f[1] = interrupt ? kFisInterrupt : 0;
  f[2] = answer.status;
  f[3] = answer.error;
  for (unsigned i = 0; i < 3; ++i) {
    f[4 + i] = static_cast<std::uint8_t>(answer.lba >> 8 * i);
    f[8 + i] = static_cast<std::uint8_t>(answer.lba >> (24 + 8 * i));
  }
  f[7] = answer.device;
  f[12] = static_cast<std::uint8_t>(answer.count);
  f[13] = static_cast<std::uint8_t>(answer.count >> 8);
  return f;
}

/// `end_status` is what the status becomes when the block has been moved.
inline RegisterFis pio_setup_fis(const Answer& answer, bool to_host, bool interrupt,
                                 std::uint8_t end_status, std::uint32_t bytes) {
  Answer begin = answer;
  begin.status = ata::kGood | ata::kDataRequest;
  RegisterFis f = register_fis(begin, interrupt);
  f[0] = kPioSetupType;
  f[1] = static_cast<std::uint8_t>(f[1] | (to_host ? kFisToHost : 0));
  f[15] = end_status;
  f[16] = static_cast<std::uint8_t>(bytes);
  f[17] = static_cast<std::uint8_t>(bytes >> 8);
  return f;
}

using DmaSetupFis = std::array<std::uint8_t, 28>;

/// Selects the buffer of a queued command.
inline DmaSetupFis dma_setup_fis(unsigned tag, bool to_host, std::uint64_t bytes) {
  DmaSetupFis f{};
  f[0] = kDmaSetupType;
  f[1] = static_cast<std::uint8_t>(to_host ? kFisToHost : 0x80);  // or data at once: auto-activate
  f[4] = static_cast<std::uint8_t>(tag);
  for (unsigned i = 0; i < 4; ++i) f[16 + i] = static_cast<std::uint8_t>(bytes >> 8 * i);
  return f;
}

using SetBitsFis = std::array<std::uint8_t, 8>;

/// The bits of a status that this frame carries; the others stay.
inline constexpr std::uint8_t kSetBitsMask = 0x77;

inline SetBitsFis set_bits_fis(std::uint8_t status, std::uint8_t error, std::uint32_t tags) {
  SetBitsFis f{};
  f[0] = kSetBitsType;
  f[1] = kFisInterrupt;
  f[2] = status & kSetBitsMask;
  f[3] = error;
  for (unsigned i = 0; i < 4; ++i) f[4 + i] = static_cast<std::uint8_t>(tags >> 8 * i);
  return f;
}

}  // namespace ringside::ahci
