// SPDX-License-Identifier: Apache-2.0
// Names of the privileged architecture: modes, causes, CSR numbers, CSR fields.
// Source: RISC-V privileged ISA 1.13, Advanced Interrupt Architecture 1.0.
#pragma once

#include <cstdint>

namespace ringside::cpu {

enum Mode : uint8_t { kUser = 0, kSupervisor = 1, kMachine = 3 };

enum class Access : uint8_t { kLoad, kStore, kExec };

enum Cause : uint64_t {
  kInsnMisaligned = 0,
  kInsnAccess = 1,
  kIllegal = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kEcallU = 8,
  kEcallS = 9,
  kEcallM = 11,
  kInsnPage = 12,
  kLoadPage = 13,
  kStorePage = 15,
};

inline constexpr uint64_t kCauseInterrupt = uint64_t{1} << 63;

/// Numbers of the standard interrupts: bit positions in mip and mie.
enum Irq : unsigned {
  kIrqSsi = 1,
  kIrqMsi = 3,
  kIrqSti = 5,
  kIrqMti = 7,
  kIrqSei = 9,
  kIrqMei = 11,
};

inline constexpr uint64_t irq_bit(unsigned irq) {
  return uint64_t{1} << irq;
}

inline constexpr uint64_t kMachineIrqs = irq_bit(kIrqMsi) | irq_bit(kIrqMti) | irq_bit(kIrqMei);
inline constexpr uint64_t kSupervisorIrqs = irq_bit(kIrqSsi) | irq_bit(kIrqSti) | irq_bit(kIrqSei);

namespace mstatus {
inline constexpr uint64_t kSie = 1u << 1;
inline constexpr uint64_t kMie = 1u << 3;
inline constexpr uint64_t kSpie = 1u << 5;
inline constexpr uint64_t kMpie = 1u << 7;
inline constexpr uint64_t kSpp = 1u << 8;
inline constexpr unsigned kMppShift = 11;
inline constexpr uint64_t kMpp = 3u << kMppShift;
inline constexpr uint64_t kFs = 3u << 13;
inline constexpr uint64_t kMprv = 1u << 17;
inline constexpr uint64_t kSum = 1u << 18;
inline constexpr uint64_t kMxr = 1u << 19;
inline constexpr uint64_t kTvm = 1u << 20;
inline constexpr uint64_t kTw = 1u << 21;
inline constexpr uint64_t kTsr = 1u << 22;
inline constexpr uint64_t kUxl = uint64_t{2} << 32;
inline constexpr uint64_t kSxl = uint64_t{2} << 34;
inline constexpr uint64_t kSd = uint64_t{1} << 63;
/// Fields software may write.
inline constexpr uint64_t kMachineMask =
    kSie | kMie | kSpie | kMpie | kSpp | kMpp | kFs | kMprv | kSum | kMxr | kTvm | kTw | kTsr;
inline constexpr uint64_t kSupervisorMask = kSie | kSpie | kSpp | kFs | kSum | kMxr;
}  // namespace mstatus

namespace envcfg {
inline constexpr uint64_t kFiom = 1;
inline constexpr uint64_t kCbie = 3u << 4;
inline constexpr uint64_t kCbcfe = 1u << 6;
inline constexpr uint64_t kCbze = 1u << 7;
inline constexpr uint64_t kAdue = uint64_t{1} << 61;
inline constexpr uint64_t kStce = uint64_t{1} << 63;
inline constexpr uint64_t kSupervisorMask = kFiom | kCbie | kCbcfe | kCbze;
}  // namespace envcfg

namespace csr {
enum Number : uint16_t {
  kFflags = 0x001,
  kFrm = 0x002,
  kFcsr = 0x003,
  kCycle = 0xc00,
  kTime = 0xc01,
  kInstret = 0xc02,
  kHpmcounter3 = 0xc03,
  kSstatus = 0x100,
  kSie = 0x104,
  kStvec = 0x105,
  kScounteren = 0x106,
  kSenvcfg = 0x10a,
  kSscratch = 0x140,
  kSepc = 0x141,
  kScause = 0x142,
  kStval = 0x143,
  kSip = 0x144,
  kStimecmp = 0x14d,
  kSiselect = 0x150,
  kSireg = 0x151,
  kStopei = 0x15c,
  kSatp = 0x180,
  kStopi = 0xdb0,
  kMstatus = 0x300,
  kMisa = 0x301,
  kMedeleg = 0x302,
  kMideleg = 0x303,
  kMie = 0x304,
  kMtvec = 0x305,
  kMcounteren = 0x306,
  kMvien = 0x308,
  kMvip = 0x309,
  kMenvcfg = 0x30a,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kMiselect = 0x350,
  kMireg = 0x351,
  kMtopei = 0x35c,
  kPmpcfg0 = 0x3a0,
  kPmpaddr0 = 0x3b0,
  kMcycle = 0xb00,
  kMinstret = 0xb02,
  kMhpmcounter3 = 0xb03,
  kMvendorid = 0xf11,
  kMarchid = 0xf12,
  kMimpid = 0xf13,
  kMhartid = 0xf14,
  kMconfigptr = 0xf15,
  kMtopi = 0xfb0,
};
}  // namespace csr

}  // namespace ringside::cpu
