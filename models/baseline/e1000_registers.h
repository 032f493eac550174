// SPDX-License-Identifier: Apache-2.0
// The e1000's registers, but for tables and statistics, and bits of them that mean something here.
#pragma once

#include "kit/reg.h"

namespace ringside::e1000 {

enum ControlBit : std::uint32_t {  // CTRL
  kReset = 1u << 26,
  kVlanMode = 1u << 30,
  kPhyReset = 1u << 31,
};

enum StatusBit : std::uint32_t {  // STATUS
  kFullDuplex = 1u << 0,
  kLinkUp = 1u << 1,
  kGigabit = 1u << 7 | 1u << 9,  ///< speed, and what was found by auto detection
};

enum EepromBit : std::uint32_t {  // EECD
  kEepromClock = 1u << 0,
  kEepromSelect = 1u << 1,
  kEepromIn = 1u << 2,
  kEepromOut = 1u << 3,
  kEepromRequest = 1u << 6,
  kEepromGrant = 1u << 7,
  kEepromPresent = 1u << 8,
  kEepromWritable = 0x77,  ///< clock, select, in, flash enable, request
};

enum EepromReadBit : std::uint32_t {  // EERD
  kEepromStart = 1u << 0,
  kEepromDone = 1u << 4,
};

enum ManagementBit : std::uint32_t {  // MDIC
  kManagementWrite = 1u << 26,
  kManagementRead = 1u << 27,
  kManagementReady = 1u << 28,
  kManagementInterrupt = 1u << 29,
  kManagementError = 1u << 30,
};

enum ReceiveControlBit : std::uint32_t {  // RCTL
  kReceiveEnable = 1u << 1,
  kStoreBad = 1u << 2,
  kUnicastPromiscuous = 1u << 3,
  kMulticastPromiscuous = 1u << 4,
  kLongPackets = 1u << 5,
  kMacLoopback = 1u << 6,
  kAcceptBroadcast = 1u << 15,
  kVlanFilter = 1u << 18,
  kBufferTimes16 = 1u << 25,
  kStripFcs = 1u << 26,
};
inline constexpr unsigned kThresholdShift = 8;
inline constexpr unsigned kMulticastOffsetShift = 12;
inline constexpr unsigned kBufferSizeShift = 16;

enum TransmitControlBit : std::uint32_t {  // TCTL
  kTransmitEnable = 1u << 1,
  kPadShort = 1u << 3,
};

enum ReceiveChecksumBit : std::uint32_t {  // RXCSUM
  kChecksumStart = 0xff,
  kIpOffload = 1u << 8,
  kTransportOffload = 1u << 9,
};

/// In TIDV and RDTR: what the timer holds back shows now.
inline constexpr std::uint32_t kFlush = 1u << 31;

// Tables that are not in the bank.
inline constexpr std::uint64_t kMulticastTable = 0x5200;
inline constexpr std::uint64_t kAddressTable = 0x5400;
inline constexpr std::uint64_t kVlanTable = 0x5600;

struct Registers {
  using Word = Register<std::uint32_t>;
  static constexpr RegAccess kRw = RegAccess::ReadWrite;
  static constexpr RegAccess kRo = RegAccess::ReadOnly;
  static constexpr RegAccess kWo = RegAccess::WriteOnly;

  explicit Registers(Model* owner) : bank(owner, "mac", "82540EM") {}

  RegisterBank bank;
  Word control{&bank, "CTRL", 0x0000, kRw, 0x0201, "device control"};
  Word control_copy{&bank, "CTRL_DUP", 0x0004, kRw, 0, "the same again"};
  Word status{&bank, "STATUS", 0x0008, kRo, kFullDuplex | kGigabit, "link, speed"};
  Word eeprom_wires{&bank, "EECD", 0x0010, kRw, 0, "wires of the EEPROM"};
  Word eeprom_read{&bank, "EERD", 0x0014, kRw, 0, "reads a word of the EEPROM"};
  Word control_more{&bank, "CTRL_EXT", 0x0018, kRw, 0, "device control, continued"};
  Word flash{&bank, "FLA", 0x001c, kRw, 0, "flash: none is fitted"};
  Word management{&bank, "MDIC", 0x0020, kRw, kManagementReady, "registers of the transceiver"};
  Word pause_address_low{&bank, "FCAL", 0x0028, kRw, 0, "address of pause frames"};
  Word pause_address_high{&bank, "FCAH", 0x002c, kRw, 0, "the rest of it"};
  Word pause_type{&bank, "FCT", 0x0030, kRw, 0, "type of pause frames"};
  Word vlan_type{&bank, "VET", 0x0038, kRw, 0x8100, "type that marks a VLAN tag"};
  Word cause{&bank, "ICR", 0x00c0, kRw, 0, "interrupt causes; reading clears them"};
  Word interval{&bank, "ITR", 0x00c4, kRw, 0, "time between interrupts, 256 ns"};
  Word cause_set{&bank, "ICS", 0x00c8, kRw, 0, "sets interrupt causes"};
  Word mask_set{&bank, "IMS", 0x00d0, kRw, 0, "enables interrupt causes"};
  Word mask_clear{&bank, "IMC", 0x00d8, kWo, 0, "disables interrupt causes"};
  Word receive_control{&bank, "RCTL", 0x0100, kRw, 0, "receiver"};
  Word pause_time{&bank, "FCTTV", 0x0170, kRw, 0, "time in pause frames"};
  Word transmit_word{&bank, "TXCW", 0x0178, kRw, 0, "configuration word sent (fiber)"};
  Word receive_word{&bank, "RXCW", 0x0180, kRo, 0, "configuration word received (fiber)"};
  Word transmit_control{&bank, "TCTL", 0x0400, kRw, 0, "transmitter"};
  Word gap{&bank, "TIPG", 0x0410, kRw, 0, "gap between frames"};
  Word burst{&bank, "TBT", 0x0448, kRw, 0, "burst timer"};
  Word spacing{&bank, "AIT", 0x0458, kRw, 0, "adaptive spacing"};
  Word leds{&bank, "LEDCTL", 0x0e00, kRw, 0x07068302, "LEDs"};
  Word packet_buffer{&bank, "PBA", 0x1000, kRw, 0x00100030, "KiB for sending and receiving"};
  Word pause_low{&bank, "FCRTL", 0x2160, kRw, 0, "flow control: resume below"};
  Word pause_high{&bank, "FCRTH", 0x2168, kRw, 0, "flow control: pause above"};
  Word receive_base_low{&bank, "RDBAL", 0x2800, kRw, 0, "receive ring"};
  Word receive_base_high{&bank, "RDBAH", 0x2804, kRw, 0, "receive ring, upper half"};
  Word receive_length{&bank, "RDLEN", 0x2808, kRw, 0, "receive ring, bytes"};
  Word receive_head{&bank, "RDH", 0x2810, kRw, 0, "next descriptor to fill"};
  Word receive_tail{&bank, "RDT", 0x2818, kRw, 0, "end of the descriptors to fill"};
  Word receive_delay{&bank, "RDTR", 0x2820, kRw, 0, "receive interrupt delay, 1.024 us"};
  Word receive_thresholds{&bank, "RXDCTL", 0x2828, kRw, 0x00010000, "descriptor thresholds"};
  Word receive_absolute{&bank, "RADV", 0x282c, kRw, 0, "longest receive delay, 1.024 us"};
  Word small_packets{&bank, "RSRPD", 0x2c00, kRw, 0, "small packet detection"};
  Word transmit_dma{&bank, "TXDMAC", 0x3000, kRw, 0, "transmit DMA"};
  Word transmit_base_low{&bank, "TDBAL", 0x3800, kRw, 0, "transmit ring"};
  Word transmit_base_high{&bank, "TDBAH", 0x3804, kRw, 0, "transmit ring, upper half"};
  Word transmit_length{&bank, "TDLEN", 0x3808, kRw, 0, "transmit ring, bytes"};
  Word transmit_head{&bank, "TDH", 0x3810, kRw, 0, "next descriptor to send"};
  Word transmit_tail{&bank, "TDT", 0x3818, kRw, 0, "end of the descriptors to send"};
  Word transmit_delay{&bank, "TIDV", 0x3820, kRw, 0, "transmit interrupt delay, 1.024 us"};
  Word transmit_thresholds{&bank, "TXDCTL", 0x3828, kRw, 0, "descriptor thresholds"};
  Word transmit_absolute{&bank, "TADV", 0x382c, kRw, 0, "longest transmit delay, 1.024 us"};
  Word segment_pad{&bank, "TSPMT", 0x3830, kRw, 0x01000400, "segmentation, thresholds"};
  Word receive_checksum{&bank, "RXCSUM", 0x5000, kRw, 0, "receive checksum offload"};
  Word wakeup_control{&bank, "WUC", 0x5800, kRw, 0, "wake-up: none here"};
  Word wakeup_filter{&bank, "WUFC", 0x5808, kRw, 0, "wake-up filters"};
  Word wakeup_status{&bank, "WUS", 0x5810, kRo, 0, "why it woke"};
  Word host_management{&bank, "MANC", 0x5820, kRw, 0, "management: none here"};
  Word addresses_valid{&bank, "IPAV", 0x5838, kRw, 0, "IP addresses for wake-up"};
  Word semaphore{&bank, "SWSM", 0x5b50, kRw, 0, "software semaphore"};
};

}  // namespace ringside::e1000
