// SPDX-License-Identifier: Apache-2.0
// Registers of an AHCI host bus adapter (AHCI 1.3.1, chapter 3), and bits that mean something here.
#pragma once

#include <string>

#include "kit/reg.h"

namespace ringside::ahci {

enum CapabilityBit : std::uint32_t {  // CAP
  kMultipleDrq = 1u << 15,
  kAhciOnly = 1u << 18,
  kCommandListOverride = 1u << 24,
  kQueuing = 1u << 30,
  kWideAddresses = 1u << 31,
};
inline constexpr unsigned kSlotsShift = 8;
inline constexpr unsigned kSpeedShift = 20;

enum ControlBit : std::uint32_t {  // GHC
  kHostReset = 1u << 0,
  kInterruptEnable = 1u << 1,
  kAhciEnable = 1u << 31,
};

enum PortInterrupt : std::uint32_t {                            // PxIS, PxIE
  kRegisterFis = 1u << 0,                                       ///< DHRS
  kPioSetupFis = 1u << 1,                                       ///< PSS
  kSetBitsFis = 1u << 3,                                        ///< SDBS
  kUnknownFis = 1u << 4,                                        ///< UFS
  kDescriptorDone = 1u << 5,                                    ///< DPS
  kConnectChange = 1u << 6,                                     ///< PCS
  kPhyReadyChange = 1u << 22,                                   ///< PRCS
  kOverflow = 1u << 24,                                         ///< OFS
  kInterfaceFatal = 1u << 27,                                   ///< IFS
  kHostBusFatal = 1u << 29,                                     ///< HBFS
  kTaskfileError = 1u << 30,                                    ///< TFES
  kEnabledBits = 0xfdc000ff,                                    ///< that PxIE has
  kFromError = kUnknownFis | kConnectChange | kPhyReadyChange,  ///< shown for bits of PxSERR
};

enum PortCommandBit : std::uint32_t {  // PxCMD
  kStart = 1u << 0,
  kSpinUp = 1u << 1,
  kPowerOn = 1u << 2,
  kListOverride = 1u << 3,
  kFisReceive = 1u << 4,
  kFisRunning = 1u << 14,
  kListRunning = 1u << 15,
  kPortWritable = kStart | kFisReceive | 1u << 24 | 1u << 25,  ///< ATAPI and its LED: kept
};
inline constexpr unsigned kCurrentSlotShift = 8;

enum PortErrorBit : std::uint32_t {  // PxSERR
  kPhyReadyChanged = 1u << 16,
  kExchanged = 1u << 26,
};

/// PxSCTL: what is asked of the link.
inline constexpr std::uint32_t kDetectMask = 0xf;
inline constexpr std::uint32_t kDetectReset = 1;
inline constexpr std::uint32_t kDetectOff = 4;
/// PxSSTS: device there and link up, interface active.
inline constexpr std::uint32_t kLinkUp = 0x103;
inline constexpr std::uint32_t kLinkOff = 4;
/// PxTFD without a device.
inline constexpr std::uint32_t kNoTaskfile = 0x7f;

inline constexpr std::uint64_t kPortBase = 0x100;
inline constexpr std::uint64_t kPortBytes = 0x80;

using Word = Register<std::uint32_t>;
inline constexpr RegAccess kRw = RegAccess::ReadWrite;
inline constexpr RegAccess kRo = RegAccess::ReadOnly;

struct HostRegisters {
  explicit HostRegisters(Model* owner) : bank(owner, "hba", "generic host control") {}

  RegisterBank bank;
  Word capabilities{&bank, "CAP", 0x00, kRo, 0, "what the adapter can"};
  Word control{&bank, "GHC", 0x04, kRw, kAhciEnable, "global host control"};
  Word status{&bank, "IS", 0x08, kRw, 0, "ports that interrupt; cleared by ones"};
  Word ports{&bank, "PI", 0x0c, kRo, 0, "ports that there are"};
  Word version{&bank, "VS", 0x10, kRo, 0x00010301, "1.3.1"};
  Word coalescing{&bank, "CCC_CTL", 0x14, kRo, 0, "command completion coalescing: none"};
  Word coalesced{&bank, "CCC_PORTS", 0x18, kRo, 0, "its ports"};
  Word enclosure_location{&bank, "EM_LOC", 0x1c, kRo, 0, "enclosure management: none"};
  Word enclosure{&bank, "EM_CTL", 0x20, kRo, 0, "the same"};
  Word more_capabilities{&bank, "CAP2", 0x24, kRo, 0, "what the adapter can, continued"};
  Word handoff{&bank, "BOHC", 0x28, kRo, 0, "handing over from a BIOS: none"};
};

struct PortRegisters {
  PortRegisters(Model* owner, unsigned index)
      : name("port" + std::to_string(index)), bank(owner, name.c_str(), "a port") {}

  const std::string name;
  RegisterBank bank;
  Word list{&bank, "PxCLB", 0x00, kRw, 0, "command list"};
  Word list_high{&bank, "PxCLBU", 0x04, kRw, 0, "command list, upper half"};
  Word fis{&bank, "PxFB", 0x08, kRw, 0, "received FIS"};
  Word fis_high{&bank, "PxFBU", 0x0c, kRw, 0, "received FIS, upper half"};
  Word status{&bank, "PxIS", 0x10, kRw, 0, "interrupts; cleared by ones"};
  Word enable{&bank, "PxIE", 0x14, kRw, 0, "interrupts that reach the adapter"};
  Word command{&bank, "PxCMD", 0x18, kRw, kSpinUp | kPowerOn, "command and status"};
  Word taskfile{&bank, "PxTFD", 0x20, kRo, kNoTaskfile, "status and error of the device"};
  Word signature{&bank, "PxSIG", 0x24, kRo, ~0u, "of the device"};
  Word link_status{&bank, "PxSSTS", 0x28, kRo, 0, "link: state, speed"};
  Word link_control{&bank, "PxSCTL", 0x2c, kRw, 0, "link: reset, highest speed"};
  Word link_error{&bank, "PxSERR", 0x30, kRw, 0, "link: what has happened; cleared by ones"};
  Word active{&bank, "PxSACT", 0x34, kRw, 0, "tags of queued commands that are not done"};
  Word issue{&bank, "PxCI", 0x38, kRw, 0, "slots of commands that have been issued"};
  Word notification{&bank, "PxSNTF", 0x3c, kRo, 0, "notifications: none"};
  Word switching{&bank, "PxFBS", 0x40, kRo, 0, "FIS-based switching: none"};
  Word sleep{&bank, "PxDEVSLP", 0x44, kRo, 0, "device sleep: none"};

  static std::uint64_t wide(const Word& low, const Word& high) {
    return static_cast<std::uint64_t>(high) << 32 | low;
  }
};

}  // namespace ringside::ahci
